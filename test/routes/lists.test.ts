// Lists: bookings and busy time in pages, each page by one request to the database.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, apiOf } from "../http/api.ts";
import { SETTINGS } from "../http/samples.ts";
import { createWorld, type World } from "../support/world.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const NEXT_DAY = Date.parse("2026-03-03T00:00:00Z");
const textOf = (at: number) => new Date(at).toISOString();

let world: World;
let agent: Api;
let service: Api;
let databaseRequests = 0;

beforeEach(async () => {
  world = createWorld({
    databaseFetch: (inner) => (input, init) => {
      databaseRequests += 1;
      return inner(input, init);
    },
  });
  agent = apiOf(world, await world.token("agent"));
  service = apiOf(world, await world.token("service"));
});

/** Settings under which any time of any day is bookable. */
const openAlways = (agentId: string) =>
  service("putSettings", {
    query: { agentId },
    body: {
      ...SETTINGS,
      ...{ workingHours: null, bufferBeforeMinutes: 0, bufferAfterMinutes: 0, minimumNoticeMinutes: 0 },
    },
  });

async function book(bookingId: string, at: number, more: Record<string, unknown> = {}) {
  const slot = { start: textOf(at), end: textOf(at + HOUR) };
  const body = { agentId: world.agentId, bookingId, title: `Title of ${bookingId}`, ...slot, ...more };
  const { status } = await service("createBooking", { body });
  expect(status).toBe(201);
}

/** The ids of all pages, and how many pages there were. */
async function pages(api: Api, id: string, query: Record<string, string>, idOf: (item: never) => string) {
  const found: string[][] = [];
  let cursor: string | null = null;
  do {
    const before = databaseRequests;
    const { status, body } = await api(id, { query: { ...query, ...(cursor === null ? {} : { cursor }) } });
    expect(status).toBe(200);
    expect(databaseRequests - before).toBe(1);
    found.push((id === "listBusy" ? body.busy : body.bookings).map(idOf));
    cursor = body.nextCursor;
  } while (cursor !== null);
  return found;
}

const bookingId = (item: { bookingId: string }) => item.bookingId;

describe("GET /events", () => {
  beforeEach(async () => {
    await openAlways(world.agentId);
    // Booked out of order, so that the order of the list isn't the one of booking.
    for (const index of [3, 0, 4, 1, 2]) await book(`b-${index}`, NEXT_DAY + index * DAY);
    await service("cancelBooking", {
      params: { bookingId: "b-2" },
      query: { agentId: world.agentId },
    });
  });

  const list = async (query: Record<string, string>, api = agent) =>
    (await pages(api, "listBookings", query, bookingId)).flat();

  test("lists the agent's bookings in order of their start, with what people wrote", async () => {
    expect(await list({})).toEqual(["b-0", "b-1", "b-2", "b-3", "b-4"]);
    const { body } = await agent("listBookings", { query: { limit: "1" } });
    expect(body.bookings[0]).toMatchObject({
      ...{ agentId: world.agentId, bookingId: "b-0", title: "Title of b-0", state: "confirmed" },
      ...{ start: textOf(NEXT_DAY), end: textOf(NEXT_DAY + HOUR) },
    });
  });

  test("comes in pages that leave nothing out and repeat nothing", async () => {
    expect(await pages(agent, "listBookings", { limit: "2" }, bookingId)).toEqual([
      ["b-0", "b-1"],
      ["b-2", "b-3"],
      ["b-4"],
    ]);
    expect(await pages(agent, "listBookings", { limit: "5" }, bookingId)).toHaveLength(1);
  });

  test("keeps to the range: what ends after its start and begins before its end", async () => {
    const from = textOf(NEXT_DAY + DAY + HOUR / 2);
    expect(await list({ from })).toEqual(["b-1", "b-2", "b-3", "b-4"]);
    expect(await list({ from: textOf(NEXT_DAY + DAY + HOUR) })).toEqual(["b-2", "b-3", "b-4"]);
    expect(await list({ to: textOf(NEXT_DAY + DAY) })).toEqual(["b-0"]);
    expect(await list({ from, to: textOf(NEXT_DAY + 3 * DAY + 1), limit: "1" })).toEqual([
      "b-1",
      "b-2",
      "b-3",
    ]);
    const wrong = await agent("listBookings", { query: { from, to: from } });
    expect(wrong.body).toMatchObject({ status: 400, errors: [{ path: "to" }] });
  });

  test("keeps to a state", async () => {
    expect(await list({ state: "cancelled" })).toEqual(["b-2"]);
    expect(await list({ state: "confirmed", limit: "2" })).toEqual(["b-0", "b-1", "b-3", "b-4"]);
  });

  test("keeps to a state of the last 31 days, unless a start is sent", async () => {
    world.advance(33 * DAY + 12 * HOUR);
    expect(await list({ state: "confirmed" })).toEqual(["b-3", "b-4"]);
    expect(await list({ state: "confirmed", from: textOf(0) })).toEqual(["b-0", "b-1", "b-3", "b-4"]);
    expect(await list({})).toEqual(["b-0", "b-1", "b-2", "b-3", "b-4"]);
  });

  test("goes on after a booking with the longest ids there are", async () => {
    const agentId = `${world.agentId}-${"漢".repeat(100)}`;
    await openAlways(agentId);
    for (const index of [1, 2])
      await book(`${"漢".repeat(199)}${index}`, NEXT_DAY + index * DAY, { agentId });
    const ids = await list({ agentId, limit: "1" }, service);
    expect(ids.map((id) => id.slice(-1))).toEqual(["1", "2"]);
  });

  test("finds a client's bookings with all agents by their address, however it is spelt, for a service only", async () => {
    const other = `${world.agentId}-other`;
    const clientEmail = `client-of-${world.agentId}@mail.example`;
    await openAlways(other);
    await book("c-1", NEXT_DAY + 6 * HOUR, { clientEmail });
    await book("c-2", NEXT_DAY + 6 * HOUR, { clientEmail: clientEmail.toUpperCase(), agentId: other });
    await book("c-3", NEXT_DAY + 8 * HOUR, { clientEmail: "somebody@mail.example" });
    expect(await list({ client: clientEmail, limit: "1" }, service)).toEqual(["c-1", "c-2"]);
    expect(await list({ client: clientEmail, agentId: other }, service)).toEqual(["c-2"]);
    expect(await list({ client: "nobody@mail.example" }, service)).toEqual([]);
    // As the version before sealing left them.
    await world.query(
      "UPDATE bookings SET sealed_texts = NULL, client_hash = NULL, title = 'Old', client_email = ? WHERE booking_id = 'c-1'",
      [clientEmail],
    );
    expect(await list({ client: clientEmail.toUpperCase() }, service)).toEqual(["c-1", "c-2"]);
    expect((await agent("listBookings", { query: { client: clientEmail } })).body).toMatchObject({
      code: "forbidden",
    });
  });

  test("is the agent's own only, and a service must say whose", async () => {
    const stranger = apiOf(world, await world.token("agent", "agent-stranger"));
    expect(await list({}, stranger)).toEqual([]);
    expect((await stranger("listBookings", { query: { agentId: world.agentId } })).status).toBe(403);
    expect((await service("listBookings")).body).toMatchObject({ errors: [{ path: "agentId" }] });
    expect(await list({ agentId: world.agentId }, service)).toHaveLength(5);
  });

  test.each([
    "5",
    "x",
    btoa("[1]"),
    btoa('["1","a","b"]'),
    btoa('[1,"a","\\ud800"]'),
    btoa('[1e400,"a","b"]'),
  ])("refuses the cursor %s", async (cursor) => {
    expect((await agent("listBookings", { query: { cursor } })).body).toMatchObject({
      status: 400,
      errors: [{ path: "cursor" }],
    });
  });
});

describe("GET /busy", () => {
  const RANGE = { from: textOf(NEXT_DAY), to: textOf(NEXT_DAY + 7 * DAY) };

  async function connect() {
    const { connectionId } = await world.connect();
    const add = (at: number, more: Record<string, unknown> = {}) =>
      world.google.addEvent(world.email, {
        summary: "canary-outside-title",
        start: { dateTime: textOf(at) },
        end: { dateTime: textOf(at + HOUR) },
        ...more,
      });
    add(NEXT_DAY + 9 * HOUR);
    add(NEXT_DAY + 10 * HOUR);
    add(NEXT_DAY + 9 * HOUR, { status: "tentative" });
    add(NEXT_DAY + 2 * DAY, { transparency: "transparent" });
    await world.drain();
    await book("b-1", NEXT_DAY + DAY + 10 * HOUR);
    await service("placeHold", {
      body: {
        ...{ agentId: world.agentId, holdId: "h-1", minutes: 30 },
        ...{ start: textOf(NEXT_DAY + DAY + 12 * HOUR), end: textOf(NEXT_DAY + DAY + 13 * HOUR) },
      },
    });
    await world.drain();
    return connectionId;
  }

  test("shows stretches with their rule and calendar, and how fresh they are, without any title", async () => {
    const connectionId = await connect();
    const { status, body } = await agent("listBusy", { query: RANGE });
    expect(status).toBe(200);
    const stretch = (at: number, hours: number, reason: string, more = {}) => ({
      ...{ start: textOf(NEXT_DAY + at), end: textOf(NEXT_DAY + at + hours * HOUR), reason },
      ...{ connectionId: null, bookingId: null, ...more },
    });
    expect(body.busy).toEqual([
      stretch(9 * HOUR, 1, "tentative", { connectionId }),
      stretch(9 * HOUR, 2, "busy", { connectionId }),
      stretch(DAY + 10 * HOUR, 1, "booking", { bookingId: "b-1" }),
      stretch(DAY + 12 * HOUR, 1, "hold"),
    ]);
    expect(body).toMatchObject({
      nextCursor: null,
      complete: true,
      calendars: [{ connectionId, fresh: true }],
    });
    expect(JSON.stringify(body)).not.toMatch(/canary|Title of/);
  });

  test("comes in pages; what starts together stays together", async () => {
    await connect();
    const reasonOf = (item: { reason: string }) => item.reason;
    expect(await pages(agent, "listBusy", { ...RANGE, limit: "1" }, reasonOf)).toEqual([
      ["tentative", "busy"],
      ["booking"],
      ["hold"],
    ]);
    expect(await pages(agent, "listBusy", { ...RANGE, limit: "3" }, reasonOf)).toHaveLength(2);
  });

  test("is the agent's own only, of an agent who is known, for 60 days at most", async () => {
    await connect();
    const stranger = apiOf(world, await world.token("agent", `${world.agentId}-stranger`));
    expect((await stranger("listBusy", { query: RANGE })).body).toMatchObject({ code: "agent_not_found" });
    expect((await stranger("listBusy", { query: { ...RANGE, agentId: world.agentId } })).status).toBe(403);
    expect((await service("listBusy", { query: RANGE })).body).toMatchObject({
      errors: [{ path: "agentId" }],
    });
    const long = { ...RANGE, to: textOf(NEXT_DAY + 60 * DAY + 1) };
    expect((await agent("listBusy", { query: long })).body).toMatchObject({ errors: [{ path: "to" }] });
  });

  test("says what isn't known: what lies outside of the cached window", async () => {
    await connect();
    const past = { from: textOf(NEXT_DAY - 10 * DAY), to: textOf(NEXT_DAY) };
    const { body } = await agent("listBusy", { query: past });
    expect(body).toMatchObject({ complete: false, calendars: [{ reason: "outside_window" }] });
  });
});
