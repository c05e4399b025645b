// Slots: which slots of a range are free.
import { Hono } from "hono";
import * as z from "zod";
import { findSlots } from "../availability/slots.ts";
import type { Deps } from "../deps.ts";
import { DAY_MS, MINUTE_MS } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { MaxAgeMs, MaybeAgentId, minutes, Purpose, Time } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody } from "../http/validate.ts";
import { intervalToWire, provenance, provenanceToWire, Slot } from "./availability-wire.ts";
import { gridOf, Rules, rulesFromWire, StepMinutes } from "./rules-wire.ts";
import { assertNotTooFar } from "./slot-wire.ts";

const MAX_RANGE_MS = 60 * DAY_MS;

const Slots = z.strictObject({ slots: z.array(Slot), ...provenance }).meta({ id: "Slots" });

const find = operation({
  id: "findSlots",
  method: "post",
  path: "/slots",
  tag: "Availability",
  summary: "The free slots of a range",
  access: "bearer",
  counts: "as a read",
  body: z
    .strictObject({
      agentId: MaybeAgentId,
      from: Time,
      to: Time,
      durationMinutes: minutes(5, 1_440),
      stepMinutes: StepMinutes.optional().describe(
        "Slots start at multiples of this in local time. By default 30, or the duration for rules.align opening. " +
          "rules.stepMinutes goes before it.",
      ),
      limit: z
        .int("Send a whole number.")
        .min(1, "Send at least 1.")
        .max(1_000, "Send at most 1000.")
        .default(200),
      purpose: Purpose.default("display"),
      maxAgeMs: MaxAgeMs.optional(),
      rules: Rules.optional(),
    })
    .superRefine(({ from, to }, context) => {
      const refuse = (message: string) => context.addIssue({ code: "custom", path: ["to"], message });
      if (to <= from) refuse("Send a to that is after from.");
      else if (to - from > MAX_RANGE_MS) refuse("Send a range of at most 60 days.");
    }),
  answers: { 200: { description: "The first free slots, in order", schema: Slots } },
  errors: ["forbidden", "agent_not_found", "invalid_time", "database_unavailable"],
});

export const slotOperations = [find];

/** The route of slots. */
export const slotRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().post(find.path, auth.bearer, jsonBody, body(find.body), async (c) => {
    const { durationMinutes, stepMinutes, rules, agentId, maxAgeMs, ...rest } = c.req.valid("json");
    assertNotTooFar(rest.to, deps.now());
    const found = await findSlots(deps, {
      ...rest,
      agentId: agentFor(c.get("caller"), agentId),
      durationMs: durationMinutes * MINUTE_MS,
      ...gridOf({ durationMinutes, stepMinutes, rules }),
      rules: rulesFromWire(rules),
      maxAgeMs: maxAgeMs ?? null,
    });
    return c.json({ slots: found.slots.map(intervalToWire), ...provenanceToWire(found) });
  });
