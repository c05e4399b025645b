// Freshness: only a calendar that was verified recently is fresh.
import { describe, expect, it } from "vitest";
import { isFresh } from "../../src/domain/freshness.ts";

describe("isFresh", () => {
  it("L1: is never true for a calendar that was never verified", () => {
    expect(isFresh(null, Number.POSITIVE_INFINITY, 1_000)).toBe(false);
  });

  it("is true up to and including the requested age", () => {
    expect(isFresh(940, 60, 1_000)).toBe(true);
    expect(isFresh(939, 60, 1_000)).toBe(false);
    expect(isFresh(1_000, 0, 1_000)).toBe(true);
    expect(isFresh(999, 0, 1_000)).toBe(false);
  });

  it("counts an instant in the future as now", () => {
    expect(isFresh(5_000, 0, 1_000)).toBe(true);
    expect(isFresh(5_000, -1, 1_000)).toBe(false);
  });
});
