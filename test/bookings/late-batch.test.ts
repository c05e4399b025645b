// Late batch: a batch without an answer is sent again, and the first sending reaches the database last.
import { expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World } from "../support/world.ts";
import { connectAt, HOUR, passMinutes, patientWorld, pullAndReconcile } from "./one-calendar-each.ts";
import { bookingRequest, changeRequest, codeOf, holdRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const later = (hours: number) => ({ start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR });

/**
 * A world with one booking. `delay` holds back the next batch with this text, and loses as many of its repetitions
 * as `lost` says. The function that it returns lets the first one arrive.
 */
async function bookedWorld() {
  let wanted: RegExp | null = null;
  let toLose = 0;
  let held: (() => Promise<Response>) | null = null;
  const world = patientWorld(databaseUrl(), {
    databaseFetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const text = await request.clone().text();
      if (wanted === null || !wanted.test(text)) return inner(request);
      const { url, method, headers } = request;
      held ??= () => inner(new Request(url, { method, headers, body: text }));
      if (toLose === 0) wanted = null;
      toLose -= 1;
      throw new DOMException("The operation timed out.", "TimeoutError");
    },
  });
  const calendar = await connectAt(world, "GOOGLE");
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  const delay = (what: RegExp, lost = 0) => {
    wanted = what;
    toLose = lost;
    return async () => {
      if (held === null) throw new Error("nothing was held back");
      await (await held()).text();
      await passMinutes(world, 5);
    };
  };
  return { world, calendar, delay };
}

test("P1, P3: a change that arrives after a newer one doesn't undo it", async () => {
  const { world, calendar, delay } = await bookedWorld();
  const arrive = delay(/UPDATE bookings SET moved_at/);
  const answers = [
    await changeBooking(world.deps, changeRequest(world, { slot: later(2) })),
    await changeBooking(world.deps, changeRequest(world, { slot: later(4) })),
  ];
  expect(answers.map(({ booking }) => booking.startsAt)).toEqual([later(2).start, later(4).start]);
  await arrive();
  const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(booking).toMatchObject({ startsAt: later(4).start, revision: 3 });
  expect(calendar.written()).toMatchObject([{ startsAt: later(4).start }]);
});

test("P3: a cancellation that arrives after a newer change doesn't cancel the booking", async () => {
  const { world, calendar, delay } = await bookedWorld();
  const arrive = delay(/SET state = 'cancelled'/, 1);
  const cancelled = cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
  expect(await codeOf(cancelled)).toBe("database_unavailable");
  await changeBooking(world.deps, changeRequest(world, { slot: later(4) }));
  await arrive();
  const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(booking).toMatchObject({ state: "confirmed", startsAt: later(4).start });
  expect(calendar.written()).toMatchObject([{ startsAt: later(4).start }]);
});

test("two changes at once are both made, one after the other", async () => {
  const { world } = await bookedWorld();
  const [title, place] = await Promise.all([
    changeBooking(world.deps, changeRequest(world, { changes: { title: "Other" } })),
    changeBooking(world.deps, changeRequest(world, { changes: { location: "Elsewhere" } })),
  ]);
  expect([title.booking.revision, place.booking.revision].sort()).toEqual([2, 3]);
  const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(booking).toMatchObject({ title: "Other", location: "Elsewhere", revision: 3 });
});

test.each([
  {
    what: "booking",
    batch: /INSERT INTO bookings/,
    ask: (world: World) =>
      createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: later(6) })),
  },
  {
    what: "hold",
    batch: /INSERT INTO holds/,
    ask: (world: World) => placeHold(world.deps, holdRequest(world, { slot: later(6) })),
  },
  {
    what: "reschedule",
    batch: /UPDATE bookings SET moved_at/,
    ask: (world: World) => changeBooking(world.deps, changeRequest(world, { slot: later(6) })),
  },
])(
  "P1: a refused $what isn't made when its batch arrives again after the slot has become free",
  async ({ batch, ask }) => {
    const { world, calendar, delay } = await bookedWorld();
    const inTheWay = { startsAt: later(6).start, endsAt: later(6).end };
    const id = await calendar.person.create({ title: "x", when: inTheWay });
    await pullAndReconcile(world, calendar);
    const arrive = delay(batch);
    expect(await codeOf(ask(world))).toBe("slot_taken");
    await calendar.person.remove(id);
    await pullAndReconcile(world, calendar);
    await arrive();
    expect(await world.query("SELECT 1 FROM busy WHERE starts_at = ?", [later(6).start])).toEqual([]);
    expect(await codeOf(ask(world))).toBeNull();
  },
);
