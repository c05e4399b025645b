// Sale checks: sales and answers against each other and against the contents of the calendars.

import { MINUTE } from "../world/outside-event.ts";
import {
  agentOf,
  closedDateOf,
  conflicts,
  dateIn,
  keptMinutesOf,
  keyOf,
  mondayIn,
  readBookings,
  readSales,
  type Sale,
  type Slot,
} from "../world/sales.ts";
import { lasted, type Taken } from "../world/truth.ts";
import type { Reply, World } from "../world/world.ts";
import { type Accuse, type ConnectionRow, placeOfConnection, readConnections, spell } from "./cache.ts";
import type { HistoryChecks } from "./history.ts";
import { checkShown, type ShownCalendar, unreadableIn } from "./unreadable.ts";

const CONFIRM_MAX_AGE_MS = 60_000;
const DISPLAY_MAX_AGE_MS = 900_000;
/** So long an answer for display may rely on a channel, which may have died right after the calendar was verified. */
const BELIEVED_MS = 3_600_000;

const counts = (row: ConnectionRow) =>
  row.is_active === 1 && row.sync_enabled === 1 && row.blocks_availability === 1 && row.closing_at === null;

/** What took the slot in a calendar during all the time between two instants. */
export function conflictAt(
  world: World,
  row: ConnectionRow,
  slot: Slot,
  since: number,
  until: number,
): Taken | undefined {
  const place = placeOfConnection(world, row);
  const agent = agentOf(world, row.agent_id);
  return place?.truth.taken.find(
    (taken) => lasted(taken, since - place.truth.lateMs, until) && conflicts(taken, slot, agent),
  );
}

/** The checks of one simulation's sales and answers. */
export function createSaleChecks(world: World, accuse: Accuse, history: Pick<HistoryChecks, "isFollowed">) {
  const sold = new Map<string, { at: number; counted: readonly string[] }>();
  let made = 0;

  /** Was it forced, or moved by the agent? Then the agent's usual rules don't apply. */
  const isSpecial = ({ id, agentId }: Sale) => world.ledger.isForced(id) || history.isFollowed(agentId, id);

  /** P1: sales and holds don't overlap. Those sold by the agent's rules also keep the buffers apart. */
  function expectApart(sales: readonly Sale[]): void {
    const sorted = [...sales].sort((a, b) => a.startsAt - b.startsAt);
    for (const [index, sale] of sorted.entries()) {
      for (const other of sorted.slice(index + 1)) {
        if (other.agentId !== sale.agentId) continue;
        const lenient = isSpecial(sale) || isSpecial(other);
        const kept = sale.title === null ? 0 : keptMinutesOf(sale.id);
        const gap = lenient ? 0 : Math.max(agentOf(world, sale.agentId).bufferMinutes, kept) * MINUTE;
        if (other.startsAt >= sale.endsAt + gap) continue;
        accuse("P1", `${sale.id} and ${other.id} of ${sale.agentId} are too close`);
      }
    }
  }

  /**
   * A sale by the agent's rules lies on no date that the agent has closed, and is one of as many as a date may hold.
   */
  function expectAllowed(sale: Sale, sales: readonly Sale[]): void {
    if (isSpecial(sale)) return;
    const { zone, maxPerDay, maxPerWeek, closedDay } = agentOf(world, sale.agentId);
    const [first, last] = [sale.startsAt, sale.endsAt - 1].map((at) => dateIn(zone, at));
    const closed = closedDay === null ? null : closedDateOf(world.plan.startAt, closedDay);
    if (closed === first || closed === last)
      accuse("P1", `${sale.id} of ${sale.agentId} was sold on a closed date`);
    // A hold that is over may count again when a clock is set back, so only bookings are counted.
    const own =
      sale.title === null ? [] : sales.filter((each) => each.title !== null && each.agentId === sale.agentId);
    const ofDate = own.filter(({ startsAt }) => dateIn(zone, startsAt) === first);
    if (maxPerDay !== null && ofDate.length > maxPerDay)
      accuse("P1", `${sale.id} is one of ${ofDate.length} on ${first}, where ${maxPerDay} are allowed`);
    const monday = mondayIn(zone, sale.startsAt);
    const ofWeek = own.filter(({ startsAt }) => mondayIn(zone, startsAt) === monday);
    if (maxPerWeek !== null && ofWeek.length > maxPerWeek)
      accuse(
        "P1",
        `${sale.id} is one of ${ofWeek.length} from ${monday}, where ${maxPerWeek} are allowed a week`,
      );
    const isLimited = maxPerDay !== null || maxPerWeek !== null;
    world.faults.count(isLimited ? "sale within limit" : "sale without limit");
  }

  /** P2, P9: no time is sold that was known to be busy, and none on free-busy data that was too old. */
  function expectFree(sale: Sale): void {
    const now = world.scheduler.now();
    const counted = readConnections(world).filter((row) => row.agent_id === sale.agentId && counts(row));
    sold.set(keyOf(sale), { at: now, counted: counted.map(({ id }) => id) });
    if (isSpecial(sale)) return;
    const excused = agentOf(world, sale.agentId).onStale === "allow";
    for (const row of counted) {
      const beyond = sale.startsAt < (row.window_starts_at ?? 0) || sale.endsAt > (row.window_ends_at ?? 0);
      // Nothing is known beyond the window, and such agents allow a sale there.
      if (excused && beyond) continue;
      const since = row.verified_at ?? Number.NEGATIVE_INFINITY;
      const taken = conflictAt(world, row, sale, since, now);
      if (taken !== undefined) {
        accuse("P2, P9", `${sale.id} was sold over ${taken.what} ${spell(taken)}, which had been verified`);
      }
      // The age counts from the request. The clock may have jumped since then.
      const oldest = now - CONFIRM_MAX_AGE_MS - MINUTE - world.scheduler.jumpedUnderway();
      if (!excused && since < oldest) {
        accuse("P9", `${sale.id} was sold on free-busy data of ${new Date(since).toISOString()}`);
      }
      const unknown = excused ? undefined : unreadableIn(world, row, since);
      if (unknown !== undefined)
        accuse("P2, P9", `${sale.id} was sold although nobody can read ${unknown.event.id}, which was known`);
    }
  }

  return {
    /** After a commit that touched bookings. */
    check(): void {
      made += 1;
      const sales = readSales(world);
      expectApart(sales);
      for (const sale of sales) {
        if (sold.has(keyOf(sale))) continue;
        expectAllowed(sale, sales);
        expectFree(sale);
      }
    },

    /** P9: an answer never calls a time free that was busy when its calendars were verified. */
    checked({
      agentId,
      slot,
      purpose,
      reply,
    }: {
      agentId: string;
      slot: Slot;
      purpose: "display" | "confirm";
      reply: Reply;
    }): void {
      made += 1;
      const { available, complete, calendars } = reply.body as {
        available: boolean;
        complete: boolean;
        calendars: ShownCalendar[];
      };
      checkShown(world, calendars, accuse);
      const now = world.scheduler.now();
      const rows = new Map(readConnections(world).map((row) => [row.id, row]));
      const maxAge = purpose === "confirm" ? CONFIRM_MAX_AGE_MS : DISPLAY_MAX_AGE_MS;
      for (const { connectionId, verifiedAt, fresh, evidence } of calendars) {
        const at = verifiedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(verifiedAt);
        const row = rows.get(connectionId);
        const watched = fresh && evidence === "watched";
        if (fresh !== (evidence !== null))
          accuse("P9", `a calendar is called fresh by ${evidence}: ${fresh}`);
        if (fresh && at < reply.askedAt - (watched ? BELIEVED_MS : maxAge)) {
          accuse(
            "P4, P9",
            `a calendar verified at ${verifiedAt} is called fresh for ${purpose} by ${evidence}`,
          );
        }
        if (watched) {
          world.faults.count("check watched");
          const place = row && placeOfConnection(world, row);
          if (purpose === "confirm" || place?.provider === "APPLE" || place?.provider === "CALDAV")
            accuse("P4, P9", `a ${place?.provider} calendar is called fresh for ${purpose} by its channel`);
        }
        // An answer claims nothing about a calendar beyond its window.
        const claimed =
          (row?.window_starts_at ?? 0) <= slot.startsAt && slot.endsAt <= (row?.window_ends_at ?? 0);
        if (!available || row === undefined || !claimed) continue;
        const taken = conflictAt(world, row, slot, at, now);
        if (taken !== undefined) {
          accuse(
            "P9",
            `${agentId} is called free ${spell(slot)} over ${taken.what} ${spell(taken)}, verified ${verifiedAt}`,
          );
        }
      }
      const refuses = agentOf(world, agentId).onStale === "refuse";
      if (
        available &&
        purpose === "confirm" &&
        refuses &&
        !(complete && calendars.every(({ fresh }) => fresh))
      ) {
        accuse("P9", `${agentId} is called free for confirm although its calendars are incomplete`);
      }
    },

    /** P9: the time sold to this request was free at some instant within the allowed age. */
    booked({ agentId, bookingId, reply }: { agentId: string; bookingId: string; reply: Reply }): void {
      made += 1;
      if (reply.status !== 201 || world.ledger.isForced(bookingId)) return;
      const [booking] = readBookings(world, "agent_id = ? AND booking_id = ?", [agentId, bookingId]);
      if (booking === undefined) {
        accuse("P3", `${bookingId} was acknowledged and isn't there`);
        return;
      }
      const slot = { startsAt: booking.starts_at, endsAt: booking.ends_at };
      const sale = sold.get(keyOf({ agentId, id: bookingId, title: null, ...slot }));
      if (
        sale === undefined ||
        history.isFollowed(agentId, bookingId) ||
        agentOf(world, agentId).onStale === "allow"
      )
        return;
      for (const row of readConnections(world)) {
        if (!sale.counted.includes(row.id)) continue;
        const taken = conflictAt(world, row, slot, reply.askedAt - CONFIRM_MAX_AGE_MS, sale.at);
        if (taken === undefined) continue;
        accuse(
          "P9",
          `${bookingId} was sold over ${taken.what} ${spell(taken)}, there since ${new Date(taken.from).toISOString()}`,
        );
      }
    },
    /** Since when there is this sale, as far as the checks have seen; undefined: it isn't known. */
    soldAt: (sale: Sale): number | undefined => sold.get(keyOf(sale))?.at,
    made: () => made,
  };
}

export type SaleChecks = ReturnType<typeof createSaleChecks>;
