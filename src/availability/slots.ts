// Slots: finds the free slots of one agent, or those that several agents have in common, in a range of time.
import type { Deps } from "../deps.ts";
import { type AgentGroup, type CommonSlot, commonSlots } from "../domain/common-slots.ts";
import { reachOf } from "../domain/conflicts.ts";
import type { Instant } from "../domain/instant.ts";
import { type Interval, interval } from "../domain/interval.ts";
import { NO_RULES, type SlotRules } from "../domain/rules.ts";
import type { Align } from "../domain/slot-grid.ts";
import { freeSlots, freeTimeOf, type SlotSearch } from "../domain/slots.ts";
import type { FreeBusy } from "../store/busy/free-busy.ts";
import {
  isRefused,
  type Provenance,
  type Purpose,
  provenanceOf,
  readFreshFreeBusy,
  requireKnown,
  standardOf,
} from "./free-busy.ts";

/** A search for free slots of `durationMs` in [from, to). */
export interface SlotQuery {
  readonly from: Instant;
  readonly to: Instant;
  readonly durationMs: number;
  /** Slots start on multiples of this in local time, since midnight or since the agent opened. */
  readonly stepMs: number;
  /** Left out: `clock`. */
  readonly align?: Align;
  /** Left out: none but the agent's own. */
  readonly rules?: SlotRules;
  readonly limit: number;
  /** Only slots that start after it; left out: all. */
  readonly after?: Instant | undefined;
  readonly purpose: Purpose;
  /** How old the truth may be, in ms; null: the configuration decides by the purpose. */
  readonly maxAgeMs: number | null;
}

/** A page of slots. `next` goes on after it; null: there are no more. */
export interface SlotPage<Slot> {
  readonly slots: readonly Slot[];
  readonly next: Instant | null;
}

/** One of several agents behind an answer. */
export interface AgentView extends Provenance {
  readonly agentId: string;
  /** Why the agent is free in no slot whatever the calendars say; null: nothing of that kind. */
  readonly reason: "agent_not_found" | "unverified" | null;
}

interface Searched {
  readonly view: AgentView;
  readonly freeBusy: FreeBusy | undefined;
  /** What the free slots depend on; null: there are none. */
  readonly search: SlotSearch | null;
}

/**
 * Finds the free slots of an agent. There are none if the agent's policy refuses them: see `isRefused`.
 * @throws EngineError agent_not_found, invalid_time
 */
export async function findSlots(
  deps: Deps,
  { agentId, ...query }: SlotQuery & { readonly agentId: string },
): Promise<SlotPage<Interval> & Provenance> {
  const [found] = await searchAll(deps, [agentId], query);
  requireKnown(found?.freeBusy);
  const { asOf, complete, calendars } = found?.view ?? UNKNOWN;
  const find = (limit: number) => (found?.search ? freeSlots({ ...found.search, limit }) : []);
  return { ...pageOf(query.limit, find), asOf, complete, calendars };
}

/**
 * Finds the slots at which enough agents of every group are free, in one round trip where no calendar is too old. An
 * agent who is unknown, or whose policy refuses, is free in none, and the others are found all the same.
 * @throws EngineError invalid_time
 */
export async function findCommonSlots(
  deps: Deps,
  { groups, ...query }: SlotQuery & { readonly groups: readonly AgentGroup[] },
): Promise<SlotPage<CommonSlot> & { readonly agents: readonly AgentView[] }> {
  const { durationMs } = query;
  const agentIds = [...new Set(groups.flatMap(({ agents }) => agents))];
  const found = await searchAll(deps, agentIds, query);
  const free = new Map(
    found.flatMap(({ view, search }) =>
      search === null ? [] : [[view.agentId, freeTimeOf(search)] as const],
    ),
  );
  const page = pageOf(query.limit, (limit) => commonSlots({ groups, free, durationMs, limit }));
  return { ...page, agents: found.map(({ view }) => view) };
}

const UNKNOWN: Provenance = { asOf: null, complete: false, calendars: [] };

/** What decides about each agent's slots after the page before, all read in one round trip. */
async function searchAll(deps: Deps, agentIds: readonly string[], query: SlotQuery): Promise<Searched[]> {
  const { durationMs, stepMs, align = "clock", rules = NO_RULES, purpose, after } = query;
  const askedAt = deps.now();
  const whole = interval(query.from, query.to);
  const standard = standardOf(deps, purpose, query.maxAgeMs);
  const questions = agentIds.map((agentId) => ({ agentId, reach: reachOf(whole), standard }));
  const known = await readFreshFreeBusy(deps, questions, askedAt);
  const range = { ...whole, startsAt: Math.max(whole.startsAt, (after ?? Number.NEGATIVE_INFINITY) + 1) };
  const now = deps.now();
  return agentIds.map((agentId, index) => {
    const freeBusy = known[index];
    if (freeBusy === undefined || freeBusy.settings === null) {
      return { view: { agentId, reason: "agent_not_found", ...UNKNOWN }, freeBusy, search: null };
    }
    const provenance = provenanceOf(freeBusy, standard, whole, askedAt);
    const { settings, rows, counted } = freeBusy;
    const refused = isRefused({ ...freeBusy, settings }, provenance, purpose);
    const isOver = refused || range.startsAt >= range.endsAt;
    return {
      view: { agentId, reason: refused ? "unverified" : null, ...provenance },
      freeBusy,
      search: isOver ? null : { range, durationMs, stepMs, align, rows, counted, settings, rules, now },
    };
  });
}

/** A page of what `find` finds. One slot more than the limit shows that another page follows. */
function pageOf<Slot extends Interval>(limit: number, find: (limit: number) => Slot[]): SlotPage<Slot> {
  const found = find(limit + 1);
  const slots = found.slice(0, limit);
  return { slots, next: found.length > limit ? (slots.at(-1)?.startsAt ?? null) : null };
}
