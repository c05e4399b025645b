// The provider contract: everything the engine may ask of a calendar provider.
//
// Vocabulary
// - PROVIDER: Google, Outlook, Office 365, Apple, CalDAV. Nothing outside `providers/` asks which one it is;
//   what differs is declared in `can`.
// - ACCOUNT: one authorisation by one person. CALENDAR: one collection in it, named by the provider's own id.
// - KEY: the provider's name of one event occurrence, unique in its calendar. SERIES KEY: shared by the
//   occurrences of a recurring event.
// - CURSOR: opaque text in which a provider remembers where a pull stands; may point into the middle of a round.
// - MARK: the booking id which `putBooking` leaves in the event, so that our own copies are recognised.
//
// Every method that talks to the provider throws `ProviderError` (error.ts) and nothing else, classified once
// into a `FailureKind`. Methods never retry by themselves, with one exception: rereading after `reread`.
import type { BookingDetails } from "../domain/booking.ts";
import type { EventStatus } from "../domain/busy.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import type { Credentials, OAuthFlow, PasswordFlow } from "./connecting.ts";

export type { Credentials, Grant, Identity, OAuthFlow, PasswordFlow } from "./connecting.ts";

export type ProviderName = "GOOGLE" | "OUTLOOK" | "OFFICE365" | "APPLE" | "CALDAV";

/** What differs between providers, as far as the engine must know. */
export interface Capabilities {
  /** `channel`: a new channel replaces the old one. `subscription`: renewed in place. `poll`: no push. */
  readonly push: "channel" | "subscription" | "poll";
  /**
   * Where the window lives. `listing`: any strip can be listed beside the cursor. `cursor`: it is fixed in the
   * cursor, so that rolling it means a new snapshot.
   */
  readonly window: "listing" | "cursor";
}

/** What the outside world lends a provider. */
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
}

/** The calendar an operation is about. */
export interface CalendarRef {
  readonly calendarId: string;
  /** The zone for all-day and floating times where the provider names none itself. */
  readonly fallbackTimeZone: string;
}

/** One stretch of busy time: an event occurrence. Start before end; never a title. */
export interface BusyEvent {
  readonly key: string;
  readonly seriesKey: string | null;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly allDay: boolean;
  readonly status: EventStatus;
  /** The booking id of our mark, if the event carries it. */
  readonly bookingId: string | null;
}

/**
 * One page of a pull. Apply: drop the rows of `removedSeries`, of `removedKeys` and of each upsert's key, then
 * add `upserts`. Applying a page twice does no harm. Only a snapshot's end may delete by absence.
 */
export interface Page {
  /** `snapshot`: the round lists all there is in the window. `delta`: only what changed since the cursor. */
  readonly mode: "snapshot" | "delta";
  readonly upserts: readonly BusyEvent[];
  /** Events that no longer occupy time in the window: deleted, declined, made free, moved out. */
  readonly removedKeys: readonly string[];
  /** Series to be forgotten whole before `upserts`. */
  readonly removedSeries: readonly string[];
  /** Continues after this page: stored together with its rows, never before. */
  readonly next: string;
  /** True on the last page of the round. */
  readonly last: boolean;
  /** The calendar's zone by the provider's word; null where it has none. */
  readonly timeZone: string | null;
  /** Series that couldn't be read: their rows stay as they are, also past a snapshot's end. */
  readonly unreadable?: readonly string[];
  /**
   * Of the series in `removedSeries` and `upserts` those which take time after the window, in the form that
   * `ProviderAccount.expand` takes. The others have nothing to keep any more.
   */
  readonly kept?: readonly StoredSeries[];
}

/** What is kept of a series for the day when the window has moved. */
export interface StoredSeries {
  readonly seriesKey: string;
  /** Opaque; holds no text that a person wrote. */
  readonly reduced: string;
}

/** The booking an event is made of, as the agent should see it. */
export interface BookingEvent extends BookingDetails {
  readonly bookingId: string;
  /**
   * Whose booking it is. With the booking id and the calendar's it makes the event's identity at the provider,
   * which outlives the connection: after a calendar is connected again its events are found, not doubled.
   */
  readonly agentId: string;
  readonly reminderMinutes: readonly number[];
}

/** With the calendar's id what an event of ours is known by. */
export type BookingIdentity = Pick<BookingEvent, "bookingId" | "agentId">;

/** Where a booking's event is, as the last write left it. */
export interface KnownEvent {
  readonly externalId: string;
  readonly etag: string | null;
  /** Raised when an id is burnt (deleted ids stay taken) and another had to be chosen. */
  readonly idVersion: number;
}

/** How a booking's event stands in the calendar, in which version, and where: it may have another id by now. */
export type EventState = Interval & KnownEvent;

/** A push channel to open. The row exists before the provider is called (`providers.md` A.9.2). */
export interface ChannelRequest {
  /** Our id of the channel. */
  readonly channelId: string;
  /** Echoed in each notification; only its hash is stored. At most 128 characters. */
  readonly secret: string;
  /** Where notifications go. */
  readonly address: string;
}

/** A push channel as the provider granted it. */
export interface OpenedChannel {
  /** What notifications name the channel by: our own id, or one the provider gave. */
  readonly notificationKey: string;
  /** The provider's id of what is watched, where closing needs it. */
  readonly resourceId: string | null;
  readonly expiresAt: Instant;
}

/** An account opened with valid credentials. */
export interface ProviderAccount {
  listCalendars(): Promise<RemoteCalendar[]>;
  /**
   * The events of `window`: all of them when `cursor` is null, else what changed since. Pages come in order;
   * stop anywhere and go on later from the last stored `next`.
   * Throws `resync` when the cursor is worthless, `gone` when the calendar is.
   */
  pull(calendar: CalendarRef, cursor: string | null, window: Interval): AsyncIterable<Page>;
  /**
   * The events of kept series within a window, without asking the provider. There where only the whole calendar
   * can be listed. The calendar's fallback zone is the one its pages named.
   */
  expand?(calendar: CalendarRef, kept: readonly StoredSeries[], window: Interval): BusyEvent[];
  /**
   * Makes the calendar hold this booking exactly once, whatever was there. `known` null means never confirmed
   * as written, which may still be: a repeated create finds the first one.
   */
  putBooking(calendar: CalendarRef, event: BookingEvent, known: KnownEvent | null): Promise<KnownEvent>;
  /** Makes the calendar not hold this booking. Not there is success. */
  removeBooking(calendar: CalendarRef, identity: BookingIdentity, known: KnownEvent | null): Promise<void>;
  /**
   * How the calendar's event of a booking stands now, with all its hours, whether it takes time or not. Null: it is
   * there no longer (deleted, in the bin, cancelled, moved to another calendar), in a calendar which is itself there
   * to be read. What isn't where it was left is searched by its mark: an event keeps that under a new id, too.
   * An event that was made all-day or recurring answers with the stretch its first occurrence occupies.
   * Soon after a write of ours null proves nothing: for two minutes a server may not show it yet (C35).
   * Throws `gone` when the calendar is; access lost and every other failure throw, too, and are never null.
   */
  readBooking(
    calendar: CalendarRef,
    identity: BookingIdentity,
    known: KnownEvent,
  ): Promise<EventState | null>;
  /** Throws `unsupported` where this calendar can't be watched. */
  openChannel(calendar: CalendarRef, request: ChannelRequest): Promise<OpenedChannel>;
  /** Only where `can.push` is `subscription`. Throws `recreate-channel` when it is gone. */
  renewChannel(channel: OpenedChannel): Promise<OpenedChannel>;
  /** Not there is success. */
  closeChannel(channel: Pick<OpenedChannel, "notificationKey" | "resourceId">): Promise<void>;
}

/** One notification, read but not yet trusted. */
export interface Notification {
  readonly notificationKey: string;
  readonly secret: string;
  readonly resourceId: string | null;
  /** `changed`: pull. `lost`: pull, some were dropped. `renew`: renew the channel. `removed`: open another. */
  readonly meaning: "opened" | "changed" | "lost" | "renew" | "removed";
}

/** What a request to the webhook address is. `malformed` is answered without a retry and counted. */
export type NotificationReading =
  | { readonly kind: "notifications"; readonly notifications: readonly Notification[] }
  | { readonly kind: "challenge"; readonly echo: string }
  | { readonly kind: "malformed"; readonly reason: string };

/** A webhook request as providers read it: the body is already bounded in size. */
export interface NotificationRequest {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** One provider. */
export interface Provider {
  readonly name: ProviderName;
  readonly can: Capabilities;
  /** The last segment of the address to which notifications go; providers that read alike share one. */
  readonly webhook: string;
  /** Where accounts are connected by password, only `refresh` and `revoke` mean anything here. */
  readonly oauth: OAuthFlow;
  /** Null where accounts are connected by OAuth. */
  readonly password: PasswordFlow | null;
  readNotification(request: NotificationRequest): NotificationReading;
  /**
   * An account with a valid access token; opening talks to nobody.
   * @param until no request is begun that couldn't have ended by then; `retry` is thrown instead.
   */
  open(credentials: Pick<Credentials, "accessToken">, until?: Instant): ProviderAccount;
}
