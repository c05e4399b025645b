// Told checks: with each commit, what MaraPlace is to be told of failed deliveries, of access, and of conflicts.

import { agentOf, type BookingRow } from "../world/sales.ts";
import type { Taken } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type Accuse, type ConnectionRow, placeOfConnection, readConnections, spell } from "./cache.ts";

/** A notice, as far as it says what it is about. */
interface Told {
  readonly sequence: number;
  readonly kind: string;
  readonly agent_id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface DeliveryState {
  readonly connection_id: string;
  readonly booking_id: string;
  readonly wanted_revision: number;
}

interface OutsideRow {
  readonly event_key: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly status: string;
  readonly all_day: number;
}

const blocks = (row: ConnectionRow) =>
  row.is_active === 1 && row.sync_enabled === 1 && row.blocks_availability === 1 && row.closing_at === null;

/** The checks of what one simulation's commits tell along with what they do. */
export function createToldChecks(world: World, accuse: Accuse) {
  const failed = new Set<string>();
  const statuses = new Map<string, string>();
  const active = new Set<string>();
  /** Outside rows of the cache, by connection. */
  const known = new Map<string, ReadonlySet<string>>();
  const told: Told[] = [];

  function readNotices(): void {
    const rows = world.database.query<Omit<Told, "data"> & { data: string }>(
      "SELECT sequence, kind, agent_id, data FROM notices WHERE sequence > ? ORDER BY sequence",
      [told.at(-1)?.sequence ?? 0],
    );
    told.push(...rows.map((row) => ({ ...row, data: JSON.parse(row.data) })));
  }

  /** Was this told, by a notice newer than that one? */
  const isTold = (since: number, kind: string, data: Readonly<Record<string, unknown>>): boolean =>
    told.some(
      (notice) =>
        notice.sequence > since &&
        notice.kind === kind &&
        Object.entries(data).every(([field, value]) => notice.data[field] === value),
    );

  /** P3: what is given up is told, with the revision that isn't shown. */
  function expectFailures(since: number): void {
    const before = new Set(failed);
    failed.clear();
    for (const row of world.database.query<DeliveryState>(
      "SELECT * FROM deliveries WHERE state = 'failed'",
    )) {
      const { connection_id: connectionId, booking_id: bookingId, wanted_revision: revision } = row;
      failed.add(`${connectionId} ${bookingId}`);
      if (before.has(`${connectionId} ${bookingId}`)) continue;
      if (!isTold(since, "booking.delivery_failed", { connectionId, bookingId, revision }))
        accuse("P3", `nobody was told that ${bookingId} can't be delivered in revision ${revision}`);
    }
  }

  /** P3: access to an account doesn't go, or come back, untold. */
  function expectAccess(since: number, connections: readonly ConnectionRow[]): void {
    for (const { id, status } of world.database.query<{ id: string; status: string }>(
      "SELECT id, status FROM accounts",
    )) {
      const before = statuses.get(id);
      statuses.set(id, status);
      // An account without calendars is nobody's loss.
      const used = connections.some((row) => row.account_id === id && row.closing_at === null);
      if (before === undefined || before === status || !used) continue;
      const kind = status === "needs_reauth" ? "connection.needs_consent" : "connection.restored";
      if (!isTold(since, kind, { accountId: id })) accuse("P3", `nobody was told: ${kind}, account ${id}`);
    }
  }

  /** P3: no calendar is switched off but by somebody's wish, or with a word. */
  function expectLost(since: number, connections: readonly ConnectionRow[]): void {
    for (const row of connections) {
      if (row.is_active === 1) active.add(row.id);
      else if (active.delete(row.id)) {
        if (world.requests.maySwitchOff(row.id)) continue;
        if (isTold(since, "connection.lost", { connectionId: row.id })) continue;
        accuse(
          "P3",
          `the connection to ${row.provider} ${row.calendar_id} was switched off, and nobody was told`,
        );
      }
    }
  }

  /** What the row is of, unless it is the copy of a booking: that is nobody else's time. */
  function sourceOf(connection: ConnectionRow, row: OutsideRow): Taken | undefined {
    const { taken = [], copies = [] } = placeOfConnection(world, connection)?.truth ?? {};
    if (copies.some((each) => each.startsAt === row.starts_at && each.endsAt === row.ends_at))
      return undefined;
    return taken.find(
      (each) => each.startsAt <= row.starts_at && each.endsAt >= row.ends_at && each.status === row.status,
    );
  }

  /**
   * P2: an outside event that gets into the cache over a confirmed booking is told of, if it counts by the agent's
   * rules. Not one that was there before: what is booked over it by force, or put over it by the agent, is no news;
   * nor is it when the calendar begins to count only later.
   */
  function expectConflicts(connection: ConnectionRow): void {
    const rows = world.database.query<OutsideRow>(
      "SELECT event_key, starts_at, ends_at, status, all_day FROM busy WHERE connection_id = ? AND booking_id IS NULL",
      [connection.id],
    );
    const before = known.get(connection.id);
    const idOf = (row: OutsideRow) => `${row.event_key} ${row.starts_at} ${row.ends_at}`;
    known.set(connection.id, new Set(rows.map(idOf)));
    if (!blocks(connection)) return;
    const agent = agentOf(world, connection.agent_id);
    const bookings = world.database.query<BookingRow>(
      "SELECT * FROM bookings WHERE agent_id = ? AND state = 'confirmed' AND ends_at > ?",
      [connection.agent_id, world.scheduler.now()],
    );
    for (const row of rows) {
      if (before?.has(idOf(row)) === true) continue;
      if (
        (row.all_day === 1 && !agent.allDayBlocks) ||
        (row.status === "tentative" && !agent.tentativeBlocks)
      )
        continue;
      const hit = bookings.filter((each) => each.starts_at < row.ends_at && each.ends_at > row.starts_at);
      if (hit.length === 0) continue;
      const source = sourceOf(connection, row);
      if (source === undefined) continue;
      for (const booking of hit) {
        world.faults.count("check conflict");
        const found = told.some(
          ({ kind, data }) =>
            kind === "booking.conflict" &&
            data["bookingId"] === booking.booking_id &&
            data["connectionId"] === connection.id &&
            Number(data["startsAt"]) <= row.starts_at &&
            Number(data["endsAt"]) >= row.ends_at,
        );
        if (found) continue;
        accuse("P2", `nobody was told that ${source.what} ${spell(source)} lies over ${booking.booking_id}`);
      }
    }
  }

  return {
    /** After a commit with these statements and values. */
    check(text: string, named: ReadonlySet<unknown>): void {
      const since = told.at(-1)?.sequence ?? 0;
      readNotices();
      const connections = /\bbusy\b|connections|accounts/.test(text) ? readConnections(world) : [];
      if (/deliveries/.test(text)) expectFailures(since);
      if (/accounts/.test(text)) expectAccess(since, connections);
      expectLost(since, connections);
      for (const row of connections) if (named.has(row.id) && /\bbusy\b/.test(text)) expectConflicts(row);
    },
  };
}
