// Graph's writes, on the simulator. The contract suite has the cases of `docs/providers/microsoft.md` D.2 that every
// provider can meet.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Interval } from "../../../src/domain/interval.ts";
import type { BookingEvent, KnownEvent } from "../../../src/providers/booking-event.ts";
import { transactionIdOf } from "../../../src/providers/microsoft/marks.ts";
import { emptyCache, inHours, sync } from "../../contract/world.ts";
import { type MicrosoftWorld, makeMicrosoftWorld, timesOf } from "../../contract/worlds/microsoft.ts";

const bookingOf = (world: MicrosoftWorld, changes: Partial<BookingEvent> = {}): BookingEvent => ({
  bookingId: "booking-1",
  agentId: "agent-1",
  title: "Consultation",
  description: "Bring the papers.",
  location: "Rua Augusta 1",
  clientName: "Bo Client",
  clientEmail: "bo@client.example",
  ...inHours(world, 4),
  timeZone: "America/New_York",
  reminderMinutes: [60, 10],
  ...changes,
});

const put = (world: MicrosoftWorld, changes: Partial<BookingEvent> = {}) =>
  world.account.putBooking(world.calendar, bookingOf(world, changes), null);
const startOf = ({ startsAt }: Interval) => `${new Date(startsAt).toISOString().slice(0, 19)}.0000000`;
const requests = (world: MicrosoftWorld, operation: string) =>
  world.microsoft.requests.filter((request) => request.operation === operation);

describe("a write is refused with the right kind", () => {
  test.each([
    ["M12", "cal.readOnly", true, { kind: "read-only", code: "ErrorAccessDenied", status: 403 }],
    ["M12 altogether", "cal.denied", true, { kind: "read-only", code: "ErrorAccessDenied" }],
    ["M13", "mailbox.none", true, { kind: "no-service", code: "MailboxNotEnabledForRESTAPI" }],
    ["M32 as 507", "mailbox.full", 507, { kind: "pause", code: "ErrorQuotaExceeded", status: 507 }],
    ["M32 as 403", "mailbox.full", 403, { kind: "pause", code: "ErrorQuotaExceeded", status: 403 }],
  ] as const)("%s", async (_, knob, value, expected) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    world.microsoft.knobs.set(knob, value);
    await expect(put(world, { bookingId: "booking-2" })).rejects.toMatchObject(expected);
    const booking = bookingOf(world, inHours(world, 6));
    await expect(world.account.putBooking(world.calendar, booking, known)).rejects.toMatchObject(expected);
    expect(world.bookings()).toHaveLength(1);
  });

  test("M31: a move that Graph refuses as a crossing is given up", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    world.microsoft.knobs.set("event.crossing", true);
    const moved = world.account.putBooking(world.calendar, bookingOf(world, inHours(world, 6)), known);
    await expect(moved).rejects.toMatchObject({ kind: "ignore", code: "ErrorOccurrenceCrossingBoundary" });
  });

  test("lost access doesn't mean that the event is gone", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const known = await put(world);
    world.microsoft.knobs.set("cal.denied", true);
    const removed = world.account.removeBooking(world.calendar, bookingOf(world), known);
    await expect(removed).rejects.toMatchObject({ kind: "read-only" });
    expect(world.bookings()).toHaveLength(1);
  });
});

describe("M27: the event of an earlier create", () => {
  const forms = [400, 409].flatMap((status) => ["error", "top"].map((place) => ({ status, place })));
  test.each(forms)("is taken over ($status, id in $place)", async (form) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    world.microsoft.knobs.set("create.dupStatus", form as { status: 400; place: "error" });
    world.microsoft.knobs.set("create.duplicate", "live", { times: 1 });
    const known = await put(world);
    expect(known.idVersion).toBe(0);
    expect(world.bookings()).toMatchObject([{ eventId: known.externalId, ...inHours(world, 4) }]);
    expect(await put(world)).toEqual(known);
  });

  test.each(forms)(
    "is made again under another id where it was deleted ($status, id in $place)",
    async (form) => {
      const world = await makeMicrosoftWorld("OUTLOOK");
      world.microsoft.knobs.set("create.dupStatus", form as { status: 400; place: "error" });
      world.microsoft.knobs.set("create.duplicate", "deleted", { times: 1 });
      const known = await put(world);
      expect(known.idVersion).toBe(1);
      expect(world.bookings()).toMatchObject([{ eventId: known.externalId }]);
      expect(await put(world)).toEqual(known);
    },
  );

  test.each(["live", "gone"] as const)(
    "is searched by its mark where Graph doesn't name it (%s)",
    async (state) => {
      const world = await makeMicrosoftWorld("OFFICE365");
      const known = await put(world);
      if (state === "gone") await world.person.remove(known.externalId);
      const silent: typeof fetch = async (input, init) => {
        const answer = await world.microsoft.fetch(input, init);
        if (answer.status !== 409 && answer.status !== 400) return answer;
        const error = { code: "ErrorDuplicateTransactionId", message: "" };
        return Response.json({ error }, { status: 409 });
      };
      const account = world.reopen({ fetch: silent });
      const again = await account.putBooking(world.calendar, bookingOf(world), null);
      expect(again.idVersion).toBe(state === "live" ? 0 : 1);
      expect(world.bookings()).toMatchObject([{ eventId: again.externalId }]);
    },
  );
});

describe("a calendar that is connected again", () => {
  test("holds its bookings once though Graph has forgotten their transaction ids", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    for (const calendar of world.microsoft.calendars(world.email)) calendar.transactions.clear();
    expect(await put(world)).toEqual(known);
    expect(await put(world, inHours(world, 6))).toMatchObject({ externalId: known.externalId });
    expect(world.bookings()).toMatchObject([inHours(world, 6)]);
  });

  test.each(["bin", "other calendar"])("doesn't count an event in the %s as its own", async (place) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    world.microsoft.knobs.set("event.lingers", true);
    if (place === "bin") await world.person.remove(known.externalId);
    else {
      const other = world.calendarIn("Other").calendarId;
      world.microsoft.moveEvent(world.calendar.calendarId, known.externalId, other);
    }
    const again = await put(world);
    expect(again.externalId).not.toBe(known.externalId);
    expect(world.bookings()).toMatchObject([{ eventId: again.externalId }]);
  });
});

describe("M28: an event somebody edits meanwhile", () => {
  test.each([412, 409] as const)("is read and written again (%i)", async (status) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    world.microsoft.knobs.set("event.touch", status, { times: 1 });
    await world.account.putBooking(world.calendar, bookingOf(world, inHours(world, 6)), known);
    expect(world.bookings()).toMatchObject([inHours(world, 6)]);
  });

  test("again and again is given up after three rereads", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    world.microsoft.knobs.set("event.touch", true);
    const booking = bookingOf(world, inHours(world, 6));
    await expect(world.account.putBooking(world.calendar, booking, known)).rejects.toMatchObject({
      kind: "reread",
      code: "ErrorIrresolvableConflict",
    });
    expect(requests(world, "events.update")).toHaveLength(4);
  });

  test("L33: without a change of its content is taken over without a second write", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const known = await put(world);
    world.microsoft.knobs.set("event.touch", true, { times: 1 });
    const again = await world.account.putBooking(world.calendar, bookingOf(world), known);
    expect(again.etag).not.toBe(known.etag);
    expect(requests(world, "events.update")).toHaveLength(1);
  });

  test("and deleted while it is read is made again", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const known = await put(world);
    world.microsoft.knobs.set("event.touch", true, { times: 1 });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const isRead =
        init?.method === "GET" && String(input).includes(`${encodeURIComponent(known.externalId)}?`);
      if (isRead) await world.person.remove(known.externalId);
      return world.microsoft.fetch(input, init);
    };
    const booking = bookingOf(world, inHours(world, 6));
    const again = await world.reopen({ fetch }).putBooking(world.calendar, booking, known);
    expect(again.idVersion).toBe(1);
    expect(world.bookings()).toMatchObject([inHours(world, 6)]);
  });
});

test("M29: an event deleted under the write is made again", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const known = await put(world);
  world.microsoft.knobs.set("event.remove", true, { times: 1 });
  const booking = bookingOf(world, inHours(world, 6));
  const again = await world.account.putBooking(world.calendar, booking, known);
  expect(again.idVersion).toBe(1);
  expect(world.bookings()).toMatchObject([{ eventId: again.externalId, ...inHours(world, 6) }]);
});

describe.each([false, true])("an event that is no longer where it was left (it lingers: %s)", (lingers) => {
  const left = async (place: "bin" | "other calendar") => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    const { microsoft, calendar } = world;
    const other = world.calendarIn("Other").calendarId;
    if (lingers) microsoft.knobs.set("event.lingers", true);
    if (place === "bin") await world.person.remove(known.externalId);
    else microsoft.moveEvent(calendar.calendarId, known.externalId, other);
    const before = strayOf(world, known, other);
    return { world, known, before, now: () => strayOf(world, known, other) };
  };
  /** The event at its new place, with all fields that a write changes. */
  const strayOf = (
    { microsoft, calendar, email }: MicrosoftWorld,
    { externalId }: KnownEvent,
    other: string,
  ) => {
    const home = microsoft.calendars(email).find(({ id }) => id === calendar.calendarId);
    return { ...(microsoft.event(other, externalId) ?? home?.bin.get(externalId)) };
  };

  test.each(["bin", "other calendar"] as const)(
    "is written anew, and left as it is in the %s",
    async (place) => {
      const { world, known, before, now } = await left(place);
      const again = await world.account.putBooking(
        world.calendar,
        bookingOf(world, inHours(world, 6)),
        known,
      );
      expect(world.bookings()).toMatchObject([{ eventId: again.externalId, ...inHours(world, 6) }]);
      expect(again.externalId).not.toBe(known.externalId);
      expect(now()).toEqual(before);
    },
  );

  test("is removed from another calendar with its booking", async () => {
    const { world, known, now } = await left("other calendar");
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(now()).toEqual({});
  });

  test.each(["bin", "other calendar"] as const)(
    "doesn't hide the event that was written in its place (%s)",
    async (place) => {
      const { world, known } = await left(place);
      const { externalId } = await world.account.putBooking(world.calendar, bookingOf(world), known);
      const event = await world.account.readBooking(world.calendar, bookingOf(world), known);
      expect(event).toMatchObject({ ...inHours(world, 4), externalId, idVersion: 1 });
      await world.account.removeBooking(world.calendar, bookingOf(world), known);
      expect(world.bookings()).toEqual([]);
    },
  );

  test("isn't written to the calendar that it is moved to during the write", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    const other = world.calendarIn("Other").calendarId;
    if (lingers) world.microsoft.knobs.set("event.lingers", true);
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const isThere = world.microsoft.event(other, known.externalId) !== null;
      if (init?.method === "PATCH" && !isThere) {
        world.microsoft.moveEvent(world.calendar.calendarId, known.externalId, other);
      }
      return world.microsoft.fetch(input, init);
    };
    const booking = bookingOf(world, inHours(world, 6));
    const again = await world.reopen({ fetch }).putBooking(world.calendar, booking, known);
    expect(world.bookings()).toMatchObject([{ eventId: again.externalId, ...inHours(world, 6) }]);
    expect(world.microsoft.event(other, known.externalId)).toMatchObject({
      start: { dateTime: startOf(inHours(world, 4)) },
    });
  });
});

describe("a second event with a booking's mark", () => {
  /** The person restores the event after we wrote it again, and we don't know of it. */
  const doubled = async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    await world.person.remove(known.externalId);
    await world.account.putBooking(world.calendar, bookingOf(world), known);
    await world.person.restore(known.externalId);
    expect(world.bookings()).toHaveLength(2);
    return { world, known };
  };

  test("is removed by the next write where it is ours", async () => {
    const { world, known } = await doubled();
    await world.account.putBooking(world.calendar, bookingOf(world, inHours(world, 6)), known);
    expect(world.bookings()).toMatchObject([{ eventId: known.externalId, ...inHours(world, 6) }]);
  });

  test("is removed with its booking where it is ours", async () => {
    const { world, known } = await doubled();
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(world.bookings()).toEqual([]);
  });

  test.each([false, true])("stays where the person made it (with the transaction id: %s)", async (alike) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    const main = world.calendar.calendarId;
    const { singleValueExtendedProperties, transactionId } =
      world.microsoft.event(main, known.externalId) ?? {};
    const duplicate = world.microsoft.addEvent(main, {
      ...{ subject: "Follow-up", ...timesOf(inHours(world, 30)), singleValueExtendedProperties },
      ...(alike && { transactionId }),
    });
    const changed = await world.account.putBooking(
      world.calendar,
      bookingOf(world, inHours(world, 6)),
      known,
    );
    expect(changed.externalId).toBe(known.externalId);
    await world.account.removeBooking(world.calendar, bookingOf(world), changed);
    expect(world.bookings()).toMatchObject([{ eventId: duplicate["id"], title: "Follow-up" }]);
  });
});

describe("an event whose mark is lost", () => {
  const unmarked = async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    const main = world.microsoft.calendars(world.email).find(({ id }) => id === world.calendar.calendarId);
    const record = main?.events.get(known.externalId);
    if (record !== undefined) record.extended = new Map();
    expect(world.bookings()).toEqual([]);
    return { world, known };
  };

  test("is known by its id, and marked again by the next write", async () => {
    const { world, known } = await unmarked();
    const event = await world.account.readBooking(world.calendar, bookingOf(world), known);
    expect(event).toMatchObject({ ...inHours(world, 4), externalId: known.externalId });
    await world.account.putBooking(world.calendar, bookingOf(world), known);
    expect(world.bookings()).toMatchObject([{ eventId: known.externalId }]);
  });

  test("is removed with its booking", async () => {
    const { world, known } = await unmarked();
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(world.microsoft.events(world.calendar.calendarId)).toEqual([]);
  });
});

test("a write takes two requests, and so does a read", async () => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  const asked = async <T>(call: Promise<T>) => {
    world.microsoft.requests.length = 0;
    const result = await call;
    return { result, operations: world.microsoft.requests.map(({ operation }) => operation) };
  };
  const { account, calendar } = world;
  const created = await asked(put(world));
  expect(created.operations).toEqual(["events.list", "events.create"]);
  const booking = bookingOf(world, inHours(world, 6));
  const changed = await asked(account.putBooking(calendar, booking, created.result));
  expect(changed.operations).toEqual(["events.list", "events.update"]);
  const read = await asked(account.readBooking(calendar, booking, changed.result));
  expect(read.operations).toEqual(["events.list", "events.get"]);
  const removed = await asked(account.removeBooking(calendar, booking, changed.result));
  expect(removed.operations).toEqual(["events.list", "events.delete"]);
});

test("an id that Graph can't read names no event of ours", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const corrupt = { externalId: "corrupt id", etag: null, idVersion: 0 };
  await world.account.removeBooking(world.calendar, bookingOf(world), corrupt);
  const known = await world.account.putBooking(world.calendar, bookingOf(world), corrupt);
  expect(world.bookings()).toMatchObject([{ eventId: known.externalId }]);
});

test("a change names the version that it changes, and Graph mails nobody", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const known = await put(world);
  const booking = bookingOf(world, inHours(world, 6));
  const changed = await world.account.putBooking(world.calendar, booking, known);
  await world.account.removeBooking(world.calendar, booking, changed);
  expect(requests(world, "events.update").map(({ ifMatch }) => ifMatch)).toEqual([known.etag]);
  for (const { body } of [...requests(world, "events.create"), ...requests(world, "events.update")]) {
    expect(body).not.toHaveProperty("attendees");
    expect(body).toMatchObject({ showAs: "busy", sensitivity: "private", responseRequested: false });
  }
  expect(world.microsoft.mails).toEqual([]);
});

test("Outlook keeps one reminder, the nearest one", async () => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  const known = await put(world, { reminderMinutes: [1440, 15, 60] });
  expect(world.bookings()).toMatchObject([{ reminderMinutes: [15] }]);
  await world.account.putBooking(world.calendar, bookingOf(world, { reminderMinutes: [0] }), known);
  expect(world.bookings()).toMatchObject([{ reminderMinutes: [0] }]);
  await world.account.putBooking(world.calendar, bookingOf(world, { reminderMinutes: [] }), null);
  expect(world.bookings()).toMatchObject([{ reminderMinutes: [] }]);
});

test("a title that is too long for Outlook is cut, and not within a character", async () => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  const title = `${"x".repeat(254)}\u{1f5d3}${"y".repeat(40)}`;
  const known = await put(world, { title });
  expect(world.bookings()).toMatchObject([{ title: "x".repeat(254) }]);
  expect(await put(world, { title })).toEqual(known);
});

test("an event that the person made recurring or all-day becomes a single timed one again", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const known = await put(world);
  const { calendarId } = world.calendar;
  const range = { type: "numbered", startDate: "2026-03-09", numberOfOccurrences: 5 };
  world.microsoft.patchEvent(calendarId, known.externalId, {
    ...timesOf({ date: "2026-03-09", days: 1 }),
    recurrence: { pattern: { type: "daily", interval: 1 }, range },
  });
  expect(world.bookings()).toHaveLength(5);
  await world.account.putBooking(world.calendar, bookingOf(world), known);
  expect(world.bookings()).toMatchObject([inHours(world, 4)]);
});

test("an event that lost its mark gets it back with the next write", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const known = await put(world);
  const record = world.microsoft.calendars(world.email)[0]?.events.get(known.externalId);
  if (record === undefined) throw new Error("There is no such event.");
  record.extended = new Map();
  await put(world);
  const cache = emptyCache();
  await sync(world, cache);
  expect([...cache.rows.values()]).toMatchObject([{ bookingId: "booking-1", ...inHours(world, 4) }]);
});

test("a booking is never found by another's mark, whatever its id", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  await put(world, { bookingId: "it's" });
  await put(world, { bookingId: "IT'S" });
  const identity = { bookingId: "IT'S", agentId: "agent-1" };
  await world.account.removeBooking(world.calendar, identity, null);
  const cache = emptyCache();
  await sync(world, cache);
  expect([...cache.rows.values()].map(({ bookingId }) => bookingId)).toEqual(["it's"]);
});

describe("transaction ids", () => {
  test("are UUIDs that begin alike, for every identity", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.nat(), async (bookingId, agentId, idVersion) => {
        expect(await transactionIdOf("calendar", { bookingId, agentId }, idVersion)).toMatch(
          /^6d617261-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/,
        );
      }),
    );
  });

  test("differ when the same letters are split into other parts", async () => {
    const ids = await Promise.all([
      transactionIdOf("c", { agentId: "a", bookingId: "b,c" }, 0),
      transactionIdOf("c", { agentId: "a,b", bookingId: "c" }, 0),
      transactionIdOf("c", { agentId: 'a","b', bookingId: "c" }, 0),
      transactionIdOf("c", { agentId: "a", bookingId: "b" }, 0),
      transactionIdOf("c", { agentId: "a", bookingId: "b" }, 1),
      transactionIdOf("d", { agentId: "a", bookingId: "b" }, 0),
    ]);
    expect(new Set(ids).size).toBe(6);
  });
});

describe("reading an event", () => {
  const read = async (world: MicrosoftWorld, known: KnownEvent) => {
    world.microsoft.requests.length = 0;
    const event = await world.account.readBooking(world.calendar, bookingOf(world), known);
    return { event, asked: world.microsoft.requests.map(({ operation }) => operation) };
  };

  test.each([false, true])("isn't misled by an id that leads everywhere (%s)", async (lingers) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    if (lingers) world.microsoft.knobs.set("event.lingers", true);
    expect(await read(world, known)).toMatchObject({
      event: inHours(world, 4),
      asked: ["events.list", "events.get"],
    });
    const other = world.calendarIn("Other").calendarId;
    world.microsoft.moveEvent(world.calendar.calendarId, known.externalId, other);
    expect((await read(world, known)).event).toBeNull();
    world.microsoft.moveEvent(other, known.externalId, world.calendar.calendarId);
    expect((await read(world, known)).event).toMatchObject(inHours(world, 4));
    await world.person.remove(known.externalId);
    expect((await read(world, known)).event).toBeNull();
  });

  test("that was cancelled finds none", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const known = await put(world);
    world.microsoft.patchEvent(world.calendar.calendarId, known.externalId, { isCancelled: true });
    expect((await read(world, known)).event).toBeNull();
  });

  test.each([
    ["cal.denied", true, { kind: "gone", code: "ErrorAccessDenied", status: 403 }],
    ["cal.gone", "ErrorItemNotFound", { kind: "gone", status: 404 }],
    ["mailbox.none", true, { kind: "no-service" }],
  ] as const)("that can't be reached (%s) says why", async (knob, value, expected) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const known = await put(world);
    world.microsoft.knobs.set(knob, value);
    await expect(read(world, known)).rejects.toMatchObject(expected);
  });

  test("by an id that Graph can't read is our bug and no deletion", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const corrupt = { externalId: "corrupt id", etag: null, idVersion: 0 };
    await expect(read(world, corrupt)).rejects.toMatchObject({ kind: "bug" });
  });
});

test("M51: in a calendar that somebody shares a booking is moved and removed, and leaves no other event", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const shared = world.unwatchableCalendar;
  let known = await world.account.putBooking(shared, bookingOf(world), null);
  for (const hours of [6, 8]) {
    known = await world.account.putBooking(shared, bookingOf(world, inHours(world, hours)), known);
    expect(world.microsoft.events(shared.calendarId)).toHaveLength(1);
  }
  const state = await world.account.readBooking(shared, bookingOf(world), known);
  expect(state).toMatchObject(inHours(world, 8));
  await world.account.removeBooking(shared, bookingOf(world), known);
  expect(world.microsoft.events(shared.calendarId)).toEqual([]);
});

test("M51: an event of a calendar that somebody shares isn't found without its calendar", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const shared = world.unwatchableCalendar;
  const { externalId } = await world.account.putBooking(shared, bookingOf(world), null);
  const status = async (path: string) => {
    const headers = {
      authorization: `Bearer ${world.credentials.accessToken}`,
      prefer: 'IdType="ImmutableId"',
    };
    return (await world.microsoft.fetch(`https://graph.microsoft.com/v1.0/me${path}`, { headers })).status;
  };
  expect(await status(`/events/${externalId}`)).toBe(404);
  expect(await status(`/calendars/${shared.calendarId}/events/${externalId}`)).toBe(200);
});

const ADDED = {
  body: {
    contentType: "html",
    content: "<p>Bring the papers.</p><div>Join the meeting: https://meet.example/1</div>",
  },
  categories: ["VIP"],
  attendees: [{ emailAddress: { address: "bo@example.com" }, type: "required" }],
  isReminderOn: true,
  reminderMinutesBeforeStart: 120,
};

test.each(["the engine knows its own version", "the event was looked at meanwhile", "the answer was lost"])(
  "an update keeps what the agent added: guests, categories, a meeting's link, place, reminder (%s)",
  async (before) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const without = { location: null };
    const known = await put(world, without);
    const calendarId = world.calendar.calendarId;
    world.microsoft.patchEvent(calendarId, known.externalId, {
      ...ADDED,
      location: { displayName: "Room 4" },
    });
    const event = () => world.microsoft.event(calendarId, known.externalId);
    const added = event();
    const looked = await world.account.readBooking(world.calendar, bookingOf(world), known);
    const own = before === "the answer was lost" ? null : before.includes("looked at") ? looked : known;
    const booking = bookingOf(world, { ...without, title: "Second consultation", ...inHours(world, 6) });
    const updated = await world.account.putBooking(world.calendar, booking, own);
    const kept = [
      "body",
      "categories",
      "attendees",
      "location",
      "isReminderOn",
      "reminderMinutesBeforeStart",
    ];
    const those = (json: ReturnType<typeof event>) => kept.map((name) => json?.[name]);
    expect(those(event())).toEqual(those(added));
    expect(event()).toMatchObject({ subject: "Second consultation" });
    // What the booking itself says anew is written, and nothing else.
    await world.account.putBooking(world.calendar, { ...booking, location: "Rua Augusta 1" }, updated);
    expect(event()).toMatchObject({
      location: { displayName: "Rua Augusta 1" },
      reminderMinutesBeforeStart: 120,
      categories: ["VIP"],
    });
  },
);
