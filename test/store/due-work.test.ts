// Due work: cron finds due work by indexes, and stuck work never hides other work.
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { listIdleAccounts } from "../../src/store/accounts/due-accounts.ts";
import { conflictNotices } from "../../src/store/busy/conflict-notices.ts";
import { applyRows } from "../../src/store/busy/page-rows.ts";
import {
  findDueAudits,
  findDueConnections,
  findRetiring,
  markConnectionsSent,
  postponeAudits,
  postponeRetiring,
} from "../../src/store/calendars/due-connections.ts";
import { type Database, openDatabase, type Statement } from "../../src/store/db.ts";
import { deliveredNotice, deliveredWithoutNotice } from "../../src/store/deliveries/delivered-notice.ts";
import { noteDeliveredEvents, noteMissingEvents, selectFollowUp } from "../../src/store/deliveries/doubts.ts";
import {
  findDueDeliveries,
  markDeliveriesSent,
  nextDue,
  selectNextDue,
} from "../../src/store/deliveries/due-deliveries.ts";
import { recordOutcomes } from "../../src/store/deliveries/outcomes.ts";
import { selectKeyUse } from "../../src/store/key-use.ts";
import { selectDeadLetters } from "../../src/store/outbox/dead-letters.ts";
import { accounts, channels, connections } from "../../src/store/schema/calendars.ts";
import { listAccountsUnder, listBookingsUnder } from "../../src/store/sealed-rows.ts";
import { databaseFetch } from "../support/database-fetch.ts";
import { ENGINE } from "../support/engines.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { seedStatements } from "../support/seed.ts";

const url = useOwnDatabase();
const NOW = Date.parse("2026-03-02T08:00:00Z");
const HOUR = 3_600_000;

const open = (): Database =>
  openDatabase(
    { url: url(), authToken: null },
    {
      fetch: databaseFetch,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
    },
  );

async function seed(db: Database, ...agentIds: string[]): Promise<void> {
  for (const agentId of agentIds) {
    await db.write(seedStatements(db, { agentId, now: NOW, connections: [{ id: `${agentId}-c1` }] }));
  }
}

/** A database that plans each statement instead of running it, and records the plans. */
function explaining(db: Database): { db: Database; plans: string[] } {
  const plans: string[] = [];
  const read = async (statements: readonly Statement[]) => {
    const explained = statements.map((statement) => sql`EXPLAIN QUERY PLAN ${statement as never}`);
    const results = await db.read(explained);
    plans.push(...results.map(({ rows }) => rows.map((row) => String(row["detail"])).join("; ")));
    return statements.map(() => ({ rows: [] }) as never);
  };
  return { db: { ...db, read, write: read }, plans };
}

test("each search of the minute's cron uses an index of work that may be due", async () => {
  const { db, plans } = explaining(open());
  const due = { now: NOW, limit: 10 };
  await findDueConnections(db, due);
  await findDueAudits(db, due);
  await findRetiring(db, due);
  await findDueDeliveries(db, { toDo: "write", ...due });
  await findDueDeliveries(db, { toDo: "reconcile", ...due });
  const expected = [
    "connections_due",
    "connections_audit_due",
    "channels_retiring",
    "deliveries_due",
    "deliveries_looks",
  ];
  expect(plans).toHaveLength(expected.length);
  for (const [index, name] of expected.entries()) {
    // The range of the due times is searched, in order. The Turso engine prints the whole expression.
    expect(plans[index]).toMatch(new RegExp(`INDEX ${name} \\(.+<=?\\?\\)`));
    expect(plans[index]).not.toContain("B-TREE FOR ORDER BY");
  }
});

test("what is sealed under a key is searched and counted by an index, and so is a client", async () => {
  const { db, plans } = explaining(open());
  await listAccountsUnder(db, { keyId: "k1", after: 7, limit: 10 });
  await listBookingsUnder(db, { keyId: "k1", after: 7, limit: 10 });
  await db.read(selectKeyUse(["k2", "k1"]));
  await db.read([
    sql`SELECT booking_id FROM bookings WHERE client_hash IS NOT NULL AND client_hash = 'k1.x'`,
  ]);
  const [accountsUnder, bookingsUnder, accountUse, bookingUse, client] = plans;
  expect(accountsUnder).toMatch(/INDEX accounts_sealed_under \(.+=/);
  expect(bookingsUnder).toMatch(/INDEX bookings_sealed_under \(.+=/);
  for (const plan of [accountsUnder, bookingsUnder]) expect(plan).not.toContain("B-TREE FOR ORDER BY");
  // Two keys and the three gaps beside them; for bookings also the texts under none.
  expect(accountUse?.match(/SEARCH accounts USING (?:COVERING )?INDEX accounts_sealed_under/g)).toHaveLength(
    5,
  );
  expect(bookingUse?.match(/SEARCH bookings USING (?:COVERING )?INDEX bookings_sealed_under/g)).toHaveLength(
    7,
  );
  for (const plan of [accountUse, bookingUse]) expect(plan).not.toMatch(/SCAN (?:accounts|bookings)/);
  expect(client).toMatch(/INDEX bookings_client \(client_hash=/);
});

test("what a sweep marks is reached by its place, and no table is read for it", async () => {
  const { db, plans } = explaining(open());
  const found = [{ place: 1 }, { place: 2 }];
  const deliveries = found.map((one) => ({ ...one, connectionId: "c", bookingId: "b", ready: true }));
  await markConnectionsSent(db, found, NOW);
  await postponeAudits(db, found, NOW);
  await postponeRetiring(db, found, NOW);
  await markDeliveriesSent(db, { toDo: "write", found: deliveries, now: NOW });
  await markDeliveriesSent(db, { toDo: "reconcile", found: deliveries, now: NOW });
  expect(plans).toHaveLength(5);
  for (const plan of plans) expect(plan).toMatch(/^SEARCH \w+ USING INTEGER PRIMARY KEY/);
});

test("each page of dead letters uses indexes, for one agent or for all, however much other work there is", async () => {
  const cursors = [
    null,
    { failedAt: NOW, key: { kind: "delivery", connectionId: "c", bookingId: "b" } },
    { failedAt: NOW, key: { kind: "job", id: "m" } },
    { failedAt: NOW, key: { kind: "notice", id: "n" } },
  ] as const;
  for (const after of cursors) {
    const { db, plans } = explaining(open());
    await selectDeadLetters(db, { agentId: "agent", after, limit: 10 });
    await selectDeadLetters(db, { agentId: null, after, limit: 10 });
    const expected = [
      ...["deliveries_failed", "dead_jobs_agent", "notices_failed"],
      ...["deliveries_failed_any", "dead_jobs_failed", "notices_failed_any"],
    ];
    expect(plans).toHaveLength(expected.length);
    for (const [index, name] of expected.entries()) {
      expect(plans[index]).toMatch(new RegExp(`INDEX ${name}( |$|;)`));
      // At most the dead letters of one instant are sorted.
      expect(plans[index]).not.toContain("B-TREE FOR ORDER BY");
    }
  }
});

/** A plan that scans a table reads more rows the more is stored. */
const SCANS_A_TABLE = /SCAN (?!e\b|json_each)/;

test("the statements of a page search from the page on, and never scan bookings or deliveries", async () => {
  const { db, plans } = explaining(open());
  const reader = { connectionId: "c", underLease: sql`1`, doubtAfterMs: HOUR, now: NOW };
  const busy = { startsAt: NOW, endsAt: NOW + HOUR, allDay: false, status: "busy" as const, bookingId: null };
  const upserts = [{ key: "k", seriesKey: "s", ...busy }];
  const page = { upserts, removedKeys: ["gone"], removedSeries: ["series"] };
  await db.read([conflictNotices(reader, upserts)]);
  const [conflicts = ""] = plans;
  const order = [
    ENGINE === "turso" ? "SCAN json_each AS e" : "VIRTUAL TABLE",
    "INDEX busy_event",
    "SEARCH c ",
    "SEARCH a ",
    "INDEX bookings_time",
  ];
  const places = order.map((step) => conflicts.indexOf(step));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  const statements = [
    ...noteDeliveredEvents(reader, { mode: "snapshot", ...page }, 1),
    noteMissingEvents(reader, { generation: 1, window: busy, since: NOW }),
    ...selectFollowUp("c", NOW),
  ];
  await db.read(statements);
  await nextDue(db, { connectionId: "c", now: NOW });
  await db.read([selectNextDue(["c"], NOW)]);
  await db.read([
    deliveredNotice(sql`k.agent_id = 'a' AND k.booking_id = 'b'`, NOW),
    deliveredWithoutNotice("c", NOW),
  ]);
  const throttled = { failureKind: "wait", failureCode: "http_429", nextAttemptAt: NOW + HOUR } as const;
  const written = { connectionId: "c", bookingId: "b", leaseId: "l", revision: 1 };
  // Statements that drizzle built can't be explained here. They use the primary key.
  const write = (all: readonly Statement[]) => db.read(all.filter((one) => !("toSQL" in one)));
  await recordOutcomes({ ...db, write }, [{ ...written, kind: "failed", ...throttled }], NOW);
  const lease = { connection: { id: "c", agentId: "a" }, leaseId: "l", doubtAfterMs: HOUR };
  await db.read(applyRows(lease, { mode: "delta", ...page }, 1, busy, NOW));
  for (const plan of plans) expect(plan).not.toMatch(SCANS_A_TABLE);
  const [moved, seen, gone, doubted] = plans.slice(1);
  // Few deliveries are being written at one time, and the bound on `lease_until` leaves out every lease that ended.
  const byLease = "INDEX deliveries_lease (connection_id=? AND lease_until>?)";
  // Of several indexes with the same first column the Turso engine may take any.
  if (ENGINE === "libsql") {
    for (const plan of plans) expect(plan.replace(byLease, "")).not.toContain("INDEX deliveries_lease");
  }
  expect(doubted).toContain(byLease);
  for (const plan of [moved, seen, gone]) expect(plan).toContain("INDEX deliveries_external");
  expect(plans[statements.length - 1]).toContain("INDEX deliveries_look_due");
});

test.each([
  ["pull", { pollDueAt: NOW }],
  ["roll-window", { rollDueAt: NOW }],
  ["audit", { auditDueAt: NOW }],
  ["open-channel", { channelDueAt: NOW }],
] as const)(
  "the work of kind %s is found from the very millisecond at which it is due, and not before",
  async (kind, due) => {
    const db = open();
    const later = { pollDueAt: NOW + HOUR, rollDueAt: NOW + HOUR };
    const connection = { id: "due-c1", verifiedAt: NOW, cursor: "c", ...later, ...due };
    await db.write(seedStatements(db, { agentId: "due", now: NOW, connections: [connection] }));
    const found = async (now: number) => {
      const audits = await findDueAudits(db, { now, limit: 10 });
      const others = await findDueConnections(db, { now, limit: 10 });
      return [
        ...audits.filter(({ ready }) => ready).map(() => "audit"),
        ...others.flatMap(({ due: work }) =>
          Object.entries(work).flatMap(([name, is]) => (is ? [name] : [])),
        ),
      ];
    };
    expect(await found(NOW - 1)).toEqual([]);
    expect(await found(NOW)).toEqual([kind]);
  },
);

test("an account that waits for consent doesn't hide idle accounts that need a refresh", async () => {
  const db = open();
  await seed(db, "dead", "idle");
  await db.write([
    sql`UPDATE ${accounts} SET status = 'needs_reauth', refreshed_at = ${NOW - 3 * HOUR} WHERE agent_id = 'dead'`,
    sql`UPDATE ${accounts} SET refreshed_at = ${NOW - 2 * HOUR} WHERE agent_id = 'idle'`,
  ]);
  expect(await listIdleAccounts(db, { before: NOW - HOUR, after: null, limit: 1 })).toMatchObject([
    { accountId: "idle-account" },
  ]);
});

test("a retiring channel is found once its connection may be worked on, and not while that is held off", async () => {
  const db = open();
  await seed(db, "open", "held", "off");
  for (const agentId of ["open", "held", "off"]) {
    await db.write([
      db.build.insert(channels).values({
        id: randomUUID(),
        connectionId: `${agentId}-c1`,
        notificationKey: randomUUID(),
        secretHash: "",
        state: "retiring",
        expiresAt: NOW + HOUR,
        createdAt: NOW,
      }),
    ]);
  }
  await db.write([
    sql`UPDATE ${connections} SET next_attempt_at = ${NOW + HOUR} WHERE id = 'held-c1'`,
    sql`UPDATE ${connections} SET is_active = 0 WHERE id = 'off-c1'`,
  ]);
  const readyAt = async (now: number) =>
    (await findRetiring(db, { now, limit: 10 })).flatMap(({ connectionId, ready }) =>
      ready ? [connectionId] : [],
    );
  expect(await readyAt(NOW)).toEqual(["open-c1"]);
  expect((await readyAt(NOW + HOUR)).sort()).toEqual(["held-c1", "open-c1"]);
});
