// Explained time says of each minute what a check would say of a slot in it.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BusyRow } from "../../src/domain/busy.ts";
import { conflictsOf, horizonAt } from "../../src/domain/conflicts.ts";
import { explainTime } from "../../src/domain/explained-time.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/instant.ts";
import { overlaps } from "../../src/domain/interval.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { agendaArb, cachedRows } from "./agenda.ts";

const DAY = Date.parse("2026-03-29T00:00:00+01:00");
const BERLIN: AgentSettings = { ...DEFAULT_SETTINGS, timeZone: "Europe/Berlin" };
const RANGE = { startsAt: DAY, endsAt: DAY + 3 * DAY_MS };
const FAR_BACK = DAY - 30 * DAY_MS;

const row = (fromHour: number, toHour: number, more: Partial<BusyRow> = {}): BusyRow => ({
  startsAt: DAY + fromHour * HOUR_MS,
  endsAt: DAY + toHour * HOUR_MS,
  connectionId: "work",
  eventKey: `${fromHour}`,
  status: "busy",
  allDay: false,
  bookingId: null,
  ...more,
});

const explain = (rows: readonly BusyRow[], settings: Partial<AgentSettings> = {}, now = FAR_BACK) =>
  explainTime({ range: RANGE, rows, counted: [], settings: { ...BERLIN, ...settings }, now });

const hoursOf = (parts: readonly { startsAt: number; endsAt: number }[]) =>
  parts.map(({ startsAt, endsAt }) => [(startsAt - DAY) / HOUR_MS, (endsAt - DAY) / HOUR_MS]);

describe("A range is explained", () => {
  test("by calendar and rule, with the buffers beside what is taken and the rest free", () => {
    const { taken, free } = explain(
      [
        row(9, 10),
        row(12, 13, { status: "tentative" }),
        row(20, 21, { connectionId: null, bookingId: "b", status: "booking" }),
      ],
      { bufferBeforeMs: HOUR_MS, bufferAfterMs: 2 * HOUR_MS },
    );
    expect(taken.map(({ reason, connectionId }) => [reason, connectionId])).toEqual([
      ["buffer", null],
      ["busy", "work"],
      ["buffer", null],
      ["tentative", "work"],
      ["buffer", null],
      ["buffer", null],
      ["booking", null],
      ["buffer", null],
    ]);
    // An hour before a slot and two after it: so two hours before an event are taken, and one after it. Beside a booking
    // the larger of both holds on either side.
    expect(hoursOf(taken.filter(({ reason }) => reason === "buffer"))).toEqual([
      [7, 9],
      [10, 12],
      [13, 14],
      [18, 20],
      [21, 23],
    ]);
    expect(hoursOf(free)).toEqual([
      [0, 7],
      [14, 18],
      [23, 72],
    ]);
  });

  test("by what blocks only: a tentative event that counts as free is no stretch", () => {
    const rules = { ...BERLIN.rules, tentative: false };
    expect(explain([row(9, 10, { status: "tentative" })], { rules }).taken).toEqual([]);
  });

  test("by the hours of the week, on the wall clock across a change of the clocks", () => {
    const workingHours = ([7, 1] as const).map((weekday) => ({ weekday, startMinute: 0, endMinute: 600 }));
    // Sunday has 23 hours: ten o'clock comes after nine of them.
    expect(hoursOf(explain([], { workingHours }).free)).toEqual([
      [0, 9],
      [23, 33],
    ]);
  });

  test("by notice, horizon and what is over", () => {
    const now = DAY + 5 * HOUR_MS;
    const { taken, free } = explain([], { minimumNoticeMs: 3 * HOUR_MS, horizonDays: 1 }, now);
    expect(taken.map(({ reason }) => reason)).toEqual(["past", "notice", "horizon"]);
    expect(hoursOf(free)).toEqual([[8, 29]]);
  });
});

test("A minute is free by a check exactly where the explanation says so, and else by no other rules", () => {
  fc.assert(
    fc.property(agendaArb, fc.array(fc.nat(1_439), { minLength: 80, maxLength: 80 }), (agenda, minutes) => {
      const { day, settings, now, events, order, counted } = agenda;
      const rows = cachedRows(events, order);
      const range = { startsAt: day, endsAt: day + DAY_MS };
      const { taken, free } = explainTime({ range, rows, counted, settings, now });
      for (const minute of minutes) {
        const slot = { startsAt: day + minute * MINUTE_MS, endsAt: day + (minute + 1) * MINUTE_MS };
        // At the very instant of the horizon a slot may start, and what comes after it is beyond.
        if (slot.startsAt === horizonAt(settings, now)) continue;
        const conflicts = conflictsOf({ slot, rows, counted, settings, now });
        const rules = new Set(conflicts.map(({ reason }) => reason));
        expect(free.some((part) => overlaps(part, slot))).toBe(rules.size === 0);
        // Of a booking's event that reaches beyond it the check says no more than of the booking's own buffer.
        const said = taken.filter(
          ({ connectionId, bookingId }) => connectionId === null || bookingId === null,
        );
        for (const { reason } of said.filter((stretch) => overlaps(stretch, slot)))
          expect(rules).toContain(reason);
      }
    }),
  );
});
