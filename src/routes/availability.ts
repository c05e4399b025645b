// Availability: is a slot free, are many, and which slots of a range are.
import { Hono } from "hono";
import * as z from "zod";
import { checkAvailability, checkMany } from "../availability/check.ts";
import { findSlots } from "../availability/slots.ts";
import type { Deps } from "../deps.ts";
import { DAY_MS, type Instant, MINUTE_MS } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor, type Caller } from "../http/auth.ts";
import { problemOf } from "../http/errors.ts";
import { BookingId, MaxAgeMs, MaybeAgentId, minutes, Purpose, Time, timeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Problem } from "../http/problem-schema.ts";
import { body, jsonBody } from "../http/validate.ts";
import { Availability, answerToWire, calendarToWire, intervalToWire, Slots } from "./availability-wire.ts";
import { assertNotTooFar, slotFields, slotIsWhole, slotMeta, slotOf } from "./slot-wire.ts";

const MAX_CHECKS = 50;
const MAX_RANGE_MS = 60 * DAY_MS;

const Check = z
  .strictObject({
    agentId: MaybeAgentId,
    ...slotFields,
    purpose: Purpose.default("display"),
    maxAgeMs: MaxAgeMs.optional(),
    ignoreBookingId: BookingId.optional().describe("The booking to be moved: it isn't in its own way."),
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

const slots = operation({
  id: "findSlots",
  method: "post",
  path: "/slots",
  tag: "Availability",
  summary: "The free slots of a range",
  access: "bearer",
  body: z
    .strictObject({
      agentId: MaybeAgentId,
      from: Time,
      to: Time,
      durationMinutes: minutes(5, 1_440),
      stepMinutes: minutes(5, 1_440).default(30).describe("Slots start at multiples of this in local time."),
      limit: z
        .int("Send a whole number.")
        .min(1, "Send at least 1.")
        .max(1_000, "Send at most 1000.")
        .default(200),
      purpose: Purpose.default("display"),
      maxAgeMs: MaxAgeMs.optional(),
    })
    .superRefine(({ from, to }, context) => {
      const refuse = (message: string) => context.addIssue({ code: "custom", path: ["to"], message });
      if (to <= from) refuse("Send a to that is after from.");
      else if (to - from > MAX_RANGE_MS) refuse("Send a range of at most 60 days.");
    }),
  answers: { 200: { description: "The first free slots, in order", schema: Slots } },
  errors: ["forbidden", "agent_not_found", "invalid_time", "database_unavailable"],
});

export const availabilityOperations = [check, batch, slots];

function toCheck(caller: Caller, input: z.output<typeof Check>, now: Instant) {
  return {
    agentId: agentFor(caller, input.agentId),
    slot: slotOf(input, now),
    purpose: input.purpose,
    maxAgeMs: input.maxAgeMs ?? null,
    ...(input.ignoreBookingId === undefined ? {} : { ignoreBookingId: input.ignoreBookingId }),
  };
}

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
    })
    .post(slots.path, auth.bearer, jsonBody, body(slots.body), async (c) => {
      const { durationMinutes, stepMinutes, agentId, maxAgeMs, ...rest } = c.req.valid("json");
      assertNotTooFar(rest.to, deps.now());
      const found = await findSlots(deps, {
        ...rest,
        agentId: agentFor(c.get("caller"), agentId),
        durationMs: durationMinutes * MINUTE_MS,
        stepMs: stepMinutes * MINUTE_MS,
        maxAgeMs: maxAgeMs ?? null,
      });
      return c.json({
        slots: found.slots.map(intervalToWire),
        asOf: timeText(found.asOf),
        complete: found.complete,
        calendars: found.calendars.map(calendarToWire),
      });
    });
