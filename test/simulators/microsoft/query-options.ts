// Query options of event listings, such as $select, $filter and $top (`docs/providers/microsoft.md` B.5.1, B.6.3).
import type { Call } from "./call.ts";
import { badQuery, graphError } from "./errors.ts";
import { readTime } from "./event-time.ts";
import { type Found, recordOf } from "./instances.ts";
import { EVENT_FIELDS, spanOf, type Viewpoint } from "./render.ts";

export const ONE_EVENT_OPTIONS = ["$select", "$expand"];
export const EVENT_LIST_OPTIONS = [...ONE_EVENT_OPTIONS, "$filter", "$top", "$skip", "$orderby", "$count"];
export const VIEW_OPTIONS = [...EVENT_LIST_OPTIONS, "startDateTime", "endDateTime"];

/** The fields of `$select`; null for all. */
export function readSelect(query: URLSearchParams, known: readonly string[], type: string): string[] | null {
  const text = query.get("$select");
  if (text === null) return null;
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw badQuery(`Could not find a property named '${unknown}' on type '${type}'.`);
  return names;
}

const EQUALS = "id eq '(?:[^']|'')+'";
/** One comparison, or several in brackets with `or` between them. */
const PROPERTIES = new RegExp(
  `^singleValueExtendedProperties\\(\\$filter=(?:${EQUALS}|\\(${EQUALS}\\)(?: or \\(${EQUALS}\\))*)\\)$`,
);

function readExpand(query: URLSearchParams): { properties: readonly string[]; exceptions: boolean } {
  const text = query.get("$expand");
  if (text === null) return { properties: [], exceptions: false };
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const filters = parts.filter((part) => PROPERTIES.test(part));
  const exceptions = parts.includes("exceptionOccurrences");
  if (filters.length + (exceptions ? 1 : 0) !== parts.length || filters.length > 1) {
    throw badQuery(`The query specified in the URI is not valid: $expand=${text}`);
  }
  const names = [...(filters[0] ?? "").matchAll(/id eq '((?:[^']|'')+)'/g)];
  return { properties: names.map(([, name = ""]) => name.replaceAll("''", "'")), exceptions };
}

/** The zone in which times are shown: the one asked for, unless `rows.zone` names another. */
export const zoneOf = ({ state, user, operation, prefer }: Call): string =>
  state.knobs.take("rows.zone", { user: user.email, operation }) ?? prefer.zone;

/** What of the rows can't be read (`rows.broken`). */
export const brokenOf = ({ state, user, operation }: Call): Viewpoint["broken"] =>
  state.knobs.take("rows.broken", { user: user.email, operation });

/** The caller's options for events. */
export function viewpoint(call: Call): Viewpoint {
  const basic = !call.access.scopes.some((scope) => /^Calendars\.Read(Write)?(\.Shared)?$/.test(scope));
  const expand = readExpand(call.query);
  if (basic && expand.properties.length > 0) throw graphError(403, "ErrorAccessDenied", "Access is denied.");
  return {
    user: call.user,
    zone: zoneOf(call),
    broken: brokenOf(call),
    immutable: call.prefer.immutable,
    select: readSelect(call.query, EVENT_FIELDS, "microsoft.graph.event"),
    ...expand,
    basic,
  };
}

type Test = (found: Found) => boolean;
const QUOTED = "'((?:[^']|'')*)'";
const HAS_PROPERTY = new RegExp(
  `^singleValueExtendedProperties/[aA]ny\\((\\w+): ?\\1/id eq ${QUOTED} and \\1/value (?:ne null|eq ${QUOTED})\\)$`,
);
const COMPARES_TIME = new RegExp(`^(start|end)/dateTime (ge|gt|le|lt|eq) ${QUOTED}$`);
const EQUALS_TEXT = new RegExp(`^(iCalUId|subject) eq ${QUOTED}$`);

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  lt: (a, b) => a < b,
  eq: (a, b) => a === b,
};

function readTest(text: string): Test {
  const property = HAS_PROPERTY.exec(text);
  if (property !== null) {
    const [, , id = "", value] = property;
    return (found) => {
      const held = recordOf(found).extended.get(id.replaceAll("''", "'"));
      return held !== undefined && (value === undefined || held.toLowerCase() === value.toLowerCase());
    };
  }
  const time = COMPARES_TIME.exec(text);
  if (time !== null) {
    const [, side = "start", operator = "eq", value = ""] = time;
    const at = readTime({ dateTime: value.replace(/Z$/, ""), timeZone: "UTC" }, "Start", false);
    const bound = at.kind === "dateTime" ? at.at : 0;
    return (found) =>
      COMPARISONS[operator]?.(spanOf(found)[side === "end" ? "end" : "start"], bound) ?? false;
  }
  const equal = EQUALS_TEXT.exec(text);
  if (equal !== null) {
    const [, field, value = ""] = equal;
    const of = (found: Found) =>
      field === "subject" ? recordOf(found).details["subject"] : recordOf(found).iCalUId;
    return (found) => of(found) === value.replaceAll("''", "'");
  }
  throw graphError(
    400,
    "ErrorInvalidUrlQueryFilter",
    `The query filter contains one or more invalid nodes: ${text}`,
  );
}

/** The filter of a listing: parts joined by `and`, of the kinds that this simulator knows. */
export function readFilter(query: URLSearchParams): Test {
  const text = query.get("$filter");
  if (text === null) return () => true;
  const parts = text.split(/ and (?![^(]*\))/).map((part) => readTest(part.trim()));
  return (found) => parts.every((test) => test(found));
}

/** An option that is a number. More than `most` is refused, as Graph does. */
function readCount(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text) || Number(text) > most || (name === "$top" && text === "0")) {
    throw badQuery(
      `Invalid value '${text}' for ${name} query option found. The allowed range is 1 to ${most}.`,
    );
  }
  return Number(text);
}

/** Sorts a listing by `start/dateTime`, forwards or backwards. Without that option its order stays. */
export function ordered(found: Found[], query: URLSearchParams): Found[] {
  const text = query.get("$orderby");
  if (text === null) return found;
  const match = /^start\/dateTime( asc| desc)?$/i.exec(text);
  if (match === null) throw badQuery(`The $orderby expression is not supported: ${text}`);
  const sign = match[1]?.trim().toLowerCase() === "desc" ? -1 : 1;
  return [...found].sort((a, b) => sign * (spanOf(a).start - spanOf(b).start));
}

/** One page of a listing with its next link: this request's own URL, further on. */
export function page<T>(
  call: Call,
  path: string,
  rows: readonly T[],
): { rows: readonly T[]; next: string | null } {
  const { query, prefer } = call;
  const top = readCount(query, "$top", Math.min(prefer.pageSize ?? 10, 1000), 1000);
  const skip = readCount(query, "$skip", 0, 1_000_000);
  const cut = rows.slice(skip, skip + top);
  if (skip + top >= rows.length) return { rows: cut, next: null };
  const following = new URLSearchParams(query);
  following.set("$skip", String(skip + top));
  return {
    rows: cut,
    next: `${call.base}${path}?${following.toString().replaceAll("+", "%20").replaceAll("%24", "$")}`,
  };
}

const ABSOLUTE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

function readBound(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) {
    throw graphError(
      400,
      "ErrorInvalidParameter",
      "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
    );
  }
  // A time without an offset is UTC.
  const zoned = /(Z|[+-]\d{2}:\d{2})$/i.test(text) || !text.includes("T") ? text : `${text}Z`;
  const at = Date.parse(zoned.replace(/(\.\d{3})\d+/, "$1"));
  if (!ABSOLUTE.test(text) || Number.isNaN(at)) {
    throw graphError(400, "ErrorInvalidParameter", `The value '${text}' for parameter '${name}' is invalid.`);
  }
  return at;
}

/** The window of a view, as instants. Five years at most, as Exchange allows. */
export function readWindow(query: URLSearchParams): { from: number; to: number } {
  const window = { from: readBound(query, "startDateTime"), to: readBound(query, "endDateTime") };
  if (window.to < window.from) {
    throw graphError(400, "ErrorInvalidParameter", "The end of the time window lies before its start.");
  }
  if (window.to - window.from > 1825 * 86_400_000) {
    throw graphError(400, "ErrorCalendarViewRangeTooBig", "The calendar view is limited to 1825 days.");
  }
  return window;
}
