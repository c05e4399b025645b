// Kept buffers: a change that meets another one keeps the buffers that the other one sold.
import { expect, test } from "vitest";
import { putSettings } from "../../src/availability/settings.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { type CreateInput, createBooking } from "../../src/bookings/create.ts";
import type { EngineError } from "../../src/domain/errors.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { createWorld } from "../support/world.ts";
import { bookingRequest, changeRequest, SLOT } from "./requests.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const laterBy = (hours: number) => ({ start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR });

/** A world in which `overtake` runs right before the next write, as if another request had come first. */
function overtakenWorld() {
  let overtake: (() => Promise<unknown>) | null = null;
  const world = createWorld({
    databaseFetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const first = overtake;
      if (first !== null && (await request.clone().text()).includes("BEGIN IMMEDIATE")) {
        overtake = null;
        await first();
      }
      return inner(request);
    },
  });
  return {
    world,
    overtakeWith: (other: () => Promise<unknown>) => {
      overtake = other;
    },
  };
}

/** A booking that a change without rules moves by four hours, overtaken by one that sells a buffer of 40 minutes. */
async function scene(others: readonly Partial<CreateInput>[] = []) {
  const { world, overtakeWith } = overtakenWorld();
  const rules = { bufferAfterMs: 40 * MINUTE };
  const settings = { ...DEFAULT_SETTINGS, timeZone: "UTC" };
  await putSettings(world.deps, { agentId: world.agentId, settings });
  await createBooking(world.deps, bookingRequest(world));
  for (const other of others) await createBooking(world.deps, bookingRequest(world, other));
  overtakeWith(() => changeBooking(world.deps, changeRequest(world, { slot: laterBy(2), rules })));
  return { move: () => changeBooking(world.deps, changeRequest(world, { slot: laterBy(4) })) };
}

test("a move without rules keeps the buffers that another change sold at the same time", async () => {
  const { move } = await scene();
  const { booking } = await move();
  expect(booking).toMatchObject({
    ...{ startsAt: laterBy(4).start, bufferBeforeMs: 0, bufferAfterMs: 40 * MINUTE, revision: 3 },
  });
});

test("P1: a move is refused for the buffers that another change sold at the same time", async () => {
  const { move } = await scene([{ bookingId: "b-2", slot: laterBy(5) }]);
  const refused = (await move().catch((error) => error)) as EngineError;
  expect(refused).toMatchObject({ code: "slot_taken", extra: { conflicts: [{ reason: "buffer" }] } });
});
