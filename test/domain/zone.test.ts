// Zones: known clock changes by example, and all others against Intl.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dayAround,
  isTimeZone,
  localReadings,
  localStretches,
  resolveLocal,
  startOfDate,
  weekAround,
} from "../../src/domain/zone.ts";
import { TURNING_DAYS, wallClock, ZONES } from "./wall-clock.ts";

const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");
const resolve = (date: string, time: string, timeZone: string) => iso(resolveLocal({ date, time, timeZone }));
const coded = (code: string) => expect.objectContaining({ code });

const zoneArb = fc.constantFrom(...ZONES);
const around = fc
  .tuple(fc.constantFrom(...TURNING_DAYS), fc.integer({ min: -2_880, max: 4_320 }))
  .map(([day, minute]) => day + minute * 60_000);
const anywhen = fc
  .integer({ min: Date.UTC(1980, 0) / 60_000, max: Date.UTC(2060, 0) / 60_000 })
  .map((minute) => minute * 60_000);
const instants = fc.oneof(around, anywhen);

describe("isTimeZone", () => {
  it("accepts IANA names, including old ones", () => {
    for (const name of [...ZONES, "US/Pacific", "Asia/Calcutta", "Europe/Kyiv", "EST5EDT", "GMT"]) {
      expect(isTimeZone(name), name).toBe(true);
    }
  });

  it("refuses offsets, names that are not from IANA, and noise", () => {
    for (const name of ["", " ", "+01:00", "-0500", "Z", "GMT+1", "Mars/Base", "W. Europe Standard Time"]) {
      expect(isTimeZone(name), name).toBe(false);
    }
    expect(isTimeZone("2026-01-01T00:00Z[Europe/Berlin]")).toBe(false);
    expect(isTimeZone("x".repeat(10_000))).toBe(false);
  });
});

describe("resolveLocal", () => {
  it.each([
    ["2026-03-29", "02:00", "Europe/Berlin"],
    ["2026-03-29", "02:59:59", "Europe/Berlin"],
    ["2026-03-08", "02:30", "America/New_York"],
    ["2026-10-04", "02:15", "Australia/Lord_Howe"],
    ["2018-11-04", "00:30", "America/Sao_Paulo"],
    ["2011-12-30", "12:00", "Pacific/Apia"],
  ])("L29: refuses %s %s, which clocks in %s skip", (date, time, timeZone) => {
    const act = () => resolveLocal({ date, time, timeZone });
    expect(act).toThrow(coded("time_skipped_by_dst"));
    expect(act).toThrow(`${date} ${time} doesn't exist in ${timeZone}`);
  });

  it.each([
    ["2026-03-29", "01:59", "Europe/Berlin", "2026-03-29T00:59:00Z"],
    ["2026-03-29", "03:00", "Europe/Berlin", "2026-03-29T01:00:00Z"],
    ["2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"],
    ["2026-10-25", "03:00", "Europe/Berlin", "2026-10-25T02:00:00Z"],
    ["2026-11-01", "01:30", "America/New_York", "2026-11-01T05:30:00Z"],
    ["2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"],
    ["2026-04-05", "02:00", "Australia/Lord_Howe", "2026-04-04T15:30:00Z"],
    ["2026-10-04", "02:30", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"],
    ["2018-02-17", "23:30", "America/Sao_Paulo", "2018-02-18T01:30:00Z"],
    ["2026-07-01", "12:00:01", "Asia/Kolkata", "2026-07-01T06:30:01Z"],
    ["2026-07-01", "00:00", "Pacific/Kiritimati", "2026-06-30T10:00:00Z"],
    ["2026-07-01", "00:00", "Etc/GMT+12", "2026-07-01T12:00:00Z"],
    ["2026-07-01", "23:59", "Pacific/Niue", "2026-07-02T10:59:00Z"],
  ])("reads %s %s in %s as %s, the first instant where there are two", (date, time, timeZone, expected) => {
    expect(resolve(date, time, timeZone)).toBe(expected);
  });

  it("reads 24:00 as the end of the day, also where clocks skip midnight or the next day", () => {
    expect(resolve("2026-12-31", "24:00", "UTC")).toBe("2027-01-01T00:00:00Z");
    expect(resolve("2026-03-29", "24:00:00", "Europe/Berlin")).toBe("2026-03-29T22:00:00Z");
    expect(resolve("2018-11-03", "24:00", "America/Sao_Paulo")).toBe("2018-11-04T03:00:00Z");
    expect(resolve("2011-12-29", "24:00", "Pacific/Apia")).toBe("2011-12-30T10:00:00Z");
  });

  it("refuses bad dates, times and zones with their codes", () => {
    for (const date of ["2026-02-29", "2026-13-01", "2026-1-1", "+002026-01-01", "2026-01-01T00:00", ""]) {
      expect(() => resolve(date, "10:00", "UTC"), date).toThrow(coded("invalid_time"));
    }
    for (const time of ["24:01", "25:00", "10:60", "9:00", "10", "10:00:60", "10:00Z", "10:00:00.5", ""]) {
      expect(() => resolve("2026-01-01", time, "UTC"), time).toThrow(coded("invalid_time"));
    }
    for (const timeZone of ["", "+01:00", "Berlin"]) {
      expect(() => resolve("2026-01-01", "10:00", timeZone), timeZone).toThrow(coded("invalid_time_zone"));
    }
  });

  it("finds the first instant at which Intl shows the time, and refuses only what Intl never shows", () => {
    fc.assert(
      fc.property(instants, zoneArb, (at, timeZone) => {
        const shown = wallClock(at, timeZone);
        const found = resolveLocal({ ...shown, timeZone });
        expect(found).toBeLessThanOrEqual(at);
        expect(wallClock(found, timeZone)).toEqual(shown);
        for (const earlierMs of [1_800_000, 3_600_000, 86_400_000]) {
          expect(wallClock(found - earlierMs, timeZone)).not.toEqual(shown);
        }
      }),
    );
  });

  it("refuses a time on a day of a clock change exactly when no instant shows it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TURNING_DAYS),
        fc.integer({ min: 0, max: 95 }),
        zoneArb,
        (day, q, timeZone) => {
          const wanted = new Date(day + q * 900_000).toISOString();
          const [date, time] = [wanted.slice(0, 10), wanted.slice(11, 19)];
          const exists = Array.from({ length: 28 * 4 + 1 }, (_, i) => day + (q + i - 14 * 4) * 900_000).some(
            (at) => {
              const shown = wallClock(at, timeZone);
              return shown.date === date && shown.time === time;
            },
          );
          const act = () => resolveLocal({ date, time, timeZone });
          if (exists) expect(act).not.toThrow();
          else expect(act).toThrow(coded("time_skipped_by_dst"));
        },
      ),
    );
  });
});

it.each(["2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-04-31"])(
  "the date %s, which doesn't exist, is refused and not read as another one",
  (date) => {
    for (const time of ["10:00", "24:00"])
      expect(() => resolveLocal({ date, time, timeZone: "UTC" })).toThrow(coded("invalid_time"));
    for (const time of ["10:00", "10:00:00.000"])
      expect(() => localReadings(`${date}T${time}`, "Europe/Berlin")).toThrow(RangeError);
  },
);

describe("localReadings", () => {
  it.each([
    "2026-03-01T24:00",
    "2026-03-01T24:00:00",
    "2026-03-01T25:00",
    "2026-03-01T10:60",
    "2026-03-01",
    "soon",
  ])("refuses %s", (local) => {
    expect(() => localReadings(local, "Europe/Berlin")).toThrow(RangeError);
  });

  it.each([
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
    ["2026-03-29T02:30:00.000", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"],
    ["2011-12-30T12:00:00", "Pacific/Apia", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"],
  ])("L29: %s in %s means %s or %s", (local, timeZone, first, last) => {
    const { startsAt, endsAt } = localReadings(local, timeZone);
    expect([iso(startsAt), iso(endsAt)]).toEqual([first, last]);
  });

  it("hold each instant at which Intl shows the time, from the first to the last", () => {
    fc.assert(
      fc.property(instants, zoneArb, (at, timeZone) => {
        const { date, time } = wallClock(at, timeZone);
        const { startsAt, endsAt } = localReadings(`${date}T${time}`, timeZone);
        expect(startsAt <= at && at <= endsAt).toBe(true);
        for (const read of [startsAt, endsAt])
          expect(wallClock(read, timeZone)).toMatchObject({ date, time });
      }),
    );
  });
});

describe("startOfDate", () => {
  it.each([
    ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z"],
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"],
    ["2026-03-08", "America/Havana", "2026-03-08T05:00:00Z"],
    ["2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"],
    ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"],
    ["2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"],
    ["2026-01-01", "Pacific/Kiritimati", "2025-12-31T10:00:00Z"],
    ["2026-01-01", "Etc/GMT+12", "2026-01-01T12:00:00Z"],
  ])("%s in %s begins at %s", (date, timeZone, expected) => {
    expect(iso(startOfDate(date, timeZone))).toBe(expected);
  });

  it("refuses bad dates and zones with their codes", () => {
    expect(() => startOfDate("2026-02-30", "UTC")).toThrow(coded("invalid_time"));
    expect(() => startOfDate("2026-02-28", "Nowhere")).toThrow(coded("invalid_time_zone"));
  });

  it("is the instant at which Intl's date changes to this date", () => {
    fc.assert(
      fc.property(instants, zoneArb, (at, timeZone) => {
        const { date } = wallClock(at, timeZone);
        const start = startOfDate(date, timeZone);
        expect(start).toBeLessThanOrEqual(at);
        expect(wallClock(start, timeZone).date).toBe(date);
        expect(wallClock(start - 1_000, timeZone).date < date).toBe(true);
      }),
    );
  });
});

describe("localStretches", () => {
  it("cover the range without gaps, and the wall clock runs evenly in each", () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 6_000 }), zoneArb, (startsAt, minutes, timeZone) => {
        const range = { startsAt, endsAt: startsAt + minutes * 60_000 };
        let at = range.startsAt;
        for (const stretch of localStretches(range, timeZone)) {
          expect(stretch.startsAt).toBe(at);
          expect(stretch.endsAt).toBeGreaterThan(at);
          for (const inside of [stretch.startsAt, stretch.endsAt - 1_000]) {
            const shown = wallClock(inside, timeZone);
            expect(Math.floor((inside - stretch.midnightAt) / 60_000)).toBe(shown.minute);
            expect(stretch.weekday).toBe(shown.weekday);
            expect(new Date(stretch.day * 86_400_000).toISOString().slice(0, 10)).toBe(shown.date);
          }
          at = stretch.endsAt;
        }
        expect(at).toBe(range.endsAt);
      }),
    );
  });

  it("end with the range, without an empty one, where the range ends at midnight", () => {
    const day = { startsAt: Date.UTC(2026, 5, 1), endsAt: Date.UTC(2026, 5, 2) };
    expect([...localStretches(day, "UTC")]).toEqual([
      { ...day, weekday: 1, day: Date.UTC(2026, 5, 1) / 86_400_000, midnightAt: Date.UTC(2026, 5, 1) },
    ]);
  });
});

describe("dayAround and weekAround", () => {
  it("hold exactly the instants of one date, and of one week from Monday", () => {
    fc.assert(
      fc.property(instants, zoneArb, (at, timeZone) => {
        const { date, weekday } = wallClock(at, timeZone);
        const day = dayAround(at, timeZone);
        expect(day.startsAt <= at && at < day.endsAt).toBe(true);
        const shown = (instant: number) => wallClock(instant, timeZone);
        expect([shown(day.startsAt).date, shown(day.endsAt - 1_000).date]).toEqual([date, date]);
        expect(shown(day.startsAt - 1_000).date < date && shown(day.endsAt).date > date).toBe(true);
        const week = weekAround(at, timeZone);
        expect(week.startsAt <= at && at < week.endsAt).toBe(true);
        const mondayOf = (date: string, day: number) => Date.parse(date) / 86_400_000 - (day - 1);
        const monday = mondayOf(date, weekday);
        for (const [instant, expected] of [
          [week.startsAt, monday],
          [week.endsAt - 1_000, monday],
        ] as const)
          expect(mondayOf(shown(instant).date, shown(instant).weekday)).toBe(expected);
        expect(
          mondayOf(shown(week.startsAt - 1_000).date, shown(week.startsAt - 1_000).weekday),
        ).toBeLessThan(monday);
        expect(mondayOf(shown(week.endsAt).date, shown(week.endsAt).weekday)).toBeGreaterThan(monday);
      }),
    );
  });
});
