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
import type { Instant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor, type Caller } from "../http/auth.ts";
import { problemOf } from "../http/errors.ts";
import { BookingId, MaxAgeMs, MaybeAgentId, Purpose, TimeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Problem } from "../http/problem-schema.ts";
import { body, jsonBody } from "../http/validate.ts";
import { intervalToWire, provenance, provenanceToWire, Slot } from "./availability-wire.ts";
import { Rules, someRulesFromWire } from "./rules-wire.ts";
import { slotFields, slotIsWhole, slotMeta, slotOf } from "./slot-wire.ts";

const MAX_CHECKS = 50;

const Conflict = z
  .strictObject({
    reason: z.string().describe("The rule that made it a conflict."),
    start: TimeText,
    end: TimeText,
    status: z.string().nullable(),
    connectionId: z.string().nullable(),
    provider: z.string().nullable(),
    bookingId: z.string().nullable().describe("For our own bookings."),
  })
  .meta({ id: "Conflict" });

const Availability = z
  .strictObject({
    available: z.boolean(),
    reason: z.enum(["free", "conflict", "unverified"]),
    slot: Slot,
    conflicts: z.array(Conflict),
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
  access: "bearer",
  counts: "as a read",
  body: z.strictObject({
    checks: z
      .array(Check, "Send a list of checks.")
      .min(1, "Send at least one check.")
      .max(MAX_CHECKS, `Send at most ${MAX_CHECKS} checks.`),
  }),
  answers: {
    200: {
      description: "One result per check, in their order; a check that can't be made has its own error",
      schema: z.strictObject({
        results: z.array(z.union([Availability, z.strictObject({ error: Problem })])),
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
