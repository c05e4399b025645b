// Claims: of many rivals one gets the work, a repeated claim under one name succeeds, and a lost lease writes nothing.

import { randomUUID } from "node:crypto";
import { createClient } from "@libsql/client/web";
import { expect, inject, test } from "vitest";
import { NO_RULES } from "../../src/domain/rules.ts";
import { claimRefresh, markNeedsReauth, saveRefreshed } from "../../src/store/accounts/accounts.ts";
import { placeBooking } from "../../src/store/bookings/bookings.ts";
import { applyPage } from "../../src/store/busy/pages.ts";
import { cachedKey } from "../../src/store/cached-key.ts";
import { claimAudit } from "../../src/store/calendars/audits.ts";
import { activateChannel, insertPendingChannel } from "../../src/store/calendars/channels.ts";
import { markClosing } from "../../src/store/calendars/closing.ts";
import { claimConnection } from "../../src/store/calendars/leases.ts";
import { openDatabase } from "../../src/store/db.ts";
import { claimDelivery } from "../../src/store/deliveries/deliveries.ts";
import { type DeliveryOutcome, recordOutcomes } from "../../src/store/deliveries/outcomes.ts";
import { SENT_MS } from "../../src/store/due.ts";
import { databaseFetch } from "../support/database-fetch.ts";
import { seedStatements } from "../support/seed.ts";

const db = openDatabase(
  { url: inject("sqldUrl"), authToken: null },
  {
    fetch: databaseFetch,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
  },
);
const client = createClient({ url: inject("sqldUrl"), fetch: databaseFetch });

const NOW = Date.parse("2026-03-02T08:00:00Z");
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const LEASE_MS = 60_000;

/** A fresh agent with one calendar whose poll is due. Unless `settled`, a hint waits as well. */
async function seedAgent({ settled = false } = {}) {
  const agentId = `claims-${randomUUID()}`;
  const connectionId = `${agentId}-c1`;
  const clean = settled ? 2 : 1;
  const connections = [{ id: connectionId, dirty: 2, clean, pollDueAt: 0, channelDueAt: 0 }];
  await db.write(seedStatements(db, { agentId, now: NOW, connections }));
  return { agentId, connectionId, accountId: `${agentId}-account` };
}

/** The first cached row of the calendar. */
const cachedRow = async (connectionId: string) => {
  const { rows } = await client.execute({
    sql: "SELECT * FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
    args: [connectionId],
  });
  return rows[0];
};

const row = async (table: string, column: string, id: string) =>
  (await client.execute({ sql: `SELECT * FROM ${table} WHERE ${column} = ?`, args: [id] })).rows[0];

/** Runs the claims of twenty rivals at once and returns the names whose claims were granted. */
const winners = async <T>(claim: (leaseId: string) => Promise<T>, granted: (answer: T) => boolean) => {
  const names = Array.from({ length: 20 }, () => randomUUID());
  const answers = await Promise.all(names.map(claim));
  return names.filter((_, index) => granted(answers[index] as T));
};

test("only one at a time syncs a calendar, until the lease lapses", async () => {
  const { connectionId } = await seedAgent();
  const claim = (leaseId: string, now = NOW) =>
    claimConnection(db, {
      id: connectionId,
      leaseId,
      leaseUntil: now + LEASE_MS,
      wanted: { kind: "due" },
      now,
    });
  const [winner = "", ...others] = await winners(claim, ({ kind }) => kind === "claimed");
  expect(others).toEqual([]);
  expect((await claim(winner)).kind).toBe("claimed");
  expect((await claim("late")).kind).toBe("leased");
  expect((await claim("late", NOW + LEASE_MS)).kind).toBe("claimed");
});

test("a caller who waits for a recent truth doesn't repeat a pull that succeeded or failed meanwhile", async () => {
  const { connectionId } = await seedAgent({ settled: true });
  const claim = (since: number, askedAt: number, now = NOW + SECOND) =>
    claimConnection(db, {
      id: connectionId,
      leaseId: randomUUID(),
      leaseUntil: now,
      wanted: { kind: "verified-since", since, askedAt },
      now,
    });
  const soon = { kind: "soon", at: NOW + SECOND };
  expect((await claim(NOW, NOW)).kind).toBe("unwanted");
  expect(await claim(NOW + 1, NOW + 1, NOW + 1)).toEqual(soon);
  expect(await claim(NOW + 1, NOW + 1, NOW + SECOND - 1)).toEqual(soon);
  expect((await claim(NOW + 1, NOW)).kind).toBe("claimed");
  const failed = (kind: string) =>
    client.execute({
      sql: "UPDATE connections SET failure_kind = ?, failures = 1, next_attempt_at = ?, updated_at = ?, lease_until = 0 WHERE id = ?",
      args: [kind, NOW + HOUR, NOW, connectionId],
    });
  await failed("retry");
  expect((await claim(NOW + 1, NOW)).kind).toBe("unwanted");
  expect(await claim(NOW + 1, NOW + 1, NOW + SECOND - 1)).toEqual(soon);
  expect((await claim(NOW + 1, NOW + 1)).kind).toBe("claimed");
  await failed("wait");
  expect((await claim(NOW + 1, NOW + 1)).kind).toBe("unwanted");
});

test("a caller who waits for a recent truth also has every hint followed up, however recent the truth is", async () => {
  const { connectionId } = await seedAgent();
  const wanted = { kind: "verified-since", since: NOW - HOUR, askedAt: NOW } as const;
  const claim = { id: connectionId, leaseId: randomUUID(), leaseUntil: NOW + LEASE_MS, wanted, now: NOW };
  expect((await claimConnection(db, claim)).kind).toBe("claimed");
});

test("a page writes nothing after its lease was lost", async () => {
  const { agentId, connectionId } = await seedAgent();
  await claimConnection(db, {
    id: connectionId,
    leaseId: "mine",
    leaseUntil: NOW + LEASE_MS,
    wanted: { kind: "due" },
    now: NOW,
  });
  const before = await row("connections", "id", connectionId);
  const runId = randomUUID();
  const window = { startsAt: NOW, endsAt: NOW + 100 * HOUR };
  const times = { startsAt: NOW + HOUR, endsAt: NOW + 2 * HOUR };
  const event = {
    key: "e1",
    seriesKey: null,
    ...times,
    allDay: false,
    status: "busy" as const,
    bookingId: null,
  };
  const page = {
    mode: "snapshot" as const,
    upserts: [event],
    removedKeys: [],
    removedSeries: [],
    next: "next",
    last: true,
    timeZone: null,
  };
  const apply = (leaseId: string) =>
    applyPage(db, {
      connection: { id: connectionId, agentId, goneAt: null },
      leaseId,
      page,
      generation: 2,
      leaseUntil: NOW + LEASE_MS,
      doubtAfterMs: 2 * 60_000,
      kept: window,
      covered: window,
      roundStartedAt: NOW,
      roundPages: 1,
      end: {
        seen: 2,
        pull: { trustedMs: 0, dueAt: 0, nextAt: NOW + HOUR, reopens: false, takesAlongUntil: 0 },
        audit: { firstAt: NOW },
        run: {
          id: runId,
          agentId,
          connectionId,
          mode: "snapshot",
          outcome: "ok",
          pages: 1,
          upserts: 1,
          removals: 0,
          startedAt: NOW,
          finishedAt: NOW,
        },
      },
      now: NOW,
    });
  expect((await apply("somebody else's")).connection).toBeNull();
  expect(await row("connections", "id", connectionId)).toEqual(before);
  expect(await cachedRow(connectionId)).toBeUndefined();
  expect(await row("sync_runs", "id", runId)).toBeUndefined();
  const first = await apply("mine");
  expect(first.connection).toMatchObject({ cursor: "next", leaseId: null, clean: 2 });
  expect(await apply("mine")).toEqual(first);
  expect(await cachedRow(connectionId)).toMatchObject({ event_key: cachedKey("e1") });
});

test.each([
  ["a sweep may send it", { auditDueAt: NOW + SENT_MS }],
  ["a failure no longer holds it off", { nextAttemptAt: NOW }],
  ["a lease has lapsed", { leaseUntil: NOW }],
] as const)("an audit is taken from the very millisecond at which %s, and not before", async (_, bound) => {
  const claimedAt = async (now: number) => {
    const agentId = `claims-${randomUUID()}`;
    const id = `${agentId}-c1`;
    const ready = { verifiedAt: NOW, cursor: "c", auditDueAt: 0, pollDueAt: NOW + 1 };
    await db.write(seedStatements(db, { agentId, now: NOW, connections: [{ id, ...ready, ...bound }] }));
    return (await claimAudit(db, { id, againAt: NOW + HOUR, now }))?.connection.id === id;
  };
  expect(await claimedAt(NOW - 1)).toBe(false);
  expect(await claimedAt(NOW)).toBe(true);
});

test("a token is refreshed by one at a time, and a version that is over by nobody", async () => {
  const { accountId } = await seedAgent();
  const claim = (leaseId: string) =>
    claimRefresh(db, { id: accountId, credentialVersion: 1, leaseId, leaseUntil: NOW + LEASE_MS, now: NOW });
  const [winner = "", ...others] = await winners(claim, (account) => account !== null);
  expect(others).toEqual([]);
  expect(await claim(winner)).not.toBeNull();
  const grant = { sealedCredentials: "new", accessTokenExpiresAt: NOW + HOUR, scopes: null, now: NOW };
  const saved = await saveRefreshed(db, { id: accountId, leaseId: winner, ...grant });
  expect(saved).toMatchObject({ sealedCredentials: "new", credentialVersion: 2 });
  expect(await saveRefreshed(db, { id: accountId, leaseId: winner, ...grant })).toEqual(saved);
  expect(await claim("late")).toBeNull();
  await markNeedsReauth(db, { id: accountId, credentialVersion: 1, reason: "old", claims: null, now: NOW });
  expect(await row("accounts", "id", accountId)).toMatchObject({ status: "active" });
});

/** Prepares the sale of one booking. `place` sells it, as often as it is called. */
async function sell(agentId: string, bookingId: string, startsAt: number) {
  const writeId = randomUUID();
  const input = {
    booking: {
      agentId,
      bookingId,
      sealedTexts: "sealed",
      clientHash: null,
      startsAt,
      endsAt: startsAt + HOUR,
      timeZone: null,
      idempotencyKey: null,
      holdId: null,
      groupId: null,
      rules: NO_RULES,
    },
    writeId,
    leaseUntil: NOW + LEASE_MS,
    guard: { verifiedSince: NOW, excused: [], checked: null, force: false, past: false },
    reach: { startsAt: startsAt - HOUR, endsAt: startsAt + 2 * HOUR },
    now: NOW,
  };
  return { writeId, place: () => placeBooking(db, input) };
}

test("a booking that is placed twice under one write id is the same booking with the same leases", async () => {
  const { agentId, connectionId } = await seedAgent({ settled: true });
  const { writeId, place } = await sell(agentId, "b-1", NOW + 10 * HOUR);
  const first = await place();
  expect(first).toMatchObject({ placed: true, keyTakenBy: null });
  expect(first.work.map(({ delivery }) => delivery)).toMatchObject([{ connectionId, leaseId: writeId }]);
  expect(await place()).toEqual(first);
  const rival = await sell(agentId, "b-1", NOW + 10 * HOUR);
  expect(await rival.place()).toMatchObject({ placed: false, booking: { writeId } });
});

test("only one at a time writes into a calendar: the next booking waits for the lease of the first", async () => {
  const { agentId, connectionId } = await seedAgent({ settled: true });
  const first = await sell(agentId, "b-1", NOW + 10 * HOUR);
  await first.place();
  const second = await sell(agentId, "b-2", NOW + 12 * HOUR);
  expect((await second.place()).work.map(({ delivery }) => delivery.leaseId)).toEqual([null]);
  const claim = (bookingId: string, leaseId: string, now = NOW) =>
    claimDelivery(db, { connectionId, bookingId, toDo: "write", leaseId, leaseUntil: now + LEASE_MS, now });
  expect(await claim("b-2", "w")).toBeNull();
  expect(await claim("b-1", "w")).toBeNull();
  const later = NOW + LEASE_MS;
  const claimed = await winners(
    (leaseId) => claim("b-2", leaseId, later),
    (work) => work !== null,
  );
  expect(claimed).toHaveLength(1);
  expect(await claim("b-2", claimed[0] ?? "", later)).not.toBeNull();
  expect(await claim("b-1", "w", later)).toBeNull();
});

test("an outcome counts once, and only under the lease of its write", async () => {
  const { agentId, connectionId } = await seedAgent({ settled: true });
  const startsAt = NOW + 10 * HOUR;
  const { writeId, place } = await sell(agentId, "b-1", startsAt);
  await place();
  const times = { startsAt, endsAt: startsAt + HOUR };
  const written = (leaseId: string): DeliveryOutcome => ({
    kind: "written",
    connectionId,
    bookingId: "b-1",
    leaseId,
    revision: 1,
    known: { externalId: "ext", etag: "1", idVersion: 0 },
    knownBefore: null,
    ...times,
  });
  const failed = (leaseId: string): DeliveryOutcome => ({
    kind: "failed",
    revision: 1,
    connectionId,
    bookingId: "b-1",
    leaseId,
    failureKind: "retry",
    failureCode: "network",
    nextAttemptAt: NOW,
  });
  const delivery = () => row("deliveries", "connection_id", connectionId);
  await client.execute({
    sql: `INSERT INTO busy (agent_number, connection_number, starts_at, ends_at, event_key, status, all_day, generation)
          SELECT a.number, c.number, ?, ?, ?, 'busy', 0, 1 FROM connections c JOIN agents a ON a.agent_id = c.agent_id
          WHERE c.id = ?`,
    args: [times.startsAt, times.endsAt, cachedKey("ext"), connectionId],
  });
  const before = await delivery();
  await recordOutcomes(db, [written("somebody else's")], NOW);
  expect(await delivery()).toEqual(before);
  expect(await cachedRow(connectionId)).toBeDefined();
  await recordOutcomes(db, [failed(writeId)], NOW);
  await recordOutcomes(db, [failed(writeId)], NOW);
  expect(await delivery()).toMatchObject({ state: "pending", attempts: 1, lease_id: null });
  await claimDelivery(db, {
    connectionId,
    bookingId: "b-1",
    toDo: "write",
    leaseId: "w",
    leaseUntil: NOW + LEASE_MS,
    now: NOW,
  });
  await recordOutcomes(db, [written("w")], NOW);
  await recordOutcomes(db, [written("w")], NOW);
  expect(await delivery()).toMatchObject({ state: "delivered", external_id: "ext", attempts: 0 });
  expect(await cachedRow(connectionId)).toBeUndefined();
});

test("only one channel at a time is opened for a calendar, and opening it again under its id is idempotent", async () => {
  const { connectionId } = await seedAgent();
  const open = (id: string) =>
    insertPendingChannel(db, { id, connectionId, secretHash: "hash", expiresAt: NOW + HOUR, now: NOW });
  const [winner = "", ...others] = await winners(open, (mayOpen) => mayOpen);
  expect(others).toEqual([]);
  expect(await open(winner)).toBe(true);
  const ends = { resourceId: "r", expiresAt: NOW + HOUR, replaceAt: NOW + HOUR };
  const activate = () => activateChannel(db, { id: winner, connectionId, notificationKey: winner, ...ends });
  expect(await activate()).toBe(true);
  expect(await activate()).toBe(true);
  expect(await open("another")).toBe(false);
});

test("only its owner closes a connection, only once, and nobody can claim it afterwards", async () => {
  const { agentId, connectionId } = await seedAgent();
  const close = (ownedBy: string, now = NOW) => markClosing(db, { id: connectionId, ownedBy, now });
  expect(await close("a stranger")).toBeNull();
  const first = await close(agentId);
  expect(first).toMatchObject({ id: connectionId, closingAt: NOW });
  expect(await close(agentId)).toEqual(first);
  expect(await close(agentId, NOW + 1)).toBeNull();
  const wanted = { kind: "due" } as const;
  const claim = { id: connectionId, leaseId: "w", leaseUntil: NOW + LEASE_MS, wanted, now: NOW };
  expect((await claimConnection(db, claim)).kind).toBe("unwanted");
});
