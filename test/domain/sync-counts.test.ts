// Sync counts: sums add up, and quantiles of the histogram are within their stated precision.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CountedRun,
  countsOf,
  dayOf,
  failuresOf,
  isUnchanged,
  quantileOf,
  sumOf,
} from "../../src/domain/sync-counts.ts";

const AT = Date.parse("2026-03-02T08:00:00Z");

const run = (more: Partial<CountedRun> = {}): CountedRun => ({
  ...{ mode: "delta", outcome: "ok", upserts: 0, removals: 0, startedAt: AT, finishedAt: AT + 100 },
  ...more,
});

const lasting = (ms: number) => countsOf(run({ finishedAt: AT + ms }));

describe("one sync", () => {
  test("that changed nothing is a delta, unchanged, with its duration", () => {
    expect(countsOf(run())).toEqual({ delta: 1, unchanged: 1, ms: 100, "ms.26": 1 });
  });

  test("that failed is counted by its kind, and an audit that failed as an audit too", () => {
    const failed = { outcome: "failed", failureKind: "read-only" } as const;
    expect(countsOf(run(failed))).toMatchObject({ delta: 1, failed: 1, "failed.read-only": 1 });
    expect(countsOf(run({ ...failed, mode: "audit" }))).toMatchObject({
      audit: 1,
      failed: 1,
      failedAudit: 1,
    });
  });

  test.each(["upserts", "removals", "missing", "extra", "unreadable"] as const)(
    "with %s has something to tell",
    (name) => {
      expect(isUnchanged(run({ [name]: 1 }))).toBe(false);
      expect(countsOf(run({ [name]: 3 }))).toMatchObject({ [name]: 3 });
    },
  );

  test("that stopped halfway, or whose clock went back, is counted", () => {
    expect(countsOf(run({ outcome: "partial" }))).not.toHaveProperty("unchanged");
    expect(countsOf(run({ finishedAt: AT - 5 }))).toEqual({ delta: 1, unchanged: 1, "ms.0": 1 });
  });
});

test("days are added name by name, and failures are told by kind", () => {
  const failed = run({ outcome: "failed", failureKind: "retry" });
  const sum = sumOf([countsOf(run()), countsOf(failed), countsOf(failed)]);
  expect(sum).toMatchObject({ delta: 3, unchanged: 1, failed: 2, "failed.retry": 2, ms: 300 });
  expect(failuresOf(sum)).toEqual({ retry: 2 });
});

test("a day begins at midnight UTC", () => {
  expect(dayOf(Date.parse("1970-01-02T00:00:00Z"))).toBe(1);
  expect(dayOf(Date.parse("1970-01-02T00:00:00Z") - 1)).toBe(0);
});

test("a quantile is within 9 % of the exact value, or half a millisecond", () => {
  const durations = fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.95), (all, share) => {
      const sorted = [...all].sort((a, b) => a - b);
      const exact = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      const told = quantileOf(sumOf(all.map(lasting)), share) ?? Number.NaN;
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(Math.max(exact * 0.0906, 0.5) + 0.5);
    }),
  );
  expect(quantileOf({}, 0.5)).toBeNull();
});
