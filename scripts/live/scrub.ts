// Scrub: what a transcript may hold. A value is kept only where its field and its form are both on a list; every other
// value becomes a numbered word, the same one for the same value, so that answers can still be compared.
import { isTimeZone } from "../../src/domain/zone.ts";
import { parseXml, type XmlElement } from "../../src/providers/webdav/xml.ts";
import { FIELDS, HOSTS, ICALENDAR, PATH_WORDS, TEXTS, WORDS, XML_NAMES } from "./vocabulary.ts";

/** A body as it is kept. XML is `[name, attributes, children]` or text. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A body, and how it was written. */
export interface Body {
  readonly form: "json" | "xml" | "icalendar" | "form" | "other";
  readonly content: Json;
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;
const BASIC_TIME = /^\d{8}(?:T\d{6}Z?)?(?:,\d{8}(?:T\d{6}Z?)?)*$/;
const DURATION = /^[+-]?P[\dWDTHMS]{1,12}$/;
const RULE =
  /^(?:RRULE:)?FREQ=[A-Z]+(?:;(?:INTERVAL|COUNT|UNTIL|BYDAY|BYMONTH|BYMONTHDAY|WKST|BYHOUR|BYSETPOS)=[-+\dA-Z,]{1,60})*$/;
const PREFER = /^(?:outlook\.timezone="UTC"|IdType="ImmutableId"|odata\.maxpagesize=\d+|[, ]+)+$/;
/** The name of the engine's mark at Microsoft. */
const MARK = /^String \{[0-9a-f-]{36}\} Name maraplace[A-Za-z]+$/;
const OWN_QUERIES = new Set(["fields", "$select", "$expand", "$filter"]);
/** The elements whose text nobody writes. */
const PLAIN_ELEMENTS = new Set(["status", "sync-level", "nresults"]);
const STATUS_LINE = /^HTTP\/1\.1 \d{3}(?: [A-Z][A-Za-z -]{0,30})?$/;
const SMALL_NUMBER = /^[+-]?\d{1,6}$/;

/** Whether a text can be nothing but a time, a duration, a rule, a small number, a zone, or a word on the list. */
const isPlain = (text: string): boolean =>
  text === "" ||
  WORDS.has(text) ||
  [TIME, BASIC_TIME, DURATION, RULE, STATUS_LINE, SMALL_NUMBER].some((form) => form.test(text)) ||
  (/^[A-Z][A-Za-z]+(?:\/[A-Za-z_]+){0,2}$/.test(text) && isTimeZone(text));

/** Whether the values of a field may be kept: nobody writes them. */
const keeps = (name: string) => FIELDS.has(name) && !TEXTS.has(name);

/** What a search may say beside fields and quoted values. */
const OPERATORS = new Set(["eq", "and", "or", "any", "Any", "ep"]);

export type Scrubber = ReturnType<typeof createScrubber>;

export function createScrubber() {
  const words = new Map<string, string>();

  /** The numbered word for a value. Its kind says only what the value looks like. */
  function word(value: string): string {
    const known = words.get(value);
    if (known !== undefined) return known;
    const kind = /^[^\s@]+@[^\s@]+$/.test(value) ? "mail" : "text";
    const made = `‹${kind}-${words.size + 1}›`;
    words.set(value, made);
    return made;
  }

  const quoted = (value: string) => {
    const inside = /^(W\/)?"(.*)"$/s.exec(value);
    return inside === null ? word(value) : `${inside[1] ?? ""}"${word(inside[2] ?? "")}"`;
  };

  const segment = (part: string): string => {
    if (part === "" || PATH_WORDS.has(part)) return part;
    let plain = part;
    try {
      plain = decodeURIComponent(part);
    } catch {
      // It stays as it is.
    }
    return /\.ics$/.test(plain) ? `${word(plain.slice(0, -4))}.ics` : word(plain);
  };

  const path = (pathname: string) => pathname.split("/").map(segment).join("/");

  function url(address: string): string {
    const { protocol, host, pathname, searchParams } = new URL(address);
    const query = [...searchParams].map(([name, value]) => `${fieldName(name)}=${textOf(name, value)}`);
    const place = HOSTS.has(host) ? host : "‹host›";
    return `${protocol}//${place}${path(pathname)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
  }

  const fieldName = (name: string) => (FIELDS.has(name) ? name : "‹field›");

  /** An address inside a batch, whose query stays encoded around its words. */
  function relative(value: string): string {
    const origin = "https://graph.microsoft.com";
    const [path = "", ...rest] = url(origin + value)
      .slice(origin.length)
      .split("?");
    const pairs = rest
      .join("?")
      .split("&")
      .map((pair) => {
        const at = pair.indexOf("=");
        const encoded = encodeURIComponent(pair.slice(at + 1))
          .replaceAll("%E2%80%B9", "‹")
          .replaceAll("%E2%80%BA", "›");
        return `${pair.slice(0, at)}=${encoded}`;
      });
    return rest.length === 0 ? path : `${path}?${pairs.join("&")}`;
  }

  /** A choice of fields, or a search whose quoted values become words. */
  function query(value: string): string {
    const parts = value.split(/'((?:[^']|'')*)'/);
    const outside = parts.filter((_, index) => index % 2 === 0).join(" ");
    const isKnown = (outside.match(/[$@.\w]+/g) ?? []).every((one) => FIELDS.has(one) || OPERATORS.has(one));
    if (!isKnown) return word(value);
    const kept = parts.map((part, index) => {
      if (index % 2 === 0) return part;
      return `'${MARK.test(part) ? part : word(part.replaceAll("''", "'"))}'`;
    });
    return kept.join("");
  }

  function textOf(name: string, value: string): string {
    if (MARK.test(value) || (name === "prefer" && PREFER.test(value))) return value;
    if (OWN_QUERIES.has(name)) return query(value);
    if (name === "url" && value.startsWith("/")) return relative(value);
    if (keeps(name) && isPlain(value)) return value;
    if (/^https:\/\//.test(value) && URL.canParse(value) && HOSTS.has(new URL(value).host)) return url(value);
    if (/^mailto:/i.test(value)) return `mailto:${word(value.slice(7))}`;
    return quoted(value);
  }

  function json(value: unknown, name = ""): Json {
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "number") return keeps(name) && isPlain(String(value)) ? value : word(String(value));
    if (typeof value === "string") return textOf(name, value);
    if (Array.isArray(value)) return value.map((one) => json(one, name));
    const entries = Object.entries(value as object);
    return Object.fromEntries(entries.map(([key, one]) => [fieldName(key), json(one, key)]));
  }

  function icalendar(text: string): string {
    const lines = text.replaceAll(/\r?\n[ \t]/g, "").split(/\r?\n/);
    return lines
      .filter((line) => line !== "")
      .map(icalendarLine)
      .join("\r\n");
  }

  function icalendarLine(line: string): string {
    const parts = /^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:]*))*):(.*)$/s.exec(line);
    if (parts === null) return `‹line›:${word(line)}`;
    const [, name = "", parameters = "", value = ""] = parts;
    const kept = [...parameters.matchAll(/;([A-Za-z0-9-]+)=("[^"]*"|[^";:]*)/g)].map(
      ([, key = "", one = ""]) =>
        `;${ICALENDAR.has(key) ? key : "X-PARAMETER"}=${key !== "CN" && isPlain(one) ? one : word(one)}`,
    );
    if (!ICALENDAR.has(name)) return `X-PROPERTY${kept.join("")}:${word(value)}`;
    if (!TEXTS.has(name) && isPlain(value)) return `${name}${kept.join("")}:${value}`;
    const mail = /^mailto:(.*)$/i.exec(value)?.[1];
    return `${name}${kept.join("")}:${mail === undefined ? word(value) : `mailto:${word(mail)}`}`;
  }

  function xml({ namespace, name, attributes, children, text }: XmlElement): Json {
    const kept = Object.entries(attributes).flatMap(([key, value]) =>
      key === "name" || key === "collation" ? [[key, isPlain(value) ? value : word(value)]] : [],
    );
    const inside = text.trim();
    const prefix = XML_NAMES[namespace];
    return [
      prefix?.names.has(name) ? `${prefix.as}:${name}` : "‹element›",
      Object.fromEntries(kept),
      children.length > 0 ? children.map(xml) : inside === "" ? [] : [xmlText(name, inside)],
    ];
  }

  function xmlText(name: string, text: string): string {
    if (name === "calendar-data" || name === "calendar-timezone") return icalendar(text);
    if (name === "href") {
      if (/^mailto:/i.test(text)) return `mailto:${word(text.slice(7))}`;
      return text.startsWith("/")
        ? path(text)
        : URL.canParse(text)
          ? path(new URL(text).pathname)
          : word(text);
    }
    return PLAIN_ELEMENTS.has(name) && isPlain(text) ? text : quoted(text);
  }

  function body(text: string, type: string): Body | null {
    if (text === "") return null;
    if (/^\s*BEGIN:VCALENDAR/i.test(text)) return { form: "icalendar", content: icalendar(text) };
    if (/urlencoded/.test(type)) {
      const fields = [...new URLSearchParams(text)].map(([name, value]) => [
        fieldName(name),
        textOf(name, value),
      ]);
      return { form: "form", content: Object.fromEntries(fields) };
    }
    const element = /xml/.test(type) || text.startsWith("<?xml") ? parseXml(text) : null;
    if (element !== null) return { form: "xml", content: xml(element) };
    try {
      return { form: "json", content: json(JSON.parse(text)) };
    } catch {
      return { form: "other", content: word(text) };
    }
  }

  const KEPT_HEADERS = [
    "content-type",
    "depth",
    "if-match",
    "if-none-match",
    "prefer",
    "etag",
    "retry-after",
  ];

  function headers(from: Headers): Record<string, string> {
    return Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => {
        const value = from.get(name);
        if (value === null) return [];
        const plain = name === "content-type" ? (value.split(";")[0] ?? "") : value;
        return [[name, PREFER.test(plain) || isPlain(plain) ? plain : quoted(plain)]];
      }),
    );
  }

  return { word, url, path, json, icalendar, body, headers };
}
