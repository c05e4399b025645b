// Backoff: bounds that hold for every failure kind, count and random number.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jittered, nextAttemptAt } from "../../src/domain/backoff.ts";
import { DEMANDS, type FailureKind } from "../../src/domain/failure.ts";

const DAY = 86_400_000;
const kinds = fc.constantFrom(...(Object.keys(DEMANDS) as FailureKind[]));
const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const failures = fc.integer({ min: 1, max: 100_000 });
const now = 1_800_000_000_000;

describe("nextAttemptAt", () => {
  it("L14: is always ahead and never further than a day, however often it failed", () => {
    fc.assert(
      fc.property(kinds, failures, dice, (kind, failures, dice) => {
        const waitMs = nextAttemptAt({ kind, failures, retryAt: null, now, dice }) - now;
        expect(waitMs).toBeGreaterThanOrEqual(500);
        expect(waitMs).toBeLessThanOrEqual(DAY);
      }),
    );
  });

  it("starts at half the base of the kind", () => {
    const first = (kind: FailureKind, dice: number) =>
      nextAttemptAt({ kind, failures: 1, retryAt: null, now, dice }) - now;
    expect([first("resync", 0), first("retry", 0), first("gone", 0), first("pause", 0)]).toEqual([
      500, 2_500, 150_000, 1_800_000,
    ]);
  });

  it("doubles up to its cap, and never shrinks with more failures", () => {
    fc.assert(
      fc.property(kinds, failures, dice, (kind, failures, dice) => {
        const wait = (count: number) =>
          nextAttemptAt({ kind, failures: count, retryAt: null, now, dice }) - now;
        expect(wait(failures + 1)).toBeGreaterThanOrEqual(wait(failures));
        expect(wait(failures + 1)).toBeLessThanOrEqual(2 * wait(failures) + 1);
      }),
    );
  });

  it("is never before the provider's time nor before our own, and at most a tenth after the later of both", () => {
    fc.assert(
      fc.property(
        kinds,
        failures,
        dice,
        fc.integer({ min: -DAY, max: 30 * DAY }),
        (kind, failures, dice, ahead) => {
          const at = nextAttemptAt({ kind, failures, retryAt: now + ahead, now, dice });
          const ownAt = nextAttemptAt({ kind, failures, retryAt: null, now, dice });
          expect(at).toBeGreaterThanOrEqual(Math.max(now + ahead, ownAt));
          expect(at).toBeLessThanOrEqual(Math.max(now + ahead * 1.1 + 1, ownAt));
        },
      ),
    );
  });

  it("spreads attempts planned at the same moment", () => {
    const at = (dice: number) => nextAttemptAt({ kind: "retry", failures: 8, retryAt: null, now, dice });
    expect(at(0.999) - at(0)).toBeGreaterThan(60_000);
  });
});

describe("jittered", () => {
  it("stays within a quarter of the period", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: DAY }), dice, (periodMs, dice) => {
        expect(Math.abs(jittered(periodMs, dice) - periodMs)).toBeLessThanOrEqual(periodMs / 4 + 1);
      }),
    );
  });
});
