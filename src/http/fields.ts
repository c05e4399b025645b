// Fields that several requests and answers share; each says what to do when it isn't right.
//
// One rule says where a schema stands. A single field that several files use stands here. A whole shape that
// several files use stands in `<resource>-wire.ts` of `routes/`. A shape of one file stands in that file.
import * as z from "zod";
import { EngineError } from "../domain/errors.ts";
import { DAY_MS, formatInstant, type Instant, parseInstant } from "../domain/instant.ts";
import { isTimeZone } from "../domain/zone.ts";

/** Identifiers and one-line texts have no control characters, and no half of a surrogate pair. */
const ONE_LINE = /^[^\p{Cc}\p{Cs}]*$/u;
const LINES = /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u;

/** An identifier that a caller sends. */
export const identifier = (what: string, max = 200) =>
  z
    .string(`Send the ${what} as text.`)
    .min(1, `Send the ${what}; it is empty.`)
    .max(max, `Send at most ${max} characters.`)
    .regex(ONE_LINE, "Leave out control characters.")
    // As a part of a path they would name another path.
    .refine((text) => text !== "." && text !== "..", `Send the ${what}; "." and ".." are none.`);

/** The marketplace's id of an agent. */
export const AgentId = identifier("agent's id").describe("The marketplace's id of the agent.");

/** The agent a query is about; agents may leave it out. */
export const MaybeAgentId = AgentId.optional().describe(
  "The agent. A service must send it; an agent's token already says it.",
);

export const ConnectionId = identifier("connection's id").describe("The connected calendar, by our id.");
export const AccountId = identifier("account's id").describe("The account at its provider, by our id.");
export const BookingId = identifier("booking's id").describe("The marketplace's id of the booking.");
export const HoldId = identifier("hold's id").describe("The caller's id of the hold.");
export const GroupId = identifier("group's id").describe(
  "Chosen by the caller for bookings that belong together.",
);

/** The provider chooses a calendar's id; it may be long. */
export const CalendarId = identifier("calendar's id", 1_024).describe("The calendar's id at its provider.");

const seenText = (what: string, max: number) =>
  z.string(`Send the ${what} as it was listed.`).max(max, `Send at most ${max} characters.`);

/** Unreadable events in the versions that the caller has seen. */
export const SeenObjects = z
  .array(
    z.strictObject({
      key: seenText("key", 2_048).describe("The event's key, as it was listed."),
      version: seenText("version", 1_024).describe("Its version, as it was listed."),
    }),
    "Send a list of events, each with its key and version.",
  )
  .min(1, "Send at least one event.")
  .max(200, "Send at most 200 events.");

/** One line of text. */
export const line = (max: number) =>
  z
    .string("Send text.")
    .trim()
    .max(max, `Send at most ${max} characters.`)
    .regex(ONE_LINE, "Send one line, without control characters.");

/** Text of several lines. */
export const lines = (max: number) =>
  z
    .string("Send text.")
    .max(max, `Send at most ${max} characters.`)
    .regex(LINES, "Leave out control characters other than line breaks and tabs.");

export const Email = z
  .email("Send an email address, like name@example.com.")
  .max(320, "Send at most 320 characters.");

export const TimeZone = z
  .string("Send an IANA time zone, like Europe/Berlin.")
  .max(60, "Send an IANA time zone, like Europe/Berlin.")
  .refine(isTimeZone, "Send an IANA time zone, like Europe/Berlin.")
  .meta({ examples: ["Europe/Berlin"] });

/** RFC 3339 with its offset, as an instant. */
export const Time = z
  .string("Send a time like 2026-03-01T10:00:00Z.")
  .max(40, "Send a time like 2026-03-01T10:00:00Z.")
  .meta({ format: "date-time", examples: ["2026-03-01T10:00:00Z"] })
  .transform((text, context): Instant => {
    try {
      return parseInstant(text);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      context.addIssue("Send a time that exists, with its offset, like 2026-03-01T10:00:00Z.");
      return z.NEVER;
    }
  });

export const LocalDate = z.iso
  .date("Send a date that exists, like 2026-03-01.")
  .describe("A date on the agent's wall calendar.");

const CLOCK = /^(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?|24:00(?::00)?)$/;
export const LocalTime = z
  .string("Send a time of day, like 09:30.")
  .regex(CLOCK, "Send a time of day, like 09:30.")
  .describe("A time on the agent's wall clock. 24:00 is the end of the date.");

export const MaxAgeMs = z
  .number("Send milliseconds as a number.")
  .int("Send whole milliseconds.")
  .min(0, "Send 0 or more milliseconds.")
  .max(DAY_MS, "Send at most 86400000 milliseconds (a day).")
  .describe("How old the knowledge of a calendar may be, in milliseconds. 0 asks the provider again.");

export const Purpose = z
  .enum(["display", "confirm"], 'Send "display" or "confirm".')
  .describe("display: to show. confirm: to sell; calendars are known freshly or the answer is no.");

/** A whole number of minutes within bounds. */
export const minutes = (min: number, max: number) =>
  z
    .number("Send minutes as a number.")
    .int("Send whole minutes.")
    .min(min, `Send at least ${min} minutes.`)
    .max(max, `Send at most ${max} minutes.`);

/** Where a page begins: the place at which the page before ended, as its `nextCursor` says. */
export const PageCursor = z
  .string()
  .regex(/^\d{1,15}$/, "Send the nextCursor of the page before.")
  .transform(Number)
  .describe("The nextCursor of the page before.");

/** How many rows a page holds at most. */
export const PageLimit = z.coerce
  .number("Send a number.")
  .int("Send a whole number.")
  .min(1, "Send 1 to 200.")
  .max(200, "Send 1 to 200.")
  .default(50);

/** Where the next page begins, in answers. */
export const NextCursor = z
  .string()
  .nullable()
  .describe("Send it as cursor for the next page; null: this is the last.");

/** Where the next page begins, as a number that `PageCursor` reads; null stays null. */
export const cursorText = (next: number | null): string | null => (next === null ? null : String(next));

export const Flag = z.boolean("Send true or false.");

/** JSON Schema that demands fields which are sent together, for the document. */
export const together = (...required: string[]) => ({
  required,
  properties: Object.fromEntries(required.map((name) => [name, {}])),
});

/** How many, in answers. */
export const Count = z.int().min(0).max(1_000_000_000);

/** How long something took or waited, in milliseconds, in answers. What nobody did may wait for years. */
export const DurationMs = z
  .number()
  .min(0)
  .max(100 * 366 * DAY_MS);

/** The status of an answer. */
export const HttpStatus = z.int().min(100).max(599);

/** An instant in answers. */
export const TimeText = z.string().meta({ format: "date-time" });

/** RFC 3339 text of an instant; null stays null. */
export const timeText = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));
