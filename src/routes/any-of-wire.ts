// Any of on the wire: a booking or a hold that names several agents, of whom one is chosen.
import * as z from "zod";
import type { AnyOfInput } from "../bookings/any-of.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { agentFor, type Caller } from "../http/auth.ts";
import { Agents } from "./common-slots-wire.ts";
import { type CreateFields, toCreate } from "./events-wire.ts";

/** The fields that name several agents. `anyOfIsWhole` must check them. */
export const anyOfFields = {
  agents: Agents.optional().describe("One of these is chosen, instead of agentId."),
  assign: z
    .enum(["first", "least_booked", "longest_idle"], 'Send "first", "least_booked" or "longest_idle".')
    .optional()
    .describe(
      "Who is chosen of those who are free. first: the first of agents, by default. least_booked: who has the fewest " +
        "confirmed bookings in their own week around the slot. longest_idle: whose last booking before the slot ended " +
        "the longest ago. Ties go by the order of agents.",
    ),
};

/** Refuses fields that don't go with several agents. For `superRefine`. */
export function anyOfIsWhole(
  fields: z.output<z.ZodObject<typeof anyOfFields>> & {
    readonly agentId?: string | undefined;
    readonly date?: string | undefined;
    readonly timeZone?: string | undefined;
    readonly holdId?: string | undefined;
    readonly title?: string;
  },
  context: z.RefinementCtx,
): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  const { agents, assign, agentId, date, timeZone, holdId, title } = fields;
  if (agents === undefined) {
    if (assign !== undefined) refuse("assign", "Send assign along with agents.");
    return;
  }
  if (agentId !== undefined) refuse("agents", "Send either agentId or agents, not both.");
  if (date !== undefined && timeZone === undefined) {
    refuse("timeZone", "Send timeZone along with agents: they may live by different clocks.");
  }
  // A booking has a title; there holdId names a hold, which is one agent's.
  if (title !== undefined && holdId !== undefined) {
    refuse("holdId", "Send the agentId that has the hold instead of agents.");
  }
}

/** @throws EngineError `invalid_request` for a key, which belongs to one agent's booking */
export function refuseKey(idempotencyKey: string | null): void {
  if (idempotencyKey === null) return;
  const message = "Leave Idempotency-Key out along with agents: the booking id does the same.";
  throw new EngineError("invalid_request", message, {
    extra: { errors: [{ path: "idempotency-key", message }] },
  });
}

/**
 * The verb's input for a booking of one of several agents.
 * @throws EngineError `forbidden`, `invalid_request`, `invalid_time`
 */
export function toCreateAnyOf(
  caller: Caller,
  fields: CreateFields,
  agents: readonly string[],
  now: Instant,
): Omit<AnyOfInput, "assign" | "deliver"> {
  const ids = agents.map((agentId) => agentFor(caller, agentId));
  const { agentId: _, holdId: __, ...rest } = toCreate(caller, { ...fields, agentId: ids[0] }, now);
  return { ...rest, agents: ids };
}
