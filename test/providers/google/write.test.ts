// Google's writes, on the simulator. The contract suite has the cases of `docs/providers/google.md` D.1 that every
// provider can meet.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BookingEvent } from "../../../src/providers/booking-event.ts";
import { createGoogle } from "../../../src/providers/google/index.ts";
import { eventIdOf } from "../../../src/providers/google/write.ts";
import { inHours } from "../../contract/world.ts";
import { ANA, type GoogleWorld, makeGoogleWorld } from "../../contract/worlds/google.ts";

const bookingOf = (world: GoogleWorld, changes: Partial<BookingEvent> = {}): BookingEvent => ({
  bookingId: "booking-1",
  agentId: "agent-1",
  title: "Consultation",
  description: null,
  location: null,
  clientName: null,
  clientEmail: null,
  ...inHours(world, 4),
  timeZone: "UTC",
  reminderMinutes: [],
  ...changes,
});

const put = (world: GoogleWorld, changes: Partial<BookingEvent> = {}) =>
  world.account.putBooking(world.calendar, bookingOf(world, changes), null);

test.each([
  ["G12", "limit.usage", true, { kind: "pause", code: "quotaExceeded" }],
  ["G26", "write.conflict", true, { kind: "retry", code: "conflict", status: 409 }],
  ["a lost role", "cal.role", "none", { kind: "gone", code: "forbidden" }],
] as const)("%s: a write is refused for what it is", async (_, knob, value, expected) => {
  const world = await makeGoogleWorld();
  world.google.knobs.set(knob, value);
  await expect(put(world)).rejects.toMatchObject(expected);
  expect(world.bookings()).toEqual([]);
});

test("lost access doesn't mean that the event is gone", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  world.google.knobs.set("cal.role", "none");
  await expect(world.account.removeBooking(world.calendar, bookingOf(world), known)).rejects.toMatchObject({
    kind: "gone",
  });
});

test.each(["live", "cancelled"] as const)("G19: an id found taken (%s) is taken over", async (before) => {
  const world = await makeGoogleWorld();
  world.google.knobs.set("insert.duplicate", before, { times: 1 });
  const known = await put(world);
  expect(known.idVersion).toBe(0);
  expect(world.bookings()).toMatchObject([{ eventId: known.externalId, ...inHours(world, 4) }]);
});

test("P3, G19: an event that a write without an answer made under the next id is not doubled", async () => {
  const world = await makeGoogleWorld();
  world.google.knobs.set("insert.duplicate", "cancelled", { times: 1 });
  world.google.knobs.set("event.reviveFails", true, { times: 1 });
  const lost = await put(world);
  expect(lost.idVersion).toBe(1);
  // Now the first event could be revived, but nobody has recorded the second one.
  expect(await put(world, inHours(world, 6))).toMatchObject({ externalId: lost.externalId, idVersion: 1 });
  expect(world.bookings()).toMatchObject([{ eventId: lost.externalId, ...inHours(world, 6) }]);
});

test("G20: every identity gives an id in the alphabet Google takes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), fc.nat(), async (bookingId, agentId, idVersion) => {
      expect(await eventIdOf("calendar", { bookingId, agentId }, idVersion)).toMatch(/^[a-v0-9]{5,1024}$/);
    }),
  );
});

test("two identities with the same letters in other parts have different ids", async () => {
  const ids = await Promise.all([
    eventIdOf("c", { agentId: "a", bookingId: "b,c" }, 0),
    eventIdOf("c", { agentId: "a,b", bookingId: "c" }, 0),
    eventIdOf("c", { agentId: 'a","b', bookingId: "c" }, 0),
    eventIdOf("c", { agentId: "a", bookingId: "b" }, 0),
    eventIdOf("c", { agentId: "a", bookingId: "b" }, 1),
    eventIdOf("d", { agentId: "a", bookingId: "b" }, 0),
  ]);
  expect(new Set(ids).size).toBe(6);
});

test.each([404, 410] as const)(
  "G22: an event deleted under the write (%i) is written again",
  async (status) => {
    const world = await makeGoogleWorld();
    const known = await put(world);
    world.google.knobs.set("event.remove", status, { times: 1 });
    const booking = bookingOf(world, inHours(world, 6));
    const again = await world.account.putBooking(world.calendar, booking, known);
    expect(world.bookings()).toMatchObject([{ eventId: again.externalId, ...inHours(world, 6) }]);
  },
);

test("G23: an event that somebody keeps editing is given up after three rereads", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  world.google.knobs.set("event.touch", true);
  const booking = bookingOf(world, inHours(world, 6));
  await expect(world.account.putBooking(world.calendar, booking, known)).rejects.toMatchObject({
    kind: "reread",
    code: "conditionNotMet",
  });
  expect(world.google.requests.filter((request) => request.operation === "events.patch")).toHaveLength(4);
});

test("G25: an event that now belongs to somebody else isn't changed, and the refusal says so", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  world.google.knobs.set("event.foreign", true);
  const booking = bookingOf(world, inHours(world, 6));
  await expect(world.account.putBooking(world.calendar, booking, known)).rejects.toMatchObject({
    kind: "ignore",
    code: "forbiddenForNonOrganizer",
  });
});

test("G25: no second event is made where such an event is found after a lost answer", async () => {
  const world = await makeGoogleWorld();
  await put(world);
  world.google.knobs.set("event.foreign", true);
  const booking = bookingOf(world, inHours(world, 6));
  await expect(world.account.putBooking(world.calendar, booking, null)).rejects.toMatchObject({
    kind: "ignore",
    code: "forbiddenForNonOrganizer",
  });
  expect(world.bookings()).toHaveLength(1);
});

test("Google mails nobody about a write, and a change names the version that it changes", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  const booking = bookingOf(world, inHours(world, 6));
  const changed = await world.account.putBooking(world.calendar, booking, known);
  await world.account.removeBooking(world.calendar, booking, changed);
  const writes = world.google.requests.filter((request) =>
    ["events.insert", "events.patch", "events.delete"].includes(request.operation ?? ""),
  );
  expect(writes.map((write) => [write.operation, write.sendUpdates, write.ifMatch])).toEqual([
    ["events.insert", "none", null],
    ["events.patch", "none", known.etag],
    ["events.delete", "none", null],
  ]);
});

test("of more reminders than Google takes the five nearest are kept", async () => {
  const world = await makeGoogleWorld();
  await put(world, { reminderMinutes: [5, 10, 10, 15, 30, 60, 120] });
  expect(world.bookings()).toMatchObject([{ reminderMinutes: [5, 10, 15, 30, 60] }]);
});

test("an event stays shown in the agent's zone", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world, { timeZone: "America/New_York" });
  expect(world.google.event(ANA, known.externalId)).toMatchObject({
    start: { timeZone: "America/New_York" },
    visibility: "private",
  });
});

test("L33: a version that changed without a change of the event is taken over without a second write", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  world.google.knobs.set("event.touch", true, { times: 1 });
  const again = await world.account.putBooking(world.calendar, bookingOf(world), known);
  expect(again.etag).not.toBe(known.etag);
  expect(world.google.requests.filter((request) => request.operation === "events.patch")).toHaveLength(1);
});

test("an event that stays cancelled after an accepted write is written under another id", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  world.google.deleteEvent(ANA, known.externalId);
  const deps = {
    ...world.deps,
    async fetch(input: string | URL | Request, init?: RequestInit) {
      if (init?.method !== "PATCH") return world.google.fetch(input, init);
      return Response.json({ id: known.externalId, status: "cancelled" });
    },
  };
  const account = createGoogle({ clientId: "id", clientSecret: "secret", origin: null }, deps).open(
    world.credentials,
  );
  const again = await account.putBooking(world.calendar, bookingOf(world), known);
  expect(again.idVersion).toBe(1);
  expect(world.bookings()).toMatchObject([{ eventId: again.externalId }]);
});

test("reading an event takes one request, and two where it isn't there", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  const asked = async () => {
    world.google.requests.length = 0;
    await world.account.readBooking(world.calendar, bookingOf(world), known);
    return world.google.requests.map(({ operation }) => operation);
  };
  expect(await asked()).toEqual(["events.get"]);
  await world.person.remove(known.externalId);
  expect(await asked()).toEqual(["events.get"]);
  const forgotten = { ...known, externalId: "0123456789" };
  world.google.requests.length = 0;
  expect(await world.account.readBooking(world.calendar, bookingOf(world), forgotten)).toBeNull();
  expect(world.google.requests.map(({ operation }) => operation)).toEqual(["events.get", "events.list"]);
});

test("an event in a calendar that the person may no longer read isn't missing", async () => {
  const world = await makeGoogleWorld();
  const known = await put(world);
  world.google.knobs.set("cal.role", "none");
  await expect(world.account.readBooking(world.calendar, bookingOf(world), known)).rejects.toMatchObject({
    kind: "gone",
  });
});

const ADDED = {
  description: "Bring papers\n\nParking behind the house",
  location: "Room 4",
  colorId: "7",
  attendees: [{ email: "bo@example.com", responseStatus: "accepted" }],
  conferenceData: { conferenceId: "abc-defg-hij" },
  reminders: { useDefault: false, overrides: [{ method: "email", minutes: 120 }] },
};

test.each(["the engine knows its own version", "the event was looked at meanwhile", "the answer was lost"])(
  "an update keeps what the agent added: guests, colour, conference, notes, place, reminders (%s)",
  async (before) => {
    const world = await makeGoogleWorld();
    const known = await put(world, { description: "Bring papers", reminderMinutes: [10] });
    world.google.patchEvent(ANA, known.externalId, ADDED);
    const looked = await world.account.readBooking(world.calendar, bookingOf(world), known);
    const own = before === "the answer was lost" ? null : before.includes("looked at") ? looked : known;
    const changes = { title: "Second consultation", description: "Bring papers", reminderMinutes: [10] };
    const booking = bookingOf(world, { ...changes, ...inHours(world, 6) });
    const updated = await world.account.putBooking(world.calendar, booking, own);
    expect(world.google.event(ANA, known.externalId)).toMatchObject({ summary: changes.title, ...ADDED });
    expect(world.bookings()).toMatchObject([inHours(world, 6)]);
    // What the booking itself says anew is written, and nothing else.
    const moved = { ...booking, location: "Rua Augusta 1", reminderMinutes: [30] };
    await world.account.putBooking(world.calendar, moved, updated);
    expect(world.bookings()).toMatchObject([{ location: "Rua Augusta 1", reminderMinutes: [30], guests: 1 }]);
  },
);
