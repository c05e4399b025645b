// Common slot checks: an answer about several agents never calls one free who is known not to be.
import type { WantedGroup } from "../actions/client.ts";
import { agentOf, closedDateOf, dateIn, readSales, type Slot } from "../world/sales.ts";
import type { Reply, World } from "../world/world.ts";
import { type Accuse, readConnections, spell } from "./cache.ts";
import { conflictAt, type SaleChecks } from "./sales.ts";
import type { ShownCalendar } from "./unreadable.ts";

interface ShownSlots {
  readonly slots: readonly {
    readonly start: string;
    readonly end: string;
    readonly groups: readonly { readonly agents: readonly string[] }[];
  }[];
  readonly agents: readonly { readonly agentId: string; readonly calendars: readonly ShownCalendar[] }[];
}

/** Can each group have as many agents as it needs, each agent in one place only? */
function canFill(
  groups: readonly { readonly agents: readonly string[]; readonly required: number }[],
): boolean {
  const places = groups.flatMap(({ agents, required }) => Array.from({ length: required }, () => agents));
  const fill = (place: number, used: readonly string[]): boolean => {
    const agents = places[place];
    return (
      agents === undefined || agents.some((one) => !used.includes(one) && fill(place + 1, [...used, one]))
    );
  };
  return fill(0, []);
}

/** The checks of one simulation's answers about several agents. */
export function createCommonSlotChecks(world: World, accuse: Accuse, sales: Pick<SaleChecks, "soldAt">) {
  /** P9: the agent isn't known to be taken in the slot. */
  function expectFree(agentId: string, slot: Slot, { askedAt, body }: Reply): void {
    const now = world.scheduler.now();
    const { zone, closedDay } = agentOf(world, agentId);
    const what = `${agentId} is called free in the common slot ${spell(slot)}`;
    const dates = [slot.startsAt, slot.endsAt - 1].map((at) => dateIn(zone, at));
    if (closedDay !== null && dates.includes(closedDateOf(world.plan.startAt, closedDay)))
      accuse("P9", `${what} on a closed date`);
    for (const sale of readSales(world)) {
      const { startsAt, endsAt } = sale;
      // A hold may be over for the Worker that answered.
      if (
        sale.title === null ||
        sale.agentId !== agentId ||
        startsAt >= slot.endsAt ||
        endsAt <= slot.startsAt
      )
        continue;
      if ((sales.soldAt(sale) ?? now) < askedAt)
        accuse("P9", `${what} over ${sale.id}, sold before it was asked`);
    }
    const shown = (body as unknown as ShownSlots).agents.find((one) => one.agentId === agentId);
    for (const { connectionId, verifiedAt } of shown?.calendars ?? []) {
      const row = readConnections(world).find(({ id }) => id === connectionId);
      const isKnown =
        (row?.window_starts_at ?? 0) <= slot.startsAt && slot.endsAt <= (row?.window_ends_at ?? 0);
      if (row === undefined || verifiedAt === null || !isKnown) continue;
      const taken = conflictAt(world, row, slot, Date.parse(verifiedAt), now);
      if (taken !== undefined)
        accuse("P9", `${what} over ${taken.what} ${spell(taken)}, verified ${verifiedAt}`);
    }
  }

  return {
    /** After an answer. */
    found({ groups, reply }: { groups: readonly WantedGroup[]; reply: Reply }): void {
      const { slots } = reply.body as unknown as ShownSlots;
      if (slots.length > 0) world.faults.count("common slots found");
      for (const { start, end, groups: free } of slots) {
        const slot = { startsAt: Date.parse(start), endsAt: Date.parse(end) };
        const named = groups.map(({ agents, required }, index) => ({
          required,
          agents: (free[index]?.agents ?? []).filter((one) => agents.includes(one)),
        }));
        if (!canFill(named))
          accuse("P9", `the common slot ${spell(slot)} hasn't the agents that were asked for`);
        for (const agentId of new Set(free.flatMap(({ agents }) => agents))) expectFree(agentId, slot, reply);
      }
    },
  };
}
