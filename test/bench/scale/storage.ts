// Storage: how many bytes a cached interval takes with its indexes, as the pages of pulls leave it.
import { applyMigrations } from "../../../scripts/local/migrations.ts";
import { startSqld } from "../../../scripts/local/sqld.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/instant.ts";
import type { BusyEvent } from "../../../src/providers/provider.ts";
import { applyRows } from "../../../src/store/busy/page-rows.ts";
import { openDatabase } from "../../../src/store/db.ts";
import { databaseFetch } from "../../support/database-fetch.ts";
import { seedStatements } from "../../support/seed.ts";
import { scalar } from "../checks.ts";
import type { Report } from "../report.ts";

const BYTES_LIMIT = 230;
const CALENDARS = 120;
const EVENTS = 250;
/** Every third event is an occurrence of a series of ten. */
const SERIES = 10;
const NOW = Date.UTC(2026, 10, 2);
const LEASE_ID = "lease";

/** Numbers that look random and are the same in each run. */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Keys as long as the providers' own: six calendars of ten are Google's, three Microsoft's, one a CalDAV server's. */
const KEY_LENGTHS = [26, 152, 26, 26, 152, 26, 58, 26, 152, 26];

function eventsOf(calendar: number): BusyEvent[] {
  const dice = diceOf(calendar + 1);
  const keyOf = () => {
    const length = KEY_LENGTHS[calendar % KEY_LENGTHS.length] ?? 0;
    return Array.from({ length }, () => Math.floor(dice() * 32).toString(32)).join("");
  };
  const whole = { allDay: false, status: "busy", bookingId: null } as const;
  let series = { key: "", at: 0 };
  return Array.from({ length: EVENTS }, (_, index) => {
    const startsAt = NOW + Math.floor(dice() * 400 * 96) * 15 * MINUTE_MS;
    if (index % 3 > 0)
      return { ...whole, key: keyOf(), seriesKey: null, startsAt, endsAt: startsAt + HOUR_MS };
    const nth = (index / 3) % SERIES;
    if (nth === 0) series = { key: keyOf(), at: NOW + Math.floor(dice() * 300 * 96) * 15 * MINUTE_MS };
    const at = series.at + nth * 7 * DAY_MS;
    const key = `${series.key}_${new Date(at).toISOString().replace(/\W/g, "")}`;
    return { ...whole, key, seriesKey: series.key, startsAt: at, endsAt: at + HOUR_MS };
  });
}

/** Fills calendars by pages, a page of each in turn, and prints the bytes of a row. */
export async function measureStorage(report: Report): Promise<void> {
  report.section("Storage");
  const sqld = await startSqld();
  try {
    await applyMigrations({ url: sqld.url, authToken: null });
    const db = openDatabase(
      { url: sqld.url, authToken: null },
      { fetch: databaseFetch, sleep: async () => {}, random: () => 0 },
    );
    const window = { startsAt: NOW - DAY_MS, endsAt: NOW + 400 * DAY_MS };
    const leases = Array.from({ length: CALENDARS }, () => ({
      connection: { id: crypto.randomUUID(), agentId: crypto.randomUUID() },
      leaseId: LEASE_ID,
      doubtAfterMs: HOUR_MS,
    }));
    for (const { connection } of leases) {
      const connections = [{ id: connection.id, leaseId: LEASE_ID }];
      await db.write(seedStatements(db, { agentId: connection.agentId, now: NOW, connections }));
    }
    const pages = leases.map((_, calendar) => eventsOf(calendar));
    for (let from = 0; from < EVENTS; from += EVENTS / 5) {
      for (const [calendar, lease] of leases.entries()) {
        const upserts = pages[calendar]?.slice(from, from + EVENTS / 5) ?? [];
        const page = { mode: "snapshot" as const, upserts, removedKeys: [], removedSeries: [] };
        await db.write(applyRows(lease, page, 1, window, NOW));
      }
    }
    const rows = await scalar(sqld.url, "SELECT COUNT(*) AS value FROM busy", []);
    const bytes = await scalar(
      sqld.url,
      "SELECT SUM(pgsize) AS value FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = 'busy')",
      [],
    );
    const note = `${Number(rows).toLocaleString("en")} intervals of ${CALENDARS} calendars; e298953: 447`;
    report.count(
      "bytes of a cached interval with its indexes",
      Math.round(Number(bytes) / Number(rows)),
      BYTES_LIMIT,
      note,
    );
  } finally {
    await sqld.stop();
  }
}
