// Seal anew: keys are rotated while everything stays readable, and texts of a version before get sealed.
import { describe, expect, test } from "vitest";
import { refreshIdle } from "../../src/accounts/open.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { openTexts } from "../../src/encoding/booking-texts.ts";
import { clientHashes } from "../../src/encoding/client-hash.ts";
import { accountRow, type SealKeys, unseal } from "../../src/encoding/seal.ts";
import { runJob } from "../../src/jobs.ts";
import type { Database } from "../../src/store/db.ts";
import { rowsOf } from "../../src/store/db.ts";
import { bookings } from "../../src/store/schema/bookings.ts";
import { accounts } from "../../src/store/schema/calendars.ts";
import { pullConnection } from "../../src/sync/pull.ts";
import { readReadiness } from "../../src/sync/readiness.ts";
import { sealAnew } from "../../src/upkeep/seal-anew.ts";
import { bookingRequest, changeRequest, slot } from "../bookings/requests.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";

const url = useOwnDatabase();
const DAILY = "17 3 * * *";
const HOUR = 3_600_000;
const CLIENT = "bo@client.example";

const key = (id: string) => ({ id, key: crypto.getRandomValues(new Uint8Array(32)) });
const K1 = key("k1");
const K2 = key("k2");

/** The Worker is started again with these keys. */
const setKeys = (world: World, ...tokenKeys: SealKeys) => Object.assign(world.deps.config, { tokenKeys });

const secretsOf = async (world: World) => (await readReadiness(world.deps)).backlog?.secrets;

/** Every secret of the database opens with these keys. */
async function expectReadable(db: Database, keys: SealKeys): Promise<void> {
  const [held, sold] = await db.read([db.build.select().from(accounts), db.build.select().from(bookings)]);
  for (const { id, sealedCredentials } of rowsOf(accounts, held)) {
    expect(await unseal(keys, accountRow(id), sealedCredentials)).toMatchObject({
      refreshToken: expect.any(String),
    });
  }
  for (const row of rowsOf(bookings, sold)) {
    expect(await openTexts(keys, row)).toMatchObject({ clientEmail: CLIENT });
    expect(await clientHashes(keys, CLIENT)).toContain(row.clientHash);
  }
}

/** A world with an account at every provider, and a booking that all of them show. */
async function connectedWorld() {
  const world = createWorld({ databaseUrl: url() });
  setKeys(world, K1);
  const connected = [
    await world.connect(),
    await world.connect({ provider: "OFFICE365" }),
    await world.connect({ provider: "OUTLOOK" }),
    await world.connectByPassword(),
    await world.connectByPassword({ provider: "CALDAV" }),
  ];
  await createBooking(world.deps, bookingRequest(world, { clientEmail: CLIENT, description: "Papers" }));
  await world.drain();
  return { world, connected };
}

test("P8: a whole rotation leaves every provider and booking readable at every moment", async () => {
  const { world, connected } = await connectedWorld();
  let change = 0;
  /** Everything that needs a secret: tokens are refreshed, calendars read, the booking read and written. */
  const expectWorking = async () => {
    change += 1;
    world.google.expireAccessTokens(world.email);
    for (const email of [world.workEmail, world.homeEmail]) world.microsoft.expireAccessTokens(email);
    world.advance(2 * HOUR);
    for (const { connectionId } of connected) {
      await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
    }
    const { agentId } = world;
    const title = `Consultation ${change}`;
    const changed = await changeBooking(world.deps, changeRequest(world, { changes: { title } }));
    expect(changed.results.map(({ status }) => status)).toEqual(connected.map(() => "synced"));
    const { booking } = await getBooking(world.deps, { agentId, bookingId: "b-1" });
    expect(booking).toMatchObject({ title, clientEmail: CLIENT, description: "Papers" });
    expect(world.logs.filter(({ level }) => level === "error")).toEqual([]);
  };

  await expectWorking();
  expect(await secretsOf(world)).toEqual({
    ...{ keys: [{ id: "k1", accounts: 5, bookings: 1 }], unsealed: 0, lost: 0 },
  });
  setKeys(world, K1, K2);
  await expectWorking();
  setKeys(world, K2, K1);
  await createBooking(
    world.deps,
    bookingRequest(world, {
      ...{ bookingId: "b-2", clientEmail: CLIENT },
      slot: slot("2026-03-05T14:00:00Z", "2026-03-05T15:00:00Z"),
    }),
  );
  // Passwords are never refreshed, and the first booking wasn't changed: they are still under the old key.
  expect(await secretsOf(world)).toMatchObject({
    keys: [
      { id: "k2", bookings: 1 },
      { id: "k1", bookings: 1 },
    ],
  });
  expect((await secretsOf(world))?.keys[1]?.accounts).toBeGreaterThanOrEqual(2);
  // While the daily job runs, instances with the keys in the old order and in the new one read everything.
  const { db } = world.deps;
  const { write } = db;
  let writes = 0;
  Object.assign(db, {
    write: async (statements: Parameters<typeof write>[0]) => {
      const results = await write(statements);
      writes += 1;
      await expectReadable(db, [K1, K2]);
      return results;
    },
  });
  await sealAnew(world.deps, null);
  expect(writes).toBe(2);
  Object.assign(db, { write });
  expect(await secretsOf(world)).toEqual({
    keys: [
      { id: "k2", accounts: 5, bookings: 2 },
      { id: "k1", accounts: 0, bookings: 0 },
    ],
    ...{ unsealed: 0, lost: 0 },
  });
  await expectWorking();
  setKeys(world, K2);
  await expectReadable(db, [K2]);
  await expectWorking();
  expect(await secretsOf(world)).toEqual({
    ...{ keys: [{ id: "k2", accounts: 5, bookings: 2 }], unsealed: 0, lost: 0 },
  });
});

test("the daily cron seals anew, also accounts that wait for consent, and a second run changes nothing", async () => {
  const { world } = await connectedWorld();
  await world.query("UPDATE accounts SET status = 'needs_reauth' WHERE provider = 'GOOGLE'");
  setKeys(world, K2, K1);
  await world.cron(DAILY);
  expect((await secretsOf(world))?.keys[1]).toEqual({ id: "k1", accounts: 0, bookings: 0 });
  const rows = () =>
    world.query("SELECT sealed_texts, client_hash, revision, updated_at, write_id FROM bookings");
  const before = await rows();
  await sealAnew(world.deps, null);
  expect(await rows()).toEqual(before);
});

test("sealing anew tells nobody: no revision rises, and no calendar is written", async () => {
  const { world } = await connectedWorld();
  const rows = () =>
    Promise.all([
      world.query("SELECT revision, updated_at, write_id FROM bookings"),
      world.query("SELECT wanted_revision, delivered_revision, state FROM deliveries ORDER BY connection_id"),
      world.query("SELECT count(*) AS total FROM notices"),
    ]);
  const before = await rows();
  setKeys(world, K2, K1);
  await sealAnew(world.deps, null);
  await world.drain();
  expect(await rows()).toEqual(before);
});

describe("what changes while it is being sealed anew stays changed:", () => {
  /** Does `meanwhile` after the rows were read and before they are written. */
  async function between(world: World, meanwhile: () => Promise<unknown>): Promise<void> {
    const { db } = world.deps;
    const { write } = db;
    const racing: Database = {
      ...db,
      async write(statements) {
        await meanwhile();
        return write(statements);
      },
    };
    await sealAnew({ ...world.deps, db: racing }, null);
  }

  test("credentials that were refreshed", async () => {
    const { world, connected } = await connectedWorld();
    const accountId = connected[0]?.accountId ?? "";
    const stored = () =>
      world.query("SELECT sealed_credentials AS sealed FROM accounts WHERE id = ?", [accountId]);
    setKeys(world, K2, K1);
    const old = (await stored())[0]?.["sealed"];
    let fresh: unknown;
    await between(world, async () => {
      if (fresh !== undefined) return;
      world.advance(15 * 24 * HOUR);
      await refreshIdle(world.deps, { accountId });
      fresh = (await stored())[0]?.["sealed"];
    });
    expect(fresh).not.toBe(old);
    expect(await stored()).toMatchObject([{ sealed: fresh }]);
  });

  test("texts that were changed, and texts that were forgotten", async () => {
    const { world } = await connectedWorld();
    await createBooking(
      world.deps,
      bookingRequest(world, {
        ...{ bookingId: "b-2", clientEmail: CLIENT },
        slot: slot("2026-03-05T14:00:00Z", "2026-03-05T15:00:00Z"),
      }),
    );
    setKeys(world, K2, K1);
    let done = false;
    await between(world, async () => {
      if (done) return;
      done = true;
      await changeBooking(world.deps, changeRequest(world, { changes: { title: "Changed" } }));
      await world.query(
        "UPDATE bookings SET sealed_texts = NULL, client_hash = NULL WHERE booking_id = 'b-2'",
      );
    });
    const { agentId } = world;
    const titleOf = async (bookingId: string) =>
      (await getBooking(world.deps, { agentId, bookingId })).booking.title;
    expect([await titleOf("b-1"), await titleOf("b-2")]).toEqual(["Changed", null]);
  });
});

test("what no key opens stays as it is, is logged and counted, and stops nothing else", async () => {
  const { world } = await connectedWorld();
  await world.query("UPDATE accounts SET sealed_credentials = 'v1.k1.AAAA.AAAA' WHERE provider = 'GOOGLE'");
  await world.query("UPDATE accounts SET sealed_credentials = 'v1.k0.AAAA.AAAA' WHERE provider = 'OUTLOOK'");
  setKeys(world, K2, K1);
  await sealAnew(world.deps, null);
  expect(await secretsOf(world)).toEqual({
    keys: [
      { id: "k2", accounts: 3, bookings: 1 },
      { id: "k1", accounts: 1, bookings: 0 },
    ],
    ...{ unsealed: 0, lost: 1 },
  });
  expect(world.logs).toContainEqual({
    level: "error",
    event: "seal.unreadable",
    fields: { table: "accounts", keyId: "k1", unreadable: 1 },
  });
});

describe("P8: texts of a version before", () => {
  /** The booking as the version before left it. */
  const asBefore = (world: World) =>
    world.query(`UPDATE bookings SET sealed_texts = NULL, client_hash = NULL, title = 'Old title', description = '',
      client_name = 'Bo', client_email = ' ${CLIENT.toUpperCase()}'`);

  test("are read as before, sealed by the daily job, and found by their client", async () => {
    const { world } = await connectedWorld();
    await asBefore(world);
    const { agentId } = world;
    const texts = {
      ...{ title: "Old title", description: "", location: null },
      ...{ clientName: "Bo", clientEmail: ` ${CLIENT.toUpperCase()}` },
    };
    const booking = async () => (await getBooking(world.deps, { agentId, bookingId: "b-1" })).booking;
    expect(await booking()).toMatchObject(texts);
    expect(await secretsOf(world)).toMatchObject({ keys: [{ bookings: 0 }], unsealed: 1 });
    await world.cron(DAILY);
    expect(await booking()).toMatchObject(texts);
    expect(await secretsOf(world)).toMatchObject({ keys: [{ bookings: 1 }], unsealed: 0 });
    const [row] = await world.query("SELECT * FROM bookings");
    expect(row).toMatchObject({ title: "", description: null, client_name: null, client_email: null });
    expect(await clientHashes([K1], CLIENT)).toEqual([row?.["client_hash"]]);
  });

  test("are sealed by a change, and only moved by a move", async () => {
    const { world } = await connectedWorld();
    await asBefore(world);
    const moved = slot("2026-03-04T14:00:00Z", "2026-03-04T15:00:00Z");
    const { booking } = await changeBooking(world.deps, changeRequest(world, { slot: moved }));
    expect(booking).toMatchObject({ title: "Old title", clientName: "Bo" });
    await changeBooking(world.deps, changeRequest(world, { changes: { location: "Room 2" } }));
    const [row] = await world.query("SELECT * FROM bookings");
    expect(row).toMatchObject({ title: "", client_name: null });
    const { agentId } = world;
    expect((await getBooking(world.deps, { agentId, bookingId: "b-1" })).booking).toMatchObject({
      ...{ title: "Old title", clientName: "Bo", location: "Room 2" },
    });
  });

  test("by the thousand are sealed in pieces, and a job goes on with what one run leaves", async () => {
    const world = createWorld({ databaseUrl: url() });
    setKeys(world, K1);
    await world.query(`INSERT INTO bookings (agent_id, booking_id, title, starts_at, ends_at, time_zone, state, revision,
        write_id, created_at, updated_at)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5150)
      SELECT 'a', 'b-' || i, 'Old ' || i, 0, 1, 'UTC', 'confirmed', 1, 'w', 0, 0 FROM n`);
    const sent: unknown[] = [];
    const queue = { send: async (_: unknown, jobs: readonly unknown[]) => void sent.push(...jobs) };
    const deps = { ...world.deps, queue };
    await sealAnew(deps, null);
    expect(sent).toMatchObject([{ kind: "seal-anew", table: "bookings", keyId: "" }]);
    expect(await secretsOf(world)).toMatchObject({ keys: [{ bookings: 5_000 }], unsealed: 150 });
    await runJob(deps, sent[0] as Parameters<typeof runJob>[1]);
    expect(sent).toHaveLength(1);
    expect(await secretsOf(world)).toMatchObject({ keys: [{ bookings: 5_150 }], unsealed: 0 });
  });

  test("that were forgotten stay forgotten", async () => {
    const { world } = await connectedWorld();
    await world.deps.db.write([
      world.deps.db.build.update(bookings).set({ sealedTexts: null, clientHash: null }),
    ]);
    setKeys(world, K2, K1);
    await sealAnew(world.deps, null);
    expect(await secretsOf(world)).toMatchObject({ keys: [{ bookings: 0 }, { bookings: 0 }], unsealed: 0 });
  });
});

test("a job for a key that is gone, or of an unknown table, does nothing", async () => {
  const { world } = await connectedWorld();
  setKeys(world, K2, K1);
  await sealAnew(world.deps, { table: "accounts", keyId: "k0", after: 0 });
  expect((await secretsOf(world))?.keys[1]).toMatchObject({ accounts: 5 });
});
