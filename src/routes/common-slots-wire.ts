// Common slots on the wire: the agents that a search names, by themselves or in groups, and its answer.
import * as z from "zod";
import type { findCommonSlots } from "../availability/slots.ts";
import type { AgentGroup } from "../domain/common-slots.ts";
import { agentFor, type Caller } from "../http/auth.ts";
import { AgentId, cursorText, NextCursor } from "../http/fields.ts";
import { intervalToWire, provenance, provenanceToWire, Slot } from "./availability-wire.ts";

/** The most agents that one search may name. */
const MAX_AGENTS = 100;
const MAX_GROUPS = 20;

/** Agents by their ids, each once. */
export const Agents = z
  .array(AgentId, "Send a list of agents' ids.")
  .min(1, "Send at least one agent.")
  .max(MAX_AGENTS, `Send at most ${MAX_AGENTS} agents.`)
  .refine((ids) => new Set(ids).size === ids.length, "Send each agent once.");

const Required = z
  .int("Send a whole number.")
  .min(1, "Send at least 1.")
  .max(MAX_AGENTS, `Send at most ${MAX_AGENTS}.`)
  .describe("How many of the agents must be free. By default 1.");

/** The fields that name several agents. `groupsAreWhole` must check them. */
export const groupFields = {
  agents: Agents.optional().describe("Several agents, instead of agentId."),
  required: Required.optional(),
  groups: z
    .array(
      z.strictObject({ agents: Agents.describe("The agents of the group."), required: Required.default(1) }),
      "Send a list of groups.",
    )
    .min(1, "Send at least one group.")
    .max(MAX_GROUPS, `Send at most ${MAX_GROUPS} groups.`)
    .optional()
    .describe("Groups of agents, all of which must have theirs, instead of agentId or agents."),
};

type GroupFields = z.output<z.ZodObject<typeof groupFields>>;

/** Refuses agents that are named in two ways, and groups that can't be had. For `superRefine`. */
export function groupsAreWhole(
  fields: GroupFields & { readonly agentId?: string | undefined },
  context: z.RefinementCtx,
): void {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const { agentId, agents, required, groups } = fields;
  if ([agentId, agents, groups].filter((field) => field !== undefined).length > 1) {
    refuse([], "Send one of agentId, agents and groups.");
  }
  if (required !== undefined && agents === undefined)
    refuse(["required"], "Send required along with agents.");
  if ((required ?? 1) > (agents?.length ?? MAX_AGENTS)) refuse(["required"], "Send as many agents or more.");
  for (const [index, group] of (groups ?? []).entries()) {
    if (group.required > group.agents.length) {
      refuse(["groups", index, "required"], "Send as many agents or more.");
    }
  }
  const all = new Set((groups ?? []).flatMap((group) => group.agents));
  if (all.size > MAX_AGENTS) refuse(["groups"], `Send at most ${MAX_AGENTS} agents in all groups.`);
}

/** Agents that a search names, and whether they came in groups. */
export interface SeveralAgents {
  readonly groups: readonly AgentGroup[];
  readonly inGroups: boolean;
}

/**
 * The groups of a search; null where it names no more than one agent.
 * @throws EngineError `forbidden` when an agent names another one
 */
export function groupsOf(caller: Caller, { agents, required, groups }: GroupFields): SeveralAgents | null {
  const named = groups ?? (agents === undefined ? null : [{ agents, required: required ?? 1 }]);
  if (named === null) return null;
  for (const group of named) for (const agentId of group.agents) agentFor(caller, agentId);
  return { groups: named, inGroups: groups !== undefined };
}

const FreeAgents = z.array(z.string()).describe("Who is free, in the order of the request.");

export const CommonSlots = z
  .strictObject({
    slots: z.array(
      z.strictObject({
        ...Slot.shape,
        agents: FreeAgents.optional().describe("Who is free. For a search by agents."),
        groups: z
          .array(z.strictObject({ agents: FreeAgents }))
          .optional()
          .describe("Who is free of each group. For a search by groups."),
      }),
    ),
    agents: z
      .array(
        z.strictObject({
          agentId: z.string(),
          reason: z
            .enum(["agent_not_found", "unverified"])
            .nullable()
            .describe("Why the agent is free in no slot at all; null: only the agent's own time decides."),
          ...provenance,
        }),
      )
      .describe("How well the time of each agent is known."),
    nextCursor: NextCursor,
  })
  .meta({ id: "CommonSlots" });

/** The answer to a search of several agents. */
export const commonSlotsToWire = (
  { slots, agents, next }: Awaited<ReturnType<typeof findCommonSlots>>,
  { inGroups }: SeveralAgents,
): z.input<typeof CommonSlots> => ({
  slots: slots.map(({ groups, ...slot }) => ({
    ...intervalToWire(slot),
    ...(inGroups
      ? { groups: groups.map((free) => ({ agents: [...free] })) }
      : { agents: [...(groups[0] ?? [])] }),
  })),
  agents: agents.map(({ agentId, reason, ...known }) => ({ agentId, reason, ...provenanceToWire(known) })),
  nextCursor: cursorText(next),
});
