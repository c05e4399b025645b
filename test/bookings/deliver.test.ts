// Deliver: each calendar shows a booking exactly once, though answers get lost, writes are slow and access ends.
import { expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";
import { at, bookingRequest, liveEvents, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;
const PATIENT = { CONFIRM_MAX_AGE_SECONDS: "86400" };

function createOwnWorld(options: WorldOptions = {}): World {
  return createWorld({
    databaseUrl: databaseUrl(),
    ...options,
    bindings: { ...PATIENT, ...options.bindings },
  });
}

/** Connects the account and one more calendar of it; returns both connections with their calendars. */
async function connectTwo(world: World) {
  const { accountId, connectionId } = await world.connect();
  const calendarId = `second-${world.agentId}`;
  world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
  const second = await connectCalendar(world.deps, {
    ownedBy: null,
    accountId,
    calendarId,
    blocksAvailability: true,
    receivesBookings: true,
  });
  await world.drain();
  return {
    accountId,
    first: { connectionId, calendarId: world.email },
    second: { connectionId: second.id, calendarId },
  };
}

const statusOf = async (world: World, bookingId = "b-1") =>
  (await getBooking(world.deps, { agentId: world.agentId, bookingId })).results;

async function passMinutes(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

test.each(["before", "after"] as const)(
  "G40: an insert whose connection breaks %s it took effect makes one event",
  async (when) => {
    const world = createOwnWorld();
    await world.connect();
    world.google.knobs.set("net.reset", when, { operation: "events.insert", times: 1 });
    const answer = await createBooking(world.deps, bookingRequest(world));
    expect(answer).toMatchObject({ created: true, results: [{ status: "pending", reason: "network" }] });
    await passMinutes(world, 1);
    expect(liveEvents(world)).toHaveLength(1);
    expect(await statusOf(world)).toMatchObject([{ status: "synced", reason: null }]);
  },
);

/** A world in which the first insert at Google is held back until it is released. */
function createHeldWorld() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isFirst = true;
  const world = createOwnWorld({
    bindings: { DELIVER_BUDGET_SECONDS: "1" },
    fetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const isInsert = request.method === "POST" && /\/events\?/.test(request.url);
      if (isInsert && isFirst) {
        isFirst = false;
        await released;
      }
      return inner(request);
    },
  });
  return { world, release: () => release() };
}

test("an insert that takes longer than the caller waits is pending, and lands exactly once", async () => {
  const { world, release } = createHeldWorld();
  await world.connect();
  const answer = await createBooking(world.deps, bookingRequest(world));
  expect(answer).toMatchObject({ created: true, results: [{ status: "pending", externalId: null }] });
  release();
  await world.drain();
  expect(liveEvents(world)).toHaveLength(1);
  const results = await statusOf(world);
  expect(results).toMatchObject([{ status: "synced" }]);
  expect(results[0]?.externalId).toBe(liveEvents(world)[0]?.["id"]);
});

test("a change that waits behind a slow write is written as soon as that write has ended", async () => {
  const { world, release } = createHeldWorld();
  await world.connect();
  const later = { start: SLOT.end, end: SLOT.end + HOUR };
  const [, second] = await Promise.all([
    createBooking(world.deps, bookingRequest(world)),
    createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: later })),
  ]);
  expect(second.results).toMatchObject([{ status: "pending", reason: null }]);
  // Jobs that run during the slow write come too early.
  world.jobs.urgent.splice(0);
  release();
  await world.drain();
  expect(liveEvents(world)).toHaveLength(2);
  expect(await statusOf(world, "b-2")).toMatchObject([{ status: "synced" }]);
});

test("writes into one calendar go one after another, whichever Worker makes them", async () => {
  let writing = 0;
  let most = 0;
  const world = createOwnWorld({
    fetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const isWrite = request.method === "POST" && /\/events\?/.test(request.url);
      if (!isWrite) return inner(request);
      writing += 1;
      most = Math.max(most, writing);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return inner(request).finally(() => {
        writing -= 1;
      });
    },
  });
  await world.connect();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => {
      const start = SLOT.start + index * HOUR;
      const wanted = { start, end: start + HOUR };
      return createBooking(world.deps, bookingRequest(world, { bookingId: `b-${index}`, slot: wanted }));
    }),
  );
  expect(answers.every(({ created }) => created)).toBe(true);
  await world.drain();
  expect(most).toBe(1);
  expect(liveEvents(world)).toHaveLength(8);
});

test("P3: every calendar that receives bookings gets the event, and a failing one doesn't delay the others", async () => {
  const world = createOwnWorld();
  const { first, second } = await connectTwo(world);
  world.google.knobs.set("api.status", 503, {
    operation: "events.insert",
    calendar: first.calendarId,
    times: 1,
  });
  const { results } = await createBooking(world.deps, bookingRequest(world));
  expect(results.find(({ connectionId }) => connectionId === first.connectionId)?.status).toBe("pending");
  expect(results.find(({ connectionId }) => connectionId === second.connectionId)?.status).toBe("synced");
  await passMinutes(world, 1);
  expect(liveEvents(world)).toHaveLength(1);
  expect(liveEvents(world, "Consultation", second.calendarId)).toHaveLength(1);
  expect((await statusOf(world)).map(({ status }) => status)).toEqual(["synced", "synced"]);
});

test("two accounts of one agent both get the event", async () => {
  const world = createOwnWorld();
  await world.connect();
  const other = `other-${world.email}`;
  world.google.addUser({ email: other, timeZone: "Europe/Berlin", sub: `other-${world.agentId}` });
  await world.connect({ user: other });
  const { results } = await createBooking(world.deps, bookingRequest(world));
  expect(results.map(({ status }) => status)).toEqual(["synced", "synced"]);
  expect(liveEvents(world)).toHaveLength(1);
  expect(liveEvents(world, "Consultation", other)).toHaveLength(1);
});

test("a calendar that doesn't receive bookings gets none", async () => {
  const world = createOwnWorld();
  const { connectionId } = await world.connect();
  await world.query("UPDATE connections SET receives_bookings = 0 WHERE id = ?", [connectionId]);
  expect((await createBooking(world.deps, bookingRequest(world))).results).toEqual([]);
  await world.drain();
  expect(liveEvents(world)).toEqual([]);
});

test("G21: a calendar that can no longer be written is reported as failed, and written when it can be again", async () => {
  const world = createOwnWorld();
  await world.connect();
  world.google.changeEntry(world.email, world.email, { role: "reader" });
  const { results } = await createBooking(world.deps, bookingRequest(world));
  expect(results).toMatchObject([{ status: "failed", externalId: null }]);
  expect(results[0]?.reason).not.toBeNull();
  await passMinutes(world, 2);
  expect(await statusOf(world)).toMatchObject([{ status: "failed" }]);
  await world.cron("17 3 * * *");
  world.google.changeEntry(world.email, world.email, { role: "owner" });
  await world.cron("17 3 * * *");
  await passMinutes(world, 1);
  expect(liveEvents(world)).toHaveLength(1);
  expect(await statusOf(world)).toMatchObject([{ status: "synced" }]);
});

test("G1: a booking made after access was withdrawn waits, and lands when the agent consents again", async () => {
  const world = createOwnWorld();
  const { accountId } = await world.connect();
  world.google.removeAccess(world.email);
  const { results } = await createBooking(world.deps, bookingRequest(world));
  expect(results).toMatchObject([{ status: "pending" }]);
  await passMinutes(world, 2);
  expect(liveEvents(world)).toEqual([]);
  await world.connect({ accountId });
  expect(liveEvents(world)).toHaveLength(1);
  expect(await statusOf(world)).toMatchObject([{ status: "synced", reason: null }]);
});

test("G10: throttling delays a booking's event but loses none", async () => {
  const world = createOwnWorld();
  await world.connect();
  world.google.knobs.set("limit.user", { retryAfter: 90 }, { operation: "events.insert", times: 1 });
  expect(await createBooking(world.deps, bookingRequest(world))).toMatchObject({
    results: [{ status: "pending" }],
  });
  await passMinutes(world, 1);
  expect(liveEvents(world)).toHaveLength(0);
  await passMinutes(world, 2);
  expect(liveEvents(world)).toHaveLength(1);
});

test("M14: a mailbox that throttles one write delays all writes that wait for it, and then all of them land", async () => {
  const world = createOwnWorld();
  await world.connect({ provider: "OFFICE365" });
  const slotAt = (hours: number) => ({ start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR });
  for (let number = 1; number <= 8; number += 1) {
    const booking = { bookingId: `b-${number}`, slot: slotAt(number), deliver: "later" } as const;
    await createBooking(world.deps, bookingRequest(world, booking));
  }
  world.microsoft.knobs.set("limit.mailbox", true);
  world.microsoft.knobs.set("limit.retryAfter", 600);
  world.microsoft.requests.length = 0;
  await world.drain();
  await passMinutes(world, 3);
  expect(world.microsoft.requests).toHaveLength(1);
  world.microsoft.knobs.clear();
  await passMinutes(world, 9);
  expect(world.microsoft.events(world.microsoft.calendarId(world.workEmail))).toHaveLength(8);
});

test("a long outage delays a booking's event but loses none", async () => {
  const world = createOwnWorld();
  await world.connect();
  world.google.knobs.set("api.status", 500);
  await createBooking(world.deps, bookingRequest(world));
  await passMinutes(world, 20);
  expect(liveEvents(world)).toHaveLength(0);
  expect(await statusOf(world)).toMatchObject([{ status: "pending" }]);
  world.google.knobs.clear();
  await passMinutes(world, 61);
  expect(liveEvents(world)).toHaveLength(1);
});

test("the event says what the booking says, and asks Google to invite nobody", async () => {
  const world = createOwnWorld();
  await world.connect();
  const details = {
    description: "Bring papers",
    location: "Room 1",
    clientName: "Client",
    clientEmail: "client@example.com",
  };
  await createBooking(world.deps, bookingRequest(world, details));
  const [event = {}] = liveEvents(world);
  expect(event).toMatchObject({ summary: "Consultation", location: "Room 1", visibility: "private" });
  expect(event["description"]).toContain("client@example.com");
  expect(event["attendees"]).toBeUndefined();
  const { dateTime } = event["start"] as { dateTime: string };
  expect(at(dateTime)).toBe(SLOT.start);
  const inserts = world.google.requests.filter(({ operation }) => operation === "events.insert");
  expect(inserts.map(({ sendUpdates }) => sendUpdates)).toEqual(["none"]);
});

/** The world's providers, except that writing this booking's event throws an unforeseen error. */
function stumbleOver(world: World, bookingId: string): void {
  const { providers } = world.deps;
  const get: typeof providers.get = (name) => {
    const provider = providers.get(name);
    return {
      ...provider,
      open(...access) {
        const opened = provider.open(...access);
        return {
          ...opened,
          async putBooking(calendar, event, known) {
            if (event.bookingId === bookingId) throw new TypeError("nobody foresaw this");
            return opened.putBooking(calendar, event, known);
          },
        };
      },
    };
  };
  Object.assign(world.deps, { providers: { ...providers, get } });
}

test("P3: a write with an unforeseen error is reported in the end, and doesn't hold up its calendar's other writes", async () => {
  const world = createOwnWorld();
  await world.connect();
  stumbleOver(world, "b-1");
  await createBooking(world.deps, bookingRequest(world, { deliver: "later" }));
  const slot = { start: SLOT.start + HOUR, end: SLOT.end + HOUR };
  await createBooking(
    world.deps,
    bookingRequest(world, { bookingId: "b-2", title: "Second", slot, deliver: "later" }),
  );
  await world.drain();
  expect(await statusOf(world)).toMatchObject([{ status: "pending", reason: "unexpected_error" }]);
  expect(await statusOf(world, "b-2")).toMatchObject([{ status: "synced" }]);
  for (let wait = 0; wait < 12; wait += 1) {
    world.advance(15 * MINUTE);
    await world.cron();
  }
  expect(await statusOf(world)).toMatchObject([{ status: "failed", reason: "unexpected_error" }]);
});

/** A world whose first insert at Google is held back until `arrive`, while its sender is `lost`. */
function worldOfLateInsert(lost: () => Promise<Response>) {
  let held: (() => Promise<unknown>) | undefined;
  const world = createOwnWorld({
    fetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      if (held !== undefined || request.method !== "POST" || !/\/events\?/.test(request.url)) {
        return inner(request);
      }
      held = () => inner(request);
      return lost();
    },
  });
  return { world, isSent: () => held !== undefined, arrive: async () => held?.() };
}

test("P3: an insert that arrives after its answer was lost and its booking cancelled is removed all the same", async () => {
  const { world, arrive } = worldOfLateInsert(() => Promise.reject(new TypeError("the connection broke")));
  await world.connect();
  await createBooking(world.deps, bookingRequest(world));
  const answer = await cancelBooking(world.deps, {
    agentId: world.agentId,
    bookingId: "b-1",
    deliver: "now",
  });
  expect(answer.results).toMatchObject([{ status: "pending", reason: "write_in_doubt" }]);
  await arrive();
  expect(liveEvents(world)).toHaveLength(1);
  await passMinutes(world, 3);
  expect(liveEvents(world)).toEqual([]);
  expect(await statusOf(world)).toMatchObject([{ status: "synced", reason: null }]);
});

test.each(["now", "later"] as const)(
  "P3: an insert whose Worker was killed before it recorded the outcome is removed, when cancelled %s",
  async (deliver) => {
    const { world, isSent, arrive } = worldOfLateInsert(() => new Promise(() => {}));
    await world.connect();
    const killed = createBooking(
      { ...world.deps, sleep: () => new Promise(() => {}) },
      bookingRequest(world),
    );
    await expect.poll(isSent).toBe(true);
    world.advance(MINUTE);
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver });
    await world.drain();
    expect(await statusOf(world)).toMatchObject([{ status: "pending", reason: "write_in_doubt" }]);
    await arrive();
    expect(liveEvents(world)).toHaveLength(1);
    await passMinutes(world, 3);
    expect(liveEvents(world)).toEqual([]);
    expect(await statusOf(world)).toMatchObject([{ status: "synced", reason: null }]);
    void killed;
  },
);
