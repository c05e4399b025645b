// A client's erasure: their name, address and texts vanish from bookings that nobody needs, and from calendars where
// asked.
import { describe, expect, test } from "vitest";
import { apiOf } from "../http/api.ts";
import { DAY, type GoogleWorld, MINUTE, useGoogleWorld } from "../support/google-world.ts";
import { TEXTS } from "./full-agent.ts";

const newWorld = useGoogleWorld();

const CANARY = /erasure.canary/i;

const slot = (day: number) => ({ start: `2026-03-${day}T10:00:00Z`, end: `2026-03-${day}T11:00:00Z` });

/** A past booking, a cancelled one and one to come of the client, and one of somebody else. */
async function booked(world: GoogleWorld) {
  const { agentId } = world;
  await world.connect();
  await world.connect({ provider: "OFFICE365" });
  await world.connectByPassword({ provider: "CALDAV" });
  const service = apiOf(world, await world.token("service"));
  const book = async (bookingId: string, day: number, change: object = {}) => {
    const body = { agentId, bookingId, ...TEXTS, ...change, ...slot(day) };
    expect((await service("createBooking", { body })).status).toBe(201);
  };
  await book("past", 10, { clientEmail: TEXTS.clientEmail.toUpperCase() });
  await book("cancelled", 25);
  await book("to-come", 26);
  await book("of-another", 11, {
    ...{ clientEmail: "another@mail.example", title: "Another", description: null, location: null },
    clientName: "Another",
  });
  await service("cancelBooking", { params: { bookingId: "cancelled" }, query: { agentId } });
  await world.drain();
  world.advance(14 * DAY);
  const textsOf = async (bookingId: string) => {
    const answer = await service("getBooking", { params: { bookingId }, query: { agentId } });
    const { title, description, location, clientName, clientEmail } = answer.body.booking;
    return { title, description, location, clientName, clientEmail };
  };
  return { service, textsOf };
}

const FORGOTTEN = { title: null, description: null, location: null, clientName: null, clientEmail: null };

describe("the erasure of a client", () => {
  test("takes their texts out of past and cancelled bookings, and says which are to come", async () => {
    const world = newWorld();
    const { service, textsOf } = await booked(world);
    const body = { email: "Erasure-Canary@mail.example" };
    const answer = await service("eraseClient", { body });
    expect(answer).toMatchObject({ status: 200, body: { bookings: 2, copies: 0, left: 0, toCome: 1 } });
    expect(await textsOf("past")).toEqual(FORGOTTEN);
    expect(await textsOf("cancelled")).toEqual(FORGOTTEN);
    expect(await textsOf("to-come")).toEqual(TEXTS);
    expect(await textsOf("of-another")).toMatchObject({
      title: "Another",
      clientEmail: "another@mail.example",
    });
    expect(await service("eraseClient", { body })).toMatchObject({
      body: { bookings: 0, left: 0, toCome: 1 },
    });
    world.advance(12 * DAY);
    expect(await service("eraseClient", { body })).toMatchObject({
      body: { bookings: 1, left: 0, toCome: 0 },
    });
    expect(await textsOf("to-come")).toEqual(FORGOTTEN);
    // The events in the calendar are the agent's own.
    expect(JSON.stringify(world.google.events(world.email))).toMatch(CANARY);
  });

  test("rewrites the events in calendars with a neutral text, where that is asked for", async () => {
    const world = newWorld();
    const { service, textsOf } = await booked(world);
    const body = { email: TEXTS.clientEmail, calendars: true };
    const answer = await service("eraseClient", { body });
    expect(answer).toMatchObject({ status: 200, body: { bookings: 2, copies: 3, left: 0, toCome: 1 } });
    await world.cron();
    world.advance(MINUTE);
    await world.cron();
    const events = world.google.events(world.email);
    const everywhere = [
      events,
      world.microsoft.events(world.microsoft.calendarId(world.workEmail)),
      world.dav.events(world.caldav.calendar),
    ];
    // Only the booking to come still says it.
    for (const shown of everywhere) {
      expect(shown.filter((event) => CANARY.test(JSON.stringify(event)))).toHaveLength(1);
    }
    expect(
      events.find((event) => String((event["start"] as { dateTime: string }).dateTime).includes("03-10")),
    ).toMatchObject({
      summary: "Booking",
    });
    expect(await textsOf("past")).toEqual({ ...FORGOTTEN, title: "Booking" });
    expect(await textsOf("to-come")).toEqual(TEXTS);
    expect(await service("eraseClient", { body })).toMatchObject({
      body: { bookings: 0, copies: 0, toCome: 1 },
    });
  });

  test("rewrites the events of bookings whose texts an earlier request has forgotten, and counts truthfully", async () => {
    const world = newWorld();
    const { service } = await booked(world);
    const body = { email: TEXTS.clientEmail };
    expect(await service("eraseClient", { body })).toMatchObject({
      body: { bookings: 2, copies: 0, left: 0, toCome: 1 },
    });
    const all = { body: { ...body, calendars: true } };
    expect(await service("eraseClient", all)).toMatchObject({
      body: { bookings: 1, copies: 3, left: 0, toCome: 1 },
    });
    await world.cron();
    world.advance(MINUTE);
    await world.cron();
    for (const shown of [
      world.google.events(world.email),
      world.microsoft.events(world.microsoft.calendarId(world.workEmail)),
      world.dav.events(world.caldav.calendar),
    ]) {
      expect(shown.filter((event) => CANARY.test(JSON.stringify(event)))).toHaveLength(1);
    }
    expect(await service("eraseClient", all)).toMatchObject({ body: { bookings: 0, copies: 0, left: 0 } });
    expect(
      await world.query("SELECT 1 FROM bookings WHERE client_hash IS NOT NULL AND booking_id = 'past'"),
    ).toEqual([]);
  });

  test("finds bookings by every key, and those that aren't sealed yet", async () => {
    const world = newWorld();
    const { service } = await booked(world);
    await world.query(
      `UPDATE bookings SET sealed_texts = NULL, client_hash = NULL, title = 'Old', client_name = 'Erasure Canary',
         client_email = ? WHERE booking_id = 'past'`,
      [TEXTS.clientEmail.toUpperCase()],
    );
    const { tokenKeys } = world.deps.config;
    const rotated = { id: "newer", key: crypto.getRandomValues(new Uint8Array(32)) };
    Object.assign(world.deps.config, { tokenKeys: [rotated, ...tokenKeys] });
    const answer = await service("eraseClient", { body: { email: TEXTS.clientEmail } });
    expect(answer).toMatchObject({ body: { bookings: 2, left: 0, toCome: 1 } });
    const rows = await world.query("SELECT * FROM bookings WHERE booking_id IN ('past', 'cancelled')");
    for (const row of rows) {
      expect(row).toMatchObject({ sealed_texts: null, title: "", client_email: null });
    }
    // The calendars still show the past one, so it can be found once more.
    const again = { email: TEXTS.clientEmail, calendars: true };
    expect(await service("eraseClient", { body: again })).toMatchObject({ body: { bookings: 1, copies: 3 } });
  });

  test("is recorded without the address, and isn't for agents", async () => {
    const world = newWorld();
    const { service } = await booked(world);
    await service("eraseClient", { body: { email: TEXTS.clientEmail } });
    const acts = await world.query("SELECT * FROM acts WHERE action = 'eraseClient'");
    expect(acts).toMatchObject([{ agent_id: null, target: null, role: "service", status: 200 }]);
    expect(JSON.stringify([acts, world.logs])).not.toMatch(CANARY);
    const agent = apiOf(world, await world.token("agent"));
    expect((await agent("eraseClient", { body: { email: TEXTS.clientEmail } })).status).toBe(403);
  });

  test("of very many bookings goes in pieces", async () => {
    const world = newWorld();
    const { service } = await booked(world);
    await world.query(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
       INSERT INTO bookings (agent_id, booking_id, title, starts_at, ends_at, time_zone, state, revision, write_id,
         created_at, updated_at, sealed_texts, client_hash)
       SELECT 'other', 'b-' || i, '', i, i + 1, 'UTC', 'confirmed', 1, 'w', 1, 1, sealed_texts, client_hash
       FROM n, bookings WHERE booking_id = 'to-come'`,
    );
    const answer = await service("eraseClient", { body: { email: TEXTS.clientEmail } });
    expect(answer).toMatchObject({ body: { bookings: 1_202, left: 0, toCome: 1 } });
  });
});
