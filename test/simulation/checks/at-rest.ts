// Final checks: when all trouble is over and cron has had its turns, everything is where it belongs.

import type { Place } from "../world/cast.ts";
import type { Reply, World } from "../world/world.ts";
import {
  type Accuse,
  type ConnectionRow,
  clipped,
  isCovered,
  placeOfConnection,
  readConnections,
  spell,
} from "./cache.ts";
import { checkDeliveries } from "./deliveries.ts";
import type { FindingChecks } from "./external-changes.ts";
import { checkLost, checkNotices } from "./notices.ts";

const synced = (row: ConnectionRow) => row.is_active === 1 && row.sync_enabled === 1;

/** The cache equals what the provider holds, projected. */
function expectEqual(world: World, accuse: Accuse, place: Place, row: ConnectionRow): void {
  const window = { startsAt: row.window_starts_at ?? 0, endsAt: row.window_ends_at ?? 0 };
  const rows = world.database.query<{ starts_at: number; ends_at: number; status: string; all_day: number }>(
    "SELECT starts_at, ends_at, status, all_day FROM busy WHERE connection_id = ? AND booking_id IS NULL",
    [row.id],
  );
  const live = place.truth.taken.filter(({ to }) => to === Number.POSITIVE_INFINITY);
  const who = `${place.provider} calendar ${place.index}`;
  for (const taken of live) {
    const inside = clipped(taken, window);
    if (inside === null) continue;
    const parts = rows
      .filter((each) => each.status === taken.status && (each.all_day === 1) === taken.allDay)
      .map((each) => ({ startsAt: each.starts_at, endsAt: each.ends_at }));
    if (!isCovered(inside, parts)) accuse("P2, P3", `at rest, ${who} lacks ${taken.what} ${spell(inside)}`);
  }
  const copies = place.truth.copies.filter(({ to }) => to === Number.POSITIVE_INFINITY);
  for (const each of rows) {
    const bounds = { startsAt: each.starts_at, endsAt: each.ends_at };
    const source = [...live, ...copies].some(
      (taken) => taken.status === each.status && isCovered(bounds, [taken]),
    );
    if (!source) accuse("P9", `at rest, ${who} is said to hold ${each.status} ${spell(bounds)}`);
  }
}

function expectNoWork(world: World, accuse: Accuse, rows: readonly ConnectionRow[]): void {
  const now = world.scheduler.now();
  for (const row of rows) {
    const who = `connection to ${row.provider} ${row.calendar_id}`;
    if (row.closing_at !== null) accuse("P3", `${who} is still closing`);
    if (row.lease_id !== null && row.lease_until > now) accuse("P3", `${who} is still leased`);
    if (row.closing_at === null && synced(row) && row.dirty > row.clean)
      accuse("P4", `${who} has hints left`);
    if (row.closing_at === null && synced(row) && row.failures > 0)
      accuse("P3", `${who} still fails (${row.failure_code})`);
    if (row.closing_at === null && synced(row) && row.verified_at === null)
      accuse("P4", `${who} was never read`);
  }
  for (const invocation of world.scheduler.running) accuse("P3", `${invocation.key} never ends`);
}

/** A calendar without push is polled this often at the least, by the engine's own settings. */
const LONGEST_POLL_MS = 80 * 60_000;

/** P6: whatever can be watched is watched, and whatever can't is polled. */
function expectWatched(world: World, accuse: Accuse, row: ConnectionRow): void {
  const now = world.scheduler.now();
  const who = `connection to ${row.provider} ${row.calendar_id}`;
  if (row.poll_due_at > now + LONGEST_POLL_MS) accuse("P6", `${who} is not polled`);
  if (row.watch !== "wanted" || row.provider === "APPLE" || row.provider === "CALDAV") return;
  const channels = world.database.query(
    "SELECT id FROM channels WHERE connection_id = ? AND state = 'active' AND expires_at > ?",
    [row.id, now],
  );
  if (channels.length === 0) accuse("P6", `${who} has no channel`);
}

/** P3: the list of failures names every delivery that ended for good, with the revision that isn't shown, and no other. */
export function checkFailures(world: World, listed: Reply, accuse: Accuse): void {
  interface Failure {
    readonly kind: string;
    readonly connectionId: string;
    readonly bookingId: string;
    readonly revision: number;
  }
  const failures = (listed.body["failures"] ?? []) as readonly Failure[];
  const nameOf = ({ connectionId, bookingId, revision }: Omit<Failure, "kind">) =>
    `${bookingId} in revision ${revision}, connection ${connectionId}`;
  const named = new Set(failures.filter(({ kind }) => kind === "delivery").map(nameOf));
  const failed = world.database.query<Omit<Failure, "kind">>(
    `SELECT connection_id AS connectionId, booking_id AS bookingId, wanted_revision AS revision
     FROM deliveries WHERE state = 'failed'`,
  );
  for (const name of failed.map(nameOf))
    if (!named.delete(name)) accuse("P3", `${name}, has failed and isn't listed`);
  for (const name of named) accuse("P3", `${name}, is listed and hasn't failed`);
}

/** All that must hold at rest. */
export function checkAtRest(world: World, findings: FindingChecks, accuse: Accuse): void {
  const rows = readConnections(world);
  expectNoWork(world, accuse, rows);
  for (const row of rows) {
    if (row.closing_at === null && synced(row)) expectWatched(world, accuse, row);
    const place = placeOfConnection(world, row);
    if (place !== undefined && row.closing_at === null && synced(row) && row.verified_at !== null)
      expectEqual(world, accuse, place, row);
  }
  checkLost(world, accuse);
  checkDeliveries(world, findings, accuse);
  checkNotices(world, accuse);
  findings.checkAtRest();
}
