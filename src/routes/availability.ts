// Availability: whether one slot is free, or each of many.
import { Hono } from "hono";
import * as z from "zod";
import {
  type AvailabilityAnswer,
  type ConflictView,
  checkAvailability,
  checkMany,
} from "../availability/check.ts";
import type { Deps } from "../deps.ts";
import { BUSY_STATUSES } from "../domain/busy.ts";
import { CONFLICT_REASONS } from "../domain/conflicts.ts";
import type { Instant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor, type Caller } from "../http/auth.ts";
import { problemOf } from "../http/errors.ts";
import { BookingId, MaxAgeMs, MaybeAgentId, Purpose, TimeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Problem } from "../http/problem-schema.ts";
import { Provider } from "../http/provider-segment.ts";
import { body, jsonBody } from "../http/validate.ts";
import { intervalToWire, provenance, provenanceToWire, Slot } from "./availability-wire.ts";
import { Rules, someRulesFromWire } from "./rules-wire.ts";
import { slotFields, slotIsWhole, slotMeta, slotOf } from "./slot-wire.ts";

const MAX_CHECKS = 50;

const Conflict = z
  .strictObject({
    reason: z.enum(CONFLICT_REASONS).describe("The rule that makes it a conflict."),
    start: TimeText,
    end: TimeText,
    status: z
      .enum(BUSY_STATUSES)
      .nullable()
      .describe("How the row behind it takes time; null: a rule of the agent."),
    connectionId: z.string().nullable().describe("The calendar that it is in; null: it is in none."),
    provider: Provider.nullable(),
    bookingId: z.string().nullable().describe("The booking, if it is one of ours."),
  })
  .meta({ id: "Conflict" });

const Availability = z
  .strictObject({
    available: z.boolean().describe("The slot can be had."),
    reason: z
      .enum(["free", "conflict", "unverified"])
      .describe("unverified: it looks free, but a calendar couldn't be verified."),
    slot: Slot.describe("The slot that was asked about."),
    conflicts: z.array(Conflict).describe("What is in the way; empty: nothing."),
    ...provenance,
  })
  .meta({ id: "Availability" });

const Check = z
  .strictObject({
    agentId: MaybeAgentId,
    ...slotFields,
    purpose: Purpose.default("display"),
    maxAgeMs: MaxAgeMs.optional(),
    rules: Rules.optional(),
    ignoreBookingId: BookingId.optional().describe(
      "The booking to be moved: it isn't in its own way, and keeps its buffers where rules name none.",
    ),
  })
  .superRefine(slotIsWhole)
  .meta({ id: "AvailabilityCheck", ...slotMeta });

const check = operation({
  id: "checkAvailability",
  method: "post",
  path: "/availability",
  tag: "Availability",
  summary: "Is the agent free in this slot?",
  description:
    "By display the answer may rest on knowledge of some minutes; by confirm every calendar is known freshly, or the " +
    "answer is no. Calendars that are too old are read before it answers.",
  access: "bearer",
  tool: "check",
  counts: "as a read",
  body: Check,
  answers: { 200: { description: "Free or not, and how well that is known", schema: Availability } },
  errors: ["forbidden", "agent_not_found", "invalid_time", "time_skipped_by_dst", "database_unavailable"],
});

const batch = operation({
  id: "checkManyAvailabilities",
  method: "post",
  path: "/availability/batch",
  tag: "Availability",
  summary: "Many checks at once, of one agent or several",
  description: "Each is answered as a check of its own would be, in their order.",
  access: "bearer",
  counts: "as a read",
  body: z.strictObject({
    checks: z
      .array(Check, "Send a list of checks.")
      .min(1, "Send at least one check.")
      .max(MAX_CHECKS, `Send at most ${MAX_CHECKS} checks.`)
      .describe("The checks."),
  }),
  answers: {
    200: {
      description: "One result per check, in their order; a check that can't be made has its own error",
      schema: z.strictObject({
        results: z
          .array(z.union([Availability, z.strictObject({ error: Problem })]))
          .describe("One result per check, in their order."),
      }),
    },
  },
  errors: ["forbidden", "agent_not_found", "invalid_time", "database_unavailable"],
});

export const availabilityOperations = [check, batch];

function toCheck(caller: Caller, input: z.output<typeof Check>, now: Instant) {
  return {
    agentId: agentFor(caller, input.agentId),
    slot: slotOf(input, now),
    purpose: input.purpose,
    maxAgeMs: input.maxAgeMs ?? null,
    rules: someRulesFromWire(input.rules),
    ...(input.ignoreBookingId === undefined ? {} : { ignoreBookingId: input.ignoreBookingId }),
  };
}

const conflictToWire = ({ startsAt, endsAt, ...rest }: ConflictView): z.input<typeof Conflict> => ({
  ...rest,
  ...intervalToWire({ startsAt, endsAt }),
});

const answerToWire = (answer: AvailabilityAnswer): z.input<typeof Availability> => ({
  ...answer,
  slot: intervalToWire(answer.slot),
  conflicts: answer.conflicts.map(conflictToWire),
  ...provenanceToWire(answer),
});

/** The routes of availability. */
export const availabilityRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .post(check.path, auth.bearer, jsonBody, body(check.body), async (c) => {
      const input = toCheck(c.get("caller"), c.req.valid("json"), deps.now());
      return c.json(answerToWire(await checkAvailability(deps, input)));
    })
    .post(batch.path, auth.bearer, jsonBody, body(batch.body), async (c) => {
      const caller = c.get("caller");
      const checks = c.req.valid("json").checks.map((input) => toCheck(caller, input, deps.now()));
      const answers = await checkMany(deps, { checks });
      const results = answers.map((answer) =>
        "error" in answer ? { error: problemOf(answer.error) } : answerToWire(answer),
      );
      return c.json({ results });
    });
