// History checks: every change of a booking is somebody's doing, and what somebody was told of it stays true.

import type { GuardedRequest } from "../world/requests.ts";
import { agentOf, type BookingRow } from "../world/sales.ts";
import type { World } from "../world/world.ts";
import { type Accuse, spell } from "./cache.ts";

/** A booking's row with all that it says. */
interface WholeRow extends BookingRow {
  readonly location: string | null;
  readonly client_name: string | null;
  readonly client_email: string | null;
}

/** A booking as somebody was told of it. */
interface Shown {
  readonly title: string;
  readonly description: string | null;
  readonly revision: number;
  readonly state: string;
  readonly start: string;
  readonly end: string;
}

/** What an agent did to a copy, and the booking followed. Without times: it was removed. */
interface Followed {
  readonly bookingId: string;
  readonly followed?: boolean;
  readonly startsAt?: number;
  readonly endsAt?: number;
}

/** The fields that are texts, as requests name them. */
const TEXTS = [
  ["title", "title"],
  ["description", "description"],
  ["location", "location"],
  ["client_name", "clientName"],
  ["client_email", "clientEmail"],
] as const;

const nameOf = (row: { agent_id: string; booking_id: string }) => `${row.agent_id} ${row.booking_id}`;
const slotOf = (row: BookingRow) => ({ startsAt: row.starts_at, endsAt: row.ends_at });
const isMoved = (a: BookingRow, b: BookingRow) => a.starts_at !== b.starts_at || a.ends_at !== b.ends_at;

/** The checks of what became of each booking in one simulation. */
export function createHistoryChecks(world: World, accuse: Accuse) {
  const last = new Map<string, WholeRow>();
  /** Every revision that ever was, by booking and number. */
  const revisions = new Map<string, WholeRow>();
  const shownLast = new Map<string, number>();
  /** Bookings that stand where their agent has put them. */
  const followed = new Set<string>();
  let sequence = 0;

  /** A request for this might still take effect. */
  const mayCome = (row: BookingRow, fits: (wish: GuardedRequest) => boolean): boolean =>
    world.requests.mayCome(
      (wish) => wish.agentId === row.agent_id && wish.bookingId === row.booking_id && fits(wish),
    );

  const wants = (row: BookingRow) => (wish: GuardedRequest) =>
    wish.startsAt === row.starts_at && wish.endsAt === row.ends_at;

  /** What this very commit tells of agents whose changes were followed. */
  function readFollowed(): (Followed & { agentId: string })[] {
    const rows = world.database.query<{ sequence: number; agent_id: string; kind: string; data: string }>(
      "SELECT sequence, agent_id, kind, data FROM notices WHERE sequence > ? ORDER BY sequence",
      [sequence],
    );
    sequence = rows.at(-1)?.sequence ?? sequence;
    return rows
      .filter(({ kind }) => kind === "booking.moved_outside" || kind === "booking.removed_outside")
      .map((row) => ({ agentId: row.agent_id, ...(JSON.parse(row.data) as Followed) }))
      .filter((finding) => finding.followed === true);
  }

  function expectMade(row: WholeRow): void {
    const asked = (wish: GuardedRequest) =>
      wish.action === "create" && wants(row)(wish) && wish.texts["title"] === row.title;
    if (row.revision === 1 && row.state === "confirmed" && mayCome(row, asked)) return;
    accuse("P3", `${nameOf(row)} came to be at ${spell(slotOf(row))}, and nobody waits for that`);
  }

  /** P3: a new state or slot is a request's that may still come, or the agent's under the policy to follow. */
  function expectCaused(before: WholeRow, row: WholeRow, findings: readonly Followed[]): void {
    const name = nameOf(row);
    const follows = agentOf(world, row.agent_id).onExternalChange === "follow";
    const what = `${name} in revision ${row.revision}`;
    const cancelled = before.state !== row.state;
    const moved = isMoved(before, row);
    if (row.revision !== before.revision + 1)
      accuse("P3", `${name} went from revision ${before.revision} to ${row.revision}`);
    if (before.state === "cancelled") accuse("P3", `${name} was cancelled and has changed all the same`);
    const found = findings.find((each) =>
      each.startsAt === undefined
        ? cancelled
        : moved && each.startsAt === row.starts_at && each.endsAt === row.ends_at,
    );
    if (found !== undefined && !follows) accuse("P3", `${what} follows its agent, who wants it kept`);
    const byAgent = found !== undefined && follows;
    if (cancelled && !byAgent && !mayCome(row, ({ action }) => action === "cancel")) {
      accuse("P3", `${what} is cancelled, and nobody waits for that`);
    }
    if (moved && !byAgent && !mayCome(row, wants(row))) {
      accuse(
        "P3",
        `${what} went from ${spell(slotOf(before))} to ${spell(slotOf(row))}, and nobody waits for that`,
      );
    }
    if (moved && byAgent) followed.add(name);
    else if (moved) followed.delete(name);
    const texts = TEXTS.filter(([column]) => before[column] !== row[column]);
    for (const [column, field] of texts) {
      if (mayCome(row, (wish) => wish.texts[field] === row[column])) continue;
      accuse("P3", `${what} has the ${field} "${row[column]}", and nobody waits for that`);
    }
    if (!cancelled && !moved && texts.length === 0) accuse("P3", `${what} says what it said before`);
  }

  function differs(told: Shown, row: WholeRow): boolean {
    return (
      Date.parse(told.start) !== row.starts_at ||
      Date.parse(told.end) !== row.ends_at ||
      told.state !== row.state ||
      told.title !== row.title ||
      told.description !== row.description
    );
  }

  return {
    /** After a commit that touched bookings. */
    check(): void {
      const findings = readFollowed();
      for (const row of world.database.query<WholeRow>("SELECT * FROM bookings")) {
        const name = nameOf(row);
        const before = last.get(name);
        if (before === undefined) expectMade(row);
        else if (before.revision !== row.revision) {
          const own = findings.filter(
            (each) => each.agentId === row.agent_id && each.bookingId === row.booking_id,
          );
          expectCaused(before, row, own);
        } else if (
          isMoved(before, row) ||
          before.state !== row.state ||
          TEXTS.some(([column]) => before[column] !== row[column])
        ) {
          accuse("P3", `${name} has changed within revision ${row.revision}`);
        }
        last.set(name, row);
        revisions.set(`${name} ${row.revision}`, row);
      }
    },

    /** Has the agent put the booking where it is, by moving its copy? */
    isFollowed: (agentId: string, bookingId: string): boolean => followed.has(`${agentId} ${bookingId}`),

    /** What somebody was told of a booking is, or was, true. */
    shown({ agentId, bookingId, booking }: { agentId: string; bookingId: string; booking: unknown }): void {
      if (booking === undefined) return;
      const told = booking as Shown;
      const name = `${agentId} ${bookingId}`;
      const row = revisions.get(`${name} ${told.revision}`);
      if (row === undefined)
        accuse("P3", `${name} was acknowledged in revision ${told.revision}, which never was`);
      else if (differs(told, row))
        accuse("P3", `${name} never said in revision ${told.revision} what somebody was told`);
      shownLast.set(name, Math.max(shownLast.get(name) ?? 0, told.revision));
    },

    /** P3: every booking that somebody was told of is there, and no older than they were told. */
    checkAcknowledged(): void {
      const rows = world.database.query<BookingRow>("SELECT * FROM bookings");
      const there = new Map(rows.map((row) => [nameOf(row), row.revision]));
      for (const [name, told] of shownLast) {
        const revision = there.get(name);
        if (revision === undefined) accuse("P3", `${name} was acknowledged and isn't there`);
        else if (revision < told) accuse("P3", `${name} was acknowledged in revision ${told}`);
      }
    },
  };
}

export type HistoryChecks = ReturnType<typeof createHistoryChecks>;
