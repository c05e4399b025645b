// Readiness: says how long due work has waited, which is what the operator's alarm watches.
import { expect, test } from "vitest";
import { readReadiness } from "../../src/sync/readiness.ts";
import { HOUR, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

test("L24: readiness says how long the oldest due pull has waited, and 0 once it has run", async () => {
  const world = newWorld();
  const { connectionId } = await world.connect();
  const dueIn = (await world.connection(connectionId)).pollDueAt - world.deps.now();
  const oldest = async () => (await readReadiness(world.deps)).backlog?.oldestDueMs;
  expect(await oldest()).toBe(0);
  world.advance(dueIn + 5 * HOUR);
  expect(await oldest()).toBeGreaterThanOrEqual(5 * HOUR);
  expect(await oldest()).toBeLessThan(6 * HOUR);
  await world.cron();
  expect(await oldest()).toBe(0);
});
