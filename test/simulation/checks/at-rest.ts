// Checks at rest: after the faults have ended and cron has run, the cache and all calendars agree.

import type { Place } from "../world/cast.ts";
import { AUDIT_INTERVAL_MS } from "../world/deployment.ts";
import type { Reply, World } from "../world/world.ts";
import {
  type Accuse,
  type ConnectionRow,
  clipped,
  isCovered,
  lacksSeries,
  placeOfConnection,
  readConnections,
  spell,
} from "./cache.ts";
import { checkDeliveries } from "./deliveries.ts";
import type { ExternalChangeChecks } from "./external-changes.ts";
import { checkLost, checkNotices } from "./notices-arrived.ts";

const synced = (row: ConnectionRow) => row.is_active === 1 && row.sync_enabled === 1;

/** P2, P3, P9: the cache equals the contents of the calendar within the window. */
function expectEqual(world: World, accuse: Accuse, place: Place, row: ConnectionRow): void {
  const window = { startsAt: row.window_starts_at ?? 0, endsAt: row.window_ends_at ?? 0 };
  const rows = world.database.query<{ starts_at: number; ends_at: number; status: string; all_day: number }>(
    "SELECT starts_at, ends_at, status, all_day FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?) AND booking_id IS NULL",
    [row.id],
  );
  if (lacksSeries(world, place, row)) return;
  const isGone = place.truth.goneSince !== null;
  // Of a deleted calendar the cache holds what was known last.
  const since = isGone ? (row.verified_at ?? 0) - place.truth.lateMs : Number.POSITIVE_INFINITY;
  const live = place.truth.taken.filter(({ from, to }) => to === Number.POSITIVE_INFINITY && from <= since);
  const who = `${place.provider} calendar ${place.index}`;
  for (const taken of live) {
    const inside = clipped(taken, window);
    if (inside === null) continue;
    const parts = rows
      .filter((each) => each.status === taken.status && (each.all_day === 1) === taken.allDay)
      .map((each) => ({ startsAt: each.starts_at, endsAt: each.ends_at }));
    if (!isCovered(inside, parts)) accuse("P2, P3", `at rest, ${who} lacks ${taken.what} ${spell(inside)}`);
  }
  if (isGone) return;
  const { bookingEvents, doubtful } = place.truth;
  const perhaps = [...bookingEvents, ...doubtful].filter(({ to }) => to === Number.POSITIVE_INFINITY);
  for (const each of rows) {
    const bounds = { startsAt: each.starts_at, endsAt: each.ends_at };
    const source = [...live, ...perhaps].some(
      (taken) => taken.status === each.status && isCovered(bounds, [taken]),
    );
    if (!source) accuse("P9", `at rest, ${who} is cached with ${each.status} ${spell(bounds)}`);
  }
}

function expectNoWork(world: World, accuse: Accuse, rows: readonly ConnectionRow[]): void {
  const now = world.scheduler.now();
  for (const row of rows) {
    const who = `connection to ${row.provider} ${row.calendar_id}`;
    if (row.closing_at !== null) accuse("P3", `${who} is still closing`);
    if (row.lease_id !== null && row.lease_until > now) accuse("P3", `${who} is still leased`);
    if (row.gone_at !== null) continue;
    if (row.closing_at === null && synced(row) && row.dirty > row.clean)
      accuse("P4", `${who} has hints left`);
    if (row.closing_at === null && synced(row) && row.failures > 0)
      accuse("P3", `${who} still fails (${row.failure_code})`);
    if (row.closing_at === null && synced(row) && row.verified_at === null)
      accuse("P4", `${who} was never read`);
  }
  for (const invocation of world.scheduler.running) accuse("P3", `${invocation.key} never ends`);
}

/** The engine's longest time between two pulls of a cold agent's calendar, without push and with it. */
const LONGEST_POLL_MS = 4 * 60 * 60_000;
const LONGEST_WATCH_MS = 24 * 60 * 60_000;

/** The engine's longest interval between two audits, and the time until the next quiet moment. */
const LONGEST_AUDIT_MS = AUDIT_INTERVAL_MS + 60 * 60_000;

/** P6: each calendar with push has a channel, and every calendar is polled. */
function expectWatched(world: World, accuse: Accuse, row: ConnectionRow): void {
  const now = world.scheduler.now();
  const who = `connection to ${row.provider} ${row.calendar_id}`;
  if (row.verified_at !== null && (row.audited_at ?? 0) < now - LONGEST_AUDIT_MS)
    accuse("P9", `${who} was not audited`);
  const hasPush = row.watch === "wanted" && row.provider !== "APPLE" && row.provider !== "CALDAV";
  if (row.poll_due_at > now + (hasPush ? LONGEST_WATCH_MS : LONGEST_POLL_MS))
    accuse("P6", `${who} is not polled`);
  if (!hasPush) return;
  const channels = world.database.query(
    "SELECT id FROM channels WHERE connection_id = ? AND state = 'active' AND expires_at > ?",
    [row.id, now],
  );
  if (channels.length === 0) accuse("P6", `${who} has no channel`);
}

/** P3: the list of dead letters names exactly the deliveries that ended for good, each with its revision. */
export function checkDeadLetters(world: World, listed: Reply, accuse: Accuse): void {
  interface DeadLetter {
    readonly kind: string;
    readonly connectionId: string;
    readonly bookingId: string;
    readonly revision: number;
  }
  const deadLetters = (listed.body["failures"] ?? []) as readonly DeadLetter[];
  const nameOf = ({ connectionId, bookingId, revision }: Omit<DeadLetter, "kind">) =>
    `${bookingId} in revision ${revision}, connection ${connectionId}`;
  const named = new Set(deadLetters.filter(({ kind }) => kind === "delivery").map(nameOf));
  const failed = world.database.query<Omit<DeadLetter, "kind">>(
    `SELECT connection_id AS connectionId, booking_id AS bookingId, wanted_revision AS revision
     FROM deliveries WHERE state = 'failed'`,
  );
  for (const name of failed.map(nameOf))
    if (!named.delete(name)) accuse("P3", `${name}, has failed and isn't listed`);
  for (const name of named) accuse("P3", `${name}, is listed and hasn't failed`);
}

/** Everything that must hold at rest. */
export function checkAtRest(world: World, externalChanges: ExternalChangeChecks, accuse: Accuse): void {
  const rows = readConnections(world);
  expectNoWork(world, accuse, rows);
  for (const row of rows) {
    if (row.closing_at === null && row.gone_at === null && synced(row)) expectWatched(world, accuse, row);
    const place = placeOfConnection(world, row);
    if (place !== undefined && row.closing_at === null && synced(row) && row.verified_at !== null)
      expectEqual(world, accuse, place, row);
  }
  checkLost(world, accuse);
  checkDeliveries(world, externalChanges, accuse);
  checkNotices(world, accuse);
  externalChanges.checkAtRest();
}
