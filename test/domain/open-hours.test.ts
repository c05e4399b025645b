// Open hours: examples across midnight and clock changes.
import { describe, expect, it } from "vitest";
import { openIntervals } from "../../src/domain/open-hours.ts";
import type { OpenHours } from "../../src/domain/settings.ts";

const range = (from: string, to: string) => ({
  startsAt: Date.parse(`${from}:00Z`),
  endsAt: Date.parse(`${to}:00Z`),
});
const open = (from: string, to: string, hours: OpenHours[], timeZone: string) =>
  openIntervals(range(from, to), hours, timeZone).map(({ startsAt, endsAt }) =>
    [startsAt, endsAt].map((at) => new Date(at).toISOString().slice(0, 16)).join(" "),
  );

const SUNDAY = 7;

describe("openIntervals", () => {
  it("joins hours that meet at midnight", () => {
    const night: OpenHours[] = [
      { weekday: 1, startMinute: 1320, endMinute: 1440 },
      { weekday: 2, startMinute: 0, endMinute: 120 },
    ];
    expect(open("2026-06-01T00:00", "2026-06-03T00:00", night, "UTC")).toEqual([
      "2026-06-01T22:00 2026-06-02T02:00",
    ]);
  });

  it("keeps the hours of the wall clock on both sides of a clock change", () => {
    const nine: OpenHours[] = [6, 7].map((weekday) => ({
      weekday: weekday as OpenHours["weekday"],
      startMinute: 540,
      endMinute: 600,
    }));
    expect(open("2026-03-28T00:00", "2026-03-30T00:00", nine, "Europe/Berlin")).toEqual([
      "2026-03-28T08:00 2026-03-28T09:00",
      "2026-03-29T07:00 2026-03-29T08:00",
    ]);
  });

  it("loses the hours that clocks skip", () => {
    const early: OpenHours[] = [{ weekday: SUNDAY, startMinute: 150, endMinute: 240 }];
    expect(open("2026-03-29T00:00", "2026-03-30T00:00", early, "Europe/Berlin")).toEqual([
      "2026-03-29T01:00 2026-03-29T02:00",
    ]);
    const friday: OpenHours[] = [{ weekday: 5, startMinute: 0, endMinute: 1440 }];
    expect(open("2011-12-28T00:00", "2012-01-02T00:00", friday, "Pacific/Apia")).toEqual([]);
  });

  it("opens twice where clocks repeat an hour", () => {
    const early: OpenHours[] = [{ weekday: SUNDAY, startMinute: 120, endMinute: 150 }];
    expect(open("2026-10-25T00:00", "2026-10-26T00:00", early, "Europe/Berlin")).toEqual([
      "2026-10-25T00:00 2026-10-25T00:30",
      "2026-10-25T01:00 2026-10-25T01:30",
    ]);
  });

  it("is never open without hours, and always open with all of them", () => {
    expect(open("2026-10-24T00:00", "2026-10-26T00:00", [], "Europe/Berlin")).toEqual([]);
    const always = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({
      weekday,
      startMinute: 0,
      endMinute: 1440,
    }));
    expect(open("2026-10-20T00:00", "2026-10-30T00:00", always, "Europe/Berlin")).toEqual([
      "2026-10-20T00:00 2026-10-30T00:00",
    ]);
  });
});
