// WebDAV answers: multistatus by namespace, each property with its own status (`docs/providers/caldav.md` C.3).
import { base64 } from "oslo/encoding";
import { ProviderError } from "../error.ts";
import { sameProvider } from "./safe-url.ts";
import { childOf, childrenOf, parseXml, type XmlElement } from "./xml.ts";

export const DAV = "DAV:";
export const CALDAV = "urn:ietf:params:xml:ns:caldav";
const SABRE = "http://sabredav.org/ns";

/** One `<response>`: its properties, or a bare status. */
export interface DavRow {
  /** As the server wrote it, for sending back. */
  readonly href: string;
  /** Resolved against `base` (`docs/providers/caldav.md` C.2). Its host is what the server calls itself. */
  readonly url: URL;
  /** The URL that the answer came from. */
  readonly base: URL;
  /** The row's own status; null where each property has one. */
  readonly status: number | null;
  /** Elements of propstats with a 2xx status, and no others (C6). */
  readonly properties: readonly XmlElement[];
}

/** A multistatus. */
export interface Multistatus {
  readonly rows: readonly DavRow[];
  readonly syncToken: string | null;
}

/**
 * Reads a multistatus that came from `url`.
 * @throws ProviderError `retry`/`unparsable_answer` for anything else: an answer that was cut off on the way, or the
 *   page of a portal (C31, C32)
 */
export function readMultistatus(text: string, url: URL): Multistatus {
  const rows: DavRow[] = [];
  const others: XmlElement[] = [];
  const root = parseXml(text, (child) => {
    if (child.namespace !== DAV || child.name !== "response") others.push(child);
    else for (const row of rowsOf(child, url)) rows.push(row);
  });
  if (root === null || root.namespace !== DAV || root.name !== "multistatus") throw unparsable(207);
  return { rows, syncToken: textOf(childOf({ ...root, children: others }, DAV, "sync-token")) };
}

/** The error for an answer that isn't the server's, or isn't whole. */
export const unparsable = (status: number) =>
  new ProviderError({ kind: "retry", code: "unparsable_answer", status });

/** Why a request was refused, as far as the body says so (C.3). */
export interface Refused {
  /** The violated precondition, or sabre's exception without its path. */
  readonly condition: string | null;
  /** The conflicting resource, for the conditions that name one. */
  readonly href: string | null;
}

/** Reads the body of a refusal. The body may be missing, or a page of HTML. Some servers forget the namespace. */
export function readRefusal(text: string): Refused {
  const root = parseXml(text);
  const isError = root?.name === "error" && ["", DAV].includes(root.namespace);
  return refusedBy(isError ? root : undefined);
}

/**
 * The first refusal among a multistatus' rows, with its status; null where a row says that the write was done.
 * @throws ProviderError `retry`/`unparsable_answer` where no row says what became of it
 */
export function readRefusedRow(text: string): (Refused & { readonly status: number }) | null {
  const root = parseXml(text);
  if (root === null || root.namespace !== DAV || root.name !== "multistatus") throw unparsable(207);
  const told = childrenOf(root, DAV, "response").flatMap((response) => {
    // The reason may stand beside the propstats whose status it explains (RFC 4918 14.24).
    const whole = childOf(response, DAV, "error");
    return [response, ...childrenOf(response, DAV, "propstat")].flatMap((part) => {
      const status = statusOf(part);
      return status === null ? [] : [{ status, error: childOf(part, DAV, "error") ?? whole }];
    });
  });
  if (told.length === 0) throw unparsable(207);
  const refused = told.filter(({ status }) => status >= 300);
  // 424 says no more than that something else was refused.
  const [first] = [...refused.filter(({ status }) => status !== 424), ...refused];
  return first === undefined ? null : { ...refusedBy(first.error), status: first.status };
}

/** What an `<error>` says, if it is there. A precondition holds no words: what holds some explains it to people. */
function refusedBy(error: XmlElement | undefined): Refused {
  if (error === undefined) return { condition: null, href: null };
  const exception = childOf(error, SABRE, "exception")?.text.split("\\").at(-1);
  const standard = error.children.filter(
    ({ namespace, name }) => [DAV, CALDAV].includes(namespace) && name !== "responsedescription",
  );
  const isBare = ({ text }: XmlElement) => text.trim() === "";
  const others = exception === undefined ? error.children : [];
  const condition = standard.find(isBare) ?? others.find(isBare) ?? standard[0];
  const code = condition?.name ?? exception ?? "";
  return {
    condition: /^[\w.-]{1,64}$/.test(code) ? code : null,
    href: textOf(condition?.children.find(({ name }) => name === "href")),
  };
}

/** The hrefs inside a property of the row, resolved. */
export function hrefsIn(row: DavRow, namespace: string, name: string): URL[] {
  const property = propertyOf(row, namespace, name);
  if (property === undefined) return [];
  return childrenOf(property, DAV, "href").flatMap((element) => {
    const resolved = resolveHref(element.text.trim(), row.base);
    return resolved === null ? [] : [resolved];
  });
}

/** The texts of hrefs inside a property, as written: addresses are `mailto:`, `urn:` or paths. */
export function addressesIn(row: DavRow, namespace: string, name: string): string[] {
  const property = propertyOf(row, namespace, name);
  const hrefs = property === undefined ? [] : childrenOf(property, DAV, "href");
  const preferredFirst = [...hrefs].sort(
    (a, b) => Number(b.attributes["preferred"] === "1") - Number(a.attributes["preferred"] === "1"),
  );
  return preferredFirst.map((element) => element.text.trim()).filter((text) => text !== "");
}

/** Whether the server says that nobody is signed in. Some servers answer so instead of 401. */
export const isUnauthenticated = (row: DavRow): boolean =>
  propertyOf(row, DAV, "current-user-principal")?.children.some(({ name }) => name === "unauthenticated") ??
  false;

/** The row's etag, normalised. */
export const etagOf = (row: DavRow): string | null => strongEtag(textOf(propertyOf(row, DAV, "getetag")));

/** An etag as `If-Match` takes it: strong and quoted, however the server wrote it (C36). */
export function strongEtag(written: string | null): string | null {
  const bare =
    written
      ?.trim()
      .replace(/^W\//, "")
      .replace(/^"(.*)"$/, "$1") ?? "";
  return bare === "" ? null : `"${bare}"`;
}

function rowsOf(response: XmlElement, base: URL): DavRow[] {
  const status = statusOf(response);
  const properties = childrenOf(response, DAV, "propstat")
    .filter((propstat) => Math.floor((statusOf(propstat) ?? 0) / 100) === 2)
    .flatMap((propstat) => childOf(propstat, DAV, "prop")?.children ?? []);
  const hrefs = childrenOf(response, DAV, "href").map((element) => element.text.trim());
  if (hrefs.length === 0) throw unparsable(207);
  // Several hrefs may share one status.
  return hrefs.map((href) => {
    // The row doesn't say what it is about, so it may be about any object.
    if (href === "" || resourceUrl(href, base) === null) throw unparsable(207);
    return {
      ...{ href, base, status, properties },
      // Made when it is asked for: a URL takes many times the space of its text, and a listing has very many.
      get url() {
        return resourceUrl(href, base) ?? base;
      },
    };
  });
}

/** A row's href, resolved. It may hold letters that ought to be encoded, and it has no query. */
function resourceUrl(href: string, base: URL): URL | null {
  const written = href.replace(/[?#\\]/g, encodeURIComponent);
  if (written.startsWith("/") || /^https?:\/\//i.test(written)) return resolveHref(written, base);
  // A name with a colon would be read as a scheme.
  return resolveHref(`./${written}`, new URL(base.pathname.replace(/\/?$/, "/"), base));
}

/** The number in a status line. The version before it and the words after it vary, or are missing. */
function statusOf(element: XmlElement): number | null {
  const line = childOf(element, DAV, "status")?.text ?? "";
  const status = Number(/(?:^|\s)(\d{3})(?!\S)/.exec(line)?.[1]);
  return Number.isInteger(status) && status >= 100 ? status : null;
}

/** A property of the row, if it is there. */
export const propertyOf = (row: DavRow, namespace: string, name: string): XmlElement | undefined =>
  row.properties.find((property) => property.name === name && property.namespace === namespace);

/** The text inside, trimmed; null where there is none. */
export function textOf(element: XmlElement | undefined): string | null {
  const text = element?.text.trim() ?? "";
  return text === "" ? null : text;
}

/**
 * The server's href, resolved against the URL of the answer; null where it isn't a URL. Two slashes before a path
 * don't name a host of another provider. Behind a proxy some servers say http and mean the https they are asked by.
 */
export function resolveHref(href: string, base: URL): URL | null {
  const url = urlOf(href, base);
  if (href.startsWith("//") && (url === null || !sameProvider(base, url))) {
    return urlOf(href.replace(/^\/+/, "/"), base);
  }
  const isOwnHost = url?.hostname === base.hostname && url.port === "" && base.port === "";
  if (url !== null && isOwnHost && base.protocol === "https:") url.protocol = "https:";
  return url;
}

function urlOf(href: string, base: URL): URL | null {
  try {
    return new URL(href, base);
  } catch {
    return null;
  }
}

/** The path with its percent-encoding resolved; the path itself where the encoding is invalid. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Basic authorisation. The bytes are UTF-8, because a password may hold any letter. */
export function basicAuthorization(login: { readonly username: string; readonly password: string }): string {
  const bytes = new TextEncoder().encode(`${login.username}:${login.password}`);
  return `Basic ${base64.encode(bytes)}`;
}
