// Hanging calendars: of the six requests that may wait at once, one must stay free for the database.
import { expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { workerOf } from "../support/worker.ts";
import type { World } from "../support/world.ts";
import { MINUTE, patientWorld } from "./one-calendar-each.ts";
import { bookingRequest, codeOf } from "./requests.ts";

const databaseUrl = useOwnDatabase();

/** The requests that workerd lets wait at once (`docs/providers/cloudflare-turso.md` 1.1). */
const PLATFORM = 6;

/** A Worker under the platform's limit, and the highest number of its requests to providers under way at once. */
function platformWorker(world: World, config: Parameters<typeof workerOf>[1] = {}) {
  const waiting: (() => void)[] = [];
  let free = PLATFORM;
  let calling = 0;
  let most = 0;
  const limited =
    (inner: typeof fetch): typeof fetch =>
    async (input, init) => {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      else free -= 1;
      try {
        return await inner(input, init);
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    };
  const counted =
    (inner: typeof fetch): typeof fetch =>
    async (input, init) => {
      calling += 1;
      most = Math.max(most, calling);
      try {
        return await inner(input, init);
      } finally {
        calling -= 1;
      }
    };
  const worker = workerOf(world, {
    ...config,
    fetch: (inner) => counted(limited(inner)),
    databaseFetch: limited,
  });
  return { worker, most: () => most };
}

/** An agent with `count` calendars at Google. */
async function withCalendars(count: number): Promise<World> {
  const world = patientWorld(databaseUrl(), {
    bindings: { PULL_BUDGET_SECONDS: "1", DELIVER_BUDGET_SECONDS: "1" },
  });
  const { accountId } = await world.connect();
  for (let index = 1; index < count; index += 1) {
    const calendarId = `calendar-${index}-${world.agentId}`;
    world.google.addCalendar({ id: calendarId, summary: calendarId, timeZone: null, owner: world.email });
    await connectCalendar(world.deps, {
      ...{ ownedBy: null, accountId, calendarId },
      ...{ blocksAvailability: true, receivesBookings: true },
    });
  }
  await world.drain();
  return world;
}

const elapsed = async (work: Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
};

test("a booking is answered in time though more calendars hang than there are connections", async () => {
  const world = await withCalendars(9);
  const { worker, most } = platformWorker(world);
  // The first calendar that is written answers. Its outcome must be recorded while the others hang.
  const [, ...hanging] = await world.query("SELECT calendar_id FROM connections ORDER BY id");
  for (const { calendar_id: calendar } of hanging) {
    world.google.knobs.set("net.hang", "before", { operation: "events.insert", calendar: String(calendar) });
  }
  const booking = createBooking(worker, bookingRequest(world));
  expect(await elapsed(booking)).toBeLessThan(3_000);
  const statuses = (await booking).results.map(({ status }) => status);
  expect(statuses.filter((status) => status === "synced")).toHaveLength(1);
  expect(statuses.filter((status) => status === "pending")).toHaveLength(8);
  expect(most()).toBeLessThan(PLATFORM);
});

test("a sale is refused in time though more calendars hang than there are connections", async () => {
  const world = await withCalendars(9);
  const { worker, most } = platformWorker(world);
  world.advance(MINUTE);
  world.google.knobs.set("net.hang", "before", { operation: "events.list" });
  const booking = codeOf(createBooking(worker, bookingRequest(world, { maxAgeMs: 0 })));
  expect(await elapsed(booking)).toBeLessThan(3_000);
  expect(await booking).toBe("slot_unverified");
  expect(most()).toBeLessThan(PLATFORM);
});

test("calendars that answer are all written and all read, however many", async () => {
  const world = await withCalendars(12);
  const { worker, most } = platformWorker(world);
  world.advance(MINUTE);
  const { results } = await createBooking(worker, bookingRequest(world, { maxAgeMs: 0 }));
  expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => "synced"));
  expect(most()).toBeLessThan(PLATFORM);
});
