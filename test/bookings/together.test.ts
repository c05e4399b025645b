// Together and any of, against single calls: the same decisions, whatever is booked, and whichever answers are lost.
import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAnyOf } from "../../src/bookings/any-of.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { runTogether } from "../../src/bookings/together.ts";
import type { Deps } from "../../src/deps.ts";
import { EngineError } from "../../src/domain/errors.ts";
import { NO_RULES } from "../../src/domain/rules.ts";
import type { Assign } from "../../src/store/bookings/any-of.ts";
import { readTogether, writeTogether } from "../../src/store/bookings/together.ts";
import { lossyWorld } from "../support/lossy-world.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld, type World } from "../support/world.ts";
import { bookingRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const WEEK_START = Date.UTC(2026, 2, 2);

const createArb = fc.record({
  agent: fc.nat({ max: 1 }),
  day: fc.nat({ max: 2 }),
  start: fc.integer({ min: 0, max: 12 }).map((steps) => steps * 15),
  minutes: fc.constantFrom(15, 30, 45),
});
const settingsArb = fc.record({
  bufferBeforeMs: fc.constantFrom(0, 0, 10 * MINUTE, 20 * MINUTE),
  bufferAfterMs: fc.constantFrom(0, 0, 15 * MINUTE),
  maxPerDay: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 1 }),
  maxPerWeek: fc.option(fc.integer({ min: 2, max: 5 }), { freq: 1 }),
});

const spanOf = ({ day, start, minutes }: { day: number; start: number; minutes: number }) => {
  const at = SLOT.start + day * DAY + start * MINUTE;
  return { start: at, end: at + minutes * MINUTE };
};

/** Agents whose calendars are never stale. */
async function seedAgents(deps: Deps, settings: readonly object[]): Promise<string[]> {
  return Promise.all(
    settings.map(async (one) => {
      const agentId = `together-${randomUUID()}`;
      await deps.db.write(
        seedStatements(deps.db, {
          ...{ agentId, now: deps.now(), settings: one },
          connections: [{ id: `${agentId}-c`, verifiedAt: deps.now() + DAY }],
        }),
      );
      return agentId;
    }),
  );
}

const isSold = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === "slot_taken") return false;
    throw error;
  }
};

const confirmed = async (world: World, agentIds: readonly string[]) =>
  world.query(
    "SELECT agent_id, booking_id, starts_at, ends_at FROM bookings WHERE agent_id IN (SELECT value FROM json_each(?)) AND state = 'confirmed'",
    [JSON.stringify(agentIds)],
  );

describe("P1: bookings together", () => {
  test("are sold exactly if one call after another could sell all of them, and else none is", {
    timeout: 60_000,
  }, async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    const { deps } = world;
    let sold = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(settingsArb, settingsArb),
        fc.array(createArb, { minLength: 1, maxLength: 6 }),
        fc.array(createArb, { maxLength: 2 }),
        async (settings, wanted, before) => {
          const agents = await seedAgents(deps, settings);
          const twins = await seedAgents(deps, settings);
          const inputsFor = (agentIds: readonly string[], asked: typeof wanted, name: string) =>
            asked.map((one, index) => ({
              ...bookingRequest({ agentId: agentIds[one.agent] ?? "" }),
              ...{ bookingId: `${name}-${index}`, slot: spanOf(one), deliver: "later" as const },
            }));
          for (const agentIds of [agents, twins])
            for (const input of inputsFor(agentIds, before, "before"))
              await isSold(createBooking(deps, input));
          const standing = await confirmed(world, agents);
          let all = true;
          for (const input of inputsFor(twins, wanted, "new"))
            all = (await isSold(createBooking(deps, input))) && all;
          const operations = inputsFor(agents, wanted, "new").map((input) => ({
            action: "create" as const,
            input,
          }));
          const ended = await runTogether(deps, operations);
          expect(ended.kind).toBe(all ? "done" : "refused");
          expect(await confirmed(world, agents)).toHaveLength(standing.length + (all ? wanted.length : 0));
          if (all) sold += 1;
          else refused += 1;
        },
      ),
      { numRuns: 60 },
    );
    expect(Math.min(sold, refused)).toBeGreaterThan(5);
  });

  test("stay refused where a refused batch arrives a second time, when all of it is free", async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    const { deps } = world;
    const [agentId = ""] = await seedAgents(deps, [{}]);
    const key = { agentId, bookingId: "b-1" };
    const guard = { verifiedSince: 0, excused: [], checked: null, force: false, past: false };
    const booking = {
      ...{ ...key, sealedTexts: "sealed", clientHash: null, startsAt: SLOT.start, endsAt: SLOT.end },
      ...{ timeZone: null, idempotencyKey: null, holdId: null, groupId: null, rules: NO_RULES },
    };
    const input = {
      writes: [{ action: "create" as const, booking, guard }],
      writeId: "late",
      now: deps.now(),
    };
    await world.query("UPDATE connections SET dirty = clean + 1 WHERE agent_id = ?", [agentId]);
    expect(await writeTogether(deps.db, input)).toBeNull();
    const question = { bookings: [key], holds: [], times: [], now: deps.now() };
    expect((await readTogether(deps.db, question, "late")).bookings).toEqual([]);
    await world.query("UPDATE connections SET dirty = clean WHERE agent_id = ?", [agentId]);
    expect(await writeTogether(deps.db, input)).toBeNull();
    expect(await writeTogether(deps.db, { ...input, writeId: "another" })).toMatchObject({
      bookings: [{ bookingId: "b-1" }],
    });
    // What has succeeded can't be refused afterwards: its bookings say so.
    const known = await readTogether(deps.db, question, "another");
    expect(known.bookings).toMatchObject([{ writeId: "another" }]);
  });

  test("are sold once where every answer is lost once", async () => {
    const { world, lost } = lossyWorld(databaseUrl(), { bindings: { CONFIRM_MAX_AGE_SECONDS: "86400" } });
    const { deps } = world;
    const agents = await seedAgents(createWorld({ databaseUrl: databaseUrl() }).deps, [{}, {}]);
    const before = lost();
    const operations = agents.map((agentId) => ({
      ...{ action: "create" as const, input: bookingRequest({ agentId }) },
    }));
    const ended = await runTogether(deps, operations);
    expect(ended).toMatchObject({ kind: "done", answers: [{ created: true }, { created: true }] });
    const one = await createAnyOf(deps, {
      ...bookingRequest({ agentId: "" }),
      ...{ agents, assign: "first", bookingId: "b-2", slot: spanOf({ day: 1, start: 0, minutes: 30 }) },
      deliver: "later",
    });
    expect(one).toMatchObject({ created: true, booking: { agentId: agents[0] } });
    expect(lost() - before).toBeGreaterThan(2);
    expect(await confirmed(world, agents)).toHaveLength(3);
  });
});

describe("P1: any of several", () => {
  test("is whom the rule names of those whom a call of their own could sell", {
    timeout: 60_000,
  }, async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    const { deps } = world;
    const chosen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(settingsArb, { minLength: 3, maxLength: 3 }),
        fc.array(
          createArb.chain((one) => fc.nat({ max: 2 }).map((agent) => ({ ...one, agent }))),
          { maxLength: 6 },
        ),
        createArb,
        fc.constantFrom<Assign>("first", "least_booked", "longest_idle"),
        async (settings, before, wanted, assign) => {
          const agents = await seedAgents(deps, settings);
          const twins = await seedAgents(deps, settings);
          const request = (agentId: string, bookingId: string, slot: typeof SLOT) =>
            bookingRequest({ agentId }, { bookingId, slot, deliver: "later" });
          for (const agentIds of [agents, twins])
            for (const [index, one] of before.entries())
              await isSold(
                createBooking(deps, request(agentIds[one.agent] ?? "", `x-${index}`, spanOf(one))),
              );
          const slot = spanOf(wanted);
          const rows = await confirmed(world, twins);
          const scoreOf = (twin: string | undefined): number => {
            const theirs = rows.filter((row) => row["agent_id"] === twin);
            const starts = theirs.map((row) => Number(row["starts_at"]));
            const ends = theirs.map((row) => Number(row["ends_at"]));
            if (assign === "least_booked")
              return starts.filter((at) => at >= WEEK_START && at < WEEK_START + 7 * DAY).length;
            return assign === "first" ? 0 : Math.max(0, ...ends.filter((at) => at <= slot.start));
          };
          const free: number[] = [];
          for (const index of agents.keys())
            if (await isSold(createBooking(deps, request(twins[index] ?? "", "new", slot)))) free.push(index);
          const scores = free.map((index) => scoreOf(twins[index]));
          const expected = free[scores.indexOf(Math.min(...scores))];
          const input = { ...request("", "new", slot), agents, assign };
          if (expected === undefined) {
            await expect(createAnyOf(deps, input)).rejects.toMatchObject({ code: "slot_taken" });
          } else {
            const { booking } = await createAnyOf(deps, input);
            expect(agents.indexOf(booking.agentId)).toBe(expected);
          }
          const name = `${assign} ${expected ?? "none"}`;
          chosen.set(name, (chosen.get(name) ?? 0) + 1);
        },
      ),
      { numRuns: 60 },
    );
    expect(chosen.size).toBeGreaterThan(5);
  });
});
