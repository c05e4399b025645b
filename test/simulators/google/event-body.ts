// Event bodies: which fields Google accepts, and what it refuses (`docs/providers/google.md` A.5, A.6).
import * as z from "zod";
import { apiError, badRequest, invalid, required, timeRangeEmpty } from "./errors.ts";
import { instantOf, readTime } from "./event-time.ts";
import { readRecurrence } from "./recurrence.ts";
import type { EventState, EventTime, SimulatedCalendar } from "./state.ts";

const text = z.string().nullish();
const yesNo = z.boolean().nullish();
const time = z.strictObject({ date: text, dateTime: text, timeZone: text });
const person = z.strictObject({ id: text, email: text, displayName: text, self: yesNo });
const attendee = z.strictObject({
  ...person.shape,
  organizer: yesNo,
  resource: yesNo,
  optional: yesNo,
  responseStatus: z.enum(["needsAction", "declined", "tentative", "accepted"]).nullish(),
  comment: text,
  additionalGuests: z.number().int().min(0).nullish(),
});
const properties = z.record(z.string().max(44), z.string().max(1024));

/** Fields that are stored and returned unchanged. */
const kept = {
  summary: text,
  description: text,
  location: text,
  colorId: text,
  transparency: z.enum(["opaque", "transparent"]).nullish(),
  visibility: z.enum(["default", "public", "private", "confidential"]).nullish(),
  attendees: z.array(attendee).nullish(),
  attendeesOmitted: yesNo,
  extendedProperties: z
    .strictObject({ private: properties.nullish(), shared: properties.nullish() })
    .nullish(),
  reminders: z
    .strictObject({
      useDefault: yesNo,
      overrides: z
        .array(
          z.strictObject({
            method: z.enum(["email", "popup"]),
            minutes: z.number().int().min(0).max(40_320),
          }),
        )
        .max(5)
        .nullish(),
    })
    .nullish(),
  source: z.strictObject({ title: text, url: text }).nullish(),
  eventType: z
    .enum(["default", "outOfOffice", "focusTime", "workingLocation", "birthday", "fromGmail"])
    .nullish(),
  outOfOfficeProperties: z.looseObject({}).nullish(),
  focusTimeProperties: z.looseObject({}).nullish(),
  workingLocationProperties: z.looseObject({}).nullish(),
  birthdayProperties: z.looseObject({}).nullish(),
  endTimeUnspecified: yesNo,
  guestsCanInviteOthers: yesNo,
  guestsCanModify: yesNo,
  guestsCanSeeOtherGuests: yesNo,
  anyoneCanAddSelf: yesNo,
  conferenceData: z.looseObject({}).nullish(),
  attachments: z.array(z.looseObject({})).nullish(),
};

/** Fields that the client may send back. The server decides their values. */
const serverOwned = {
  kind: text,
  etag: text,
  id: text,
  htmlLink: text,
  created: text,
  updated: text,
  creator: person.nullish(),
  organizer: person.nullish(),
  recurringEventId: text,
  originalStartTime: time.nullish(),
  iCalUID: text,
  hangoutLink: text,
  locked: yesNo,
  privateCopy: yesNo,
};

const body = z.strictObject({
  ...kept,
  ...serverOwned,
  start: time.nullish(),
  end: time.nullish(),
  recurrence: z.array(z.string()).nullish(),
  status: z.enum(["confirmed", "tentative", "cancelled"]).nullish(),
  sequence: z.number().int().min(0).nullish(),
});

const KEPT_NAMES = new Set(Object.keys(kept));

/** An event body after reading. Only its identity is missing. */
export interface EventContent {
  readonly id: string | null;
  readonly iCalUID: string | null;
  readonly organizer: { readonly email: string; readonly displayName?: string | undefined } | null;
  readonly start: EventTime;
  readonly end: EventTime;
  readonly recurrence: readonly string[] | null;
  readonly status: EventState;
  readonly sequence: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

function refuse(issue: z.core.$ZodIssue): never {
  if (issue.code === "unrecognized_keys") {
    throw badRequest(`Invalid JSON payload received. Unknown name "${issue.keys[0]}": Cannot find field.`);
  }
  throw invalid(`Invalid value for: ${issue.path.join(".")}`);
}

function checkProperties(extended: z.infer<typeof body>["extendedProperties"]): void {
  const entries = [...Object.entries(extended?.private ?? {}), ...Object.entries(extended?.shared ?? {})];
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (entries.length > 300 || size > 32_768) throw invalid("Extended properties limit exceeded.");
}

function checkReminders(reminders: z.infer<typeof body>["reminders"]): void {
  if (reminders?.useDefault === true && (reminders.overrides ?? []).length > 0) {
    throw apiError({
      status: 400,
      domain: "calendar",
      reason: "cannotUseDefaultRemindersAndSpecifyOverride",
      message: "Cannot use default reminders and specify overrides at the same time.",
    });
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}

/** Reads a whole event: an insert, an update, or a merged patch. Throws the 400 that Google would answer. */
export function readEventBody(raw: unknown, calendar: SimulatedCalendar): EventContent {
  const parsed = body.safeParse(raw);
  if (!parsed.success)
    return refuse(parsed.error.issues[0] ?? { code: "custom", path: [], message: "", input: raw });
  const sent = parsed.data;
  if (!sent.start) throw required("Missing start time.", "start");
  if (!sent.end) throw required("Missing end time.", "end");
  const zone = calendar.timeZone ?? "UTC";
  const start = readTime(sent.start, "start", zone);
  const end = readTime(sent.end, "end", zone);
  if (start.kind !== end.kind) throw invalid("Invalid end time.");
  const length = instantOf(end, zone) - instantOf(start, zone);
  if (length < 0 || (start.kind === "date" && length === 0)) throw timeRangeEmpty();
  const recurrence = sent.recurrence?.length ? sent.recurrence : null;
  if (recurrence !== null) {
    if (start.kind === "dateTime" && !sent.start.timeZone)
      throw required("Missing time zone definition for start time.");
    readRecurrence(recurrence, start);
  }
  checkProperties(sent.extendedProperties);
  checkReminders(sent.reminders);
  const details = Object.fromEntries(
    Object.entries(sent).filter(
      ([name, value]) => KEPT_NAMES.has(name) && value !== null && value !== undefined,
    ),
  );
  const organizer = sent.organizer?.email
    ? { email: sent.organizer.email, displayName: sent.organizer.displayName ?? undefined }
    : null;
  return {
    id: sent.id ?? null,
    iCalUID: sent.iCalUID ?? null,
    organizer,
    start,
    end,
    recurrence,
    status: sent.status ?? "confirmed",
    sequence: sent.sequence ?? null,
    // Nulls meant deletions. The rest is plain JSON.
    details: withoutNulls(details) as Record<string, unknown>,
  };
}
