// Sale checks: bookings and answers, against each other and against what outside calendars held.
import {
  type Accuse,
  type ConnectionRow,
  placeOfConnection,
  readConnections,
  spell,
} from "./cache-checks.ts";
import { MINUTE } from "./outside-event.ts";
import type { CastAgent } from "./plan.ts";
import { lasted, type Taken } from "./truth.ts";
import type { Reply, World } from "./world.ts";

/** A booking's row, as far as checks read it. */
export interface BookingRow {
  readonly agent_id: string;
  readonly booking_id: string;
  readonly title: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly state: string;
  readonly revision: number;
}

interface Slot {
  readonly startsAt: number;
  readonly endsAt: number;
}

const CONFIRM_MAX_AGE_MS = 60_000;
const DISPLAY_MAX_AGE_MS = 900_000;

export const agentOf = (world: World, agentId: string): CastAgent => {
  const agent = world.plan.agents[Number(agentId.replace("agent-", ""))];
  if (agent === undefined) throw new RangeError(`no agent ${agentId}`);
  return agent;
};

const widened = ({ startsAt, endsAt }: Slot, minutes: number): Slot => ({
  startsAt: startsAt - minutes * MINUTE,
  endsAt: endsAt + minutes * MINUTE,
});

const overlap = (a: Slot, b: Slot) => a.startsAt < b.endsAt && b.startsAt < a.endsAt;

/** Does outside time stand in the agent's way, by their rules? */
const stands = (taken: Taken, slot: Slot, agent: CastAgent): boolean =>
  (!taken.allDay || agent.allDayBlocks) &&
  (taken.status !== "tentative" || agent.tentativeBlocks) &&
  overlap(taken, widened(slot, agent.bufferMinutes));

const counts = (row: ConnectionRow) =>
  row.is_active === 1 && row.sync_enabled === 1 && row.blocks_availability === 1 && row.closing_at === null;

/** The checks of one simulation's sales and answers. */
export function createSaleChecks(world: World, accuse: Accuse) {
  const sold = new Map<string, { at: number; counted: readonly string[] }>();
  const acknowledged = new Set<string>();
  let made = 0;

  const inTheWay = (row: ConnectionRow, slot: Slot, since: number, until: number): Taken | undefined => {
    const place = placeOfConnection(world, row);
    const agent = agentOf(world, row.agent_id);
    return place?.truth.taken.find(
      (taken) => lasted(taken, since - place.truth.lateMs, until) && stands(taken, slot, agent),
    );
  };

  /** P1: bookings that hold their time share none of it. */
  function expectApart(bookings: readonly BookingRow[]): void {
    const sorted = [...bookings].sort((a, b) => a.starts_at - b.starts_at);
    for (const [index, booking] of sorted.entries()) {
      for (const other of sorted.slice(index + 1)) {
        if (other.agent_id !== booking.agent_id) continue;
        const gap = agentOf(world, booking.agent_id).bufferMinutes * MINUTE;
        if (other.starts_at >= booking.ends_at + gap) continue;
        accuse("P1", `${booking.booking_id} and ${other.booking_id} of ${booking.agent_id} are too close`);
      }
    }
  }

  /** P2, P9: nothing is sold over time that was known, on a picture that was too old. */
  function expectFree(booking: BookingRow): void {
    const slot = { startsAt: booking.starts_at, endsAt: booking.ends_at };
    const now = world.scheduler.now();
    const counted = readConnections(world).filter((row) => row.agent_id === booking.agent_id && counts(row));
    for (const row of counted) {
      const since = row.verified_at ?? Number.NEGATIVE_INFINITY;
      const taken = inTheWay(row, slot, since, now);
      if (taken !== undefined) {
        accuse(
          "P2, P9",
          `${booking.booking_id} was sold over ${taken.what} ${spell(taken)}, which had been verified`,
        );
      }
      const excused = agentOf(world, booking.agent_id).onStale === "allow";
      if (!excused && since < now - CONFIRM_MAX_AGE_MS - MINUTE) {
        accuse("P9", `${booking.booking_id} was sold on a picture of ${new Date(since).toISOString()}`);
      }
    }
    sold.set(`${booking.agent_id} ${booking.booking_id} ${booking.starts_at}`, {
      at: now,
      counted: counted.map(({ id }) => id),
    });
  }

  return {
    /** After a commit that touched bookings. */
    check(): void {
      made += 1;
      const bookings = world.database.query<BookingRow>("SELECT * FROM bookings WHERE state = 'confirmed'");
      expectApart(bookings);
      for (const booking of bookings) {
        if (!sold.has(`${booking.agent_id} ${booking.booking_id} ${booking.starts_at}`)) expectFree(booking);
      }
    },

    /** P9: an answer never says "free" over time that was there when its calendars were verified. */
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
        calendars: { connectionId: string; verifiedAt: string | null; fresh: boolean }[];
      };
      const now = world.scheduler.now();
      const rows = new Map(readConnections(world).map((row) => [row.id, row]));
      const maxAge = purpose === "confirm" ? CONFIRM_MAX_AGE_MS : DISPLAY_MAX_AGE_MS;
      for (const { connectionId, verifiedAt, fresh } of calendars) {
        const at = verifiedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(verifiedAt);
        if (fresh && at < reply.askedAt - maxAge) {
          accuse("P9", `a calendar verified at ${verifiedAt} is called fresh for ${purpose}`);
        }
        const row = rows.get(connectionId);
        if (!available || row === undefined) continue;
        const taken = inTheWay(row, slot, at, now);
        if (taken !== undefined) {
          accuse(
            "P9",
            `${agentId} is said to be free ${spell(slot)} over ${taken.what} ${spell(taken)}, verified ${verifiedAt}`,
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
        accuse("P9", `${agentId} is said to be free for sure on an incomplete picture`);
      }
    },

    /** P9: what was sold to this very request was free all the time that the request allowed for. */
    booked({ agentId, bookingId, reply }: { agentId: string; bookingId: string; reply: Reply }): void {
      made += 1;
      if (reply.status === 200 || reply.status === 201) acknowledged.add(`${agentId} ${bookingId}`);
      if (reply.status !== 201) return;
      const [booking] = world.database.query<BookingRow>(
        "SELECT * FROM bookings WHERE agent_id = ? AND booking_id = ?",
        [agentId, bookingId],
      );
      if (booking === undefined) return accuse("P3", `${bookingId} was acknowledged and isn't there`);
      const sale = sold.get(`${agentId} ${bookingId} ${booking.starts_at}`);
      if (sale === undefined || agentOf(world, agentId).onStale === "allow") return;
      const slot = { startsAt: booking.starts_at, endsAt: booking.ends_at };
      for (const row of readConnections(world)) {
        if (!sale.counted.includes(row.id)) continue;
        const taken = inTheWay(row, slot, reply.askedAt - CONFIRM_MAX_AGE_MS, sale.at);
        if (taken === undefined) continue;
        accuse(
          "P9",
          `${bookingId} was sold over ${taken.what} ${spell(taken)}, there since ${new Date(taken.from).toISOString()}`,
        );
      }
    },

    /** P3: every booking that somebody was told of is there. */
    checkAcknowledged(): void {
      const there = new Set(
        world.database
          .query<BookingRow>("SELECT * FROM bookings")
          .map((row) => `${row.agent_id} ${row.booking_id}`),
      );
      for (const booking of acknowledged) {
        if (!there.has(booking)) accuse("P3", `${booking} was acknowledged and isn't there`);
      }
    },
    made: () => made,
  };
}
