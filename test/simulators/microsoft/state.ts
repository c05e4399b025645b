// State: people, calendars, events, grants, subscriptions and the request journal of simulated Microsoft.
import { mulberry32 } from "../random.ts";
import type { BrokenPart } from "../shared/event-controls.ts";
import { type GrantState, type IssuedCode, type IssuedRefreshToken, noGrants } from "../shared/grants.ts";
import type { JournalEntry } from "../shared/network.ts";
import type { SimulatorOptions } from "../shared/options.ts";
import { createKnobs, type Knobs } from "./knobs.ts";
import type { Pattern } from "./pattern.ts";

/** Limits of one app in one mailbox (B.8). */
export interface Limits {
  readonly concurrent: number;
  readonly perTenMinutes: number;
}

export interface MicrosoftSimulatorOptions extends SimulatorOptions<Limits> {
  /** Slow answers of webhooks are ignored. For busy machines, whose load says nothing about the Worker. */
  readonly forgiveSlowAnswers?: boolean;
  /** Origin of next and delta links. Default: the origin of the request. */
  readonly linkOrigin?: string;
}

export type UserKind = "personal" | "work";

export interface SimulatedUser {
  readonly email: string;
  readonly name: string;
  readonly kind: UserKind;
  /** The tenant; personal accounts share one. */
  readonly tid: string;
  readonly oid: string;
  /** The id in Graph: the object id at work, sixteen hex digits for personal accounts. */
  readonly graphId: string;
  /** IANA zone of the mailbox. */
  readonly timeZone: string;
  mailbox: boolean;
}

export interface SimulatedCalendar {
  readonly id: string;
  name: string;
  readonly color: string;
  /** The person in whose mailbox it is listed. */
  readonly userEmail: string;
  /** Its owner: somebody else when it is shared with the user. */
  readonly owner: { readonly name: string; readonly address: string };
  isDefault: boolean;
  canEdit: boolean;
  removed: boolean;
  /** Live events by id; ids are the immutable ones. */
  readonly events: Map<string, EventRecord>;
  /** Deleted and moved events, for deltas. */
  readonly gone: Map<string, Tombstone>;
  /** Deleted Items: the events that were deleted here, by immutable id. */
  readonly bin: Map<string, EventRecord>;
  /** Created ids by transaction id. They stay when the event is deleted. */
  readonly transactions: Map<string, string>;
  revision: number;
  /** Delta tokens of an older revision are worthless. */
  syncFloor: number;
}

/** All-day events have dates. Timed events have an instant and the zone in which they were written (IANA). */
export type EventTime =
  | { readonly kind: "date"; readonly date: string; readonly timeZone: string }
  | { readonly kind: "dateTime"; readonly at: number; readonly timeZone: string };

/** A deleted event, or one that was moved to another calendar. */
export interface Tombstone {
  readonly ids: EventIds;
  readonly order: number;
  readonly revision: number;
  /** Of series: the occurrences that it had, with their bounds as instants. */
  readonly occurrences: readonly { readonly ids: EventIds; readonly start: number; readonly end: number }[];
}

/** Both forms of an id (B.2). */
export interface EventIds {
  readonly immutable: string;
  readonly regular: string;
}

/** A single event, a series master, or an exception of a series (then `masterId` is set). */
export interface EventRecord {
  /** The immutable id. The regular one changes when the event moves. */
  readonly id: string;
  regularId: string;
  readonly order: number;
  start: EventTime;
  end: EventTime;
  recurrence: Pattern | null;
  readonly masterId: string | null;
  /** The day that an exception replaces, in the series' own zone. */
  readonly originalDay: string | null;
  readonly originalStart: EventTime | null;
  /** Of masters: days of deleted occurrences. */
  readonly cancelledDays: Set<string>;
  readonly iCalUId: string;
  readonly transactionId: string | null;
  readonly createdAt: number;
  updatedAt: number;
  /** The revision of this record. */
  revision: number;
  /** All its revisions. A late listing shows a record that has an older one already (`delta.lateMs`). */
  readonly revisions: number[];
  /** The remaining fields: subject, showAs, attendees, responseStatus and so on. */
  details: Readonly<Record<string, unknown>>;
  /** Extended properties by id. */
  extended: ReadonlyMap<string, string>;
}

export interface AuthorizationCode extends IssuedCode {
  readonly tenant: string;
  readonly challenge: string;
  redeemed: boolean;
}

/** The parameters of an authorisation URL, and the result. */
export interface AuthorizationRecord {
  readonly at: number;
  readonly tenant: string;
  readonly clientId: string;
  /** Null when no person was chosen. */
  readonly user: string | null;
  readonly scopes: readonly string[];
  readonly prompt: string | null;
  readonly loginHint: string | null;
  readonly domainHint: string | null;
  readonly claims: string | null;
  /** `allowed`, `denied`, or the error of the callback. */
  readonly outcome: string;
}

export interface RefreshToken extends IssuedRefreshToken {
  /** The AADSTS code with which it is refused from now on; null while it is valid. */
  deadCode: number | null;
}

export interface Subscription {
  readonly id: string;
  readonly email: string;
  readonly clientId: string;
  readonly resource: string;
  /** Null: all calendars of the mailbox. */
  readonly calendarId: string | null;
  readonly changeTypes: readonly string[];
  readonly clientState: string | null;
  notificationUrl: string;
  readonly lifecycleNotificationUrl: string | null;
  readonly immutableIds: boolean;
  readonly tlsVersion: string;
  expiresAt: number;
  /** When the access token that created or reauthorised it ends, in epoch milliseconds. */
  boundUntil: number;
  /** Whether reauthorisation was asked for since then. */
  reminded: boolean;
}

/** One entry of a notification on its way. `raw` is sent unchanged and alone. */
export interface PendingNotification {
  readonly subscriptionId: string;
  readonly url: string;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly raw: string | null;
  readonly firstAt: number;
  readonly attempts: number;
  dueAt: number;
}

/** The result of one POST of notifications. `status` null: no answer in time. */
export interface DeliveryRecord {
  readonly at: number;
  readonly url: string;
  readonly kind: "validation" | "notification" | "lifecycle" | "garbage";
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly status: number | null;
  readonly tookMs: number;
}

/** How a webhook host has answered recently (B.7.4). */
export interface EndpointHealth {
  readonly answers: { at: number; tookMs: number }[];
  slowUntil: number;
  dropUntil: number;
  dropped: number;
}

/** A mail that Exchange would have sent to somebody. */
export interface SentMail {
  readonly at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly kind: "invitation" | "update" | "cancellation";
  readonly eventId: string;
}

/** One request as the simulator got it. */
export interface RequestRecord extends JournalEntry {
  /** The Prefer header as sent. */
  readonly prefer: string | null;
  /** Whether it came as a part of a $batch. */
  readonly batched: boolean;
  /** The JSON body of Graph calls, or the form of token requests without its secrets; null elsewhere. */
  readonly body: unknown;
}

export interface MicrosoftState extends GrantState<AuthorizationCode, RefreshToken> {
  readonly options: MicrosoftSimulatorOptions;
  readonly now: () => number;
  readonly random: () => number;
  readonly knobs: Knobs;
  readonly users: Map<string, SimulatedUser>;
  readonly calendars: Map<string, SimulatedCalendar>;
  /** What of the rows of an event or a series can't be read, by the id of the event or the series. */
  readonly broken: Map<string, BrokenPart>;
  readonly authorizations: AuthorizationRecord[];
  readonly subscriptions: Map<string, Subscription>;
  readonly pending: PendingNotification[];
  readonly deliveries: DeliveryRecord[];
  readonly endpoints: Map<string, EndpointHealth>;
  readonly mails: SentMail[];
  readonly requests: RequestRecord[];
  /** Requests in progress, and recent ones, by mailbox and app. */
  readonly inFlight: Map<string, number>;
  readonly recentCalls: Map<string, number[]>;
  /** When revisions were made, oldest first. `delta.lateMs` reads it. */
  readonly history: { revision: number; at: number }[];
  limits: Limits | null;
  revision: number;
  order: number;
}

export const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

const DEFAULT_LIMITS: Limits = { concurrent: 4, perTenMinutes: 10_000 };

/** A Microsoft without data. */
export function createState(options: MicrosoftSimulatorOptions): MicrosoftState {
  return {
    options,
    now: options.now,
    random: options.random ?? mulberry32(1),
    knobs: createKnobs(),
    users: new Map(),
    calendars: new Map(),
    broken: new Map(),
    ...noGrants(),
    authorizations: [],
    subscriptions: new Map(),
    pending: [],
    deliveries: [],
    endpoints: new Map(),
    mails: [],
    requests: [],
    inFlight: new Map(),
    recentCalls: new Map(),
    history: [],
    limits: options.limits === undefined ? DEFAULT_LIMITS : options.limits,
    revision: 0,
    order: 0,
  };
}

/** A new revision of everything, with its instant. */
export function nextRevision(state: MicrosoftState): number {
  state.revision += 1;
  state.history.push({ revision: state.revision, at: state.now() });
  return state.revision;
}

/** The change key of a revision; the etag is `W/"<changeKey>"`. */
export const changeKeyOf = (revision: number): string =>
  Buffer.from(`EZ9r3czxY0m2jz8c45czkwAA${String(revision).padStart(8, "0")}`)
    .toString("base64")
    .slice(-32);

export const etagOf = (revision: number): string => `W/"${changeKeyOf(revision)}"`;

/** The calendars a person's mailbox lists, the default one first. */
export function calendarsOf(state: MicrosoftState, email: string): SimulatedCalendar[] {
  return [...state.calendars.values()].filter(({ userEmail, removed }) => userEmail === email && !removed);
}

/** Whether the calendar lies in the mailbox of the person who lists it. Others lie in the mailbox of their owner. */
export const isOwn = (calendar: SimulatedCalendar): boolean => calendar.owner.address === calendar.userEmail;

/** The default calendar of a mailbox. */
export function defaultCalendar(state: MicrosoftState, email: string): SimulatedCalendar | undefined {
  return calendarsOf(state, email).find(({ isDefault }) => isDefault);
}
