// Slots: examples on days of clock changes, and agreement with `conflictsOf` for every possible start.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conflictsOf } from "../../src/domain/conflicts.ts";
import type { Interval } from "../../src/domain/interval.ts";
import { NO_RULES, type SlotRules } from "../../src/domain/rules.ts";
import { type AgentSettings, DEFAULT_SETTINGS, type OpenHours } from "../../src/domain/settings.ts";
import { freeSlots } from "../../src/domain/slots.ts";
import { agendaArb, cachedRows, MINUTE } from "./agenda.ts";
import { closedBy } from "./minute-oracle.ts";
import { wallClock } from "./wall-clock.ts";

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
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

/**
 * Finds the wall-clock minute at which the agent opened, counted from the midnight before a minute, by going back
 * minute by minute. Negative: the evening before. A date that is open from beginning to end opens at its midnight.
 */
function openingsOf(settings: AgentSettings, rules: SlotRules): (at: number) => number {
  const known = new Map<number, { date: string; minute: number; isOpen: boolean }>();
  const lookAt = (at: number) => {
    const seen = known.get(at);
    if (seen !== undefined) return seen;
    const { date, minute } = wallClock(at, settings.timeZone);
    const found = { date, minute, isOpen: closedBy(at, settings, rules).length === 0 };
    known.set(at, found);
    return found;
  };
  const isWhole = (first: number) => {
    const { date } = lookAt(first);
    for (let at = first; lookAt(at).date === date; at += MINUTE) if (!lookAt(at).isOpen) return false;
    return true;
  };
  const openings = new Map<number, number>();
  const opening = (at: number): number => {
    const earlier = openings.get(at - MINUTE);
    let first = at;
    while (earlier === undefined && lookAt(first - MINUTE).isOpen) {
      if (lookAt(first - MINUTE).date !== lookAt(first).date && isWhole(first)) break;
      first -= MINUTE;
    }
    const begins = lookAt(at - MINUTE).date !== lookAt(at).date && isWhole(at);
    const found = begins ? at : (earlier ?? first);
    openings.set(at, found);
    return found;
  };
  const dayOf = (at: number) => Date.parse(lookAt(at).date) / DAY;
  return (at) => {
    const from = opening(at);
    return lookAt(from).minute + (dayOf(from) - dayOf(at)) * 1_440;
  };
}

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

  const minuteOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  const mondays = (hours: readonly string[]): OpenHours[] =>
    hours.map((span) => {
      const [start = "", end = ""] = span.split("-");
      return { weekday: 1, startMinute: minuteOf(start), endMinute: minuteOf(end) };
    });
  const opened = (hours: string[], duration: number, more: Partial<Parameters<typeof freeSlots>[0]> = {}) =>
    times(
      search(
        range("2026-06-01T00:00", "2026-06-03T00:00"),
        { workingHours: mondays(hours) },
        { align: "opening", durationMs: duration * MINUTE, stepMs: duration * MINUTE, ...more },
      ),
      "UTC",
    );

  it("counts the step from the opening of each stretch, where it is asked to", () => {
    expect(opened(["09:00-09:50"], 50)).toEqual(["09:00"]);
    expect(opened(["09:30-11:30"], 60)).toEqual(["09:30", "10:30"]);
    expect(opened(["09:00-11:00"], 40)).toEqual(["09:00", "09:40", "10:20"]);
    expect(opened(["09:10-10:00", "13:25-14:30"], 25)).toEqual(["09:10", "09:35", "13:25", "13:50"]);
    // What is taken moves no start.
    const row = {
      connectionId: "c1",
      eventKey: "e1",
      status: "busy",
      allDay: false,
      bookingId: null,
    } as const;
    const rows = [{ ...row, ...range("2026-06-01T09:45", "2026-06-01T09:50") }];
    expect(opened(["09:00-11:00"], 40, { rows })).toEqual(["09:00", "10:20"]);
  });

  it("opens with the hours of a request's rules, where these begin later", () => {
    const rules = { ...NO_RULES, hours: mondays(["10:05-12:00"]) };
    expect(opened(["09:00-11:30"], 40, { rules })).toEqual(["10:05", "10:45"]);
  });

  it("goes on over midnight from one opening, and begins anew on a date that is open throughout", () => {
    const night: OpenHours[] = [
      { weekday: 1, startMinute: 1_320, endMinute: 1_440 },
      { weekday: 2, startMinute: 0, endMinute: 150 },
    ];
    const find = (workingHours: OpenHours[] | null) =>
      search(
        range("2026-06-01T20:00", "2026-06-02T03:00"),
        { workingHours },
        { align: "opening", durationMs: 50 * MINUTE, stepMs: 50 * MINUTE },
      );
    expect(times(find(night), "UTC")).toEqual(["22:00", "22:50", "23:40", "00:30", "01:20"]);
    expect(times(find(null), "UTC")).toEqual([
      ...["20:00", "20:50", "21:40", "22:30", "23:20", "00:00", "00:50", "01:40"],
    ]);
  });

  it("counts wall-clock time since the opening over a clock change", () => {
    const workingHours: OpenHours[] = [{ weekday: 7, startMinute: 30, endMinute: 300 }];
    const settings = { timeZone: "Europe/Berlin", workingHours };
    const on = (date: string) => {
      const noon = Date.parse(`${date}T12:00Z`);
      const within = { startsAt: noon - DAY, endsAt: noon };
      const more = { align: "opening", durationMs: 30 * MINUTE, stepMs: 60 * MINUTE } as const;
      return times(search(within, settings, more), "Europe/Berlin");
    };
    expect(on("2026-03-29")).toEqual(["00:30", "01:30", "03:30", "04:30"]);
    expect(on("2026-10-25")).toEqual(["00:30", "01:30", "02:30", "02:30", "03:30", "04:30"]);
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
        fc.constantFrom("clock", "opening"),
        ({ day, settings, rules, now, events, counted, order }, duration, step, limit, align) => {
          const rows = cachedRows(events, order);
          const within = { startsAt: day + 7 * MINUTE, endsAt: day + 30 * HOUR };
          const durationMs = duration * MINUTE;
          const openingAt = openingsOf(settings, rules);
          const expected = [];
          for (let at = within.startsAt; at + durationMs <= within.endsAt; at += MINUTE) {
            const isFree = (slot: Interval) =>
              conflictsOf({ slot, rows, counted, settings, rules, now }).length === 0;
            if (!isFree({ startsAt: at, endsAt: at + durationMs })) continue;
            const origin = align === "clock" ? 0 : openingAt(at);
            if ((wallClock(at, settings.timeZone).minute - origin) % step !== 0) continue;
            expected.push({ startsAt: at, endsAt: at + durationMs });
          }
          const found = freeSlots({
            range: within,
            durationMs,
            stepMs: step * MINUTE,
            align,
            rows,
            counted,
            settings,
            rules,
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
