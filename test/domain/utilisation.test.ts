// Utilisation by weeks, and lead times.
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/domain/instant.ts";
import { leadTimeOf } from "../../src/domain/lead-time.ts";
import { type AgentSettings, DEFAULT_SETTINGS, type Weekday } from "../../src/domain/settings.ts";
import { weeksOf } from "../../src/domain/utilisation.ts";

const at = (text: string) => Date.parse(text);
const hours = (weekdays: Weekday[]) =>
  weekdays.map((weekday) => ({ weekday, startMinute: 9 * 60, endMinute: 17 * 60 }));
const OFFICE: AgentSettings = {
  ...DEFAULT_SETTINGS,
  timeZone: "Europe/Berlin",
  workingHours: hours([1, 2, 3, 4, 5]),
};
const use = (from: string, to: string, settings: AgentSettings, booked: [string, string][] = []) =>
  weeksOf(
    { startsAt: at(from), endsAt: at(to) },
    settings,
    booked.map(([startsAt, endsAt]) => ({ startsAt: at(startsAt), endsAt: at(endsAt) })),
  ).map(({ startsAt, openMs, bookedMs }) => [
    new Date(startsAt).toISOString().slice(0, 16),
    openMs / HOUR_MS,
    bookedMs / HOUR_MS,
  ]);

describe("Utilisation", () => {
  test("is of whole weeks in the agent's zone, from Monday, across a clock change", () => {
    expect(use("2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z", OFFICE)).toEqual([
      ["2026-03-22T23:00", 40, 0],
      ["2026-03-29T22:00", 40, 0],
    ]);
    const always = { ...OFFICE, workingHours: null };
    expect(use("2026-03-27T12:00:00Z", "2026-03-27T13:00:00Z", always)).toEqual([
      ["2026-03-22T23:00", 167, 0],
    ]);
  });

  test("counts the booked part of open time once, and nothing beyond it", () => {
    const booked: [string, string][] = [
      ["2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z"],
      ["2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z"],
      // The first hour lies before nine.
      ["2026-03-03T07:00:00Z", "2026-03-03T09:00:00Z"],
      ["2026-03-08T09:00:00Z", "2026-03-08T10:00:00Z"],
      ["2026-03-10T09:00:00Z", "2026-03-10T10:00:00Z"],
    ];
    expect(use("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z", OFFICE, booked)).toEqual([
      ["2026-03-01T23:00", 40, 4],
    ]);
  });

  test("knows days that differ, and weeks without open time", () => {
    const day = at("2026-03-02T00:00:00Z") / (24 * HOUR_MS);
    const closed = { ...OFFICE, overrides: [{ firstDay: day, lastDay: day + 1, hours: [] }] };
    expect(use("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z", closed)).toEqual([
      ["2026-03-01T23:00", 24, 0],
    ]);
    expect(use("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z", { ...OFFICE, workingHours: [] })).toEqual([
      ["2026-03-01T23:00", 0, 0],
    ]);
  });
});

describe("Lead time", () => {
  test("has its median, its tenths, and groups that hold every sale once", () => {
    const leads = [-5 * MINUTE_MS, 0, 30 * MINUTE_MS, 24 * HOUR_MS, 100 * HOUR_MS, 5_000 * HOUR_MS];
    const { groups, ...quantiles } = leadTimeOf(leads);
    expect(quantiles).toEqual({ medianHours: 24, p10Hours: 0, p90Hours: 5_000 });
    expect(groups.map(({ count }) => count)).toEqual([3, 1, 1, 0, 0, 1]);
    expect(groups.map(({ fromHours, toHours }) => [fromHours, toHours])).toEqual([
      ...[
        [0, 24],
        [24, 48],
        [48, 168],
        [168, 336],
        [336, 720],
        [720, null],
      ],
    ]);
  });

  test("of no sale is unknown", () => {
    expect(leadTimeOf([])).toMatchObject({ medianHours: null, p10Hours: null, p90Hours: null });
  });
});
