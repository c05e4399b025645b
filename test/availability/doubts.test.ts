// P9: a doubt that only a person can end shows at once, and what a sale would refuse because of it isn't offered.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAvailability } from "../../src/availability/check.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { findSlots } from "../../src/availability/slots.ts";
import { createBooking } from "../../src/bookings/create.ts";
import type { FailureKind } from "../../src/domain/failure.ts";
import { DEMANDS } from "../../src/domain/failure.ts";
import { doubtOf } from "../../src/domain/freshness.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { bookingRequest, codeOf, SLOT } from "../bookings/requests.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld, type World } from "../support/world.ts";
import { check, confirm } from "./requests.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KINDS = Object.keys(DEMANDS) as FailureKind[];

const search = (world: World, agentId = world.agentId) =>
  findSlots(world.deps, {
    ...{ agentId, from: SLOT.start, to: SLOT.end, durationMs: HOUR, stepMs: HOUR },
    ...{ limit: 5, purpose: "display" as const, maxAgeMs: null },
  });

describe("doubtOf", () => {
  const sound = { accountStatus: "active", gone: false, failureKind: null, unknown: 0 } as const;

  test("names each doubt that only a person can end", () => {
    expect(doubtOf(sound)).toBeNull();
    expect(doubtOf({ ...sound, accountStatus: "needs_reauth", failureKind: "reauth" })).toBe("needs_reauth");
    expect(doubtOf({ ...sound, accountStatus: "unavailable" })).toBe("no-service");
    expect(doubtOf({ ...sound, gone: true })).toBe("calendar_gone");
    expect(doubtOf({ ...sound, unknown: 2 })).toBe("unreadable");
    const lasting = KINDS.filter((failureKind) => doubtOf({ ...sound, failureKind }) !== null);
    expect(lasting.sort()).toEqual(["no-service", "operator", "reauth", "refused"]);
  });
});

test("a dead grant shows at once for display, also in a calendar of the account that hasn't failed itself", async () => {
  const world = createWorld();
  const { accountId, connectionId } = await world.connect();
  expect(await check(world)).toMatchObject({ available: true, complete: true });
  await world.query("UPDATE accounts SET status = 'needs_reauth' WHERE id = ?", [accountId]);
  const named = [{ connectionId, fresh: false, reason: "needs_reauth" }];
  const refused = { available: false, reason: "unverified", complete: false, calendars: named };
  expect(await check(world)).toMatchObject(refused);
  expect(await confirm(world)).toMatchObject(refused);
  expect(await search(world)).toMatchObject({ slots: [], complete: false, calendars: named });
  // The calendar was verified just now. Its age doesn't sell it.
  expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("slot_unverified");
  await putSettings(world.deps, {
    agentId: world.agentId,
    settings: { ...DEFAULT_SETTINGS, timeZone: "Europe/Lisbon", onStale: "allow" },
  });
  expect(await check(world)).toMatchObject({ available: true, complete: false, calendars: named });
  expect((await search(world)).slots).toHaveLength(1);
  expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(true);
});

test("mere age and passing failures are still offered for display", async () => {
  const world = createWorld();
  await world.connect();
  world.advance(20 * MINUTE);
  world.google.knobs.set("api.status", 503);
  expect(await check(world)).toMatchObject({ available: true, complete: false });
  expect((await search(world)).slots).toHaveLength(1);
});

test("a doubt about one calendar refuses, and a calendar that doesn't count refuses nothing", async () => {
  const world = createWorld();
  const { connectionId } = await world.connect();
  await world.query("UPDATE connections SET failure_kind = 'operator' WHERE id = ?", [connectionId]);
  expect(await check(world)).toMatchObject({ reason: "unverified" });
  await world.query("UPDATE connections SET blocks_availability = 0 WHERE id = ?", [connectionId]);
  expect(await check(world)).toMatchObject({ reason: "free", complete: true, calendars: [] });
});

test("P9: under any doubt /slots for display offers exactly what a sale accepts", {
  timeout: 120_000,
}, async () => {
  const world = createWorld();
  const { db } = world.deps;
  const calendar = fc.record({
    failureKind: fc.constantFrom(null, "reauth", "refused", "no-service", "operator", null),
    unreadable: fc.constantFrom("none", "known", "unknown", "counted", "ended"),
    counts: fc.boolean(),
  });
  const agents = fc.record({
    onStale: fc.constantFrom("refuse" as const, "allow" as const),
    status: fc.constantFrom("active", "active", "needs_reauth", "unavailable"),
    calendars: fc.array(calendar, { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(agents, async ({ onStale, status, calendars }) => {
      const agentId = `doubts-${randomUUID()}`;
      const now = world.deps.now();
      await db.write(
        seedStatements(db, {
          ...{ agentId, now, settings: { onStale } },
          connections: calendars.map(({ failureKind, counts }, index) => ({
            ...{ id: `${agentId}-${index}`, failureKind: failureKind as FailureKind | null },
            // Such failures hold every pull off.
            ...(failureKind === null ? {} : { failures: 1, nextAttemptAt: now + HOUR }),
            blocksAvailability: counts,
            receivesBookings: false,
          })),
        }),
      );
      await world.query("UPDATE accounts SET status = ? WHERE agent_id = ?", [status, agentId]);
      for (const [index, { unreadable }] of calendars.entries()) {
        if (unreadable === "none") continue;
        await world.query(
          `INSERT INTO unreadable_objects (connection_id, object_key, version, reason, extent, ends_by, generation,
             first_seen_at, counted_free_at) VALUES (?, 'e', 'v', 'bad_rule', ?, ?, 1, ?, ?)`,
          [
            ...[`${agentId}-${index}`, unreadable === "known" ? "known" : "unknown"],
            ...[unreadable === "ended" ? now : null, now, unreadable === "counted" ? now : null],
          ],
        );
      }
      const offered = (await search(world, agentId)).slots.length === 1;
      const shown = await checkAvailability(world.deps, {
        ...{ agentId, slot: SLOT, purpose: "display", maxAgeMs: null },
      });
      const confirmed = await checkAvailability(world.deps, {
        ...{ agentId, slot: SLOT, purpose: "confirm", maxAgeMs: null },
      });
      const sold = await createBooking(
        world.deps,
        bookingRequest(world, { agentId, bookingId: `b-${agentId}` }),
      ).then(
        () => true,
        () => false,
      );
      expect([offered, shown.available, confirmed.available]).toEqual([sold, sold, sold]);
    }),
    { numRuns: 40 },
  );
});
