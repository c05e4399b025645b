// Common slots: examples of groups, and agreement with `conflictsOf` and every way to fill the places.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AgentGroup, commonSlots } from "../../src/domain/common-slots.ts";
import { conflictsOf } from "../../src/domain/conflicts.ts";
import { freeTimeOf } from "../../src/domain/slots.ts";
import { agendaOn, cachedRows, dayArb, MINUTE } from "./agenda.ts";
import { wallClock } from "./wall-clock.ts";

const HOUR = 60 * MINUTE;

/** Free at these hours, each on the step. */
const freeAt = (...hours: number[]) => ({
  starts: hours.map((hour) => ({ startsAt: hour * HOUR, endsAt: hour * HOUR + 1 })),
  onStep: hours.map((hour) => hour * HOUR),
});

const search = (
  groups: readonly AgentGroup[],
  free: Record<string, ReturnType<typeof freeAt>>,
  limit = 100,
) =>
  commonSlots({ groups, free: new Map(Object.entries(free)), durationMs: HOUR, limit }).map(
    ({ startsAt, groups: found }) => [startsAt / HOUR, ...found.map((names) => names.join(""))],
  );

/** Every way to give each place an agent of its own, tried one after another. */
function canFill(places: readonly (readonly string[])[], used: ReadonlySet<string> = new Set()): boolean {
  const [first, ...rest] = places;
  if (first === undefined) return true;
  return first.some((agentId) => !used.has(agentId) && canFill(rest, new Set([...used, agentId])));
}

describe("commonSlots", () => {
  it("offers a slot where as many as required are free, and names all who are, in the caller's order", () => {
    const free = { a: freeAt(9, 10), b: freeAt(10, 11), c: freeAt(10) };
    expect(search([{ agents: ["c", "a", "b"], required: 1 }], free)).toEqual([
      [9, "a"],
      [10, "cab"],
      [11, "b"],
    ]);
    expect(search([{ agents: ["a", "b", "c"], required: 2 }], free)).toEqual([[10, "abc"]]);
    expect(search([{ agents: ["a", "b", "c"], required: 1 }], free, 2)).toHaveLength(2);
  });

  it("demands all groups at once: one of these solicitors and this interpreter", () => {
    const free = { s1: freeAt(9, 10), s2: freeAt(11), i: freeAt(10, 11, 12) };
    const groups = [
      { agents: ["s1", "s2"], required: 1 },
      { agents: ["i"], required: 1 },
    ];
    expect(search(groups, free)).toEqual([
      [10, "s1", "i"],
      [11, "s2", "i"],
    ]);
  });

  it("lets an agent of two groups fill a place in one of them only", () => {
    const groups = [
      { agents: ["a", "b"], required: 1 },
      { agents: ["a", "c"], required: 1 },
    ];
    const free = { a: freeAt(9, 10, 11), b: freeAt(10), c: freeAt(11) };
    expect(search(groups, free)).toEqual([
      [10, "ab", "a"],
      [11, "a", "ac"],
    ]);
  });

  it("counts nobody as free of whom nothing is known", () => {
    expect(search([{ agents: ["a", "unknown"], required: 2 }], { a: freeAt(9) })).toEqual([]);
  });

  it("P1: offers exactly the slots at which conflictsOf leaves an agent for every place", () => {
    let offered = 0;
    let refused = 0;
    const namesArb = fc.subarray(["0", "1", "2", "3"], { minLength: 1 });
    const groupArb = namesArb.chain((agents) =>
      fc.record({ agents: fc.constant(agents), required: fc.integer({ min: 1, max: agents.length }) }),
    );
    fc.assert(
      fc.property(
        dayArb.chain((day) =>
          fc.tuple(fc.constant(day), fc.array(agendaOn(day), { minLength: 4, maxLength: 4 })),
        ),
        fc.array(groupArb, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(10, 45, 120),
        fc.constantFrom(15, 60),
        fc.constantFrom(1, 5, 1_000),
        ([day, agendas], groups, duration, step, limit) => {
          const now = agendas[0]?.now ?? day;
          const range = { startsAt: day + 7 * MINUTE, endsAt: day + 30 * HOUR };
          const durationMs = duration * MINUTE;
          const times = new Map(
            agendas.map(({ settings, events, counted, order }, index) => [
              String(index),
              { settings, counted, rows: cachedRows(events, order) },
            ]),
          );
          const named = new Set(groups.flatMap(({ agents }) => agents));
          const expected = [];
          for (let at = range.startsAt; at + durationMs <= range.endsAt; at += MINUTE) {
            const slot = { startsAt: at, endsAt: at + durationMs };
            const isFree = (name: string) => {
              const time = times.get(name);
              return time !== undefined && conflictsOf({ slot, ...time, now }).length === 0;
            };
            const onStep = [...named].some(
              (name) =>
                wallClock(at, times.get(name)?.settings.timeZone ?? "UTC").minute % step === 0 &&
                isFree(name),
            );
            if (!onStep) continue;
            const found = groups.map(({ agents }) => agents.filter(isFree));
            const places = groups.flatMap(({ required }, index) => Array(required).fill(found[index] ?? []));
            if (canFill(places)) expected.push({ ...slot, groups: found });
            else refused += 1;
          }
          const free = new Map(
            [...named].flatMap((name) => {
              const time = times.get(name);
              const search = { range, durationMs, stepMs: step * MINUTE, now };
              return time === undefined ? [] : [[name, freeTimeOf({ ...search, ...time })] as const];
            }),
          );
          offered += expected.length;
          expect(commonSlots({ groups, free, durationMs, limit })).toEqual(expected.slice(0, limit));
        },
      ),
      { numRuns: 60 },
    );
    expect(offered).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});
