// Clocks against Temporal, for each kind of zone, mostly around clock changes.
import fc from "fast-check";
import { Temporal } from "temporal-polyfill/implementation";
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/instant.ts";
import { offsetStretch } from "../../../src/domain/zone.ts";
import { clocksOf, ianaClock } from "../../../src/providers/icalendar/clocks.ts";
import { parseResource } from "../../../src/providers/icalendar/parse.ts";
import { timeZoneLines } from "../../../src/providers/icalendar/time-zone.ts";

const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
];
const FIXED = ["UTC", "Asia/Kolkata", "Pacific/Kiritimati"];

const from = Date.parse("2024-01-01T00:00:00Z");
const to = Date.parse("2028-01-01T00:00:00Z");

/** Any minute of four years, half of them within three hours of a clock change. */
const moments = (timeZone: string) =>
  fc.oneof(
    fc.integer({ min: from / MINUTE_MS, max: to / MINUTE_MS }).map((minute) => minute * MINUTE_MS),
    fc.tuple(fc.integer({ min: from, max: to }), fc.integer({ min: -180, max: 180 })).map(([at, minutes]) => {
      const { endsAt } = offsetStretch(at, timeZone);
      return (Number.isFinite(endsAt) ? endsAt : at) + minutes * MINUTE_MS;
    }),
  );

const expectedInstant = (wall: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(wall)
    .toZonedDateTimeISO("UTC")
    .toPlainDateTime()
    .toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;

describe("a clock", () => {
  test.each([...ZONES, ...FIXED])("of %s gives the same instants as Temporal", (timeZone) => {
    const clock = ianaClock(timeZone);
    fc.assert(
      fc.property(moments(timeZone), (at) => {
        const shown = at + offsetStretch(at, timeZone).offsetMs;
        expect(clock.toWall(at)).toBe(shown);
        expect(clock.toInstant(shown)).toBe(expectedInstant(shown, timeZone));
        expect(clock.toInstant(at)).toBe(expectedInstant(at, timeZone));
      }),
      { numRuns: 100 },
    );
  });

  test.each(ZONES)(
    "of a VTIMEZONE written for %s gives the same within its year on either side",
    (timeZone) => {
      const startsAt = Date.parse("2026-03-02T09:00:00Z");
      const lines = timeZoneLines(timeZone, { startsAt, endsAt: startsAt + HOUR_MS });
      const text = [
        "BEGIN:VCALENDAR",
        ...lines,
        "BEGIN:VEVENT",
        `DTSTART;TZID=${timeZone}:20260302T090000`,
        "END:VEVENT",
        "END:VCALENDAR",
      ]
        .join("\r\n")
        .replaceAll(timeZone, "Nowhere");
      const { zones } = parseResource(text, []);
      const clock = clocksOf({ zones, fallbackTimeZone: "UTC", until: startsAt })("#0");
      fc.assert(
        fc.property(moments(timeZone), (at) => {
          fc.pre(Math.abs(at - startsAt) < 360 * 24 * HOUR_MS);
          expect(clock.toWall(at)).toBe(ianaClock(timeZone).toWall(at));
          expect(clock.toInstant(at)).toBe(ianaClock(timeZone).toInstant(at));
        }),
        { numRuns: 100 },
      );
    },
  );
});

describe("a stretch of one offset", () => {
  test("begins with the clock change that made it, and ends with the next", () => {
    const change = Date.parse("2026-03-29T01:00:00Z");
    const next = Date.parse("2026-10-25T01:00:00Z");
    const summer = { startsAt: change, endsAt: next, offsetMs: 2 * HOUR_MS };
    expect(offsetStretch(change, "Europe/Berlin")).toEqual(summer);
    expect(offsetStretch(next - 1, "Europe/Berlin")).toEqual(summer);
    expect(offsetStretch(change - 1, "Europe/Berlin")).toMatchObject({ endsAt: change, offsetMs: HOUR_MS });
  });

  test("is all of time where clocks never change", () => {
    const always = { startsAt: Number.NEGATIVE_INFINITY, endsAt: Number.POSITIVE_INFINITY, offsetMs: 0 };
    expect(offsetStretch(0, "UTC")).toEqual(always);
  });
});
