// Notices in the database: the indexes that find them, their order, and their size.
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { markNeedsReauth } from "../../src/store/accounts/accounts.ts";
import { type Database, openDatabase, type Statement } from "../../src/store/db.ts";
import { purgeNotices } from "../../src/store/old-rows.ts";
import {
  claimNotices,
  insertNotice,
  isNoticeDue,
  recordNotices,
  selectUnsentNotices,
} from "../../src/store/outbox/notices.ts";
import { databaseFetch } from "../support/database-fetch.ts";
import { ENGINE } from "../support/engines.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { seedStatements } from "../support/seed.ts";

const url = useOwnDatabase();

const NOW = Date.parse("2026-03-02T08:00:00Z");
const RECEIVER = "https://maraplace.example/hooks";

const open = (): Database =>
  openDatabase(
    { url: url(), authToken: null },
    {
      fetch: databaseFetch,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
    },
  );

/** The plans of all statements that `use` sends. They are planned, not run. */
async function planOf(use: (db: Database) => Promise<unknown>): Promise<string> {
  const db = open();
  const plans: string[] = [];
  const explain = async (statements: readonly Statement[]) => {
    const results = await db.read(statements.map((one) => sql`EXPLAIN QUERY PLAN ${one as never}`));
    plans.push(...results.flatMap(({ rows }) => rows.map((row) => String(row["detail"]))));
    return statements.map(() => ({ rows: [] }) as never);
  };
  await use({ ...db, read: explain, write: explain });
  return plans.join("; ");
}

const lease = { url: RECEIVER, leaseId: "lease", leaseUntil: NOW + 1, limit: 6, now: NOW };
const row = { sequence: 7, agentId: "a", subject: "booking:b" } as never;

test.each([
  ["the search for due notices", (db: Database) => isNoticeDue(db, lease), "INDEX notices_due"],
  ["the check after an insert", (db: Database) => db.read([selectUnsentNotices(NOW)]), "INDEX notices_due"],
  ["the claim", (db: Database) => claimNotices(db, lease), "INDEX notices_due"],
  ["the order within a subject", (db: Database) => claimNotices(db, lease), "o USING INDEX notices_subject"],
  [
    "the delay of notices that wait behind",
    (db: Database) => recordNotices(db, [{ notice: row, leaseId: "lease", kind: "sent" }], NOW),
    "INDEX notices_subject",
  ],
  [
    "the purge",
    (db: Database) => purgeNotices(db, { before: NOW, url: RECEIVER, now: NOW, after: 0 }, () => {}),
    ENGINE === "libsql"
      ? "SEARCH notices USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
      : "SEARCH notices USING INTEGER PRIMARY KEY (rowid=?)",
  ],
  [
    "the end of the purge",
    (db: Database) => purgeNotices(db, { before: NOW, url: RECEIVER, now: NOW, after: 0 }, () => {}),
    "INDEX notices_created",
  ],
])("%s uses an index", async (_, use, index) => {
  const plan = await planOf(use);
  expect(plan.replace("COVERING ", "")).toContain(index);
  expect(plan).not.toMatch(/SCAN (?!CONSTANT|\(subquery)/);
});

test("a notice about an account with very many calendars stays under 20 kB", async () => {
  const db = open();
  const agentId = "agent-".padEnd(200, "ä");
  const connections = Array.from({ length: 500 }, () => ({ id: crypto.randomUUID() }));
  const statements = seedStatements(db, { agentId, now: NOW, connections });
  for (let from = 0; from < statements.length; from += 100)
    await db.write(statements.slice(from, from + 100));
  await markNeedsReauth(db, {
    ...{ id: `${agentId}-account`, credentialVersion: 1, reason: "invalid_grant", claims: null, now: NOW },
  });
  const [notice] = await claimNotices(db, lease);
  expect(notice?.data["connectionIds"]).toHaveLength(200);
  expect(new TextEncoder().encode(JSON.stringify(notice?.data)).length).toBeLessThan(18_000);
});

test("a notice isn't due before an earlier notice of its subject that waits", async () => {
  const db = open();
  const insert = insertNotice({
    kind: "booking.delivered",
    agentId: sql`'agent'`,
    subject: sql`'booking:b'`,
    onceKey: null,
    data: sql`json_object('agentId', 'agent')`,
    from: sql`(SELECT 1) WHERE 1`,
    now: NOW,
  });
  await db.write([insert]);
  const [notice] = await claimNotices(db, lease);
  if (notice === undefined) throw new Error("there is nothing to claim");
  const waits = { kind: "failed", code: "http_500", nextAttemptAt: NOW + 60_000 } as const;
  await recordNotices(db, [{ notice, leaseId: "lease", ...waits }], NOW);
  await db.write([insert]);
  expect(await isNoticeDue(db, { url: RECEIVER, now: NOW + 59_999 })).toBe(false);
  const again = { ...lease, now: NOW + 60_000, leaseUntil: NOW + 60_001 };
  expect(await claimNotices(db, again)).toMatchObject([{ sequence: notice.sequence }]);
  await recordNotices(db, [{ notice, leaseId: "lease", kind: "sent" }], NOW + 60_000);
  expect(await isNoticeDue(db, { url: RECEIVER, now: NOW + 60_000 })).toBe(true);
});
