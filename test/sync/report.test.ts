// The report: its headlines count what its columns show, each by its own thirty days.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import type { AnalyticsRows } from "../../src/store/reports/analytics.ts";
import { reportOf } from "../../src/sync/report.ts";

const sumOf = <Name extends string>(days: readonly Readonly<Record<Name, number>>[], name: Name) =>
  days.reduce((sum, day) => sum + day[name], 0);

/** Something in each hour of 33 days, up to now. */
function rowsAround(now: number, timeZone: string): AnalyticsRows {
  const hours = Array.from({ length: 33 * 24 }, (_, index) => now - index * HOUR_MS);
  const days = Array.from({ length: 33 }, (_, index) => Math.floor(now / DAY_MS) - index);
  return {
    settings: { ...DEFAULT_SETTINGS, timeZone },
    syncDays: days.map((day) => ({ connectionId: "c-1", day, counts: { delta: 3, failed: 1, upserts: 2 } })),
    connections: [],
    addresses: new Map(),
    changed: hours.map((at) => ({
      ...{ startsAt: at, endsAt: at + HOUR_MS, state: "cancelled" },
      ...{ createdAt: at, movedAt: at, cancelledAt: at },
    })),
    around: [],
    upcoming: 0,
    deliveries: hours.map((soldAt, index) => ({
      ...{ soldAt, state: index % 3 === 0 ? "failed" : "delivered", failureKind: null, failureCode: null },
      count: 1,
    })),
    lost: [...days, (days[0] ?? 0) + 1].map((day) => ({ day, reason: "taken", count: 1 })),
  };
}

describe("The report", () => {
  test.each([
    ["2026-11-28T04:30:00Z", "America/Los_Angeles"],
    ["2026-11-28T04:30:00Z", "Pacific/Auckland"],
    // The clocks changed in the last thirty days, and it is close to midnight.
    ["2026-11-20T07:30:00Z", "America/Los_Angeles"],
    ["2026-03-20T06:30:00Z", "America/Los_Angeles"],
    ["2026-10-10T11:30:00Z", "Pacific/Auckland"],
  ])("at %s in %s has headlines that are the sums of its columns", (text, timeZone) => {
    const now = Date.parse(text);
    const { analytics, bookingDays, readingDays } = reportOf(rowsAround(now, timeZone), now);
    const { happened, deliveries, syncs, lostSales } = analytics;
    expect([bookingDays.length, readingDays.length]).toEqual([30, 30]);
    expect(happened.sold).toBe(sumOf(bookingDays, "sold"));
    expect(happened.moved).toBe(sumOf(bookingDays, "moved"));
    expect(happened.cancelled).toBe(sumOf(bookingDays, "cancelled"));
    expect(deliveries.delivered).toBe(sumOf(bookingDays, "delivered"));
    expect(deliveries.failed + deliveries.pending).toBe(sumOf(bookingDays, "undelivered"));
    expect(lostSales.total).toBe(sumOf(bookingDays, "lost"));
    expect(syncs.total).toBe(sumOf(readingDays, "read"));
    expect(syncs.failed).toBe(sumOf(readingDays, "failed"));
    expect(syncs.upserts).toBe(sumOf(readingDays, "changes"));
    // Nothing of today is missing, however far the agent's day is from that of UTC.
    expect(readingDays.at(-1)).toMatchObject({ day: Math.floor(now / DAY_MS), read: 3 });
  });
});
