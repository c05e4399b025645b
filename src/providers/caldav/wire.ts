// CalDAV's answers, as far as they are used, and the cursor of a pull.
import * as z from "zod";
import { isTimeZone } from "../../domain/zone.ts";
import { ProviderError } from "../error.ts";
import { ianaNameOf } from "../icalendar/zone-names.ts";
import {
  CALDAV,
  DAV,
  type DavRow,
  etagOf,
  type Multistatus,
  nameIn,
  propertyOf,
  sameResource,
  textOf,
  unparsable,
} from "../webdav/multistatus.ts";
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
  readonly href: string;
  readonly etag: string | null;
}

/** A calendar object. */
export interface CalendarObject {
  readonly text: string;
  readonly etag: string | null;
}

/** Where a pull stands. `zone` is the calendar's own, read when the listing began. */
export const Position = z.discriminatedUnion("how", [
  /**
   * Changes since `from` (null: everything). Names up to `after` are done. The round goes on from `until`, the token
   * that came first, so that changes made meanwhile are listed again.
   */
  z.strictObject({
    v: z.literal(1),
    how: z.literal("sync"),
    mode: z.enum(["snapshot", "delta"]),
    zone: z.string().nullable(),
    from: z.string().nullable(),
    until: z.string().nullable(),
    after: z.string().nullable(),
  }),
  /** Differences from the known etags. `ctag` is null within a round, and where the server has none. */
  z.strictObject({
    v: z.literal(1),
    how: z.literal("etags"),
    mode: z.enum(["snapshot", "delta"]),
    zone: z.string().nullable(),
    tagged: z.boolean(),
    ctag: z.string().nullable(),
    known: z.record(z.string(), z.string()),
  }),
]);
export type Position = z.infer<typeof Position>;
export type SyncPosition = Extract<Position, { how: "sync" }>;
export type EtagsPosition = Extract<Position, { how: "etags" }>;

/** The properties that `readCollection` reads. */
export const COLLECTION_PROPERTIES = [
  ...[
    "d:resourcetype",
    "d:displayname",
    "d:current-user-privilege-set",
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
  const components = propertyOf(row, CALDAV, "supported-calendar-component-set");
  const transp = named(CALDAV, "schedule-calendar-transp");
  return {
    url: row.url,
    name: textOf(propertyOf(row, DAV, "displayname")),
    types: new Set(named(DAV, "resourcetype").children.map(({ namespace, name }) => `${namespace} ${name}`)),
    components:
      components === undefined
        ? null
        : new Set(childrenOf(components, CALDAV, "comp").map(({ attributes }) => attributes["name"] ?? "")),
    writable: isWritable(propertyOf(row, DAV, "current-user-privilege-set")),
    transparent: childOf(transp, CALDAV, "transparent") !== undefined,
    timeZoneId: textOf(propertyOf(row, CALDAV, "calendar-timezone-id")),
    timeZoneText: textOf(propertyOf(row, CALDAV, "calendar-timezone")),
    ctag: textOf(propertyOf(row, CALENDAR_SERVER, "getctag")),
    syncs: reportsOf(named(DAV, "supported-report-set")).includes("sync-collection"),
  };
}

/**
 * The event calendars among homes and their members, without subscriptions and lists of tasks (C.4). A home may be
 * one itself, and a member of another one (C43).
 */
export function eventCalendars(rows: readonly DavRow[]): CollectionRow[] {
  return rows
    .map(readCollection)
    .filter(
      ({ url, types, components }, index, all) =>
        all.findIndex((other) => sameResource(other.url, url)) === index &&
        types.has(`${CALDAV} calendar`) &&
        !types.has(`${CALENDAR_SERVER} subscribed`) &&
        (components === null || components.has("VEVENT")),
    );
}

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

/** @throws ProviderError `retry`/`sync_token_missing`, because without a token the next pull can't go on */
export function readChanges({ rows, syncToken }: Multistatus, collection: URL): Changes {
  const changed = new Map<string, Listed>();
  const removed: string[] = [];
  for (const row of rows) {
    const name = nameIn(collection, row.url);
    // It is the collection itself (C15), or not a member.
    if (name === null) continue;
    if (row.status === 404 || row.status === 410) removed.push(name);
    else changed.set(name, { href: row.href, etag: etagOf(row) });
  }
  if (syncToken === null) throw new ProviderError({ kind: "retry", code: "sync_token_missing", status: 207 });
  return { changed, removed, token: syncToken, truncated: rows.some(({ status }) => status === 507) };
}

/** The members of a collection by name, without sub-collections. */
export function readMembers({ rows }: Multistatus, collection: URL): Map<string, Listed> {
  return new Map(
    rows.flatMap((row): [string, Listed][] => {
      const name = nameIn(collection, row.url);
      return name === null || row.status !== null ? [] : [[name, { href: row.href, etag: etagOf(row) }]];
    }),
  );
}

/** The objects of a multiget by name; null for those that are gone (C18). A row without text is left out. */
export function readObjects({ rows }: Multistatus, collection: URL): Map<string, CalendarObject | null> {
  const objects = new Map<string, CalendarObject | null>();
  for (const row of rows) {
    const name = nameIn(collection, row.url);
    if (name === null) continue;
    const text = propertyOf(row, CALDAV, "calendar-data")?.text;
    if (row.status === 404 || row.status === 410) objects.set(name, null);
    else if (text !== undefined && text.trim() !== "") objects.set(name, { text, etag: etagOf(row) });
  }
  return objects;
}

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

/** @throws ProviderError `resync` for a cursor that no pull has stored */
export function readCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(cursor));
  } catch {
    throw new ProviderError({ kind: "resync", code: "unreadable_cursor" });
  }
}
