// The provider contract: everything the engine may ask of a calendar provider.
//
// Vocabulary
// - PROVIDER: Google, Outlook, Office 365, Apple, CalDAV. Nothing outside `providers/` asks which one it is;
//   what differs is declared in `can`.
// - ACCOUNT: one authorisation by one person. CALENDAR: one collection in it, named by the provider's own id.
// - KEY: the provider's name of one event occurrence, unique in its calendar. SERIES KEY: shared by the
//   occurrences of a recurring event.
// - CURSOR: opaque text in which a provider remembers where a pull stands. It may point into the middle of a round.
// - MARK: the booking id that `putBooking` leaves in the event, so that the engine recognises its own events.
//
// Every method that talks to the provider throws `ProviderError` (error.ts) and nothing else. The error is
// classified once into a `FailureKind`. Methods never retry by themselves, except that they reread after `reread`.

import type { EventStatus } from "../domain/busy.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import type { BookingEvent, BookingIdentity, EventState, KnownEvent } from "./booking-event.ts";
import type { Credentials, OAuthFlow, PasswordFlow } from "./connecting.ts";
import type { ChannelRequest, NotificationReading, NotificationRequest, OpenedChannel } from "./push.ts";

export type { Credentials, Grant, Identity, OAuthFlow, PasswordFlow } from "./connecting.ts";
export type {
  ChannelRequest,
  Notification,
  NotificationReading,
  NotificationRequest,
  OpenedChannel,
} from "./push.ts";

/** Providers with a consent page. */
export const CONSENT_PROVIDERS = ["GOOGLE", "OUTLOOK", "OFFICE365"] as const;

/** Providers that take a password. */
export const PASSWORD_PROVIDERS = ["APPLE", "CALDAV"] as const;

/** The last segments of the addresses at which providers tell of changes. */
export const WEBHOOKS = ["google", "microsoft"] as const;

/** Every provider there is, configured or not. */
export const PROVIDER_NAMES = [...CONSENT_PROVIDERS, ...PASSWORD_PROVIDERS] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** What differs between providers, as far as the engine must know. */
export interface Capabilities {
  /** `channel`: a new channel replaces the old one. `subscription`: renewed in place. `poll`: no push. */
  readonly push: "channel" | "subscription" | "poll";
  /**
   * Where the window lives. `listing`: any strip can be listed beside the cursor. `cursor`: the cursor fixes the
   * window, so moving it needs a new snapshot.
   */
  readonly window: "listing" | "cursor";
  /** Whether a grant can be ended from here. Where it can't, the person ends it at the provider. */
  readonly revoke: boolean;
}

/** What a provider needs of the outside world. */
export interface ProviderDeps {
  readonly fetch: typeof fetch;
  now(): Instant;
  newId(): string;
}

/** A calendar as the account lists it. */
export interface RemoteCalendar {
  readonly calendarId: string;
  readonly name: string;
  /** IANA zone, or null where the provider has none. */
  readonly timeZone: string | null;
  readonly role: "reader" | "writer";
  readonly primary: boolean;
  /**
   * What recognises the calendar should its provider give it another id: the same text for the same calendar, at any
   * time. Absent where nothing does, or where the id never changes.
   */
  readonly recognisedBy?: string;
  /** Somebody else's calendar: the list doesn't prove that the account may read its events. */
  readonly shared?: boolean;
}

/** The calendar that an operation works on. */
export interface CalendarRef {
  readonly calendarId: string;
  /** The zone for all-day and floating times where the provider names none itself. */
  readonly fallbackTimeZone: string;
}

/** One stretch of busy time: an event occurrence. It starts before it ends. It never holds a title. */
export interface BusyEvent {
  readonly key: string;
  readonly seriesKey: string | null;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly allDay: boolean;
  readonly status: EventStatus;
  /** The booking id in our mark; null where the event has no mark. */
  readonly bookingId: string | null;
}

/**
 * One page of a pull. To apply it, drop the rows of `removedSeries`, of `removedKeys` and of each upsert's key,
 * then add `upserts`. Of an event or a series that is in `unreadable` with an unknown extent only add the new rows: it
 * may still take the time of its older ones. Applying is idempotent. Only the end of a snapshot may delete rows that
 * no page named.
 */
export interface Page {
  /** `snapshot`: the round lists everything in the window. `delta`: only what changed since the cursor. */
  readonly mode: "snapshot" | "delta";
  readonly upserts: readonly BusyEvent[];
  /** Events that no longer occupy time in the window: deleted, declined, made free, moved out. */
  readonly removedKeys: readonly string[];
  /** Series of which every row must go before `upserts` are added. */
  readonly removedSeries: readonly string[];
  /**
   * The cursor after this page. It must be stored together with the page's rows, never before them. Null, only on a
   * last page: no cursor leads to the changes from here, so the next round lists everything again.
   */
  readonly next: string | null;
  /** True on the last page of the round. */
  readonly last: boolean;
  /** The calendar's zone as the provider states it; null where it states none. */
  readonly timeZone: string | null;
  /**
   * What couldn't be read to the end. The rows of these keys stay beside `upserts`, even past the end of a snapshot.
   */
  readonly unreadable?: readonly UnreadableObject[];
  /**
   * The series in `removedSeries` and `upserts` that take time after the window, to be stored. For every other
   * series in the two lists nothing is stored any longer.
   */
  readonly kept?: readonly StoredSeries[];
  /** What the answer named and the lists above don't hold. It shows whether a page brings anything new. */
  readonly named?: readonly string[];
  /**
   * The page holds more of an answer that an earlier page of the round began. An answer has an end, however long it is,
   * so such pages don't count as steps of a round that may have none.
   */
  readonly goesOn?: boolean;
}

/**
 * How a round that begins is read. `changes`: so that the next round can ask for changes only. `listings`: by a plain
 * listing, because the provider's changes can't be read.
 */
export type Way = "changes" | "listings";

/** How a calendar is pulled. A cursor remembers the way of its round by itself. */
export interface PullManner {
  readonly way: Way;
  /**
   * The calendar has failed several times. A series or an object that fails alone is then named in `unreadable`
   * instead of failing the round, and is asked for again in each round.
   */
  readonly leavesFailing: boolean;
}

/** A part that couldn't be read. It holds no text that a person wrote. */
export interface Unread {
  /** Why, as a stable code. */
  readonly reason: string;
  /** `known`: it takes no time beyond its rows, and perhaps less. `unknown`: it may take time that nobody can know. */
  readonly extent: "known" | "unknown";
  /** The first start that could be read; null: none could. */
  readonly startsAt: Instant | null;
  /** An instant by which it has ended by any reading; null: none is certain. */
  readonly endsBy: Instant | null;
}

/** An event, a series or a calendar object that couldn't be read to the end. */
export interface UnreadableObject extends Unread {
  /** The key of the event, the series or the object. */
  readonly key: string;
  /** Changes with the object: its etag or change key, or else a digest of what couldn't be read. */
  readonly version: string;
}

/** A stored series: a reduced series, kept for the day when the window has moved. */
export interface StoredSeries {
  readonly seriesKey: string;
  /** The form that `ProviderAccount.expand` takes. Opaque. It holds no text that a person wrote. */
  readonly reduced: string;
}

/** An account opened with valid credentials. */
export interface ProviderAccount {
  listCalendars(): Promise<RemoteCalendar[]>;
  /**
   * The events of `window`: all of them when `cursor` is null, else what changed since the cursor. Pages come in
   * order. The caller may stop anywhere and go on later from the last stored `next`.
   * Throws `resync` when the cursor is worthless, `unsupported` where changes can't be read in this calendar, and
   * `gone` when the calendar is gone.
   * @param manner by default `changes`, and any failure ends the round
   */
  pull(
    calendar: CalendarRef,
    cursor: string | null,
    window: Interval,
    manner?: PullManner,
  ): AsyncIterable<Page>;
  /**
   * The events of stored series within a window, without asking the provider. Providers that can list nothing but
   * the whole calendar have this method. The calendar's fallback zone must be the zone that its pages named.
   */
  expand?(
    calendar: CalendarRef,
    kept: readonly StoredSeries[],
    window: Interval,
  ): Promise<Pick<Page, "upserts" | "unreadable">>;
  /**
   * Makes the calendar hold this booking exactly once, whatever was there. `known` is null when no write was ever
   * confirmed. The event may exist all the same: a repeated create finds the first one.
   */
  putBooking(calendar: CalendarRef, event: BookingEvent, known: KnownEvent | null): Promise<KnownEvent>;
  /** Removes this booking from the calendar. An event that isn't there is success. */
  removeBooking(calendar: CalendarRef, identity: BookingIdentity, known: KnownEvent | null): Promise<void>;
  /**
   * Where a booking's event is now, whether it takes time or not. Null: it is no longer there (deleted, in the bin,
   * cancelled, moved to another calendar), though the calendar itself can be read. An event that isn't where it was
   * left is searched by its mark, because an event keeps its mark under a new id. An event that was made all-day or
   * recurring answers with the interval of its first occurrence.
   * Null proves nothing for two minutes after a write of ours: a server may not show the event yet (C35).
   * Throws `gone` when the calendar is gone. Lost access and every other failure throw too, and are never null.
   */
  readBooking(
    calendar: CalendarRef,
    identity: BookingIdentity,
    known: KnownEvent,
  ): Promise<EventState | null>;
  /** Throws `unsupported` where this calendar can't be watched. */
  openChannel(calendar: CalendarRef, request: ChannelRequest): Promise<OpenedChannel>;
  /** Only where `can.push` is `subscription`. Throws `recreate-channel` when the channel is gone. */
  renewChannel(channel: OpenedChannel): Promise<OpenedChannel>;
  /** A channel that isn't there is success. */
  closeChannel(channel: Pick<OpenedChannel, "notificationKey" | "resourceId">): Promise<void>;
}

/** One provider. */
export interface Provider {
  readonly name: ProviderName;
  readonly can: Capabilities;
  /** The last segment of the address for notifications. Providers that read them alike share one. */
  readonly webhook: string;
  /** Where accounts are connected by password, only `refresh` and `revoke` are used. */
  readonly oauth: OAuthFlow;
  /** Null where accounts are connected by OAuth. */
  readonly password: PasswordFlow | null;
  readNotification(request: NotificationRequest): NotificationReading;
  /**
   * An account with a valid access token. Opening sends no request.
   * @param until a request that couldn't end by then isn't begun; `retry` is thrown instead
   */
  open(credentials: Pick<Credentials, "accessToken">, until?: Instant): ProviderAccount;
}
