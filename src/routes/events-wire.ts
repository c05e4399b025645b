// Bookings on the wire: the shapes of requests and answers, and their translation to and from the verbs.
import * as z from "zod";
import type { ChangeInput } from "../bookings/change.ts";
import type { CreateInput } from "../bookings/create.ts";
import type { BookingAnswer, BookingView } from "../bookings/views.ts";
import { EngineError } from "../domain/errors.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import { agentFor, type Caller } from "../http/auth.ts";
import {
  BookingId,
  Count,
  Email,
  Flag,
  GroupId,
  HoldId,
  line,
  lines,
  MaxAgeMs,
  MaybeAgentId,
  TimeText,
} from "../http/fields.ts";
import { Provider } from "../http/provider-segment.ts";
import { Explanation, explanationOf } from "./explanation-wire.ts";
import { buffers, buffersToWire, Rules, rulesFromWire, someRulesFromWire } from "./rules-wire.ts";
import { slotFields, slotIsWhole, slotOf } from "./slot-wire.ts";

export const Booking = z
  .strictObject({
    agentId: z.string(),
    bookingId: z.string(),
    title: z
      .string()
      .nullable()
      .describe("Null: the booking's texts were forgotten, and all of them are null."),
    description: z.string().nullable(),
    location: z.string().nullable(),
    clientName: z.string().nullable(),
    clientEmail: z.string().nullable(),
    start: TimeText,
    end: TimeText,
    timeZone: z.string(),
    ...buffers,
    state: z.enum(["confirmed", "cancelled"]).describe("cancelled is for good."),
    revision: Count.describe("Rises with every change."),
    groupId: z.string().nullable().describe("The bookings that belong together have it."),
    createdAt: TimeText,
    updatedAt: TimeText,
  })
  .meta({ id: "Booking" });

const Delivery = z
  .strictObject({
    connectionId: z.string(),
    provider: Provider,
    calendarName: z.string(),
    status: z
      .enum(["synced", "pending", "failed"])
      .describe("pending is being tried by itself; failed waits until its reason is gone."),
    externalId: z.string().nullable().describe("The event's id at the provider."),
    reason: z
      .string()
      .nullable()
      .describe("The code of the last failure, often the provider's own; null: there was none."),
    explanation: Explanation.nullable().describe("The reason in words; null: there is none."),
  })
  .meta({ id: "Delivery" });

export const BookingResult = z
  .strictObject({
    success: z.boolean().describe("No calendar has failed so far. The booking itself holds either way."),
    created: z.boolean().describe("This very call made the booking."),
    booking: Booking.describe("The booking as it is now."),
    results: z.array(Delivery).describe("One per calendar that receives bookings."),
  })
  .meta({ id: "BookingResult" });

/** A booking as it is answered. */
export function bookingViewToWire(view: BookingView): z.input<typeof Booking> {
  const { startsAt, endsAt, bufferBeforeMs, bufferAfterMs, ...rest } = view;
  return {
    ...rest,
    ...buffersToWire({ bufferBeforeMs, bufferAfterMs }),
    start: formatInstant(startsAt),
    end: formatInstant(endsAt),
    createdAt: formatInstant(rest.createdAt),
    updatedAt: formatInstant(rest.updatedAt),
  };
}

/** A booking as it is answered, with how each calendar stands with it. */
export const bookingToWire = ({
  created,
  booking,
  results,
}: BookingAnswer): z.input<typeof BookingResult> => ({
  success: results.every((result) => result.status !== "failed"),
  created,
  booking: bookingViewToWire(booking),
  results: results.map(({ meaning, ...result }) => ({
    ...result,
    explanation: meaning === null ? null : explanationOf(meaning),
  })),
});

const title = line(300).min(1, "Send a title; it is empty.");

/** Fields that may be empty in a booking. */
const optional = {
  description: lines(8_000).nullish(),
  location: line(1_000).nullish(),
  clientName: line(200).nullish(),
  clientEmail: Email.nullish(),
};

/** Fields that say how a slot is secured. */
export const securing = {
  rules: Rules.optional(),
  maxAgeMs: MaxAgeMs.optional(),
  force: Flag.default(false).describe(
    "For a service: over outside events, stale calendars, and the agent's notice, horizon, hours, days and limits. " +
      "Never over a booking or a hold, nor in the past.",
  ),
};

/** The fields of a new booking. `slotIsWhole` must check them. */
export const createFields = {
  agentId: MaybeAgentId,
  bookingId: BookingId,
  title,
  ...optional,
  ...slotFields,
  holdId: HoldId.optional().describe("The hold that becomes this booking. Its slot is out of the way."),
  groupId: GroupId.optional(),
  ...securing,
};

/** The fields of a change, without the booking's id. `changeIsWhole` must check them. */
export const changeFields = {
  agentId: MaybeAgentId,
  title: title.optional(),
  ...optional,
  ...slotFields,
  ...securing,
};

/** The fields of a new booking, checked. */
export type CreateFields = z.output<z.ZodObject<typeof createFields>>;
type ChangeFields = z.output<z.ZodObject<typeof changeFields>>;

const DETAILS = ["title", ...Object.keys(optional)] as readonly ("title" | keyof typeof optional)[];
const SLOT = Object.keys(slotFields) as readonly (keyof typeof slotFields)[];

const hasSlot = (fields: ChangeFields): boolean => SLOT.some((name) => fields[name] !== undefined);

/** Refuses a change that changes nothing, or that names half a slot. For `superRefine`. */
export function changeIsWhole(fields: ChangeFields, context: z.RefinementCtx): void {
  if (hasSlot(fields)) slotIsWhole(fields, context);
  else if (fields.rules !== undefined) {
    const message = "Send rules only with a new slot.";
    context.addIssue({ code: "custom", path: ["rules"], message });
  } else if (DETAILS.every((name) => fields[name] === undefined)) {
    context.addIssue({ code: "custom", path: [], message: "Send at least one field to change." });
  }
}

/**
 * Whether the slot is forced. Only a service may force one.
 * @throws EngineError `forbidden` for an agent who asks for it
 */
export function forceFor(caller: Caller, force: boolean): boolean {
  if (!force || caller.role === "service") return force;
  throw new EngineError(
    "forbidden",
    "Only a service may force a slot. Leave force out, or choose a free one.",
  );
}

/**
 * The verb's input for a new booking.
 * @throws EngineError `forbidden`, `invalid_request`, `invalid_time`
 */
export function toCreate(
  caller: Caller,
  fields: CreateFields,
  now: Instant,
): Omit<CreateInput, "idempotencyKey" | "deliver"> {
  return {
    agentId: agentFor(caller, fields.agentId),
    bookingId: fields.bookingId,
    title: fields.title,
    description: fields.description ?? null,
    location: fields.location ?? null,
    clientName: fields.clientName ?? null,
    clientEmail: fields.clientEmail ?? null,
    slot: slotOf(fields, now),
    holdId: fields.holdId ?? null,
    groupId: fields.groupId ?? null,
    rules: rulesFromWire(fields.rules),
    maxAgeMs: fields.maxAgeMs ?? null,
    force: forceFor(caller, fields.force),
  };
}

/**
 * The verb's input for a change.
 * @throws EngineError `forbidden`, `invalid_request`, `invalid_time`
 */
export function toChange(
  caller: Caller,
  bookingId: string,
  fields: ChangeFields,
  now: Instant,
): Omit<ChangeInput, "deliver"> {
  const given = DETAILS.filter((name) => fields[name] !== undefined);
  return {
    agentId: agentFor(caller, fields.agentId),
    bookingId,
    changes: Object.fromEntries(given.map((name) => [name, fields[name]])),
    slot: hasSlot(fields) ? slotOf(fields, now) : null,
    rules: someRulesFromWire(fields.rules),
    maxAgeMs: fields.maxAgeMs ?? null,
    force: forceFor(caller, fields.force),
  };
}
