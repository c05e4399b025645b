// Forgotten texts: a booking whose texts retention or erasure took goes on as a booking, and calendars keep theirs.
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { eraseClient } from "../../src/erasure/erase-client.ts";
import { setForgotten } from "../../src/store/booking-texts.ts";
import { apiOf } from "../http/api.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World } from "../support/world.ts";
import {
  connectAt,
  HOUR,
  KINDS,
  type Kind,
  kindsOf,
  passMinutes,
  patientWorld,
  pullAndReconcile,
  setExternalChangePolicy,
  settled,
} from "./one-calendar-each.ts";
import { bookingRequest, changeRequest, codeOf, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const TEXTS = {
  title: "Consultation",
  description: "Papers",
  location: "Room 1",
  clientName: "Bo",
  clientEmail: "bo@client.example",
};
const NOTHING = { title: null, description: null, location: null, clientName: null, clientEmail: null };
const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };

/** As retention and erasure do it. */
const forget = (world: World) => world.deps.db.write([sql`UPDATE bookings SET ${setForgotten()}`]);

async function forgottenWorld(kind: Kind) {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, kind);
  await createBooking(world.deps, bookingRequest(world, TEXTS));
  await world.drain();
  const [before] = calendar.written();
  await forget(world);
  const read = () => getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  return { world, calendar, before, read };
}

describe.each(KINDS)("a booking in a calendar of %s whose texts were forgotten", (kind) => {
  test("is moved, and its event keeps what it says", async () => {
    const { world, calendar, before, read } = await forgottenWorld(kind);
    const { booking, results } = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
    expect(booking).toMatchObject({ ...NOTHING, startsAt: LATER.start, revision: 2 });
    expect(results).toMatchObject([{ status: "synced" }]);
    const { title, description, location } = before ?? {};
    expect(calendar.written()).toMatchObject([
      { title, description, location, startsAt: LATER.start, endsAt: LATER.end },
    ]);
    expect((await read()).booking).toMatchObject(NOTHING);
  });

  test("is cancelled, and its event goes", async () => {
    const { world, calendar } = await forgottenWorld(kind);
    const input = { agentId: world.agentId, bookingId: "b-1", deliver: "now" } as const;
    expect((await cancelBooking(world.deps, input)).booking).toMatchObject({
      ...NOTHING,
      state: "cancelled",
    });
    expect(calendar.written()).toEqual([]);
  });

  test("and that is over isn't made anew by its client's erasure, if the agent has deleted its event", async () => {
    const { world, calendar, before } = await forgottenWorld(kind);
    await calendar.person.remove(before?.eventId ?? "");
    world.advance(SLOT.end - world.deps.now() + HOUR);
    const erased = await eraseClient(world.deps, { email: TEXTS.clientEmail, calendars: true });
    expect(erased).toMatchObject({ bookings: 1, copies: 1, left: 0 });
    await passMinutes(world, 1);
    expect(await world.query("SELECT state, external_id FROM deliveries")).toEqual([
      { state: "delivered", external_id: null },
    ]);
    expect(calendar.written()).toEqual([]);
  });

  test("that is written once more changes nothing in the calendar", async () => {
    const { world, calendar, before } = await forgottenWorld(kind);
    await world.query("UPDATE deliveries SET state = 'pending', delivered_revision = 0, etag = NULL");
    await passMinutes(world, 1);
    expect(await world.query("SELECT state FROM deliveries")).toMatchObject([{ state: "delivered" }]);
    expect(calendar.written()).toEqual([before]);
  });
});

describe.each(kindsOf("GOOGLE"))("at %s, a booking whose texts were forgotten", (kind) => {
  test("follows its agent to another time", async () => {
    const { world, calendar, before, read } = await forgottenWorld(kind);
    await setExternalChangePolicy(world, "follow");
    await calendar.person.move(before?.eventId ?? "", { startsAt: LATER.start, endsAt: LATER.end });
    await settled(world);
    await pullAndReconcile(world, calendar);
    expect((await read()).booking).toMatchObject({ ...NOTHING, startsAt: LATER.start });
    expect(calendar.written()).toMatchObject([{ title: "Consultation", startsAt: LATER.start }]);
  });

  test("gets texts again by a change, with a neutral title if it names none", async () => {
    const { world, calendar } = await forgottenWorld(kind);
    const first = await changeBooking(world.deps, changeRequest(world, { changes: { location: "Room 9" } }));
    expect(first.booking).toMatchObject({ ...NOTHING, title: "Booking", location: "Room 9", revision: 2 });
    expect(calendar.written()).toMatchObject([{ title: "Booking", location: "Room 9" }]);
    expect(calendar.written()[0]?.description).not.toContain("bo@client.example");
  });

  test("is the same booking when it is asked for again, unless the slot is another", async () => {
    const { world } = await forgottenWorld(kind);
    expect(await createBooking(world.deps, bookingRequest(world, TEXTS))).toMatchObject({ created: false });
    expect(await codeOf(createBooking(world.deps, bookingRequest(world, { ...TEXTS, slot: LATER })))).toBe(
      "booking_exists",
    );
  });

  test("is answered by the API with nulls", async () => {
    const { world } = await forgottenWorld(kind);
    const service = apiOf(world, await world.token("service"));
    const { agentId } = world;
    const got = await service("getBooking", { params: { bookingId: "b-1" }, query: { agentId } });
    expect(got).toMatchObject({ status: 200, body: { booking: { ...NOTHING, state: "confirmed" } } });
  });
});

test.each([
  ["GOOGLE", "comes back with its texts, because it is still in the bin", "Consultation"],
  ["APPLE", "is made anew with a neutral title", "Booking"],
] as const)("at %s, the event of forgotten texts that the agent removed %s", async (kind, _, title) => {
  const { world, calendar, before } = await forgottenWorld(kind);
  await setExternalChangePolicy(world, "keep");
  await calendar.person.remove(before?.eventId ?? "");
  await settled(world);
  await pullAndReconcile(world, calendar);
  expect(calendar.written()).toMatchObject([{ title }]);
});

test("P8: texts that are forgotten while a change is on its way don't come back with it", async () => {
  const world = patientWorld(databaseUrl());
  await connectAt(world, "GOOGLE");
  await createBooking(world.deps, bookingRequest(world, TEXTS));
  const { read } = world.deps.db;
  let forgot = false;
  Object.assign(world.deps.db, {
    read: async (statements: Parameters<typeof read>[0]) => {
      const results = await read(statements);
      if (!forgot) {
        forgot = true;
        await forget(world);
      }
      return results;
    },
  });
  const { booking } = await changeBooking(
    world.deps,
    changeRequest(world, { changes: { location: "Room 9" } }),
  );
  expect(booking).toMatchObject({ ...NOTHING, title: "Booking", location: "Room 9" });
});

test("P8: a booking whose texts no key opens isn't written, blames nobody, and is written once the key is back", async () => {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, "GOOGLE");
  await createBooking(world.deps, bookingRequest(world, { ...TEXTS, deliver: "later" }));
  world.jobs.urgent.length = 0;
  await world.query("UPDATE bookings SET sealed_texts = replace(sealed_texts, 'v1.', 'v1.x')");
  await passMinutes(world, 1);
  expect(await world.query("SELECT state, failure_kind, failure_code FROM deliveries")).toMatchObject([
    { state: "pending", failure_kind: "operator", failure_code: "texts_unreadable" },
  ]);
  expect(world.logs).toContainEqual(expect.objectContaining({ level: "error", event: "delivery.failed" }));
  expect(calendar.written()).toEqual([]);
  expect(await world.query("SELECT status FROM accounts")).toMatchObject([{ status: "active" }]);
  await world.query("UPDATE bookings SET sealed_texts = replace(sealed_texts, 'v1.x', 'v1.')");
  world.advance(24 * HOUR);
  await passMinutes(world, 1);
  expect(calendar.written()).toMatchObject([{ title: "Consultation" }]);
});
