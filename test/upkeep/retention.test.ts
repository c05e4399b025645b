// Retention: the daily job forgets the texts and clients of old bookings, and keeps what analytics need.
import { describe, expect, test } from "vitest";
import { PIECE_ROWS } from "../../src/store/old-rows.ts";
import { apiOf } from "../http/api.ts";
import { DAY, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();
const DAILY = "17 3 * * *";

const TEXTS = {
  title: "retention-canary",
  description: "retention-canary",
  location: "retention-canary",
  clientName: "retention-canary",
  clientEmail: "retention-canary@mail.example",
};

/** A world with a booking that ends on 10 March. */
async function bookedWorld(bindings: Record<string, string>) {
  const world = newWorld({ bindings });
  await world.connect();
  const service = apiOf(world, await world.token("service"));
  const { agentId } = world;
  const body = { agentId, bookingId: "b-1", ...TEXTS };
  const slot = { start: "2026-03-10T10:00:00Z", end: "2026-03-10T11:00:00Z" };
  expect((await service("createBooking", { body: { ...body, ...slot } })).status).toBe(201);
  await world.drain();
  const booking = async () =>
    (await service("getBooking", { params: { bookingId: "b-1" }, query: { agentId } })).body.booking;
  return { world, service, booking };
}

describe("the retention of bookings", () => {
  test("forgets texts and client so many days after the end, and keeps what analytics need", async () => {
    const { world, service, booking } = await bookedWorld({ BOOKING_RETENTION_DAYS: "30" });
    world.advance(37 * DAY);
    await world.cron(DAILY);
    expect(await booking()).toMatchObject(TEXTS);
    const counted = async () => {
      const query = { agentId: world.agentId, from: "2026-03-01T00:00:00Z", to: "2026-04-20T00:00:00Z" };
      return (await service("readAnalytics", { query })).body.bookings;
    };
    const before = await counted();
    world.advance(2 * DAY);
    await world.cron(DAILY);
    expect(await booking()).toMatchObject({
      ...{ title: null, description: null, location: null, clientName: null, clientEmail: null },
      ...{ state: "confirmed", start: "2026-03-10T10:00:00.000Z", revision: 1 },
    });
    expect(await counted()).toEqual(before);
    // The event in the calendar is the agent's own, and stays as it is.
    await world.cron();
    expect(world.google.events(world.email)).toMatchObject([{ summary: "retention-canary" }]);
  });

  test("leaves the client's erasure a way to the event in a calendar, and nothing where there is no event", async () => {
    const { world, service } = await bookedWorld({ BOOKING_RETENTION_DAYS: "30" });
    const slot = { start: "2026-03-10T12:00:00Z", end: "2026-03-10T13:00:00Z" };
    const { agentId } = world;
    await service("createBooking", { body: { agentId, bookingId: "b-2", ...TEXTS, ...slot } });
    await service("cancelBooking", { params: { bookingId: "b-2" }, query: { agentId } });
    await world.drain();
    world.advance(39 * DAY);
    await world.cron(DAILY);
    const hashes = "SELECT sealed_texts, client_hash FROM bookings ORDER BY booking_id";
    expect(await world.query(hashes)).toEqual([
      { sealed_texts: null, client_hash: expect.any(String) },
      { sealed_texts: null, client_hash: null },
    ]);
    const body = { email: TEXTS.clientEmail };
    const listed = await service("listBookings", { query: { client: TEXTS.clientEmail } });
    expect(listed.body.bookings).toEqual([]);
    expect(await service("eraseClient", { body })).toMatchObject({
      body: { bookings: 0, copies: 0, left: 0 },
    });
    expect(await service("eraseClient", { body: { ...body, calendars: true } })).toMatchObject({
      body: { bookings: 1, copies: 1, left: 0 },
    });
    await world.cron();
    expect(world.google.events(world.email).filter(({ status }) => status !== "cancelled")).toMatchObject([
      { summary: "Booking" },
    ]);
    expect(await world.query("SELECT 1 FROM bookings WHERE client_hash IS NOT NULL")).toEqual([]);
  });

  test("is 400 days by default, and 0 keeps them", async () => {
    const kept = await bookedWorld({ BOOKING_RETENTION_DAYS: "0" });
    kept.world.advance(4_000 * DAY);
    await kept.world.cron(DAILY);
    expect(kept.world.deps.config.bookingRetentionDays).toBe(0);
    expect(await kept.world.query("SELECT 1 FROM bookings WHERE sealed_texts IS NULL")).toEqual([]);
    expect(newWorld().deps.config.bookingRetentionDays).toBe(400);
  });

  test("goes in pieces, finds those that aren't sealed, and touches none twice", async () => {
    const world = newWorld();
    const writes: number[] = [];
    const { db } = world.deps;
    Object.assign(world.deps, {
      db: {
        ...db,
        write: async (statements: Parameters<typeof db.write>[0]) => {
          const results = await db.write(statements);
          writes.push(...results.map(({ rowsAffected }) => rowsAffected));
          return results;
        },
      },
    });
    await world.query(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
       INSERT INTO bookings (agent_id, booking_id, title, client_email, starts_at, ends_at, time_zone, state, revision,
         write_id, created_at, updated_at, sealed_texts, client_hash)
       SELECT 'a', 'b-' || i, IIF(i % 2, 'plain', ''), IIF(i % 2, 'x', NULL), i, i + 1, 'UTC', 'confirmed', 1, 'w', 1, 1,
         IIF(i % 2, NULL, 'v1.k1.x.y'), IIF(i % 2, NULL, 'k1.z') FROM n`,
    );
    await world.cron(DAILY);
    const left = await world.query(
      `SELECT 1 FROM bookings WHERE sealed_texts IS NOT NULL OR client_hash IS NOT NULL OR title <> ''
         OR client_email IS NOT NULL`,
    );
    expect(left).toEqual([]);
    expect(Math.max(...writes)).toBe(PIECE_ROWS);
    writes.length = 0;
    await world.cron(DAILY);
    expect(Math.max(0, ...writes)).toBeLessThan(2);
  });

  test("forgets erasures as late as the audit trail", async () => {
    const world = newWorld({ bindings: { AUDIT_RETENTION_DAYS: "5" } });
    const service = apiOf(world, await world.token("service"));
    expect((await service("eraseAgent", { params: { agentId: world.agentId } })).status).toBe(200);
    world.advance(4 * DAY);
    await world.cron(DAILY);
    expect(await world.query("SELECT 1 FROM erasures")).toHaveLength(1);
    world.advance(2 * DAY);
    await world.cron(DAILY);
    expect(await world.query("SELECT 1 FROM erasures")).toEqual([]);
  });
});
