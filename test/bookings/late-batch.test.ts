// Late copy: a batch whose answer didn't come in time is sent again, and its first copy reaches the database last.
import { expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World } from "../support/world.ts";
import { HOUR, noticed, pass, patientWorld, seated } from "./one-calendar-each.ts";
import { asked, changing, codeOf, holding, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const later = (hours: number) => ({ start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR });

/**
 * A booked world. `delay` holds back the next batch with this text, and loses so many copies of it that are sent
 * instead; what it answers lets the first one arrive.
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
  const seat = await seated(world, "GOOGLE");
  await createBooking(world.deps, asked(world));
  await world.drain();
  const delay = (what: RegExp, lost = 0) => {
    wanted = what;
    toLose = lost;
    return async () => {
      if (held === null) throw new Error("nothing was held back");
      await (await held()).text();
      await pass(world, 5);
    };
  };
  return { world, seat, delay };
}

test("P1, P3: a change that arrives after a newer one doesn't undo it", async () => {
  const { world, seat, delay } = await bookedWorld();
  const arrive = delay(/UPDATE bookings SET starts_at/);
  const answers = [
    await changeBooking(world.deps, changing(world, { slot: later(2) })),
    await changeBooking(world.deps, changing(world, { slot: later(4) })),
  ];
  expect(answers.map(({ booking }) => booking.startsAt)).toEqual([later(2).start, later(4).start]);
  await arrive();
  const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(booking).toMatchObject({ startsAt: later(4).start, revision: 3 });
  expect(seat.written()).toMatchObject([{ startsAt: later(4).start }]);
});

test("P3: nor does a cancellation that arrives after the booking was changed instead", async () => {
  const { world, seat, delay } = await bookedWorld();
  const arrive = delay(/SET state = 'cancelled'/, 1);
  const cancelled = cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
  expect(await codeOf(cancelled)).toBe("database_unavailable");
  await changeBooking(world.deps, changing(world, { slot: later(4) }));
  await arrive();
  const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(booking).toMatchObject({ state: "confirmed", startsAt: later(4).start });
  expect(seat.written()).toMatchObject([{ startsAt: later(4).start }]);
});

test("two changes at once are both made, one after the other", async () => {
  const { world } = await bookedWorld();
  const [title, place] = await Promise.all([
    changeBooking(world.deps, changing(world, { changes: { title: "Other" } })),
    changeBooking(world.deps, changing(world, { changes: { location: "Elsewhere" } })),
  ]);
  expect([title.booking.revision, place.booking.revision].sort()).toEqual([2, 3]);
  const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(booking).toMatchObject({ title: "Other", location: "Elsewhere", revision: 3 });
});

test.each([
  {
    what: "booking",
    batch: /INSERT INTO bookings/,
    ask: (world: World) => createBooking(world.deps, asked(world, { bookingId: "b-2", slot: later(6) })),
  },
  {
    what: "hold",
    batch: /INSERT INTO holds/,
    ask: (world: World) => placeHold(world.deps, holding(world, { slot: later(6) })),
  },
  {
    what: "reschedule",
    batch: /UPDATE bookings SET starts_at/,
    ask: (world: World) => changeBooking(world.deps, changing(world, { slot: later(6) })),
  },
])(
  "P1: a $what that was refused doesn't come to be when a copy of it arrives after the slot is free again",
  async ({ batch, ask }) => {
    const { world, seat, delay } = await bookedWorld();
    const inTheWay = { startsAt: later(6).start, endsAt: later(6).end };
    const id = await seat.person.create({ title: "x", when: inTheWay });
    await noticed(world, seat);
    const arrive = delay(batch);
    expect(await codeOf(ask(world))).toBe("slot_taken");
    await seat.person.remove(id);
    await noticed(world, seat);
    await arrive();
    expect(await world.query("SELECT 1 FROM busy WHERE starts_at = ?", [later(6).start])).toEqual([]);
    expect(await codeOf(ask(world))).toBeNull();
  },
);
