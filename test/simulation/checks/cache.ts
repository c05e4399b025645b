// Cache checks: the cached busy rows against the contents of the calendars.
import type { Place } from "../world/cast.ts";
import { MINUTE } from "../world/outside-event.ts";
import { lasted, type Taken, type Unreadable, wasThere } from "../world/truth.ts";
import type { World } from "../world/world.ts";

/** The columns of a connection that checks read. */
export interface ConnectionRow {
  readonly id: string;
  readonly agent_id: string;
  readonly account_id: string;
  readonly provider: string;
  readonly calendar_id: string;
  readonly verified_at: number | null;
  readonly audited_at: number | null;
  readonly window_starts_at: number | null;
  readonly window_ends_at: number | null;
  readonly closing_at: number | null;
  readonly gone_at: number | null;
  readonly is_active: number;
  readonly sync_enabled: number;
  readonly blocks_availability: number;
  readonly receives_bookings: number;
  readonly role: string;
  readonly dirty: number;
  readonly clean: number;
  readonly lease_id: string | null;
  readonly lease_until: number;
  readonly failures: number;
  readonly failure_code: string | null;
  readonly next_attempt_at: number;
  readonly poll_due_at: number;
  readonly trusted_ms: number;
  readonly watch: string;
}

interface BusyRow {
  readonly starts_at: number;
  readonly ends_at: number;
  readonly event_key: string;
  readonly series_key: string | null;
  readonly status: string;
  readonly all_day: number;
  readonly booking_id: string | null;
}

interface Bounds {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Reports that a promise is broken. */
export type Accuse = (promise: string, message: string) => void;

export const clipped = (a: Bounds, b: Bounds): Bounds | null => {
  const startsAt = Math.max(a.startsAt, b.startsAt);
  const endsAt = Math.min(a.endsAt, b.endsAt);
  return startsAt < endsAt ? { startsAt, endsAt } : null;
};

/** Is every moment of `whole` in one of `parts`? */
export function isCovered(whole: Bounds, parts: readonly Bounds[]): boolean {
  let reached = whole.startsAt;
  for (const part of [...parts].sort((a, b) => a.startsAt - b.startsAt)) {
    if (part.startsAt > reached) break;
    reached = Math.max(reached, part.endsAt);
  }
  return reached >= whole.endsAt;
}

export const spell = ({ startsAt, endsAt }: Bounds): string =>
  `${new Date(startsAt).toISOString()}/${new Date(endsAt).toISOString()}`;

const boundsOf = (row: BusyRow): Bounds => ({ startsAt: row.starts_at, endsAt: row.ends_at });
const alike = (row: BusyRow, taken: Taken) =>
  row.status === taken.status && (row.all_day === 1) === taken.allDay;
const idOf = (row: BusyRow) => `${row.event_key}|${row.starts_at}|${row.ends_at}|${row.status}`;

/** The connection's place in the cast. */
export const placeOfConnection = (world: World, row: ConnectionRow): Place | undefined =>
  world.places.find(
    (place) =>
      place.agentId === row.agent_id &&
      place.provider === row.provider &&
      place.calendar.ids.some((id) => decodeURIComponent(id) === decodeURIComponent(row.calendar_id)),
  );

/** CalDAV servers name all that a calendar holds. The others are asked for a window, and name what lies in it. */
export function isListed({ provider }: Place, row: ConnectionRow, { event: { spec } }: Unreadable): boolean {
  if (provider === "APPLE" || provider === "CALDAV" || spec.span.kind !== "timed") return true;
  const { startsAt, minutes } = spec.span;
  return startsAt < (row.window_ends_at ?? 0) && startsAt + minutes * MINUTE > (row.window_starts_at ?? 0);
}

/** Has the event not ended by any reading? */
export const mayGoOn = ({ endsBy }: Unreadable, now: number): boolean => endsBy === null || endsBy > now;

const READ = `SELECT starts_at, ends_at, event_key, series_key, status, all_day, booking_id FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)`;

/** Was a series gone when the round wanted to read what it had just named (M50)? The next round says why. */
const isSeriesMissing = (world: World, row: ConnectionRow): boolean =>
  world.database.query(
    "SELECT 1 FROM unreadable_objects WHERE connection_id = ? AND reason = 'series_missing' AND extent = 'unknown'",
    [row.id],
  ).length > 0;

/**
 * A calendar that was deleted, or got another id, in the middle of a round: its series can no longer be listed, which
 * the round says. Then nobody claims that the cache holds them.
 */
export const lacksSeries = (world: World, place: Place, row: ConnectionRow): boolean =>
  (place.truth.goneSince !== null || place.calendar.ids.length > 1) && isSeriesMissing(world, row);

/** All connections as they stand. */
export const readConnections = (world: World): ConnectionRow[] =>
  world.database.query<ConnectionRow>("SELECT * FROM connections");

/** The checks of one simulation's cache. They remember the rows of the last check. */
export function createCacheChecks(world: World, accuse: Accuse) {
  const before = new Map<
    string,
    { rows: Map<string, BusyRow & { seenAt: number }>; verifiedAt: number | null }
  >();
  let made = 0;

  /** P2: an event that was there before the calendar was verified, and still is, is in the cache. */
  function expectAll(place: Place, row: ConnectionRow, verifiedAt: number, rows: readonly BusyRow[]): void {
    const window = { startsAt: row.window_starts_at ?? 0, endsAt: row.window_ends_at ?? 0 };
    const now = world.scheduler.now();
    if (lacksSeries(world, place, row)) return;
    for (const taken of place.truth.taken) {
      if (!lasted(taken, verifiedAt - place.truth.lateMs, now)) continue;
      const inside = clipped(taken, window);
      if (inside === null) continue;
      const parts = rows.filter((each) => alike(each, taken)).map(boundsOf);
      if (isCovered(inside, parts)) continue;
      accuse(
        "P2, P5",
        `${place.provider} calendar ${place.index} was verified at ${new Date(verifiedAt).toISOString()}, but the cache misses ` +
          `${taken.what} ${taken.status} ${spell(inside)}, there since ${new Date(taken.from).toISOString()}`,
      );
    }
  }

  /** A calendar that reports changes late may hide an event that has just changed again: it shows neither version. */
  const isHidden = ({ truth }: Place, { what }: Taken, since: number): boolean =>
    truth.lateMs > 0 &&
    truth.taken.some((other) => other.what === what && Number.isFinite(other.to) && other.to >= since);

  /**
   * P9: each cached row was in the calendar when that was verified, or later. Where the provider may leave out what is
   * gone, only an audit says so. A series that was gone when it was to be read keeps the rows of before.
   */
  function expectNoGhosts(place: Place, row: ConnectionRow, rows: readonly BusyRow[]): void {
    const told = place.truth.forgotten ? row.audited_at : row.verified_at;
    const since = (told ?? Number.NEGATIVE_INFINITY) - place.truth.lateMs;
    const now = world.scheduler.now();
    const isMissing = isSeriesMissing(world, row);
    for (const each of rows) {
      if (isMissing && each.series_key !== null) continue;
      const known =
        each.booking_id === null
          ? [...place.truth.taken, ...place.truth.doubtful, ...place.truth.bookingEvents]
          : place.truth.bookingEvents;
      const source = known.some(
        (taken) =>
          (wasThere(taken, since, now) || isHidden(place, taken, since)) &&
          alike(each, taken) &&
          taken.startsAt <= each.starts_at &&
          taken.endsAt >= each.ends_at,
      );
      if (source) continue;
      accuse(
        "P9",
        `${place.provider} calendar ${place.index} is cached with ${each.event_key} ${each.status} ${spell(boundsOf(each))}` +
          `${each.booking_id === null ? "" : ` (event of ${each.booking_id})`}, which it hasn't held since it was verified`,
      );
    }
  }

  /** P2: no row disappears while its event stays, or may stay in a version that can't be read and hasn't ended. */
  function expectKept(place: Place, row: ConnectionRow, rows: Map<string, BusyRow>): void {
    const window = { startsAt: row.window_starts_at ?? 0, endsAt: row.window_ends_at ?? 0 };
    const now = world.scheduler.now();
    const unread = place.truth.unreadable.filter(
      (each) => lasted(each, now, now) && mayGoOn(each, now) && isListed(place, row, each),
    );
    const doubtful = place.truth.doubtful.filter(({ what }) =>
      unread.some(({ event }) => what.startsWith(`${event.id}#`)),
    );
    for (const [id, gone] of before.get(row.id)?.rows ?? []) {
      if (rows.has(id)) continue;
      const inside = clipped(boundsOf(gone), window);
      if (inside === null || gone.booking_id !== null) continue;
      const still = [...place.truth.taken, ...doubtful].some(
        (taken) =>
          alike(gone, taken) &&
          lasted(taken, gone.seenAt - place.truth.lateMs, now) &&
          isCovered(inside, [taken]),
      );
      if (!still) continue;
      if (isCovered(inside, [...rows.values()].filter((each) => each.status === gone.status).map(boundsOf)))
        continue;
      accuse(
        "P2",
        `${place.provider} calendar ${place.index} lost ${gone.event_key} ${spell(inside)}, which is still there`,
      );
    }
  }

  function check(row: ConnectionRow): void {
    if (row.closing_at !== null) {
      before.delete(row.id);
      return;
    }
    const place = placeOfConnection(world, row);
    if (place === undefined) {
      accuse("P8", `a connection to a calendar that nobody has: ${row.calendar_id}`);
      return;
    }
    const rows = world.database.query<BusyRow>(READ, [row.id]);
    made += 1;
    const now = world.scheduler.now();
    const known = before.get(row.id)?.rows;
    const byId = new Map(
      rows.map((each) => [idOf(each), { ...each, seenAt: known?.get(idOf(each))?.seenAt ?? now }]),
    );
    expectKept(place, row, byId);
    if (row.verified_at !== null) expectAll(place, row, row.verified_at, rows);
    expectNoGhosts(place, row, rows);
    before.set(row.id, { rows: byId, verifiedAt: row.verified_at });
  }

  return {
    /** Checks the connections with these ids; null: all connections. */
    check(ids: ReadonlySet<unknown> | null): void {
      for (const row of readConnections(world)) if (ids === null || ids.has(row.id)) check(row);
    },
    made: () => made,
  };
}
