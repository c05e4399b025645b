// Graph's answers, as far as they are used. Unknown fields are dropped, unknown values are let through.
import * as z from "zod";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { BookingEvent } from "../booking-event.ts";
import { ProviderError } from "../error.ts";
import { NAMELESS } from "../written-span.ts";
import { dateBound, readingsOf, UNREADABLE_TIME, WIDEST_OFFSET_MS } from "../written-time.ts";
import { BOOKING_PROPERTY, isOurTransaction, NOTE_PROPERTY } from "./marks.ts";

/** The most characters that Exchange takes as a subject. */
const MAX_SUBJECT = 255;

/** The title, cut to Exchange's limit and not within a character. */
export const subjectOf = ({ title }: Pick<BookingEvent, "title">): string =>
  title.slice(0, MAX_SUBJECT).replace(/[\uD800-\uDBFF]$/, "");

/**
 * The other events that we created for the booking by a write whose answer got lost. Graph creates one event for a
 * transaction id, so another event with the same one is a duplicate that the person made.
 */
export function twinsOf(own: readonly ListedEvent[], eventId: string): string[] {
  const made = own.find(({ id }) => id === eventId)?.transactionId;
  return own
    .filter(({ id, transactionId: by }) => id !== eventId && by !== made && isOurTransaction(by))
    .map(({ id }) => id);
}

/** A local time without offset and with seven fractional digits, beside the name of its zone. */
const Time = z.object({ dateTime: z.string(), timeZone: z.string().nullish().catch(null) });
type Time = z.infer<typeof Time>;

export const timeOf = (at: Instant) => ({ dateTime: formatInstant(at).slice(0, -1), timeZone: "UTC" });

/**
 * The instant of a time that isn't a date.
 * @throws ProviderError `bug`/`unexpected_time` also where nobody knows the zone
 */
export function instantOf(time: Time): Instant {
  const { startsAt, endsAt } = readingsOf(time);
  if (endsAt - startsAt < WIDEST_OFFSET_MS) return startsAt;
  throw new ProviderError({ kind: "bug", code: UNREADABLE_TIME });
}

/**
 * The instant of an event's start or end. Those of an all-day event are dates, and the same dates in every zone (B.4).
 */
export const boundOf = (time: Time, allDay: boolean, timeZone: string): Instant =>
  allDay ? dateBound(time, timeZone) : instantOf(time);

/**
 * A field that a row can be read without. Whatever else stands there counts as missing. Only null stays null, other than
 * in Google's rows: a transaction id of null says that the event isn't ours, and a missing one says nothing (`rows.ts`).
 */
const loose = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

/** An event in a listing: when it is, and whether it occupies time. Titles and people are never read. */
export const ListedEvent = z.object({
  id: z.string().min(1),
  "@odata.etag": z.string().nullish(),
  "@removed": z.object({}).optional(),
  type: z.string().nullish(),
  seriesMasterId: z.string().nullish(),
  start: Time.nullish(),
  end: loose(Time),
  isAllDay: z.boolean().nullish(),
  isCancelled: loose(z.boolean()),
  showAs: loose(z.string()),
  sensitivity: loose(z.string()),
  responseStatus: loose(z.object({ response: loose(z.string()) })),
  transactionId: loose(z.string()),
});
export type ListedEvent = z.infer<typeof ListedEvent>;

/** A row with nothing readable but its key. */
const BrokenRow = z
  .object({
    id: z.string().min(1),
    "@odata.etag": z.string().nullish().catch(null),
    seriesMasterId: z.string().nullish().catch(null),
  })
  .transform((row) => ({ ...row, isBroken: true as const }));
/** A row without a key. */
const NamelessRow = z.unknown().transform(() => NAMELESS);
/** A row of a listing. One that can't be read costs itself only, and not the page. */
export type Row = ListedEvent & { readonly isBroken?: true };

/** The fields of `ListedEvent`, for listings that take `$select` (a delta doesn't). */
export const LISTED_FIELDS = "id,type,seriesMasterId,start,end,isAllDay,isCancelled,showAs,responseStatus";

/** The fields of `ListedEvent`, for a listing of the whole calendar, where events of ours must be found. */
export const VIEWED_FIELDS = `${LISTED_FIELDS},sensitivity,transactionId`;

/** One page of events: of a delta, of a series' occurrences, or found by a filter. */
export const EventsPage = z.object({
  "@odata.nextLink": z.string().optional(),
  "@odata.deltaLink": z.string().optional(),
  value: z.array(z.union([ListedEvent, BrokenRow, NamelessRow])).default([]),
});
export type EventsPage = z.infer<typeof EventsPage>;

const Marks = z.array(z.object({ id: z.string(), value: z.string() })).nullish();

/** The event of a booking, read to find how it differs from the booking. */
export const OwnEvent = z.object({
  id: z.string().min(1),
  "@odata.etag": z.string().optional(),
  subject: z.string().nullish(),
  body: z.object({ content: z.string().nullish() }).nullish(),
  location: z.object({ displayName: z.string().nullish() }).nullish(),
  start: Time.nullish(),
  end: Time.nullish(),
  isAllDay: z.boolean().nullish(),
  isCancelled: z.boolean().nullish(),
  iCalUId: z.string().nullish(),
  showAs: z.string().nullish(),
  sensitivity: z.string().nullish(),
  /** Null unless the event recurs. The rule doesn't matter. */
  recurrence: z.looseObject({}).nullish(),
  isReminderOn: z.boolean().nullish(),
  reminderMinutesBeforeStart: z.number().nullish(),
  transactionId: z.string().nullish(),
  singleValueExtendedProperties: Marks,
});
export type OwnEvent = z.infer<typeof OwnEvent>;

/** The fields of `OwnEvent`. */
const OWN_FIELDS =
  "id,subject,body,location,start,end,isAllDay,showAs,sensitivity,recurrence,isReminderOn," +
  "reminderMinutesBeforeStart,transactionId,iCalUId";

/** The fields of `OwnEvent` that say whether it exists, when it is, and which of our writes created it. */
export const STANDING_FIELDS = "id,start,end,isAllDay,isCancelled,iCalUId,transactionId";

/** An event with nothing but its marks. */
export const MarkedEvent = z.object({ id: z.string().min(1), singleValueExtendedProperties: Marks });

/** The booking id in an event's mark; null without our mark. Graph writes GUIDs in either case. */
export const bookingIdOf = (event: z.infer<typeof MarkedEvent>): string | null =>
  valueIn(event, BOOKING_PROPERTY);

/** Our note in an event; null without one. */
export const noteIn = (event: z.infer<typeof MarkedEvent>): string | null => valueIn(event, NOTE_PROPERTY);

function valueIn(event: z.infer<typeof MarkedEvent>, property: string): string | null {
  const marks = event.singleValueExtendedProperties ?? [];
  return marks.find(({ id }) => id.toLowerCase() === property.toLowerCase())?.value ?? null;
}

/** The path of a calendar. */
export const calendar = (calendarId: string) => `/me/calendars/${encodeURIComponent(calendarId)}`;
/** Without the calendar in its path, an event of a calendar that somebody shares isn't found (M51). */
export const event = (calendarId: string, eventId: string) =>
  `${calendar(calendarId)}/events/${encodeURIComponent(eventId)}`;
/** Finds an event in every calendar of the person's own mailbox, whichever it was moved to. */
export const anywhere = (eventId: string) => `/me/events/${encodeURIComponent(eventId)}`;
/** The path of a subscription. */
export const subscription = (id: string) => `/subscriptions/${encodeURIComponent(id)}`;

export const expandMark = `singleValueExtendedProperties($filter=id eq '${BOOKING_PROPERTY}')`;
/** Asks for an `OwnEvent` with its mark and our note. */
export const OWN_QUERY = {
  $select: OWN_FIELDS,
  $expand: `singleValueExtendedProperties($filter=(id eq '${BOOKING_PROPERTY}') or (id eq '${NOTE_PROPERTY}'))`,
};
export const CALENDAR_FIELDS = "id,name,canEdit,isDefaultCalendar,owner";

/** A window as query parameters. */
export const range = ({ startsAt, endsAt }: Interval) => ({
  startDateTime: formatInstant(startsAt),
  endDateTime: formatInstant(endsAt),
});

/** One page of `/me/calendars`. */
export const CalendarsPage = z.object({
  "@odata.nextLink": z.string().optional(),
  value: z
    .array(
      z.object({
        id: z.string().min(1),
        name: z.string().nullish(),
        canEdit: z.boolean().nullish(),
        isDefaultCalendar: z.boolean().nullish(),
        owner: z.object({ address: z.string().nullish() }).nullish(),
      }),
    )
    .default([]),
});
export type CalendarsPage = z.infer<typeof CalendarsPage>;

/** A subscription. Its time must have an offset; the precision varies. */
export const Subscription = z.object({
  id: z.string().min(1),
  resource: z.string().nullish(),
  expirationDateTime: z.iso.datetime({ offset: true }),
});
export type Subscription = z.infer<typeof Subscription>;

/** One page of `/subscriptions`. */
export const SubscriptionsPage = z.object({
  "@odata.nextLink": z.string().optional(),
  value: z.array(Subscription).default([]),
});

const BatchPart = z.object({
  id: z.string(),
  status: z.number(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown(),
});
/** The answer to one part of a `$batch`. */
export type BatchPart = z.infer<typeof BatchPart>;

/** The answer to `$batch`: 200 for the whole, and a status for each part, in any order. */
export const BatchAnswer = z.object({ responses: z.array(BatchPart) });

const DuplicateRefusal = z.object({
  "@event.existingEventId": z.string().optional(),
  error: z.object({ "@event.existingEventId": z.string().optional() }),
});

/** The event that was created before, from the body of a refused create. Reports disagree on its place (B.6.2). */
export function existingIdOf(body: unknown): string | null {
  const refusal = DuplicateRefusal.safeParse(body).data;
  return refusal?.error["@event.existingEventId"] ?? refusal?.["@event.existingEventId"] ?? null;
}

/** A refusal of the token endpoint (`docs/providers/microsoft.md` B.1.3). */
export const OAuthRefusal = z.object({
  error: z.string(),
  error_codes: z.array(z.number()).optional(),
  claims: z.string().optional(),
});

/** The body of a notification: changes and lifecycle messages of any number of subscriptions. */
export const NotificationBody = z.object({ value: z.array(z.unknown()) });

/** One entry of the body. `clientState` is missing where the sender lost it or never knew it. */
export const NotificationEntry = z.object({
  subscriptionId: z.string().min(1),
  clientState: z.string().nullish(),
  lifecycleEvent: z.string().nullish(),
});

/** Outlook keeps one reminder for an event: the one nearest to the booking. */
export const reminderOf = ({ reminderMinutes }: BookingEvent): number | null =>
  reminderMinutes.length === 0 ? null : Math.min(...reminderMinutes);
