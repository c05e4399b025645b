// Compare: puts the requests of a transcript to the simulators, and says where they answer otherwise. A numbered word
// of the transcript stands for whatever the simulator answered in its place.
import { bind, differences } from "./differences.ts";
import { createScrubber, type Json } from "./scrub.ts";
import { type Simulated, simulate } from "./simulators.ts";
import type { CaseBegins, Exchange, Transcript } from "./transcript.ts";

const WORD = /‹(mail|text)-(\d+)›/g;

/** A value of the right form for a word that no answer has bound: what the engine itself has made up. */
const invented = (kind: string, number: string): string =>
  kind === "mail" ? `a${number}@example.com` : `d${number.padStart(9, "0")}`;

/** The text with each word replaced by what it stands for. */
function fill(text: string, bound: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    WORD,
    (word, kind: string, number: string) => bound.get(word) ?? invented(kind, number),
  );
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const NAMESPACES =
  'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"';

function xmlOf(json: Json, bound: ReadonlyMap<string, string>, isRoot = true): string {
  if (!Array.isArray(json)) return escaped(fill(String(json), bound));
  const [name, attributes, content] = json as [string, Record<string, string>, Json[]];
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const inside = content
    .map((one) =>
      name === "d:href" && typeof one === "string" ? escaped(pathOf(one, bound)) : xmlOf(one, bound, false),
    )
    .join("");
  return `<${name}${isRoot ? ` ${NAMESPACES}` : ""}${given.join("")}>${inside}</${name}>`;
}

function textOf({ body }: Exchange, bound: ReadonlyMap<string, string>): string | null {
  if (body === null) return null;
  const { form, content } = body;
  if (form === "xml") return `<?xml version="1.0" encoding="utf-8"?>${xmlOf(content, bound)}`;
  const text = fill(form === "json" ? JSON.stringify(content) : String(content), bound);
  return form === "icalendar" ? `${text}\r\n` : text;
}

/** A path below the calendar or the home that it begins with; each other part stands by itself. */
function pathOf(path: string, bound: ReadonlyMap<string, string>): string {
  const [start = "", place = ""] =
    [...bound]
      .filter(([key]) => key.startsWith("/") && path.startsWith(key))
      .sort(([a], [b]) => b.length - a.length)[0] ?? [];
  const parts = path.slice(start.length).split("/");
  return place + parts.map((part) => encodeURIComponent(fill(part, bound)).replaceAll("%24", "$")).join("/");
}

function urlOf(url: string, bound: ReadonlyMap<string, string>, origin: string | null): URL {
  const [, place = "", path = "", query] = /^(https?:\/\/[^/]+)([^?]*)(?:\?(.*))?$/.exec(url) ?? [];
  const filled = new URL(pathOf(path, bound), origin ?? place);
  for (const pair of query?.split("&") ?? []) {
    const at = pair.indexOf("=");
    filled.searchParams.append(pair.slice(0, at), fill(pair.slice(at + 1), bound));
  }
  return filled;
}

async function ask(exchange: Exchange, simulated: Simulated, bound: Map<string, string>): Promise<string[]> {
  const text = textOf(exchange, bound);
  const headers = Object.entries(exchange.headers).map(([name, value]) => [name, fill(value, bound)]);
  const url = urlOf(exchange.url, bound, simulated.origin);
  const response = await simulated.send(url, {
    method: exchange.method,
    headers: { ...Object.fromEntries(headers), authorization: simulated.authorization },
    body: text,
  });
  const answered = await response.text();
  const scrubber = createScrubber();
  const theirs = {
    status: response.status,
    headers: scrubber.headers(response.headers),
    body: scrubber.body(answered, response.headers.get("content-type") ?? ""),
  };
  bind(exchange.answer, { headers: response.headers, text: answered, body: theirs.body }, bound);
  return differences(exchange.answer, theirs);
}

/** The request without what is particular to it, such as an event's id. */
function subjectOf({ method, url, body }: Exchange): string {
  const { pathname, searchParams } = new URL(url.replace("‹host›", "host.invalid"));
  const path = decodeURIComponent(pathname).replaceAll(/‹(?:mail|text)-\d+›/g, "…");
  const names = [...new Set(searchParams.keys())].sort();
  const report = body?.form === "xml" && Array.isArray(body.content) ? ` ${body.content[0]}` : "";
  return `${method} ${path}${names.length > 0 ? `?${names.join("&")}` : ""}${report}`;
}

/** Each difference as a line: the request, the difference, how often, and the case that shows it first. */
export async function compare(transcript: Transcript): Promise<string[]> {
  const found = new Map<string, { times: number; first: string }>();
  let simulated: Simulated | null = null;
  let begun: CaseBegins | null = null;
  let bound = new Map<string, string>();
  for (const entry of transcript.entries) {
    if (entry.what === "case") {
      begun = entry;
      bound = new Map();
      simulated = await simulate(transcript.provider, transcript.now);
      for (const calendar of entry.calendars) simulated.makeCalendar(calendar, bound);
    } else if (simulated !== null && begun !== null) {
      if (entry.what === "calendar made") simulated.makeCalendar(entry, bound);
      else if (entry.what === "calendar removed") simulated.removeCalendar(bound.get(entry.id) ?? "");
      else {
        for (const difference of await ask(entry, simulated, bound)) {
          const line = `${subjectOf(entry)}: ${difference}`;
          const known = found.get(line) ?? { times: 0, first: begun.name };
          found.set(line, { ...known, times: known.times + 1 });
        }
      }
    }
  }
  return [...found].map(([line, { times, first }]) => `${line} (${times}×, first in "${first}")`).sort();
}
