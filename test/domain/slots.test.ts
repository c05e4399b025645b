// Slots: examples on days of clock changes, and agreement with `conflictsOf` for every possible start.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conflictsOf } from "../../src/domain/conflicts.ts";
import { type AgentSettings, DEFAULT_SETTINGS, type OpenHours } from "../../src/domain/settings.ts";
import { freeSlots } from "../../src/domain/slots.ts";
import { agendaArb, cachedRows, MINUTE } from "./agenda.ts";
import { wallClock } from "./wall-clock.ts";

const HOUR = 60 * MINUTE;
const range = (from: string, to: string) => ({
  startsAt: Date.parse(`${from}:00Z`),
  endsAt: Date.parse(`${to}:00Z`),
});
const search = (
  within: ReturnType<typeof range>,
  settings: Partial<AgentSettings> = {},
  more: Partial<Parameters<typeof freeSlots>[0]> = {},
) =>
  freeSlots({
    range: within,
    durationMs: HOUR,
    stepMs: HOUR,
    rows: [],
    counted: [],
    settings: { ...DEFAULT_SETTINGS, ...settings },
    now: 0,
    limit: 1_000,
    ...more,
  });
const times = (slots: ReturnType<typeof freeSlots>, timeZone: string) =>
  slots.map(({ startsAt }) => wallClock(startsAt, timeZone).time.slice(0, 5));

describe("freeSlots", () => {
  it("offers aligned slots that lie wholly in the range", () => {
    expect(times(search(range("2026-06-01T09:10", "2026-06-01T13:00")), "UTC")).toEqual([
      "10:00",
      "11:00",
      "12:00",
    ]);
    expect(search(range("2026-06-01T09:00", "2026-06-01T09:59"))).toEqual([]);
  });

  it("fills the gap between two events to the last minute, and keeps the buffers", () => {
    const row = { connectionId: "c1", status: "busy", allDay: false, bookingId: null } as const;
    const rows = [
      { ...row, ...range("2026-06-01T08:00", "2026-06-01T09:45"), eventKey: "e1" },
      { ...row, ...range("2026-06-01T12:10", "2026-06-01T13:00"), eventKey: "e2" },
    ];
    const buffers = { bufferBeforeMs: 15 * MINUTE, bufferAfterMs: 10 * MINUTE };
    const slots = search(range("2026-06-01T08:00", "2026-06-01T14:00"), buffers, { rows });
    expect(times(slots, "UTC")).toEqual(["10:00", "11:00"]);
  });

  it("counts every millisecond: of the range, of events and of the buffers", () => {
    const offered = (endsAt: number, event?: { startsAt: number; endsAt: number }) => {
      const row = {
        connectionId: "c1",
        eventKey: "e1",
        status: "busy",
        allDay: false,
        bookingId: null,
      } as const;
      const rows = event === undefined ? [] : [{ ...row, ...event }];
      return times(search({ ...range("2026-06-01T09:00", "2026-06-01T12:00"), endsAt }, {}, { rows }), "UTC");
    };
    const { startsAt: nine, endsAt: noon } = range("2026-06-01T09:00", "2026-06-01T12:00");
    const ten = nine + HOUR;
    expect(offered(noon)).toEqual(["09:00", "10:00", "11:00"]);
    expect(offered(noon - 1)).toEqual(["09:00", "10:00"]);
    expect(offered(noon, { startsAt: ten, endsAt: ten + HOUR })).toEqual(["09:00", "11:00"]);
    expect(offered(noon, { startsAt: ten - 1, endsAt: ten + HOUR })).toEqual(["11:00"]);
    expect(offered(noon, { startsAt: ten, endsAt: ten + HOUR + 1 })).toEqual(["09:00"]);
  });

  it("stops at the limit", () => {
    const slots = search(range("2026-06-01T00:00", "2027-06-01T00:00"), {}, { limit: 2 });
    expect(times(slots, "UTC")).toEqual(["00:00", "01:00"]);
    expect(search(range("2026-06-01T00:00", "2026-06-02T00:00"), {}, { limit: 0 })).toEqual([]);
  });

  it("counts the step from local midnight, also in zones whose offset isn't a whole hour", () => {
    const slots = search(range("2026-06-01T00:00", "2026-06-01T04:00"), { timeZone: "Asia/Kolkata" });
    expect(times(slots, "Asia/Kolkata")).toEqual(["06:00", "07:00", "08:00"]);
  });

  it("stays on the hour after a half-hour clock change", () => {
    const timeZone = "Australia/Lord_Howe";
    const slots = search(range("2026-10-03T13:00", "2026-10-03T19:00"), { timeZone });
    expect(times(slots, timeZone)).toEqual(["00:00", "01:00", "03:00", "04:00", "05:00"]);
  });

  it("stays within working hours and fills them to their end", () => {
    const workingHours: OpenHours[] = [{ weekday: 7, startMinute: 540, endMinute: 720 }];
    const settings = { timeZone: "Europe/Berlin", workingHours };
    const slots = search(range("2026-03-27T00:00", "2026-03-31T00:00"), settings, { stepMs: 30 * MINUTE });
    expect(slots.map(({ startsAt }) => new Date(startsAt).toISOString().slice(0, 16))).toEqual([
      "2026-03-29T07:00",
      "2026-03-29T07:30",
      "2026-03-29T08:00",
      "2026-03-29T08:30",
      "2026-03-29T09:00",
    ]);
  });

  it("offers nothing in working hours that are a millisecond too short", () => {
    const workingHours: OpenHours[] = [{ weekday: 1, startMinute: 540, endMinute: 600 }];
    const day = range("2026-06-01T00:00", "2026-06-02T00:00");
    expect(times(search(day, { workingHours }), "UTC")).toEqual(["09:00"]);
    expect(search(day, { workingHours }, { durationMs: HOUR + 1 })).toEqual([]);
  });

  it("refuses a duration or step of zero instead of searching for ever", () => {
    const day = range("2026-06-01T00:00", "2026-06-02T00:00");
    for (const more of [{ stepMs: 0 }, { durationMs: 0 }, { stepMs: -1 }, { stepMs: Number.NaN }]) {
      expect(() => search(day, {}, more)).toThrow(expect.objectContaining({ code: "invalid_request" }));
    }
  });

  it("P1: offers exactly the aligned slots in which conflictsOf finds nothing", () => {
    let offered = 0;
    fc.assert(
      fc.property(
        agendaArb,
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(5, 15, 20, 30, 45, 60, 50, 90, 240),
        fc.constantFrom(1, 3, 1_000),
        ({ day, settings, now, events, counted, order }, duration, step, limit) => {
          const rows = cachedRows(events, order);
          const within = { startsAt: day + 7 * MINUTE, endsAt: day + 30 * HOUR };
          const durationMs = duration * MINUTE;
          const expected = [];
          for (let at = within.startsAt; at + durationMs <= within.endsAt; at += MINUTE) {
            if (wallClock(at, settings.timeZone).minute % step !== 0) continue;
            const slot = { startsAt: at, endsAt: at + durationMs };
            if (conflictsOf({ slot, rows, counted, settings, now }).length === 0) expected.push(slot);
          }
          const found = freeSlots({
            range: within,
            durationMs,
            stepMs: step * MINUTE,
            rows,
            counted,
            settings,
            now,
            limit,
          });
          offered += found.length;
          expect(found).toEqual(expected.slice(0, limit));
        },
      ),
      { numRuns: 60 },
    );
    expect(offered).toBeGreaterThan(0);
  });
});
