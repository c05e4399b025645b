// Google's answers, as far as they are used. Unknown fields are dropped, unknown values are let through.
import * as z from "zod";
import { NAMELESS } from "../written-span.ts";

/** The private property that marks a booking's event as ours. */
export const BOOKING_PROPERTY = "maraplaceBooking";
/** The private property that notes what we wrote into the fields that the person uses too. */
export const NOTE_PROPERTY = "maraplaceNote";

/** A field that a row can be read without. Whatever else stands there counts as missing. */
const loose = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

/** A date, or a time with its offset or beside the name of its zone. Any text is let through. */
const Time = z.object({
  date: loose(z.string()),
  dateTime: loose(z.string()),
  timeZone: loose(z.string()),
});
export type Time = z.infer<typeof Time>;

const PrivateProperties = z.object({ private: z.record(z.string(), z.string()).optional() });

/** An event in a listing: when it is, and whether it occupies time. Titles are neither asked for nor read. */
export const ListedEvent = z.object({
  id: z.string().min(1),
  etag: z.string().optional(),
  status: loose(z.string()),
  transparency: loose(z.string()),
  eventType: loose(z.string()),
  recurringEventId: z.string().optional(),
  start: Time.optional(),
  end: loose(Time),
  attendees: loose(
    z.array(z.object({ self: loose(z.boolean()), responseStatus: loose(z.string()) }).catch({})),
  ),
  extendedProperties: loose(PrivateProperties),
});
export type ListedEvent = z.infer<typeof ListedEvent>;

/** A row with nothing readable but its key. */
const BrokenRow = z
  .object({ id: z.string().min(1), etag: z.string().optional().catch(undefined) })
  .transform((row) => ({ ...row, isBroken: true as const }));
/** A row without a key. */
const NamelessRow = z.unknown().transform(() => NAMELESS);
/** A row of a listing. One that can't be read costs itself only, and not the page. */
export type Row = ListedEvent & { readonly isBroken?: true };

/** The fields of `ListedEvent` and its page, for Google's `fields` parameter (`docs/providers/google.md` A.2). */
export const LISTED_FIELDS =
  "nextPageToken,nextSyncToken,timeZone,items(id,etag,status,transparency,eventType,recurringEventId,start,end," +
  "attendees(self,responseStatus),extendedProperties/private)";

/** One page of `events.list`. */
export const EventsPage = z.object({
  timeZone: z.string().optional(),
  nextPageToken: z.string().optional(),
  nextSyncToken: z.string().optional(),
  items: z.array(z.union([ListedEvent, BrokenRow, NamelessRow])).default([]),
});
export type EventsPage = z.infer<typeof EventsPage>;

/** The event of a booking, read to find how it differs from the booking. */
export const OwnEvent = z.object({
  id: z.string().min(1),
  etag: z.string().optional(),
  status: z.string().optional(),
  summary: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  start: Time.optional(),
  end: Time.optional(),
  transparency: z.string().optional(),
  visibility: z.string().optional(),
  recurrence: z.array(z.string()).optional(),
  reminders: z
    .object({
      useDefault: z.boolean().optional(),
      overrides: z.array(z.object({ method: z.string(), minutes: z.number() })).optional(),
    })
    .optional(),
  extendedProperties: PrivateProperties.optional(),
});
export type OwnEvent = z.infer<typeof OwnEvent>;

/** One page of `calendarList.list`. */
export const CalendarListPage = z.object({
  nextPageToken: z.string().optional(),
  items: z
    .array(
      z.object({
        id: z.string().min(1),
        summary: z.string().optional(),
        summaryOverride: z.string().optional(),
        timeZone: z.string().optional(),
        accessRole: z.string().optional(),
        primary: z.boolean().optional(),
        deleted: z.boolean().optional(),
      }),
    )
    .default([]),
});
export type CalendarListPage = z.infer<typeof CalendarListPage>;

/** The answer to `events.watch`. `expiration` is in epoch milliseconds, in practice as text. */
export const WatchedChannel = z.object({
  id: z.string(),
  resourceId: z.string(),
  expiration: z.coerce.number().int().positive(),
});
export type WatchedChannel = z.infer<typeof WatchedChannel>;

/** A refusal of the Calendar API in its old and its new shape (`docs/providers/google.md` A.11). */
export const ApiRefusal = z.object({
  error: z.object({
    errors: z.array(z.object({ reason: z.string().optional() })).optional(),
    details: z.array(z.object({ reason: z.string().optional() })).optional(),
  }),
});

/** A refusal of the token or revocation endpoint (`docs/providers/google.md` A.1.3). */
export const OAuthRefusal = z.object({ error: z.string(), error_subtype: z.string().optional() });
