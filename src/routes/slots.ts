// Slots: which slots of a range are free, for one agent or for several.
import { Hono } from "hono";
import * as z from "zod";
import { findCommonSlots, findSlots } from "../availability/slots.ts";
import type { Deps } from "../deps.ts";
import { MINUTE_MS } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import {
  cursorText,
  MaxAgeMs,
  MaybeAgentId,
  minutes,
  NextCursor,
  PageCursor,
  Purpose,
  Time,
} from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody } from "../http/validate.ts";
import { intervalToWire, provenance, provenanceToWire, Slot } from "./availability-wire.ts";
import {
  CommonSlots,
  commonSlotsToWire,
  groupFields,
  groupsAreWhole,
  groupsOf,
} from "./common-slots-wire.ts";
import { gridOf, Rules, rulesFromWire, StepMinutes } from "./rules-wire.ts";
import { assertNotTooFar, rangeIsWhole } from "./slot-wire.ts";

const Slots = z
  .strictObject({ slots: z.array(Slot), ...provenance, nextCursor: NextCursor })
  .meta({ id: "Slots" });

const find = operation({
  id: "findSlots",
  method: "post",
  path: "/slots",
  tag: "Availability",
  summary: "The free slots of a range",
  description:
    "Of one agent by agentId; of several by agents, of whom required must be free; or of groups of agents, all of " +
    "which must have theirs. An agent who is in several groups fills a place in one of them. Slots of several are on " +
    "the step of one of the agents who are free. An agent who is unknown or can't be verified is free in none, and " +
    "the answer says so.",
  access: "bearer",
  tool: "slots",
  counts: "as a read",
  body: z
    .strictObject({
      agentId: MaybeAgentId,
      ...groupFields,
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
      cursor: PageCursor.optional(),
      purpose: Purpose.default("display"),
      maxAgeMs: MaxAgeMs.optional(),
      rules: Rules.optional(),
    })
    .superRefine(rangeIsWhole)
    .superRefine(groupsAreWhole),
  answers: {
    200: { description: "The first free slots, in order", schema: z.union([Slots, CommonSlots]) },
  },
  errors: ["forbidden", "agent_not_found", "invalid_time", "database_unavailable"],
});

export const slotOperations = [find];

/** The route of slots. */
export const slotRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().post(find.path, auth.bearer, jsonBody, body(find.body), async (c) => {
    const { durationMinutes, stepMinutes, rules, agentId, agents, required, groups, ...rest } =
      c.req.valid("json");
    const { cursor: after, maxAgeMs, ...range } = rest;
    assertNotTooFar(range.to, deps.now());
    const caller = c.get("caller");
    const query = {
      ...range,
      durationMs: durationMinutes * MINUTE_MS,
      ...gridOf({ durationMinutes, stepMinutes, rules }),
      rules: rulesFromWire(rules),
      after,
      maxAgeMs: maxAgeMs ?? null,
    };
    const several = groupsOf(caller, { agents, required, groups });
    if (several !== null)
      return c.json(commonSlotsToWire(await findCommonSlots(deps, { ...query, ...several }), several));
    const found = await findSlots(deps, { ...query, agentId: agentFor(caller, agentId) });
    return c.json({
      slots: found.slots.map(intervalToWire),
      ...provenanceToWire(found),
      nextCursor: cursorText(found.next),
    });
  });
