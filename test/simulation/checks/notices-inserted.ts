// Checks of inserted notices: each commit inserts the notices about failed deliveries, lost access and conflicts.

import { agentOf, readBookings } from "../world/sales.ts";
import type { Taken } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type Accuse, type ConnectionRow, placeOfConnection, readConnections, spell } from "./cache.ts";

/** The columns of a notice that checks read. */
interface InsertedNotice {
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

/** The notice about an account that has come into a status. */
const ACCESS_NOTICES: Readonly<Record<string, string>> = {
  needs_reauth: "connection.needs_consent",
  unavailable: "connection.unavailable",
};

interface OutsideRow {
  readonly event_key: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly status: string;
  readonly all_day: number;
}

const blocks = (row: ConnectionRow) =>
  row.is_active === 1 && row.sync_enabled === 1 && row.blocks_availability === 1 && row.closing_at === null;

/** The checks that each commit inserts the notices about its changes. */
export function createInsertedNoticeChecks(world: World, accuse: Accuse) {
  const failed = new Set<string>();
  const statuses = new Map<string, string>();
  const active = new Set<string>();
  const gone = new Set<string>();
  /** The cached rows of outside events, by connection. */
  const known = new Map<string, ReadonlySet<string>>();
  const notices: InsertedNotice[] = [];

  function readNotices(): void {
    const rows = world.database.query<Omit<InsertedNotice, "data"> & { data: string }>(
      "SELECT sequence, kind, agent_id, data FROM notices WHERE sequence > ? ORDER BY sequence",
      [notices.at(-1)?.sequence ?? 0],
    );
    notices.push(...rows.map((row) => ({ ...row, data: JSON.parse(row.data) })));
  }

  /** Is there such a notice after the sequence number `since`? */
  const isInserted = (since: number, kind: string, data: Readonly<Record<string, unknown>>): boolean =>
    notices.some(
      (notice) =>
        notice.sequence > since &&
        notice.kind === kind &&
        Object.entries(data).every(([field, value]) => notice.data[field] === value),
    );

  /** P3: a delivery that is given up has a notice, with the revision that isn't delivered. */
  function expectFailures(since: number): void {
    const before = new Set(failed);
    failed.clear();
    for (const row of world.database.query<DeliveryState>(
      "SELECT * FROM deliveries WHERE state = 'failed'",
    )) {
      const { connection_id: connectionId, booking_id: bookingId, wanted_revision: revision } = row;
      failed.add(`${connectionId} ${bookingId}`);
      if (before.has(`${connectionId} ${bookingId}`)) continue;
      if (!isInserted(since, "booking.delivery_failed", { connectionId, bookingId, revision }))
        accuse("P3", `no notice says that ${bookingId} can't be delivered in revision ${revision}`);
    }
  }

  /** P3: when access to an account is lost or restored, a notice says so. */
  function expectAccess(since: number, connections: readonly ConnectionRow[]): void {
    for (const { id, status } of world.database.query<{ id: string; status: string }>(
      "SELECT id, status FROM accounts",
    )) {
      const before = statuses.get(id);
      statuses.set(id, status);
      // An account without connected calendars needs no notice.
      const used = connections.some((row) => row.account_id === id && row.closing_at === null);
      if (before === undefined || before === status || !used) continue;
      const kind = ACCESS_NOTICES[status] ?? "connection.restored";
      if (!isInserted(since, kind, { accountId: id }))
        accuse("P3", `no notice inserted: ${kind}, account ${id}`);
    }
  }

  /** P3: a calendar is switched off only by a request, and is gone only with a notice. */
  function expectLost(since: number, connections: readonly ConnectionRow[]): void {
    for (const row of connections) {
      if (row.is_active === 1) active.add(row.id);
      else if (active.delete(row.id)) {
        if (world.requests.maySwitchOff(row.id)) continue;
        accuse("P3", `the connection to ${row.provider} ${row.calendar_id} was switched off by nobody`);
      }
      if (row.gone_at === null || row.closing_at !== null) gone.delete(row.id);
      else if (!gone.has(row.id)) {
        gone.add(row.id);
        if (isInserted(since, "connection.lost", { connectionId: row.id })) continue;
        accuse("P3", `${row.provider} ${row.calendar_id} is noted as gone, and no notice says so`);
      }
    }
  }

  /** The outside event of a row; undefined for the event of a booking. */
  function sourceOf(connection: ConnectionRow, row: OutsideRow): Taken | undefined {
    const { taken = [], bookingEvents = [] } = placeOfConnection(world, connection)?.truth ?? {};
    if (bookingEvents.some((each) => each.startsAt === row.starts_at && each.endsAt === row.ends_at))
      return undefined;
    return taken.find(
      (each) => each.startsAt <= row.starts_at && each.endsAt >= row.ends_at && each.status === row.status,
    );
  }

  /**
   * P2: when an outside event enters the cache over a confirmed booking, a notice says so, if the event counts by the
   * agent's rules. An event that was cached before needs none: a forced booking or a move by the agent lies over it
   * knowingly. Nor is one needed when the calendar begins to count later.
   */
  function expectConflicts(connection: ConnectionRow): void {
    const rows = world.database.query<OutsideRow>(
      "SELECT event_key, starts_at, ends_at, status, all_day FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?) AND booking_id IS NULL",
      [connection.id],
    );
    const before = known.get(connection.id);
    const idOf = (row: OutsideRow) => `${row.event_key} ${row.starts_at} ${row.ends_at}`;
    known.set(connection.id, new Set(rows.map(idOf)));
    if (!blocks(connection)) return;
    const agent = agentOf(world, connection.agent_id);
    const bookings = readBookings(world, "agent_id = ? AND state = 'confirmed' AND ends_at > ?", [
      connection.agent_id,
      world.scheduler.now(),
    ]);
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
        const found = notices.some(
          ({ kind, data }) =>
            kind === "booking.conflict" &&
            data["bookingId"] === booking.booking_id &&
            data["connectionId"] === connection.id &&
            Number(data["startsAt"]) <= row.starts_at &&
            Number(data["endsAt"]) >= row.ends_at,
        );
        if (found) continue;
        accuse("P2", `no notice says that ${source.what} ${spell(source)} lies over ${booking.booking_id}`);
      }
    }
  }

  return {
    /** Called after a commit with its statements and their values. */
    check(text: string, named: ReadonlySet<unknown>): void {
      const since = notices.at(-1)?.sequence ?? 0;
      readNotices();
      const connections = /\bbusy\b|connections|accounts/.test(text) ? readConnections(world) : [];
      if (/deliveries/.test(text)) expectFailures(since);
      if (/accounts/.test(text)) expectAccess(since, connections);
      expectLost(since, connections);
      for (const row of connections) if (named.has(row.id) && /\bbusy\b/.test(text)) expectConflicts(row);
    },
  };
}
