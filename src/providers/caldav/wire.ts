// CalDAV's answers, as far as they are used.
import { isTimeZone } from "../../domain/zone.ts";
import { ProviderError } from "../error.ts";
import { ianaNameOf } from "../icalendar/zone-names.ts";
import type { RemoteCalendar } from "../provider.ts";
import { type Asked, answeredRows, type Certainty, foundRows, listedRows } from "../webdav/listing.ts";
import {
  CALDAV,
  DAV,
  type DavRow,
  decoded,
  etagOf,
  type Multistatus,
  propertyOf,
  textOf,
  unparsable,
} from "../webdav/multistatus.ts";
import { canonicalPath } from "../webdav/places.ts";
import { childOf, childrenOf, type XmlElement } from "../webdav/xml.ts";
import { classifyDav } from "./failures.ts";

const CALENDAR_SERVER = "http://calendarserver.org/ns/";

/** A calendar by the properties of its collection (`docs/providers/caldav.md` C.4). */
export interface CollectionRow {
  readonly url: URL;
  readonly name: string | null;
  /** `DAV: collection`, `urn:…caldav calendar`… */
  readonly types: ReadonlySet<string>;
  /** Null where the server states none, which means all. */
  readonly components: ReadonlySet<string> | null;
  /** Its owner, where the server states one, and its name. Its path changes when a server moves the collection (C.4). */
  readonly recognition: Pick<RemoteCalendar, "recognisedBy">;
  /** Null where the server states no privileges. */
  readonly writable: boolean | null;
  readonly transparent: boolean;
  /** An IANA name; null where the server has none. */
  readonly timeZoneId: string | null;
  /** A VCALENDAR that holds a VTIMEZONE. */
  readonly timeZoneText: string | null;
  readonly ctag: string | null;
  readonly syncs: boolean;
}

/** The changes in a collection, by resource name. */
export interface Changes {
  readonly changed: ReadonlyMap<string, Listed>;
  readonly removed: readonly string[];
  readonly token: string;
  /** Whether more follows under the token (C12). */
  readonly truncated: boolean;
}

/** A resource in a listing. */
export interface Listed {
  /** As the server wrote it. */
  readonly href: string;
  readonly etag: string | null;
  readonly certainty: Certainty;
}

/** A calendar object. */
export interface CalendarObject {
  readonly text: string;
  readonly etag: string | null;
  /** The etag as the server wrote it, where the object was asked for by itself (C36). */
  readonly writtenEtag?: string | null;
}

/** The properties that `readCollection` reads. */
export const COLLECTION_PROPERTIES = [
  ...[
    "d:resourcetype",
    "d:displayname",
    "d:current-user-privilege-set",
    "d:owner",
    "d:sync-token",
    "d:supported-report-set",
  ],
  ...["cs:getctag", "c:supported-calendar-component-set", "c:calendar-timezone", "c:calendar-timezone-id"],
  "c:schedule-calendar-transp",
];

/** The namespace declarations of requests. */
export const PREFIXES = { "xmlns:d": DAV, "xmlns:c": CALDAV, "xmlns:cs": CALENDAR_SERVER };

/** Properties as tsdav's XML writer takes them, each as `prefix:name`. */
export const propertiesOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));

/** The properties that are asked of calendar objects. */
export const OBJECT = propertiesOf(["d:getetag", "c:calendar-data"]);

/** The filter that finds a UID. By RFC 4791 it also matches inside a longer text. */
export const uidFilter = (uid: string) => ({
  "c:comp-filter": {
    _attributes: { name: "VCALENDAR" },
    "c:comp-filter": {
      _attributes: { name: "VEVENT" },
      "c:prop-filter": {
        _attributes: { name: "UID" },
        "c:text-match": { _attributes: { collation: "i;octet" }, _text: uid },
      },
    },
  },
});

export function readCollection(row: DavRow): CollectionRow {
  const named = (namespace: string, name: string) => propertyOf(row, namespace, name) ?? NOTHING;
  const set = propertyOf(row, CALDAV, "supported-calendar-component-set");
  const components = set && childrenOf(set, CALDAV, "comp");
  const name = textOf(propertyOf(row, DAV, "displayname"));
  const owner = textOf(childOf(named(DAV, "owner"), DAV, "href"));
  const transp = named(CALDAV, "schedule-calendar-transp");
  return {
    url: row.url,
    name,
    recognition: name === null ? {} : { recognisedBy: JSON.stringify([owner, name]) },
    types: new Set(named(DAV, "resourcetype").children.map(({ namespace, name }) => `${namespace} ${name}`)),
    // RFC 4791 5.2.3 wants one at least, so an empty set states nothing.
    components: components?.length
      ? new Set(components.map(({ attributes }) => attributes["name"]?.toUpperCase() ?? ""))
      : null,
    writable: isWritable(propertyOf(row, DAV, "current-user-privilege-set")),
    transparent: childOf(transp, CALDAV, "transparent") !== undefined,
    timeZoneId: textOf(propertyOf(row, CALDAV, "calendar-timezone-id")),
    timeZoneText: textOf(propertyOf(row, CALDAV, "calendar-timezone")),
    ctag: textOf(propertyOf(row, CALENDAR_SERVER, "getctag")),
    syncs: reportsOf(named(DAV, "supported-report-set")).includes("sync-collection"),
  };
}

/**
 * The event calendars among homes and the collections in them, without subscriptions and lists of tasks (C.4). A home
 * may be one itself, and be in another one (C47).
 */
export function eventCalendars(rows: readonly DavRow[]): CollectionRow[] {
  const collections = new Map(rows.map((row) => [row.url.host + canonicalPath(row.url), row]));
  return [...collections.values()]
    .map(readCollection)
    .filter(
      ({ types, components }) =>
        types.has(`${CALDAV} calendar`) &&
        !types.has(`${CALENDAR_SERVER} subscribed`) &&
        (components === null || components.has("VEVENT")),
    );
}

/** A calendar's path from its id, decoded and without the last slash. */
export const pathOf = (calendarId: string, base: URL): string =>
  decoded(new URL(calendarId, base).pathname).replace(/\/$/, "");

/** The single row of a Depth 0 answer. Its href may differ from the request's (`docs/providers/caldav.md` C.2.1). */
export function theOne(rows: readonly DavRow[]): DavRow {
  const [row] = rows;
  if (row === undefined) throw unparsable(207);
  if (row.status !== null && row.status >= 400) {
    throw new ProviderError({ ...classifyDav("inspect", row.status, null), status: row.status });
  }
  return row;
}

/** The calendar's zone as an IANA name; null where it states none. */
export function zoneOf({ timeZoneId, timeZoneText }: CollectionRow): string | null {
  if (timeZoneId !== null && isTimeZone(timeZoneId)) return timeZoneId;
  const tzid = /^TZID[^:\r\n]*:(.+)$/m.exec(timeZoneText?.replaceAll("\r", "") ?? "")?.[1];
  return tzid === undefined ? null : ianaNameOf(tzid);
}

/**
 * The changes of a calendar.
 * @throws ProviderError `unsupported`/`sync_token_missing`, because without a token the next pull can't go on, and
 *   `retry`/`listing_outside_calendar`
 */
export function readChanges({ rows, syncToken }: Multistatus, collection: URL): Changes {
  const changed = new Map<string, Listed>();
  const removed: string[] = [];
  // C15: some servers have a row for the collection itself, and others none.
  for (const { name, certainty, row } of listedRows(rows, collection, { hasOwnRow: false })) {
    if (isGone(row)) removed.push(name);
    else changed.set(name, { href: row.href, etag: etagOf(row), certainty });
  }
  if (syncToken === null)
    throw new ProviderError({ kind: "unsupported", code: "sync_token_missing", status: 207 });
  return { changed, removed, token: syncToken, truncated: rows.some(({ status }) => status === 507) };
}

/**
 * The members of a collection by name, without sub-collections.
 * @throws ProviderError `retry`/`listing_outside_calendar`
 */
export const readMembers = ({ rows }: Multistatus, collection: URL): Map<string, Listed> =>
  new Map(
    listedRows(rows, collection, { hasOwnRow: true })
      .filter(({ row }) => !isGone(row))
      .map(({ name, certainty, row }) => [name, { href: row.href, etag: etagOf(row), certainty }]),
  );

/**
 * The objects of a multiget by name; null for those that are gone (C18). A row without text is left out.
 * @throws ProviderError `retry`/`objects_outside_calendar`
 */
export const readObjects = ({ rows }: Multistatus, collection: URL, asked: readonly Asked[]) =>
  objectsOf(answeredRows(rows, collection, asked));

/**
 * The objects that a search found, by name, as `readObjects`.
 * @throws ProviderError `unsupported`/`search_outside_calendar`
 */
export const readFound = ({ rows }: Multistatus, collection: URL) => objectsOf(foundRows(rows, collection));

function objectsOf(rows: readonly (readonly [string, DavRow])[]): Map<string, CalendarObject | null> {
  const objects = new Map<string, CalendarObject | null>();
  for (const [name, row] of rows) {
    const text = propertyOf(row, CALDAV, "calendar-data")?.text;
    if (isGone(row)) objects.set(name, null);
    else if (text !== undefined && text.trim() !== "") objects.set(name, { text, etag: etagOf(row) });
  }
  return objects;
}

const isGone = ({ status }: DavRow): boolean => status === 404 || status === 410;

const WRITING = new Set(["all", "write", "write-content", "bind"]);

function isWritable(privileges: XmlElement | undefined): boolean | null {
  if (privileges === undefined) return null;
  return childrenOf(privileges, DAV, "privilege").some((privilege) =>
    privilege.children.some(({ namespace, name }) => namespace === DAV && WRITING.has(name)),
  );
}

const reportsOf = (set: XmlElement): string[] =>
  childrenOf(set, DAV, "supported-report").flatMap((supported) =>
    childrenOf(supported, DAV, "report").flatMap((report) => report.children.map(({ name }) => name)),
  );

const NOTHING: XmlElement = { namespace: "", name: "", attributes: {}, children: [], text: "" };
