// State: people, calendars, resources, the change log and the request journal of a simulated CalDAV server.
import { createKnobs, type Knobs } from "./knobs.ts";

/** How a server behaves (`docs/providers/caldav.md` C.12). `minimal` has neither sync-collection nor scheduling. */
export type Profile = "icloud" | "sabre" | "radicale" | "minimal";

export interface CaldavSimulatorOptions {
  /** The clock: epoch milliseconds. */
  readonly now: () => number;
  /** The origin of every server except iCloud. Default `https://dav.example.org`. */
  readonly origin?: string;
}

export interface SimulatedUser {
  readonly email: string;
  readonly profile: Profile;
  /** The number or name that stands in paths. */
  readonly id: string;
  readonly addresses: readonly string[];
  /** App passwords that are valid. */
  readonly passwords: Set<string>;
}

/** One stored calendar object. The times of visibility serve the knob `eventual.ms`. */
export interface Resource {
  /** The last path segment as it was requested: still percent-encoded. */
  readonly name: string;
  text: string;
  etag: string;
}

/** A line of the change log: this name changed, or was deleted, in this revision. */
export interface Change {
  readonly revision: number;
  readonly name: string;
  readonly deleted: boolean;
  /** When listings show it. */
  readonly visibleAt: number;
  /** Its new etag; null for a deletion. */
  readonly etag: string | null;
}

export interface SimulatedCalendar {
  /** Its path, which ends in "/". Control methods name it by this path. */
  readonly path: string;
  readonly owner: string;
  name: string | null;
  /** IANA zone; null where the calendar states none. */
  timeZone: string | null;
  /** How the zone is stated: a VTIMEZONE, or a `calendar-timezone-id`. */
  readonly zoneAs: "component" | "id";
  writable: boolean;
  readonly components: readonly string[] | null;
  readonly kind: "calendar" | "subscribed" | "inbox" | "outbox" | "notification" | "folder";
  transparent: boolean;
  readonly resources: Map<string, Resource>;
  readonly trash: Set<string>;
  readonly changes: Change[];
  revision: number;
  /** Sync tokens of an older revision are worthless. */
  syncFloor: number;
}

/** One request as it arrived, and its answer. */
export interface RequestRecord {
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** `propfind`, `sync-collection`, `calendar-multiget`, `calendar-query`, `put`, `get`, `delete`, `well-known`. */
  readonly operation: string;
  readonly depth: string | null;
  readonly contentType: string | null;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly authorization: string | null;
  /** Null when the caller was refused. */
  user: string | null;
  calendar: string | null;
  readonly body: string;
  status: number | null;
}

export interface CaldavState {
  readonly now: () => number;
  readonly origin: string;
  readonly knobs: Knobs;
  readonly users: Map<string, SimulatedUser>;
  /** By path. */
  readonly calendars: Map<string, SimulatedCalendar>;
  readonly requests: RequestRecord[];
  etags: number;
}

export const ICLOUD_HOST = "caldav.icloud.com";
export const PARTITION_HOST = "p42-caldav.icloud.com";

export function createState({
  now,
  origin = "https://dav.example.org",
}: CaldavSimulatorOptions): CaldavState {
  return {
    now,
    origin,
    knobs: createKnobs(),
    users: new Map(),
    calendars: new Map(),
    requests: [],
    etags: 0,
  };
}

/** The newest revision that listings show. Changes become visible in their order. */
export function visibleRevision(state: CaldavState, calendar: SimulatedCalendar): number {
  const hidden = calendar.changes.find((change) => change.visibleAt > state.now());
  return hidden === undefined ? calendar.revision : hidden.revision - 1;
}

/** What listings show: name to etag. While changes aren't visible yet, GET shows more. */
export function visibleResources(state: CaldavState, calendar: SimulatedCalendar): Map<string, string> {
  const shown = new Map<string, string>();
  const newest = visibleRevision(state, calendar);
  for (const { name, etag, revision } of calendar.changes) {
    if (revision > newest) break;
    if (etag === null) shown.delete(name);
    else shown.set(name, etag);
  }
  return shown;
}

/** Stores, replaces or (with null) deletes a resource, and logs it. */
export function record(
  state: CaldavState,
  calendar: SimulatedCalendar,
  name: string,
  text: string | null,
): Resource | null {
  state.etags += 1;
  calendar.revision += 1;
  const delay = state.knobs.take("eventual.ms", { user: calendar.owner, calendar: calendar.path }) ?? 0;
  const etag = text === null ? null : `"e${state.etags.toString(36)}${calendar.revision}"`;
  const visibleAt = state.now() + delay;
  calendar.changes.push({ revision: calendar.revision, name, deleted: text === null, visibleAt, etag });
  if (text === null || etag === null) {
    calendar.resources.delete(name);
    return null;
  }
  const resource = { name, text, etag };
  calendar.resources.set(name, resource);
  return resource;
}
