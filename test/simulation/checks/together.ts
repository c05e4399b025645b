// Together checks: what is sold, moved or cancelled together happens to all or to none, and the right agent is chosen.
import type { AnyOfAsked } from "../world/maraplace.ts";
import { HOUR } from "../world/outside-event.ts";
import {
  agentOf,
  type BookingRow,
  closedDateOf,
  dateIn,
  mondayIn,
  readBookings,
  type Slot,
} from "../world/sales.ts";
import type { World } from "../world/world.ts";
import type { Accuse } from "./cache.ts";
import { type HistoryChecks, isShifted } from "./history.ts";

/** Time that an agent has sold or held; of a hold nobody asks here whether it is over. */
interface Own extends Slot {
  readonly agentId: string;
  readonly id: string;
  readonly isBooking: boolean;
}

const nameOf = (row: BookingRow) => `${row.agent_id} ${row.booking_id}`;

/** So far from a slot whatever an agent has is surely out of its way: no buffer of the cast is longer. */
const CLEAR_MS = 2 * HOUR;

/** The checks of one simulation's groups and choices. */
export function createTogetherChecks(
  world: World,
  accuse: Accuse,
  history: Pick<HistoryChecks, "isFollowed">,
) {
  const last = new Map<string, BookingRow>();
  const chosen = new Set<string>();

  /** P1: all bookings of a series are there, or none is. */
  function expectWhole(rows: readonly BookingRow[]): void {
    for (const { groupId, size } of world.ledger.series) {
      const there = rows.filter((row) => row.group_id === groupId).length;
      if (there > 0) world.faults.count("series sold");
      if (there === 0 || there === size) continue;
      accuse("P1", `${there} of the ${size} bookings of the series ${groupId} were sold`);
    }
  }

  /** Can only a request about its group have done this to the booking? */
  const onlyByGroup = (row: BookingRow, fits: (shiftMs: number | null) => boolean): boolean =>
    world.requests.groupMayCome(row.group_id, ({ shiftMs }) => fits(shiftMs)) &&
    !history.isFollowed(row.agent_id, row.booking_id) &&
    !world.requests.mayCome(
      (request) =>
        request.agentId === row.agent_id &&
        request.bookingId === row.booking_id &&
        (request.action === "cancel" || request.startsAt === row.starts_at),
    );

  /** P1: a shift moves all bookings of the group that haven't begun, and a cancellation ends all that aren't over. */
  function expectAsOne(rows: readonly BookingRow[]): void {
    const now = world.scheduler.now();
    for (const row of rows) {
      const before = last.get(nameOf(row));
      if (before === undefined || before.revision === row.revision) continue;
      const others = rows.filter((other) => other.group_id === row.group_id && other !== row);
      const shiftMs = row.starts_at - before.starts_at;
      if (shiftMs !== 0 && onlyByGroup(row, (asked) => asked === shiftMs)) {
        world.faults.count("group moved");
        for (const other of others) {
          const was = last.get(nameOf(other));
          if (was === undefined || was.state !== "confirmed" || was.starts_at <= now) continue;
          if (!isShifted(was, other, shiftMs))
            accuse("P1", `${nameOf(other)} stayed where ${nameOf(row)} of its group was moved`);
        }
      }
      const byAgent = agentOf(world, row.agent_id).onExternalChange === "follow";
      if (before.state === row.state || byAgent || !onlyByGroup(row, (asked) => asked === null)) continue;
      world.faults.count("group cancelled");
      for (const other of others) {
        if (other.state === "confirmed" && other.ends_at > now)
          accuse("P1", `${nameOf(other)} is left where ${nameOf(row)} of its group was cancelled`);
      }
    }
    for (const row of rows) last.set(nameOf(row), row);
  }

  const readOwn = (): Own[] =>
    world.database
      .query<Omit<Own, "isBooking"> & { isBooking: number }>(
        `SELECT agent_id AS agentId, booking_id AS id, starts_at AS startsAt, ends_at AS endsAt, 1 AS isBooking
       FROM bookings WHERE state = 'confirmed'
       UNION ALL SELECT agent_id, hold_id, starts_at, ends_at, 0 FROM holds WHERE state = 'held'`,
      )
      .map((row) => ({ ...row, isBooking: row.isBooking === 1 }));

  /** Could the agent surely have been sold? Asked of those without calendars only. */
  function isPlainlyFree(agentId: string, slot: Slot, own: readonly Own[]): boolean {
    if (world.places.some((place) => place.agentId === agentId)) return false;
    const { zone, maxPerDay, maxPerWeek, closedDay } = agentOf(world, agentId);
    const theirs = own.filter((each) => each.agentId === agentId);
    const dates = [slot.startsAt, slot.endsAt - 1].map((at) => dateIn(zone, at));
    const ofDate = theirs.filter(({ startsAt }) => dateIn(zone, startsAt) === dates[0]).length;
    const monday = mondayIn(zone, slot.startsAt);
    const ofWeek = theirs.filter(({ startsAt }) => mondayIn(zone, startsAt) === monday).length;
    return (
      theirs.every(
        ({ startsAt, endsAt }) => startsAt >= slot.endsAt + CLEAR_MS || endsAt <= slot.startsAt - CLEAR_MS,
      ) &&
      (closedDay === null || !dates.includes(closedDateOf(world.plan.startAt, closedDay))) &&
      ofDate < (maxPerDay ?? Number.POSITIVE_INFINITY) &&
      ofWeek < (maxPerWeek ?? Number.POSITIVE_INFINITY)
    );
  }

  /** By what the rule compares agents; the smaller is chosen. */
  function measureOf({ assign, startsAt }: AnyOfAsked, agentId: string, own: readonly Own[]): number {
    const { zone } = agentOf(world, agentId);
    const booked = own.filter((each) => each.isBooking && each.agentId === agentId);
    if (assign === "first") return 0;
    if (assign === "least_booked") {
      const monday = mondayIn(zone, startsAt);
      return booked.filter((each) => mondayIn(zone, each.startsAt) === monday).length;
    }
    const before = booked.filter((each) => each.startsAt < startsAt).sort((a, b) => b.startsAt - a.startsAt);
    return before[0]?.endsAt ?? 0;
  }

  /** P1: no more than one agent is sold under one id, and it is the one whom the rule names of those who are free. */
  function expectChosen(): void {
    const own = readOwn();
    for (const asked of world.ledger.anyOf) {
      const sold = own.filter(({ id, agentId }) => id === asked.id && asked.agents.includes(agentId));
      if (sold.length > 1) accuse("P1", `${asked.id} was sold to ${sold.length} agents`);
      const [sale] = sold;
      if (sale === undefined || chosen.has(asked.id)) continue;
      chosen.add(asked.id);
      const others = own.filter(({ id }) => id !== asked.id);
      const rank = (agentId: string) => measureOf(asked, agentId, others);
      for (const agentId of asked.agents) {
        if (agentId === sale.agentId || !isPlainlyFree(agentId, asked, others)) continue;
        world.faults.count(`chosen by ${asked.assign}`);
        const [its, theirs] = [rank(sale.agentId), rank(agentId)];
        const isFirst = asked.agents.indexOf(sale.agentId) < asked.agents.indexOf(agentId);
        if (its < theirs || (its === theirs && isFirst)) continue;
        accuse(
          "P1",
          `${asked.id} went to ${sale.agentId}, and ${agentId} was free and comes first by ${asked.assign}`,
        );
      }
    }
  }

  return {
    /** After a commit that touched bookings or holds, and after the checks of history. */
    check(): void {
      if (world.ledger.anyOf.length > 0) expectChosen();
      if (world.ledger.series.length === 0) return;
      const rows = readBookings(world, "group_id IS NOT NULL");
      expectWhole(rows);
      expectAsOne(rows);
    },
  };
}
