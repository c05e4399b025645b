// Intervals: examples, and the laws of their algebra.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clip, cut, type Interval, interval, merge, overlaps, subtract } from "../../src/domain/interval.ts";

const at = (startsAt: number, endsAt: number): Interval => ({ startsAt, endsAt });
const small = fc
  .tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 20 }))
  .map(([startsAt, length]) => at(startsAt, startsAt + length));
const many = fc.array(small, { maxLength: 12 });
const covers = (intervals: readonly Interval[], point: number) =>
  intervals.some(({ startsAt, endsAt }) => startsAt <= point && point < endsAt);
const points = Array.from({ length: 130 }, (_, index) => index - 60);
const apart = (intervals: readonly Interval[]) =>
  intervals.every((next, index) => {
    const last = intervals[index - 1];
    return next.startsAt < next.endsAt && (last === undefined || last.endsAt < next.startsAt);
  });

describe("interval", () => {
  it("L2: refuses bounds that are swapped, equal or no number", () => {
    expect(interval(1, 2)).toEqual(at(1, 2));
    for (const [start, end] of [
      [2, 1],
      [1, 1],
      [Number.NaN, 1],
      [1, Number.NaN],
    ] as const) {
      expect(() => interval(start, end)).toThrow(expect.objectContaining({ code: "invalid_time" }));
    }
  });

  it("doesn't call touching intervals overlapping, and merges them", () => {
    expect(overlaps(at(0, 5), at(5, 9))).toBe(false);
    expect(merge([at(5, 9), at(0, 5), at(20, 21)])).toEqual([at(0, 9), at(20, 21)]);
  });

  it("L4: sees a long event that began before the range and runs on", () => {
    expect(overlaps(at(-1000, 1000), at(0, 1))).toBe(true);
    expect(clip(at(-1000, 1000), at(0, 1))).toEqual(at(0, 1));
  });

  it("cuts a row of more than a day into days", () => {
    const day = 86_400_000;
    expect(cut(at(0, 2 * day + 1))).toEqual([at(0, day), at(day, 2 * day), at(2 * day, 2 * day + 1)]);
    expect(cut(at(0, day))).toEqual([at(0, day)]);
  });

  it("overlaps exactly when there is a common point, in either order", () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const common = points.some((point) => covers([a], point) && covers([b], point));
        expect(overlaps(a, b)).toBe(common);
        expect(overlaps(b, a)).toBe(common);
        expect(clip(a, b) !== null).toBe(common);
      }),
    );
  });

  it("merges without changing the covered time, and is idempotent", () => {
    fc.assert(
      fc.property(many, (intervals) => {
        const merged = merge(intervals);
        expect(apart(merged)).toBe(true);
        for (const point of points) expect(covers(merged, point)).toBe(covers(intervals, point));
        expect(merge(merged)).toEqual(merged);
        expect(merge([...intervals].reverse())).toEqual(merged);
      }),
    );
  });

  it("subtracts exactly the taken time", () => {
    fc.assert(
      fc.property(small, many, (range, taken) => {
        const left = subtract(range, taken);
        expect(apart(left)).toBe(true);
        for (const point of points) {
          expect(covers(left, point)).toBe(covers([range], point) && !covers(taken, point));
        }
        expect(subtract(range, left)).toEqual(
          merge(taken.flatMap((interval) => clip(interval, range) ?? [])),
        );
      }),
    );
  });

  it("cuts without loss into pieces that aren't too long", () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 9 }), (whole, max) => {
        const pieces = cut(whole, max);
        expect(merge(pieces)).toEqual([whole]);
        expect(pieces.every(({ startsAt, endsAt }) => endsAt > startsAt && endsAt - startsAt <= max)).toBe(
          true,
        );
        expect(pieces.length).toBe(Math.ceil((whole.endsAt - whole.startsAt) / max));
      }),
    );
  });
});
