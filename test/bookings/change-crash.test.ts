// P3: a Worker dies, or a request is lost, at any moment of a change, a cancellation or a hold's booking.
import { expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import type { Deps } from "../../src/deps.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World } from "../support/world.ts";
import { ACCIDENTS, type Accident, recover, STEP, unluckyWorker } from "./accidents.ts";
import { type ConnectedCalendar, connectAt, HOUR, KINDS, patientWorld } from "./one-calendar-each.ts";
import { at, bookingRequest, changeRequest, holdRequest } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const DAY = at("2026-03-03T00:00:00Z");
const MAX_REQUESTS = 40;

/** One attempt: a booking, its slot, and the slot to which it is moved. */
interface Try {
  readonly bookingId: string;
  readonly slot: { start: number; end: number };
  readonly moved: { start: number; end: number };
}

interface Action {
  /** Makes what must exist before the accident. */
  prepare(world: World, scene: Try): Promise<unknown>;
  act(deps: Deps, world: World, scene: Try): Promise<unknown>;
  /** The start (ms) of the booking's event after the action; null: there is no event. */
  done(scene: Try): number | null;
  /** The same if the action never happened. */
  undone(scene: Try): number | null;
}

const booking = (world: World, { bookingId, slot }: Try) =>
  bookingRequest(world, { bookingId, title: bookingId, slot });

const ACTIONS: Record<string, Action> = {
  "a change": {
    prepare: (world, scene) => createBooking(world.deps, booking(world, scene)),
    act: (deps, world, { bookingId, moved }) =>
      changeBooking(deps, changeRequest(world, { bookingId, slot: moved })),
    done: ({ moved }) => moved.start,
    undone: ({ slot }) => slot.start,
  },
  "a cancellation": {
    prepare: (world, scene) => createBooking(world.deps, booking(world, scene)),
    act: (deps, { agentId }, { bookingId }) => cancelBooking(deps, { agentId, bookingId, deliver: "now" }),
    done: () => null,
    undone: ({ slot }) => slot.start,
  },
  "the booking of a hold": {
    prepare: (world, { bookingId, slot }) =>
      placeHold(world.deps, holdRequest(world, { holdId: bookingId, slot })),
    act: (deps, world, scene) => createBooking(deps, { ...booking(world, scene), holdId: scene.bookingId }),
    done: ({ slot }) => slot.start,
    undone: () => null,
  },
};

/** Repeats the action, with the accident one request later each time, until the action ends before the accident. */
async function surviveAccidents(
  world: World,
  calendar: ConnectedCalendar,
  action: Action,
  accident: Omit<Accident, "request">,
) {
  for (let request = 1; request < MAX_REQUESTS; request += STEP) {
    const start = DAY + request * 3 * HOUR;
    const scene = {
      bookingId: `b-${request}`,
      slot: { start, end: start + HOUR },
      moved: { start: start + HOUR / 2, end: start + HOUR * 1.5 },
    };
    await action.prepare(world, scene);
    await world.drain();
    const { worker, wasHit } = unluckyWorker(world, { ...accident, request });
    const answered = await action.act(worker, world, scene).then(
      () => true,
      () => false,
    );
    await recover(world);
    const where = () => {
      const events = calendar.written().filter(({ title }) => title === scene.bookingId);
      expect(events.length, `accident at request ${request}`).toBeLessThan(2);
      return events[0]?.startsAt ?? null;
    };
    const own = async () => {
      const [row] = await world.query(
        "SELECT starts_at FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?) AND connection_number = 0 AND booking_id = ?",
        [world.agentId, scene.bookingId],
      );
      return row === undefined ? null : Number(row["starts_at"]);
    };
    // The calendar agrees with the database, and an answered action has happened.
    expect(where()).toBe(await own());
    expect([action.done(scene), ...(answered ? [] : [action.undone(scene)])]).toContain(where());

    await action.act(world.deps, world, scene);
    await recover(world);
    expect([where(), await own()]).toEqual([action.done(scene), action.done(scene)]);
    if (!wasHit()) return request;
  }
  throw new Error("it needs more requests than this test allows");
}

const CASES = Object.keys(ACTIONS).flatMap((name, index) =>
  ACCIDENTS.map((accident) => ({ name, ...accident, kind: accident.kind, at: KINDS[index % KINDS.length] })),
);

test.each(CASES)(
  "P3: $name at $at survives that a Worker $kind at any request (applied: $applied)",
  {
    timeout: 60_000,
  },
  async ({ name, kind, applied, at: provider }) => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, provider ?? "GOOGLE");
    const action = ACTIONS[name];
    if (action === undefined) throw new Error("no such action");
    expect(await surviveAccidents(world, calendar, action, { kind, applied })).toBeGreaterThan(3);
  },
);
