// Open hours: examples across midnight and clock changes.
import { describe, expect, it } from "vitest";
import { subtract } from "../../src/domain/interval.ts";
import { closedTime, type Schedule } from "../../src/domain/open-hours.ts";
import type { OpenHours, Override } from "../../src/domain/settings.ts";

const USUAL: Schedule = {
  timeZone: "UTC",
  workingHours: null,
  overrides: [],
  holidays: null,
  workedHolidays: [],
  requestHours: null,
};

const range = (from: string, to: string) => ({
  startsAt: Date.parse(`${from}:00Z`),
  endsAt: Date.parse(`${to}:00Z`),
});
const spell = (parts: readonly { startsAt: number; endsAt: number }[]) =>
  parts.map(({ startsAt, endsAt }) =>
    [startsAt, endsAt].map((at) => new Date(at).toISOString().slice(0, 16)).join(" "),
  );
const openBy = (from: string, to: string, schedule: Schedule) => {
  const { hours, closed } = closedTime(range(from, to), schedule);
  return spell(subtract(range(from, to), [...hours, ...closed]));
};
const open = (from: string, to: string, workingHours: OpenHours[], timeZone: string) =>
  openBy(from, to, { ...USUAL, workingHours, timeZone });

const SUNDAY = 7;

describe("closedTime", () => {
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

describe("days that differ", () => {
  const day = (date: string) => Date.parse(date) / 86_400_000;
  const on = (first: string, last: string, ...hours: [number, number][]): Override => ({
    firstDay: day(first),
    lastDay: day(last),
    hours: hours.map(([from, to]) => ({ startMinute: from * 60, endMinute: to * 60 })),
  });
  const weekdays = ([1, 2, 3, 4, 5] as const).map((weekday) => ({
    weekday,
    startMinute: 540,
    endMinute: 1020,
  }));
  const week = (overrides: Override[], workingHours: OpenHours[] | null = weekdays) =>
    openBy("2026-12-23T00:00", "2026-12-27T00:00", { ...USUAL, workingHours, overrides });

  it("are closed, or open in their own hours, also where the week has none", () => {
    expect(
      week([on("2026-12-24", "2026-12-25"), on("2026-12-26", "2026-12-26", [10, 12], [13, 14])]),
    ).toEqual([
      "2026-12-23T09:00 2026-12-23T17:00",
      "2026-12-26T10:00 2026-12-26T12:00",
      "2026-12-26T13:00 2026-12-26T14:00",
    ]);
  });

  it("leave every other day open to an agent without working hours", () => {
    expect(week([on("2026-12-25", "2026-12-25")], null)).toEqual([
      "2026-12-23T00:00 2026-12-25T00:00",
      "2026-12-26T00:00 2026-12-27T00:00",
    ]);
  });

  it("name one date several times, and the last one counts", () => {
    const holidays = on("2026-12-20", "2027-01-06");
    const sale = on("2026-12-26", "2026-12-26", [9, 10]);
    expect(week([holidays, sale])).toEqual(["2026-12-26T09:00 2026-12-26T10:00"]);
    expect(week([sale, holidays])).toEqual([]);
  });

  it("are dates of the agent's zone, and last as long as these", () => {
    const overrides = [on("2026-03-29", "2026-03-29")];
    const schedule = { ...USUAL, overrides, timeZone: "Europe/Berlin" };
    expect(spell(closedTime(range("2026-03-28T00:00", "2026-03-31T00:00"), schedule).closed)).toEqual([
      "2026-03-28T23:00 2026-03-29T22:00",
    ]);
  });

  it("close time by another rule than the week does", () => {
    const schedule = { ...USUAL, workingHours: weekdays, overrides: [on("2026-12-25", "2026-12-25")] };
    const { hours, closed } = closedTime(range("2026-12-24T12:00", "2026-12-26T12:00"), schedule);
    expect(spell(hours)).toEqual(["2026-12-24T17:00 2026-12-25T00:00", "2026-12-26T00:00 2026-12-26T12:00"]);
    expect(spell(closed)).toEqual(["2026-12-25T00:00 2026-12-26T00:00"]);
  });
});

describe("public holidays", () => {
  const day = (date: string) => Date.parse(date) / 86_400_000;
  const year = { ...USUAL, holidays: "DE-BE", timeZone: "Europe/Berlin" };
  const closed = (schedule: Schedule, from = "2026-09-30T22:00", to = "2026-10-07T22:00") =>
    spell(closedTime(range(from, to), schedule).closed);

  it("close their dates in the agent's zone, by the rule of days that differ", () => {
    expect(closed(year)).toEqual(["2026-10-02T22:00 2026-10-03T22:00"]);
    expect(closed({ ...year, timeZone: "America/New_York" })).toEqual(["2026-10-03T04:00 2026-10-04T04:00"]);
    expect(closed({ ...year, holidays: null })).toEqual([]);
  });

  it("close nothing where the agent works on them", () => {
    expect(closed({ ...year, workedHolidays: [day("2026-10-03"), day("2026-10-05")] })).toEqual([]);
  });

  it("give way to an override of the same date, whichever it is", () => {
    const hours = [{ startMinute: 600, endMinute: 720 }];
    const override = { firstDay: day("2026-10-01"), lastDay: day("2026-10-03"), hours };
    const open = openBy("2026-10-02T22:00", "2026-10-03T22:00", { ...year, overrides: [override] });
    expect(open).toEqual(["2026-10-03T08:00 2026-10-03T10:00"]);
    const shut = { ...override, hours: [] };
    const worked = { ...year, overrides: [shut], workedHolidays: [day("2026-10-03")] };
    expect(closed(worked)).toEqual(["2026-09-30T22:00 2026-10-03T22:00"]);
  });

  it("close no date after the years that are known, nor by a region that a later table lacks", () => {
    expect(closed(year, "2030-12-20T00:00", "2031-01-10T00:00")).toEqual([
      "2030-12-24T23:00 2030-12-26T23:00",
    ]);
    expect(closed({ ...year, holidays: "XX" })).toEqual([]);
  });
});
