// State: users, calendars, events, grants, channels and the request journal of simulated Google.

import { mulberry32 } from "../random.ts";
import type { BrokenPart } from "../shared/event-controls.ts";
import { type GrantState, type IssuedCode, type IssuedRefreshToken, noGrants } from "../shared/grants.ts";
import type { JournalEntry } from "../shared/network.ts";
import type { SimulatorOptions } from "../shared/options.ts";
import { createKnobs, type Knobs } from "./knobs.ts";

/** Requests a minute in a sliding window (A.10). Null: no limit. */
export interface Limits {
  readonly perUserPerMinute: number;
  readonly perProjectPerMinute: number;
}

export type GoogleSimulatorOptions = SimulatorOptions<Limits>;

export type Role = "freeBusyReader" | "reader" | "writerWithoutPrivateAccess" | "writer" | "owner";

export interface SimulatedUser {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly timeZone: string;
}

/** A calendar's entry in one user's list. */
export interface ListEntry {
  role: Role;
  hidden: boolean;
  selected: boolean;
  summaryOverride: string | null;
  deleted: boolean;
  revision: number;
}

export interface SimulatedCalendar {
  readonly id: string;
  summary: string;
  timeZone: string | null;
  readonly ownerEmail: string | null;
  readonly primaryOf: string | null;
  readonly push: boolean;
  readonly entries: Map<string, ListEntry>;
  readonly events: Map<string, EventRecord>;
  revision: number;
  updatedAt: number;
  /** Sync tokens of an older revision are worthless. */
  syncFloor: number;
}

/** All-day events have dates. Timed events have an instant and the zone in which they were written. */
export type EventTime =
  | { readonly kind: "date"; readonly date: string }
  | { readonly kind: "dateTime"; readonly at: number; readonly timeZone: string };

export interface Person {
  readonly email: string;
  readonly displayName?: string | undefined;
}

export type EventState = "confirmed" | "tentative" | "cancelled";

/** An instance that was listed once and no longer exists. Deltas report it as cancelled. */
export interface Vanished {
  readonly id: string;
  readonly originalStart: EventTime | null;
  readonly revision: number;
}

/** A single event, a recurring master, or an exception of one (then `recurringEventId` is set). */
export interface EventRecord {
  readonly id: string;
  /** Creation order: the stable key of listings. */
  readonly order: number;
  status: EventState;
  start: EventTime;
  end: EventTime;
  recurrence: readonly string[] | null;
  readonly recurringEventId: string | null;
  readonly originalStart: EventTime | null;
  readonly iCalUID: string;
  sequence: number;
  readonly createdAt: number;
  updatedAt: number;
  revision: number;
  organizer: Person;
  readonly creator: Person;
  /** The remaining fields as sent: summary, attendees, extendedProperties, eventType and so on. */
  details: Readonly<Record<string, unknown>>;
  readonly vanished: Map<string, Vanished>;
}

export interface AuthorizationCode extends IssuedCode {
  readonly challenge: { readonly value: string; readonly method: "S256" | "plain" } | null;
  readonly offline: boolean;
}

export interface RefreshToken extends IssuedRefreshToken {
  readonly expiresAt: number | null;
}

export interface Channel {
  readonly id: string;
  readonly token: string | null;
  readonly address: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  readonly calendarId: string;
  readonly email: string;
  readonly clientId: string;
  expiresAt: number;
  messageNumber: number;
  stopped: boolean;
}

/** A notification on its way. */
export interface PendingNotification {
  readonly channelId: string;
  readonly calendarId: string | null;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  dueAt: number;
  attempts: number;
}

/** The result of one attempt to deliver a notification. `status` null: no answer. */
export interface DeliveryRecord {
  readonly at: number;
  readonly channelId: string;
  readonly state: string;
  readonly messageNumber: string;
  readonly status: number | null;
}

/** One request as the simulator got it. */
export interface RequestRecord extends JournalEntry {
  readonly sendUpdates: string | null;
  /** The JSON body of Calendar API calls; null elsewhere. */
  readonly body: unknown;
}

export interface GoogleState extends GrantState<AuthorizationCode, RefreshToken> {
  readonly options: GoogleSimulatorOptions;
  readonly now: () => number;
  readonly random: () => number;
  readonly knobs: Knobs;
  readonly users: Map<string, SimulatedUser>;
  readonly calendars: Map<string, SimulatedCalendar>;
  /** What of the rows of an event or a series can't be read, by the id of the event or the series. */
  readonly broken: Map<string, BrokenPart>;
  readonly channels: Map<string, Channel>;
  readonly pending: PendingNotification[];
  readonly deliveries: DeliveryRecord[];
  readonly requests: RequestRecord[];
  readonly recentCalls: { at: number; user: string }[];
  limits: Limits | null;
  revision: number;
  order: number;
}

const DEFAULT_LIMITS: Limits = { perUserPerMinute: 600, perProjectPerMinute: 10_000 };

/** A Google without data. */
export function createState(options: GoogleSimulatorOptions): GoogleState {
  return {
    options,
    now: options.now,
    random: options.random ?? mulberry32(1),
    knobs: createKnobs(),
    users: new Map(),
    calendars: new Map(),
    broken: new Map(),
    ...noGrants(),
    channels: new Map(),
    pending: [],
    deliveries: [],
    requests: [],
    recentCalls: [],
    limits: options.limits === undefined ? DEFAULT_LIMITS : options.limits,
    revision: 0,
    order: 0,
  };
}

/** The user's calendar by id or by the alias `primary`; undefined when it isn't theirs or doesn't exist. */
export function findCalendar(
  state: GoogleState,
  email: string,
  calendarId: string,
): SimulatedCalendar | undefined {
  return state.calendars.get(calendarId === "primary" ? email : calendarId);
}

/** An etag of a revision: a quoted string, quotes included. */
export function etagOf(revision: number): string {
  return `"${3_481_000_000_000_000 + revision * 2}"`;
}
