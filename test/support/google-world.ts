// Google world: a world with a database of its own, and short functions for rows, requests and logs.

import { expect } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import type { AvailabilityAnswer } from "../../src/availability/check.ts";
import type { BookingAnswer } from "../../src/bookings/views.ts";
import { cachedKey } from "../../src/store/cached-key.ts";
import { type ChannelRow, listChannels } from "../../src/store/calendars/channels.ts";
import { readOpenable } from "../../src/store/calendars/leases.ts";
import type { AccountRow, ConnectionRow } from "../../src/store/rows.ts";
import { pullConnection } from "../../src/sync/pull.ts";
import type { PullReport } from "../../src/sync/pull-report.ts";
import type { RequestRecord } from "../simulators/google/state.ts";
import { ask, book } from "../sync/requests.ts";
import { useOwnDatabase } from "./own-database.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const at = (text: string): number => Date.parse(text);

/** A cached row, with its bounds as RFC 3339 text. */
export interface CachedRow {
  readonly key: string;
  readonly start: string;
  readonly end: string;
  readonly allDay: boolean;
  readonly status: string;
}

export interface GoogleWorld extends World {
  /** The connection as stored. */
  connection(id: string): Promise<ConnectionRow>;
  account(connectionId: string): Promise<AccountRow>;
  channels(connectionId: string): Promise<ChannelRow[]>;
  /** The cached rows of a connection by start. */
  rows(connectionId: string): Promise<CachedRow[]>;
  /** The person adds an event from `start` to `end` (RFC 3339, or dates); returns its id. */
  add(start: string, end: string, more?: Record<string, unknown>): string;
  /** Adds one-hour events on `count` consecutive days from 3 March 2026, 10:00 UTC; returns their ids. */
  addDaily(count: number): string[];
  /** Pulls like the job that cron sends when a poll is due. Null: the calendar wasn't pulled. */
  pull(connectionId: string): Promise<PullReport | null>;
  /** Pulls at once, as for a caller who waits. */
  pullNow(connectionId: string): Promise<PullReport>;
  ask(start: string, end: string, purpose?: "display" | "confirm"): Promise<AvailabilityAnswer>;
  book(bookingId: string, start: string, end: string): Promise<BookingAnswer>;
  /** Requests that the simulator got for an operation such as `events.list` or `token`. */
  requests(operation: string): RequestRecord[];
  /** The log lines with this event name. */
  logged(event: string): { level: string; fields: Record<string, unknown> }[];
  /** Connects one more of the person's calendars. */
  addConnection(accountId: string, summary: string, options?: { push?: boolean }): Promise<string>;
}

const utc = (value: unknown): string => new Date(Number(value)).toISOString().replace(".000Z", "Z");

function timeOf(text: string): Record<string, string> {
  return text.length === 10 ? { date: text } : { dateTime: text };
}

/** Registers a database for the test file; the function it returns sets up one world in it. */
export function useGoogleWorld(): (options?: WorldOptions) => GoogleWorld {
  const databaseUrl = useOwnDatabase();
  return (options = {}) => googleWorldOf(createWorld({ databaseUrl: databaseUrl(), ...options }));
}

function googleWorldOf(world: World): GoogleWorld {
  const open = async (connectionId: string) => {
    const found = await readOpenable(world.deps.db, connectionId);
    if (found === null) throw new Error("there is no such connection");
    return found;
  };
  /** The ids of the events that the test has added, by their keys in the cache. */
  const ids = new Map<string, string>();
  const add: GoogleWorld["add"] = (start, end, more = {}) => {
    const times = { start: timeOf(start), end: timeOf(end) };
    const id = String(world.google.addEvent(world.email, { summary: "Outside", ...times, ...more })["id"]);
    ids.set(cachedKey(id), id);
    return id;
  };
  return {
    ...world,
    connection: async (id) => (await open(id)).connection,
    account: async (id) => (await open(id)).account,
    channels: (id) => listChannels(world.deps.db, id),
    async rows(connectionId) {
      const rows = await world.query(
        "SELECT * FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?) ORDER BY starts_at, event_key",
        [connectionId],
      );
      return rows.map((row) => ({
        key: ids.get(String(row["event_key"])) ?? String(row["event_key"]),
        start: utc(row["starts_at"]),
        end: utc(row["ends_at"]),
        allDay: row["all_day"] === 1,
        status: String(row["status"]),
      }));
    },
    add,
    addDaily: (count) =>
      Array.from({ length: count }, (_, day) => {
        const start = at("2026-03-03T10:00:00Z") + day * DAY;
        return add(utc(start), utc(start + HOUR));
      }),
    async pull(connectionId) {
      await world.query("UPDATE connections SET poll_due_at = 0 WHERE id = ?", [connectionId]);
      const pulled = await pullConnection(world.deps, { connectionId, verifiedSince: null });
      return pulled.kind === "pulled" ? pulled.report : null;
    },
    async pullNow(connectionId) {
      // A caller who asks sooner after the last pull has to wait.
      world.advance(1_000);
      const pulled = await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
      if (pulled.kind !== "pulled") throw new Error(`the calendar could not be claimed: ${pulled.kind}`);
      return pulled.report;
    },
    ask: (start, end, purpose) => ask(world, start, end, purpose),
    book: (bookingId, start, end) => book(world, bookingId, start, end),
    requests: (operation) => world.google.requests.filter((request) => request.operation === operation),
    logged: (event) => world.logs.filter((line) => line.event === event),
    async addConnection(accountId, summary, { push = true } = {}) {
      const { id } = world.google.addCalendar({
        owner: world.email,
        summary,
        timeZone: "Europe/Lisbon",
        push,
      });
      const view = await connectCalendar(world.deps, {
        ownedBy: world.agentId,
        accountId,
        calendarId: id,
        blocksAvailability: true,
        receivesBookings: true,
      });
      await world.drain();
      return view.id;
    },
  };
}

/** A network that calls `before` ahead of each request. */
export function watchedNetwork() {
  const network = {
    /** An error thrown here reaches the engine instead of an answer. */
    before: async (_url: URL, _method: string): Promise<void> => {},
    fetch:
      (inner: typeof fetch): typeof fetch =>
      async (input, init) => {
        const { url, method } = new Request(input, init);
        await network.before(new URL(url), method);
        return inner(input, init);
      },
  };
  return network;
}

/** A database that counts its requests and can fail some; the engine repeats them without waiting. */
export function watchedDatabase() {
  const database = {
    requests: 0,
    /** Gets each request's body. An error thrown here reaches the engine instead of an answer. */
    before: async (_body: string): Promise<void> => {},
    databaseSleep: async (): Promise<void> => {},
    databaseFetch:
      (inner: typeof fetch): typeof fetch =>
      async (input, init) => {
        const request = new Request(input, init);
        database.requests += 1;
        await database.before(await request.clone().text());
        return inner(request, init);
      },
  };
  return database;
}

/** Expects the next attempt between `from` and `to` milliseconds from now. */
export function expectHeldOff(world: World, connection: ConnectionRow, from: number, to: number): void {
  const waits = connection.nextAttemptAt - world.deps.now();
  // The clock runs during a test: a second is allowed for.
  expect(waits).toBeGreaterThanOrEqual(from - 1_000);
  expect(waits).toBeLessThanOrEqual(to);
}
