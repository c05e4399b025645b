// History checks: every change of a booking has a cause, and every answer about a booking stays true.

import type { BookingRequest } from "../world/requests.ts";
import { agentOf, type BookingRow, readBookings } from "../world/sales.ts";
import type { World } from "../world/world.ts";
import { type Accuse, spell } from "./cache.ts";

/** A booking as an answer shows it. */
interface Shown {
  readonly title: string;
  readonly description: string | null;
  readonly revision: number;
  readonly state: string;
  readonly start: string;
  readonly end: string;
}

/** An external change that a booking followed, as its notice says. Without times: the event was removed. */
interface FollowedChange {
  readonly bookingId: string;
  readonly followed?: boolean;
  readonly startsAt?: number;
  readonly endsAt?: number;
}

const TEXTS = ["title", "description", "location", "clientName", "clientEmail"] as const;

const nameOf = (row: { agent_id: string; booking_id: string }) => `${row.agent_id} ${row.booking_id}`;
const slotOf = (row: BookingRow) => ({ startsAt: row.starts_at, endsAt: row.ends_at });
const isMoved = (a: BookingRow, b: BookingRow) => a.starts_at !== b.starts_at || a.ends_at !== b.ends_at;

/** Was the booking moved by so much, as long as it was? */
export const isShifted = (before: BookingRow, row: BookingRow, shiftMs: number): boolean =>
  row.starts_at === before.starts_at + shiftMs && row.ends_at === before.ends_at + shiftMs;

/** The checks of the history of each booking in one simulation. */
export function createHistoryChecks(world: World, accuse: Accuse) {
  const last = new Map<string, BookingRow>();
  /** All revisions so far, by booking and number. */
  const revisions = new Map<string, BookingRow>();
  const shownLast = new Map<string, number>();
  /** Bookings at the time to which their agent moved them. */
  const followed = new Set<string>();
  let sequence = 0;

  /** Can a request for this still take effect? */
  const mayCome = (row: BookingRow, fits: (request: BookingRequest) => boolean): boolean =>
    world.requests.mayCome(
      (request) => request.agentId === row.agent_id && request.bookingId === row.booking_id && fits(request),
    );

  const wants = (row: BookingRow) => (request: BookingRequest) =>
    request.startsAt === row.starts_at && request.endsAt === row.ends_at;

  /** The followed changes in the notices of this commit. */
  function readFollowedChanges(): (FollowedChange & { agentId: string })[] {
    const rows = world.database.query<{ sequence: number; agent_id: string; kind: string; data: string }>(
      "SELECT sequence, agent_id, kind, data FROM notices WHERE sequence > ? ORDER BY sequence",
      [sequence],
    );
    sequence = rows.at(-1)?.sequence ?? sequence;
    return rows
      .filter(({ kind }) => kind === "booking.moved_outside" || kind === "booking.removed_outside")
      .map((row) => ({ agentId: row.agent_id, ...(JSON.parse(row.data) as FollowedChange) }))
      .filter((change) => change.followed === true);
  }

  function expectMade(row: BookingRow): void {
    const asked = (request: BookingRequest) =>
      request.action === "create" && wants(row)(request) && request.texts["title"] === row.title;
    if (row.revision === 1 && row.state === "confirmed" && mayCome(row, asked)) return;
    accuse("P3", `${nameOf(row)} came to be at ${spell(slotOf(row))}, and no request asks for that`);
  }

  /** P3: a new state or slot comes from an open request, or from the agent under the policy `follow`. */
  function expectCaused(before: BookingRow, row: BookingRow, changes: readonly FollowedChange[]): void {
    const name = nameOf(row);
    const follows = agentOf(world, row.agent_id).onExternalChange === "follow";
    const what = `${name} in revision ${row.revision}`;
    const cancelled = before.state !== row.state;
    const moved = isMoved(before, row);
    if (row.revision !== before.revision + 1)
      accuse("P3", `${name} went from revision ${before.revision} to ${row.revision}`);
    if (before.state === "cancelled") accuse("P3", `${name} was cancelled and has changed all the same`);
    const agentChange = changes.find((each) =>
      each.startsAt === undefined
        ? cancelled
        : moved && each.startsAt === row.starts_at && each.endsAt === row.ends_at,
    );
    if (agentChange !== undefined && !follows) accuse("P3", `${what} follows its agent, who wants it kept`);
    const byAgent = agentChange !== undefined && follows;
    const { requests } = world;
    const byGroup = requests.groupMayCome(row.group_id, ({ shiftMs }) =>
      shiftMs === null ? cancelled : moved && isShifted(before, row, shiftMs),
    );
    if (cancelled && !byAgent && !byGroup && !mayCome(row, ({ action }) => action === "cancel")) {
      accuse("P3", `${what} is cancelled, and no request asks for that`);
    }
    if (moved && !byAgent && !byGroup && !mayCome(row, wants(row))) {
      accuse(
        "P3",
        `${what} went from ${spell(slotOf(before))} to ${spell(slotOf(row))}, and no request asks for that`,
      );
    }
    if (moved && byAgent) followed.add(name);
    else if (moved) followed.delete(name);
    const texts = TEXTS.filter((field) => before[field] !== row[field]);
    for (const field of texts) {
      if (mayCome(row, (request) => request.texts[field] === row[field])) continue;
      accuse("P3", `${what} has the ${field} "${row[field]}", and no request asks for that`);
    }
    if (!cancelled && !moved && texts.length === 0) accuse("P3", `${what} says what it said before`);
  }

  function differs(answered: Shown, row: BookingRow): boolean {
    return (
      Date.parse(answered.start) !== row.starts_at ||
      Date.parse(answered.end) !== row.ends_at ||
      answered.state !== row.state ||
      answered.title !== row.title ||
      answered.description !== row.description
    );
  }

  return {
    /** After a commit that touched bookings. */
    check(): void {
      const changes = readFollowedChanges();
      for (const row of readBookings(world)) {
        const name = nameOf(row);
        const before = last.get(name);
        if (before === undefined) expectMade(row);
        else if (before.revision !== row.revision) {
          const own = changes.filter(
            (each) => each.agentId === row.agent_id && each.bookingId === row.booking_id,
          );
          expectCaused(before, row, own);
        } else if (
          isMoved(before, row) ||
          before.state !== row.state ||
          TEXTS.some((field) => before[field] !== row[field])
        ) {
          accuse("P3", `${name} has changed within revision ${row.revision}`);
        }
        last.set(name, row);
        revisions.set(`${name} ${row.revision}`, row);
      }
    },

    /** Did the agent move the booking to its present time, by moving its event? */
    isFollowed: (agentId: string, bookingId: string): boolean => followed.has(`${agentId} ${bookingId}`),

    /** P3: an answer shows a revision that there is, or was. */
    shown({ agentId, bookingId, booking }: { agentId: string; bookingId: string; booking: unknown }): void {
      if (booking === undefined) return;
      const answered = booking as Shown;
      const name = `${agentId} ${bookingId}`;
      const row = revisions.get(`${name} ${answered.revision}`);
      if (row === undefined)
        accuse("P3", `${name} was acknowledged in revision ${answered.revision}, which never was`);
      else if (differs(answered, row))
        accuse("P3", `${name} never said in revision ${answered.revision} what an answer showed`);
      shownLast.set(name, Math.max(shownLast.get(name) ?? 0, answered.revision));
    },

    /** P3: every booking in an answer exists, in that revision or a newer one. */
    checkAcknowledged(): void {
      const rows = readBookings(world);
      const there = new Map(rows.map((row) => [nameOf(row), row.revision]));
      for (const [name, answered] of shownLast) {
        const revision = there.get(name);
        if (revision === undefined) accuse("P3", `${name} was acknowledged and isn't there`);
        else if (revision < answered) accuse("P3", `${name} was acknowledged in revision ${answered}`);
      }
    },
  };
}

export type HistoryChecks = ReturnType<typeof createHistoryChecks>;
