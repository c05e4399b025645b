// Busy stretches: each rule by example, and all of them against an oracle that looks at every minute.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BusyRow } from "../../src/domain/busy.ts";
import { busyStretches } from "../../src/domain/busy-stretches.ts";
import { blockingRows, reasonOf } from "../../src/domain/conflicts.ts";
import { overlaps } from "../../src/domain/interval.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";

const MINUTE = 60_000;
const DAY = Date.UTC(2026, 5, 1);
const span = (start: number, end: number) => ({ startsAt: DAY + start * MINUTE, endsAt: DAY + end * MINUTE });
const RANGE = span(0, 240);

const event = (start: number, end: number, more: Partial<BusyRow> = {}): BusyRow => ({
  ...span(start, end),
  ...{ connectionId: "c1", eventKey: "e1", status: "busy", allDay: false, bookingId: null },
  ...more,
});
const booking = (start: number, end: number, more: Partial<BusyRow> = {}) =>
  event(start, end, { connectionId: null, status: "booking", bookingId: "b1", ...more });
const stretches = (rows: BusyRow[], rules = DEFAULT_SETTINGS.rules) => busyStretches(rows, { rules }, RANGE);
const lines = (rows: BusyRow[], rules = DEFAULT_SETTINGS.rules) =>
  stretches(rows, rules).map(
    ({ startsAt, endsAt, reason, connectionId }) =>
      `${(startsAt - DAY) / MINUTE}-${(endsAt - DAY) / MINUTE} ${reason} ${connectionId}`,
  );

describe("busyStretches", () => {
  it("joins events of one calendar and rule that overlap or touch, and no others", () => {
    expect(lines([event(10, 20), event(20, 30), event(25, 40), event(41, 50)])).toEqual([
      "10-40 busy c1",
      "41-50 busy c1",
    ]);
    expect(lines([event(10, 20), event(20, 30, { connectionId: "c2" })])).toEqual([
      "10-20 busy c1",
      "20-30 busy c2",
    ]);
    expect(lines([event(10, 20), event(15, 30, { status: "out_of_office" })])).toEqual([
      "10-20 busy c1",
      "15-30 out_of_office c1",
    ]);
  });

  it("cuts to the range", () => {
    expect(lines([event(-50, 10), event(230, 300), event(240, 260), event(-10, 0)])).toEqual([
      "0-10 busy c1",
      "230-240 busy c1",
    ]);
  });

  it("leaves out what the agent's rules don't count", () => {
    const rules = { ...DEFAULT_SETTINGS.rules, tentative: false, allDay: false };
    const rows = [event(10, 20, { status: "tentative" }), event(0, 240, { allDay: true })];
    expect(lines(rows, rules)).toEqual([]);
    expect(lines(rows)).toEqual(["0-240 all_day c1", "10-20 tentative c1"]);
  });

  it("shows each booking by itself, and its event in a calendar only where it stands elsewhere", () => {
    expect(
      lines([booking(10, 20), booking(20, 30, { bookingId: "b2" }), event(10, 20, { bookingId: "b1" })]),
    ).toEqual(["10-20 booking null", "20-30 booking null"]);
    expect(lines([booking(10, 20), event(60, 70, { bookingId: "b1" })])).toEqual([
      "10-20 booking null",
      "60-70 booking c1",
    ]);
    expect(stretches([booking(10, 20)])).toMatchObject([{ bookingId: "b1" }]);
    expect(lines([event(5, 9, { connectionId: null, status: "hold" })])).toEqual(["5-9 hold null"]);
  });

  it("covers exactly the minutes that block, by rule and calendar, without overlaps", () => {
    const row = fc
      .record({
        start: fc.integer({ min: -30, max: 250 }),
        minutes: fc.integer({ min: 1, max: 60 }),
        connectionId: fc.constantFrom("c1", "c2"),
        status: fc.constantFrom("busy" as const, "tentative" as const, "out_of_office" as const),
        allDay: fc.boolean(),
      })
      .map(({ start, minutes, ...more }) => event(start, start + minutes, more));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.boolean(), (rows, tentative) => {
        const rules = { ...DEFAULT_SETTINGS.rules, tentative };
        const found = stretches(rows, rules);
        for (let minute = 0; minute < 240; minute += 1) {
          const here = span(minute, minute + 1);
          const expected = new Set(
            blockingRows(rows, { rules })
              .filter((each) => overlaps(each, here))
              .map((each) => `${reasonOf(each)} ${each.connectionId}`),
          );
          const shown = found
            .filter((each) => overlaps(each, here))
            .map(({ reason, connectionId }) => `${reason} ${connectionId}`);
          expect(shown.sort()).toEqual([...expected].sort());
        }
        expect(found.map(({ startsAt }) => startsAt)).toEqual(
          found.map(({ startsAt }) => startsAt).sort((a, b) => a - b),
        );
      }),
      { numRuns: 100 },
    );
  });
});
