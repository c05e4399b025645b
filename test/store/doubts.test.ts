// Doubts: which events of bookings a page marks for reconciliation, when they are due, and which it counts as named.
import { randomUUID } from "node:crypto";
import { eq, type InferInsertModel } from "drizzle-orm";
import { describe, expect, inject, test } from "vitest";
import type { BusyEvent, Page } from "../../src/providers/provider.ts";
import { applyPage, applyStrip, finishRoll } from "../../src/store/busy/pages.ts";
import { openDatabase, rowsOf } from "../../src/store/db.ts";
import { bookings, deliveries } from "../../src/store/schema/bookings.ts";
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

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-03-02T08:00:00Z");
/** When the round began. */
const SINCE = NOW - MINUTE;
const WINDOW = { startsAt: NOW - 24 * HOUR, endsAt: NOW + 100 * HOUR };
const BOOKED = { startsAt: NOW + HOUR, endsAt: NOW + 2 * HOUR };
const GENERATION = 3;
/** How long after our own write no pull doubts an event. */
const DOUBT_AFTER_MS = 2 * MINUTE;

interface Change {
  readonly delivery?: Partial<InferInsertModel<typeof deliveries>>;
  readonly booking?: Partial<InferInsertModel<typeof bookings>>;
  /** The delivery is in another calendar. */
  readonly elsewhere?: boolean;
}

/** A leased calendar with one booking in it, delivered ten minutes ago and named by no pull since. */
async function seed({ delivery, booking, elsewhere = false }: Change) {
  const agentId = `doubts-${randomUUID()}`;
  const connectionId = `${agentId}-c1`;
  const stamps = { createdAt: NOW - HOUR, updatedAt: NOW - 10 * MINUTE };
  await db.write([
    ...seedStatements(db, {
      ...{ agentId, now: NOW },
      connections: [{ id: connectionId, leaseId: "mine", leaseUntil: NOW + MINUTE, generation: GENERATION }],
    }),
    db.build.insert(bookings).values({
      ...{ agentId, bookingId: "b-1", plainTitle: "", timeZone: "UTC", state: "confirmed" },
      ...{ revision: 1, writeId: "w", ...BOOKED, ...stamps, ...booking },
    }),
    db.build.insert(deliveries).values({
      connectionId: elsewhere ? `${agentId}-c2` : connectionId,
      ...{ agentId, bookingId: "b-1", wantedRevision: 1, deliveredRevision: 1 },
      ...{ state: "delivered", externalId: "e-1", idVersion: 0, seenGeneration: -1 },
      ...{ deliveredStartsAt: BOOKED.startsAt, deliveredEndsAt: BOOKED.endsAt },
      ...{ attempts: 0, nextAttemptAt: 0, leaseUntil: 0, ...stamps, ...delivery },
    }),
  ]);
  const read = async () => {
    const [result] = await db.read([
      db.build.select().from(deliveries).where(eq(deliveries.agentId, agentId)),
    ]);
    return rowsOf(deliveries, result)[0];
  };
  return { connection: { id: connectionId, agentId, goneAt: null }, read };
}

type Connection = Awaited<ReturnType<typeof seed>>["connection"];

async function apply(connection: Connection, change: Partial<Page> = {}, leaseId = "mine") {
  const page: Page = {
    ...{ mode: "delta", upserts: [], removedKeys: [], removedSeries: [], next: "next", last: true },
    ...{ timeZone: null, ...change },
  };
  return applyPage(db, {
    ...{ connection, leaseId, page, generation: GENERATION, leaseUntil: NOW + MINUTE, now: NOW },
    doubtAfterMs: DOUBT_AFTER_MS,
    ...{ kept: WINDOW, covered: WINDOW, roundStartedAt: SINCE, roundPages: 1, end: null },
  });
}

/** The delivery after one page of a pull. */
async function deliveryAfter(change: Change, page: Partial<Page> = {}, leaseId = "mine") {
  const { connection, read } = await seed(change);
  await apply(connection, page, leaseId);
  return read();
}

const event = (change: Partial<BusyEvent> = {}): BusyEvent => ({
  ...{ key: "e-1", seriesKey: null, ...BOOKED, allDay: false, status: "busy", bookingId: "b-1", ...change },
});
const LATER = { startsAt: BOOKED.startsAt + HOUR, endsAt: BOOKED.endsAt + HOUR };

/** What makes an event no concern of a pull: nothing about it is marked, whatever the page says. */
const NO_CONCERN: readonly (readonly [string, Change])[] = [
  ["its booking was cancelled", { booking: { state: "cancelled" } }],
  ["its booking is over", { booking: { startsAt: NOW - HOUR, endsAt: NOW } }],
  ["it is being written", { delivery: { state: "pending" } }],
  ["it stands in another calendar", { elsewhere: true }],
];

describe("an event that no pull has named since our write", () => {
  test("P3: is marked by the last page of a delta", async () => {
    expect(await deliveryAfter({})).toMatchObject({ lookDueAt: NOW });
  });

  test.each<readonly [string, Change]>([
    ["an earlier pull named it", { delivery: { seenGeneration: GENERATION } }],
    ["its write hasn't told its id", { delivery: { externalId: null } }],
    ["it was written as the round began", { delivery: { updatedAt: SINCE } }],
    ["it ends where the window begins", { delivery: { deliveredEndsAt: WINDOW.startsAt } }],
    ["it starts where the window ends", { delivery: { deliveredStartsAt: WINDOW.endsAt } }],
    ...NO_CONCERN,
  ])("isn't marked where %s", async (_, change) => {
    expect(await deliveryAfter(change)).toMatchObject({ lookDueAt: null });
  });

  test("isn't marked before the last page, which may yet name it", async () => {
    expect(await deliveryAfter({}, { last: false })).toMatchObject({ lookDueAt: null });
  });

  test("isn't marked by a page that names it, and counts as named", async () => {
    expect(await deliveryAfter({}, { upserts: [event()] })).toMatchObject({
      ...{ lookDueAt: null, seenGeneration: GENERATION },
    });
  });

  test("isn't marked after the lease was lost, and doesn't count as named", async () => {
    const page = { upserts: [event(LATER)], removedKeys: ["e-2"] };
    expect(await deliveryAfter({}, page, "somebody else's")).toMatchObject({
      lookDueAt: null,
      seenGeneration: -1,
    });
    expect(await deliveryAfter({}, { mode: "snapshot" }, "somebody else's")).toMatchObject({
      lookDueAt: null,
    });
  });

  test("C35: is due two minutes after our write, and no sooner", async () => {
    const updatedAt = SINCE - 1;
    expect(await deliveryAfter({ delivery: { updatedAt } })).toMatchObject({
      lookDueAt: updatedAt + 2 * MINUTE,
    });
  });

  test("stays due when it was due", async () => {
    expect(await deliveryAfter({ delivery: { lookDueAt: 5 } })).toMatchObject({ lookDueAt: 5 });
  });

  const roll = async (change: Change, strip: typeof WINDOW | null) => {
    const { connection, read } = await seed(change);
    await finishRoll(db, {
      ...{ connection, leaseId: "mine", window: WINDOW, strip, since: SINCE },
      ...{ restart: false, nextRollAt: NOW + HOUR, doubtAfterMs: DOUBT_AFTER_MS, now: NOW },
      run: {
        ...{ id: randomUUID(), agentId: connection.agentId, connectionId: connection.id },
        ...{
          mode: "roll",
          outcome: "ok",
          pages: 0,
          upserts: 0,
          removals: 0,
          startedAt: NOW,
          finishedAt: NOW,
        },
      },
    });
    return read();
  };

  test("is marked by a roll that listed its strip of the window, and by no other roll", async () => {
    const before = { startsAt: WINDOW.startsAt, endsAt: BOOKED.startsAt };
    expect(await roll({}, WINDOW)).toMatchObject({ lookDueAt: NOW });
    expect(await roll({}, null)).toMatchObject({ lookDueAt: null });
    expect(await roll({}, before)).toMatchObject({ lookDueAt: null });
  });
});

describe("an event that a whole snapshot doesn't name", () => {
  const named = { delivery: { seenGeneration: GENERATION - 1 } };
  const snapshot = { mode: "snapshot" } as const;

  test("P3: is marked by its last page", async () => {
    expect(await deliveryAfter(named, snapshot)).toMatchObject({
      lookDueAt: NOW,
      seenGeneration: GENERATION - 1,
    });
    expect(await deliveryAfter(named, { ...snapshot, last: false })).toMatchObject({ lookDueAt: null });
  });

  test("isn't marked by a delta, which names only changes", async () => {
    expect(await deliveryAfter(named)).toMatchObject({ lookDueAt: null });
  });

  test.each<readonly [string, Change]>([
    ["an earlier page of the snapshot named it", { delivery: { seenGeneration: GENERATION } }],
    ["its write hasn't told its id", { delivery: { externalId: null } }],
    ["it was written as the round began", { delivery: { updatedAt: SINCE } }],
    ["it ends where the window begins", { delivery: { deliveredEndsAt: WINDOW.startsAt } }],
    ...NO_CONCERN,
  ])("isn't marked where %s", async (_, change) => {
    const given = { ...change, delivery: { ...named.delivery, ...change.delivery } };
    expect(await deliveryAfter(given, snapshot)).toMatchObject({
      ...{ lookDueAt: null, seenGeneration: given.delivery.seenGeneration },
    });
  });

  test("counts as unnamed where it starts at the end of the window or later", async () => {
    const delivery = { ...named.delivery, deliveredStartsAt: WINDOW.endsAt };
    const distant = await deliveryAfter({ delivery }, snapshot);
    expect(distant).toMatchObject({ lookDueAt: null, seenGeneration: -1 });
    for (const change of [
      { updatedAt: SINCE },
      { externalId: null },
      { state: "pending" as const },
      { seenGeneration: GENERATION },
    ]) {
      const given = { ...delivery, ...change };
      expect(await deliveryAfter({ delivery: given }, snapshot)).toMatchObject({
        ...{ seenGeneration: given.seenGeneration },
      });
    }
    expect(await deliveryAfter({ delivery, elsewhere: true }, snapshot)).toMatchObject({
      ...{ seenGeneration: GENERATION - 1 },
    });
    expect(await deliveryAfter({ delivery }, snapshot, "somebody else's")).toMatchObject({
      ...{ seenGeneration: GENERATION - 1 },
    });
  });
});

describe("an event that a page names", () => {
  const seen = { seenGeneration: GENERATION };

  test.each<readonly [string, Partial<Page>]>([
    ["with another start", { upserts: [event({ startsAt: BOOKED.startsAt - 1 })] }],
    ["with another end", { upserts: [event({ endsAt: BOOKED.endsAt + 1 })] }],
    ["as gone", { removedKeys: ["e-1"] }],
    ["as a series that is gone", { removedSeries: ["e-1"] }],
    ["as a series", { upserts: [event({ key: "e-1#1", seriesKey: "e-1" })] }],
  ])("is marked %s", async (_, page) => {
    expect(await deliveryAfter({ delivery: seen }, page)).toMatchObject({ lookDueAt: NOW });
  });

  test.each<readonly [string, Partial<Page>]>([
    ["as it was written", { upserts: [event()] }],
    ["as gone and as it was written", { upserts: [event()], removedKeys: ["e-1"] }],
    ["under another id", { upserts: [event({ key: "e-2", ...LATER })], removedKeys: ["e-3"] }],
  ])("isn't marked %s", async (_, page) => {
    expect(await deliveryAfter({ delivery: seen }, page)).toMatchObject({ lookDueAt: null });
  });

  test.each(NO_CONCERN)("isn't marked where %s", async (_, change) => {
    const given = { ...change, delivery: { ...seen, ...change.delivery } };
    expect(await deliveryAfter(given, { upserts: [event(LATER)] })).toMatchObject({ lookDueAt: null });
    expect(await deliveryAfter(given, { removedKeys: ["e-1"] })).toMatchObject({ lookDueAt: null });
  });

  test("counts as named, after each page of a snapshot and after the first of a delta", async () => {
    const delivery = { seenGeneration: GENERATION - 1 };
    const upserts = [event()];
    expect(await deliveryAfter({ delivery }, { mode: "snapshot", upserts })).toMatchObject(seen);
    expect(await deliveryAfter({ delivery }, { upserts })).toMatchObject(delivery);
  });

  test("is followed up at once where it is due, and later where it isn't", async () => {
    const { connection } = await seed({ delivery: seen });
    const page = { upserts: [event(LATER)] };
    expect((await apply(connection, page)).followUp.toReconcile).toEqual(["b-1"]);
    const fresh = await seed({ delivery: { ...seen, updatedAt: SINCE } });
    expect((await apply(fresh.connection, page)).followUp.toReconcile).toEqual([]);
  });

  test("is marked by a listed strip of the window as well", async () => {
    const { connection, read } = await seed({ delivery: seen });
    const applied = await applyStrip(db, {
      ...{ connection, leaseId: "mine", page: { upserts: [event(LATER)] }, generation: GENERATION },
      ...{ leaseUntil: NOW + MINUTE, window: WINDOW, doubtAfterMs: DOUBT_AFTER_MS, now: NOW },
    });
    expect(applied.followUp.toReconcile).toEqual(["b-1"]);
    expect(await read()).toMatchObject({ lookDueAt: NOW });
  });

  test("is left alone by a listed strip whose lease was lost", async () => {
    const { connection, read } = await seed({ delivery: seen });
    const applied = await applyStrip(db, {
      ...{ connection, leaseId: "lost", page: { upserts: [event(LATER)] }, generation: GENERATION },
      ...{ leaseUntil: NOW + MINUTE, window: WINDOW, doubtAfterMs: DOUBT_AFTER_MS, now: NOW },
    });
    expect(applied.connection).toBeNull();
    expect(await read()).toMatchObject({ lookDueAt: null });
  });
});

describe("an event that is being written", () => {
  const writing = { state: "pending" as const, leaseId: "writer", leaseUntil: NOW + 1 };
  const first = { ...writing, externalId: null, deliveredStartsAt: null, deliveredEndsAt: null };
  /** After the write, when a provider shows the newer state. */
  const MARKED = { lookDueAt: NOW + 2 * MINUTE };

  test.each<readonly [string, Change, Partial<Page>]>([
    ["moved", { delivery: writing }, { upserts: [event(LATER)] }],
    ["shortened", { delivery: writing }, { upserts: [event({ endsAt: BOOKED.endsAt - 1 })] }],
    ["begun later", { delivery: writing }, { upserts: [event({ startsAt: BOOKED.startsAt + 1 })] }],
    ["moved without its mark", { delivery: writing }, { upserts: [event({ ...LATER, bookingId: null })] }],
    ["gone", { delivery: writing }, { removedKeys: ["e-1"] }],
    ["moved during its first write", { delivery: first }, { upserts: [event({ key: "e-9", ...LATER })] }],
    ["perhaps gone during its first write", { delivery: first }, { removedKeys: ["e-9"] }],
  ])("is marked where the page says that it is %s", async (_, change, page) => {
    expect(await deliveryAfter(change, page)).toMatchObject(MARKED);
  });

  test.each<readonly [string, Change, Partial<Page>]>([
    ["it stands as it is written", { delivery: writing }, { upserts: [event()] }],
    ["another event is gone", { delivery: writing }, { removedKeys: ["e-2"] }],
    [
      "another event is moved",
      { delivery: writing },
      { upserts: [event({ ...LATER, key: "e-2", bookingId: null })] },
    ],
    ["the page says nothing", { delivery: first }, {}],
    ["its write has ended", { delivery: { ...writing, leaseUntil: NOW } }, { removedKeys: ["e-1"] }],
    ["it has failed for good", { delivery: { ...writing, state: "failed" } }, { removedKeys: ["e-1"] }],
    ["it stands in another calendar", { delivery: writing, elsewhere: true }, { removedKeys: ["e-1"] }],
  ])("isn't marked where %s", async (_, change, page) => {
    expect(await deliveryAfter(change, page)).toMatchObject({ lookDueAt: null });
  });

  test("isn't marked after the lease was lost", async () => {
    expect(
      await deliveryAfter({ delivery: writing }, { removedKeys: ["e-1"] }, "somebody else's"),
    ).toMatchObject({
      ...{ lookDueAt: null },
    });
  });
});
