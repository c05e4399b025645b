// Event bodies: which fields Graph accepts, and what it refuses (`docs/providers/microsoft.md` B.4, B.6).
import * as z from "zod";
import { badRequest } from "./errors.ts";
import { dayOf, instantOf, readTime } from "./event-time.ts";
import { type Pattern, patternSchema } from "./pattern.ts";
import type { EventTime } from "./state.ts";

const DAY_MS = 86_400_000;
const text = z.string();
const time = z.strictObject({ dateTime: text, timeZone: text });
const person = z.strictObject({ emailAddress: z.strictObject({ name: text.optional(), address: text }) });
const location = z.looseObject({ displayName: text.optional() });
const response = z.strictObject({
  response: z.enum(["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"]),
  time: text.optional(),
});
const attendee = z.strictObject({
  ...person.shape,
  type: z.enum(["required", "optional", "resource"]).optional(),
  status: response.optional(),
});

/** Fields that are stored and returned unchanged. */
const kept = {
  subject: text.max(255).nullable(),
  body: z.strictObject({ contentType: z.enum(["text", "html", "Text", "HTML"]), content: text }),
  location,
  locations: z.array(location),
  showAs: z.enum(["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]),
  sensitivity: z.enum(["normal", "personal", "private", "confidential"]),
  importance: z.enum(["low", "normal", "high"]),
  isReminderOn: z.boolean(),
  reminderMinutesBeforeStart: z.number().int().min(0),
  responseRequested: z.boolean(),
  allowNewTimeProposals: z.boolean(),
  hideAttendees: z.boolean(),
  categories: z.array(text),
  attendees: z.array(attendee).max(500),
  isOnlineMeeting: z.boolean(),
  onlineMeetingProvider: z.enum(["unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"]),
};

/** Fields that the API never accepts. They are the edits of other people, and only control methods set them. */
const others = {
  organizer: person,
  isOrganizer: z.boolean(),
  responseStatus: response,
  isCancelled: z.boolean(),
  isDraft: z.boolean(),
};

const property = z.strictObject({
  id: z.string().regex(/^String \{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\} Name \S.*$/),
  value: text,
});
const written = {
  ...kept,
  start: time,
  end: time,
  isAllDay: z.boolean(),
  recurrence: patternSchema.nullable(),
  singleValueExtendedProperties: z.array(property),
};
const annotations = { "@odata.type": text, "@odata.context": text, "@odata.etag": text };

const schemas = {
  create: z
    .strictObject({ ...written, ...annotations, transactionId: text.min(1).max(255).nullable() })
    .partial(),
  patch: z.strictObject({ ...written, ...annotations }).partial(),
  owner: z.strictObject({ ...written, ...others, transactionId: text.nullable() }).partial(),
};

const KEPT = new Set([...Object.keys(kept), ...Object.keys(others)]);

/** An event after reading. Only its identity is missing. */
export interface EventContent {
  readonly start: EventTime;
  readonly end: EventTime;
  readonly recurrence: Pattern | null;
  readonly transactionId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly extended: ReadonlyMap<string, string>;
}

function refuse(error: z.ZodError): never {
  const issue = error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    const name = [...issue.path, issue.keys[0]].join(".");
    throw badRequest(
      `The property '${name}' does not exist on type 'microsoft.graph.event'.`,
      "RequestBodyRead",
    );
  }
  const [field] = issue?.path ?? [];
  if (field === "recurrence") throw badRequest(issue?.message ?? "", "ErrorPropertyValidationFailure");
  throw badRequest(`Cannot read the value of '${issue?.path.join(".")}'.`, "RequestBodyRead");
}

/** Checks the fields of a body. `owner` also accepts the fields that only control methods may set. */
export function checkFields(raw: unknown, as: keyof typeof schemas): Record<string, unknown> {
  const parsed = schemas[as].safeParse(raw);
  return parsed.success ? parsed.data : refuse(parsed.error);
}

function readBounds(sent: z.infer<typeof schemas.owner>): { start: EventTime; end: EventTime } {
  if (sent.start === undefined || sent.end === undefined) {
    const missing = sent.start === undefined ? "Start" : "End";
    throw badRequest(
      `At least one property failed validation. Required property: ${missing}.`,
      "ErrorPropertyValidationFailure",
    );
  }
  const allDay = sent.isAllDay === true;
  const start = readTime(sent.start, "Start", allDay);
  const end = readTime(sent.end, "End", allDay);
  const length = instantOf(end) - instantOf(start);
  if (allDay && start.timeZone !== end.timeZone) {
    throw badRequest(
      "The Event.Start and Event.End properties of an all-day event must have the same time zone.",
    );
  }
  if (length < 0)
    throw badRequest("The event end time must be after its start time.", "ErrorPropertyValidationFailure");
  if (allDay && length < DAY_MS - 3_600_000) {
    throw badRequest("The duration of an event marked as All day must be at least 24 hours.");
  }
  return { start, end };
}

function checkRecurrence(recurrence: Pattern | null, start: EventTime): void {
  if (recurrence === null || recurrence.range.startDate === dayOf(start)) return;
  throw badRequest(
    "The recurrence range's startDate must be the date of the event's start.",
    "ErrorPropertyValidationFailure",
  );
}

/** Reads a whole event: a create, or a merged patch. Throws the 400 that Graph would answer. */
export function readEvent(raw: unknown, as: "create" | "owner"): EventContent {
  // It was checked against the schema of the same name. `create` is the narrower one.
  const sent = checkFields(raw, as) as z.infer<typeof schemas.owner>;
  const { start, end } = readBounds(sent);
  const recurrence = sent.recurrence ?? null;
  checkRecurrence(recurrence, start);
  return {
    start,
    end,
    recurrence,
    transactionId: sent.transactionId ?? null,
    details: Object.fromEntries(
      Object.entries(sent).filter(([name, value]) => KEPT.has(name) && value !== undefined),
    ),
    extended: new Map((sent.singleValueExtendedProperties ?? []).map(({ id, value }) => [id, value])),
  };
}
