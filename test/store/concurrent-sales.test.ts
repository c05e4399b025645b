// P1 under snapshot isolation: two sales of one hour on the Turso engine's BEGIN CONCURRENT (`npm run test:turso`).

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NO_RULES } from "../../src/domain/rules.ts";
import { placeBooking } from "../../src/store/bookings/bookings.ts";
import { placeHoldRow } from "../../src/store/bookings/holds.ts";
import { type Database, openDatabase } from "../../src/store/db.ts";
import { type LocalDatabase, localDatabase, migrationTexts } from "../simulation/world/hrana.ts";
import { ENGINE, type Engine, openEngine } from "../support/engines.ts";
import { seedStatements } from "../support/seed.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const HOUR = 3_600_000;
const SLOT = { startsAt: NOW + 24 * HOUR, endsAt: NOW + 25 * HOUR };
const GUARD = { verifiedSince: NOW - HOUR, excused: [], checked: null, force: false, past: false };

let folder: string;
let engines: Engine[];
let first: LocalDatabase;
let second: LocalDatabase;

/** The engine's store over one connection. What arrives is run by `run`. */
const storeOver = (run: (body: string) => string | Promise<string>): Database =>
  openDatabase(
    { url: "http://turso.test", authToken: null },
    {
      fetch: async (input) => new Response(await run(await (input as Request).text())),
      sleep: async () => {},
      random: () => 0,
    },
  );

const concurrently = (sql: string) => sql.replace(/^begin immediate/i, "BEGIN CONCURRENT");

const sale = (db: Database, bookingId: string) =>
  placeBooking(db, {
    booking: {
      ...{ agentId: "agent", bookingId, sealedTexts: "sealed", clientHash: null, ...SLOT },
      ...{ timeZone: null, idempotencyKey: null, holdId: null, rules: NO_RULES },
    },
    writeId: `write of ${bookingId}`,
    leaseUntil: 0,
    guard: GUARD,
    reach: SLOT,
    now: NOW,
  });

const hold = (db: Database, holdId: string) =>
  placeHoldRow(db, {
    hold: { agentId: "agent", holdId, ...SLOT, expiresAt: NOW + HOUR, rules: NO_RULES },
    writeId: `write of ${holdId}`,
    guard: GUARD,
    reach: SLOT,
    now: NOW,
  });

type Sell = (db: Database, id: string) => Promise<{ readonly placed: boolean }>;

/**
 * Sells twice at once: the second batch runs whole after the first one's last statement and before its COMMIT.
 * Returns which were placed, and how often the second batch was sent.
 */
async function sellTwice(sells: readonly [Sell, Sell], alter: (sql: string) => string) {
  const meeting = Promise.withResolvers<string>();
  const answer = Promise.withResolvers<string>();
  let sent = 0;
  const late = sells[1](
    storeOver((body) => {
      sent += 1;
      if (sent > 1) return second.pipeline(body, alter).body;
      meeting.resolve(body);
      return answer.promise;
    }),
    "second",
  );
  const waiting = await meeting.promise;
  const early = sells[0](
    storeOver(
      (body) =>
        first.pipeline(body, (sql) => {
          if (/^commit/i.test(sql)) answer.resolve(second.pipeline(waiting, alter).body);
          return alter(sql);
        }).body,
    ),
    "first",
  );
  return { placed: [(await early).placed, (await late).placed], sent };
}

describe.runIf(ENGINE === "turso")("two sales of one hour at once, on snapshots of the data", () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "calendar-sync-mvcc-"));
    engines = [];
    const connect = () => {
      const engine = openEngine(join(folder, "data.db"));
      engines.push(engine);
      return engine;
    };
    const engine = connect();
    engine.prepare("PRAGMA journal_mode = 'mvcc'").all([]);
    for (const text of migrationTexts()) engine.exec(text.replaceAll("--> statement-breakpoint", ""));
    first = localDatabase(engine);
    second = localDatabase(connect());
    const db = storeOver((body) => first.pipeline(body).body);
    await db.write(seedStatements(db, { agentId: "agent", now: NOW, connections: [{ id: "c-1" }] }));
  });
  afterEach(() => {
    for (const engine of engines) engine.close();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["two bookings", [sale, sale]],
    ["a booking and a hold", [sale, hold]],
    ["a hold and a booking", [hold, sale]],
    ["two holds", [hold, hold]],
  ] as const)("P1: of %s one is sold, and the other batch is sent again and refused", async (_, sells) => {
    expect(await sellTwice(sells, concurrently)).toEqual({ placed: [true, false], sent: 2 });
    expect(first.query("SELECT COUNT(*) AS total FROM busy")).toEqual([{ total: 1 }]);
  });

  test("without the write of the agent's row both would be sold: their guards only read", async () => {
    const unguarded = (sql: string) =>
      concurrently(sql).replace(/^UPDATE agents SET updated_at = updated_at .*/s, "SELECT ?");
    expect(await sellTwice([sale, sale], unguarded)).toEqual({ placed: [true, true], sent: 1 });
  });
});
