// Conflicts: each rule by example, and all of them against an oracle that checks every minute.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BusyRow } from "../../src/domain/busy.ts";
import { conflictsOf, ownConflictsOf, reachOf } from "../../src/domain/conflicts.ts";
import { overlaps } from "../../src/domain/interval.ts";
import { NO_RULES, type SlotRules } from "../../src/domain/rules.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { agendaArb, cachedRows, MINUTE } from "./agenda.ts";
import { minuteOracle } from "./minute-oracle.ts";

const DAY = Date.UTC(2026, 5, 1);
const NOW = DAY - 100 * MINUTE;
const m = (minute: number) => DAY + minute * MINUTE;
const span = (start: number, end: number) => ({ startsAt: m(start), endsAt: m(end) });
const SLOT = span(600, 660);

const event = (start: number, end: number, more: Partial<BusyRow> = {}): BusyRow => ({
  ...span(start, end),
  connectionId: "c1",
  eventKey: "e1",
  status: "busy",
  allDay: false,
  bookingId: null,
  ...more,
});
const booking = (start: number, end: number, more: Partial<BusyRow> = {}) =>
  event(start, end, { connectionId: null, eventKey: "b1", status: "booking", bookingId: "b1", ...more });
const check = (
  rows: BusyRow[],
  settings: Partial<AgentSettings> = {},
  more: Partial<Parameters<typeof conflictsOf>[0]> = {},
) =>
  conflictsOf({
    ...{ slot: SLOT, rows, counted: [], settings: { ...DEFAULT_SETTINGS, ...settings }, now: NOW },
    ...more,
  });
const reasons = (...input: Parameters<typeof check>) => check(...input).map(({ reason }) => reason);

describe("conflictsOf", () => {
  it("finds nothing beside events that only touch the slot", () => {
    expect(check([event(540, 600), event(660, 700)])).toEqual([]);
  });

  it("names the calendar, the time and the reason", () => {
    expect(check([event(650, 700, { status: "tentative" })])).toEqual([
      { reason: "tentative", ...span(650, 700), connectionId: "c1", bookingId: null, status: "tentative" },
    ]);
  });

  it("L10: leaves out what the agent's rules don't count", () => {
    const rules = { ...DEFAULT_SETTINGS.rules, tentative: false, allDay: false };
    expect(
      check([event(600, 660, { status: "tentative" }), event(0, 1440, { allDay: true })], { rules }),
    ).toEqual([]);
    expect(reasons([event(0, 1440, { allDay: true, status: "out_of_office" })])).toEqual(["all_day"]);
  });

  it("L4: joins the pieces of a long event, and only these", () => {
    const pieces = [event(600, 1200), event(-840, 600), event(1200, 1300), event(1400, 1500)];
    expect(check(pieces)).toMatchObject([{ reason: "busy", ...span(-840, 1300) }]);
    expect(reasons([event(600, 620), event(620, 660, { eventKey: "e2" })])).toHaveLength(2);
    expect(reasons([event(600, 620), event(620, 660, { connectionId: "c2" })])).toHaveLength(2);
  });

  it("gives a long event its status as the reason, even where one of its pieces only touches the buffer", () => {
    const rows = [event(660, 700), event(655, 660)];
    expect(reasons(rows, { bufferAfterMs: 10 * MINUTE })).toEqual(["busy"]);
  });

  it("keeps separate buffers before and after the slot, towards outside events", () => {
    const buffers = { bufferBeforeMs: 15 * MINUTE, bufferAfterMs: 5 * MINUTE };
    expect(reasons([event(500, 586)], buffers)).toEqual(["buffer"]);
    expect(reasons([event(500, 585)], buffers)).toEqual([]);
    expect(reasons([event(664, 700)], buffers)).toEqual(["buffer"]);
    expect(reasons([event(665, 700)], buffers)).toEqual([]);
  });

  it("keeps the larger buffer on both sides of bookings and holds", () => {
    const buffers = { bufferBeforeMs: 15 * MINUTE, bufferAfterMs: 5 * MINUTE };
    for (const status of ["booking", "hold"] as const) {
      expect(reasons([booking(674, 700, { status })], buffers)).toEqual(["buffer"]);
      expect(reasons([booking(675, 700, { status })], buffers)).toEqual([]);
      expect(reasons([booking(500, 586, { status })], buffers)).toEqual(["buffer"]);
      expect(reasons([booking(500, 601, { status })], buffers)).toEqual([status]);
    }
  });

  it("keeps the larger of the buffers that two bookings were sold with, each on its side", () => {
    const sold = (start: number, end: number, before: number, after: number) =>
      booking(start, end, { bufferBeforeMs: before * MINUTE, bufferAfterMs: after * MINUTE });
    expect(reasons([sold(500, 570, 0, 30)])).toEqual([]);
    expect(reasons([sold(500, 571, 0, 30)])).toEqual(["buffer"]);
    expect(reasons([sold(500, 571, 90, 29)])).toEqual([]);
    expect(reasons([sold(690, 700, 30, 90)])).toEqual([]);
    expect(reasons([sold(689, 700, 30, 0)])).toEqual(["buffer"]);
    const rules = { ...NO_RULES, bufferBeforeMs: 20 * MINUTE, bufferAfterMs: 10 * MINUTE };
    const narrowed = (rows: BusyRow[]) =>
      check(rows, { bufferAfterMs: 15 * MINUTE }, { rules }).map(({ reason }) => reason);
    expect(narrowed([sold(500, 581, 0, 5)])).toEqual(["buffer"]);
    expect(narrowed([sold(500, 580, 0, 5)])).toEqual([]);
    expect(narrowed([sold(674, 700, 0, 0)])).toEqual(["buffer"]);
    expect(narrowed([sold(675, 700, 0, 0)])).toEqual([]);
    expect(narrowed([event(500, 581)])).toEqual(["buffer"]);
    expect(narrowed([event(500, 580)])).toEqual([]);
  });

  it("is narrowed by the rules of a request, and never loosened", () => {
    const monday = (startMinute: number, endMinute: number) => [
      { weekday: 1, startMinute, endMinute } as const,
    ];
    const settings = { minimumNoticeMs: 60 * MINUTE, horizonDays: 2, workingHours: monday(540, 1020) };
    const by = (rules: Partial<SlotRules>, now = m(500)) =>
      check([], settings, { rules: { ...NO_RULES, ...rules }, now }).map(({ reason }) => reason);
    expect(by({})).toEqual([]);
    expect(by({ minimumNoticeMs: 101 * MINUTE })).toEqual(["notice"]);
    expect(by({ minimumNoticeMs: 0 }, m(541))).toEqual(["notice"]);
    expect(by({ horizonDays: 1 }, m(600 - 1_441))).toEqual(["horizon"]);
    expect(by({ horizonDays: 3 }, m(599 - 2_880))).toEqual(["horizon"]);
    expect(by({ hours: monday(600, 660) })).toEqual([]);
    expect(by({ hours: monday(601, 700) })).toEqual(["hours"]);
    expect(by({ hours: [] })).toEqual(["hours"]);
    expect(check([], { workingHours: [] }, { rules: { ...NO_RULES, hours: monday(0, 1440) } })).toHaveLength(
      1,
    );
  });

  it("counts a booking and its events in calendars once", () => {
    const delivered = event(600, 660, { bookingId: "b1" });
    expect(check([delivered, booking(600, 660), { ...delivered, connectionId: "c2" }])).toMatchObject([
      { reason: "booking", connectionId: null, bookingId: "b1" },
    ]);
  });

  it("reports a booking's event that stands at another time than the booking, or has no booking row", () => {
    const delivered = event(630, 690, { bookingId: "b1" });
    expect(check([delivered])).toMatchObject([{ reason: "booking", connectionId: "c1", bookingId: "b1" }]);
    expect(check([delivered, booking(900, 960)])).toMatchObject([{ reason: "booking", connectionId: "c1" }]);
    expect(check([delivered, booking(600, 660, { bookingId: "b2" })])).toHaveLength(2);
    expect(check([event(600, 620, { bookingId: "b1" }), booking(640, 660)])).toHaveLength(2);
  });

  it("ignores the booking that is being moved and its events, and no other booking", () => {
    const rows = [
      booking(600, 660),
      event(600, 660, { bookingId: "b1" }),
      booking(630, 640, { bookingId: "b2", eventKey: "b2" }),
    ];
    expect(check(rows, {}, { own: { bookingId: "b1" } })).toMatchObject([{ bookingId: "b2" }]);
  });

  it("ignores the hold that becomes a booking, and no other hold, event or booking", () => {
    const hold = (eventKey: string) => event(600, 660, { connectionId: null, eventKey, status: "hold" });
    const own = { holdId: "h1" };
    expect(check([hold("h1")], {}, { own })).toEqual([]);
    expect(check([hold("h1"), hold("h2")], {}, { own })).toMatchObject([{ reason: "hold" }]);
    expect(reasons([hold("h1")])).toEqual(["hold"]);
    expect(reasons([event(600, 660, { eventKey: "h1" })], {}, { own })).toEqual(["busy"]);
    expect(reasons([booking(600, 660, { eventKey: "h1" })], {}, { own })).toEqual(["booking"]);
  });

  it("refuses what has begun, and a minimum notice up to its last millisecond", () => {
    expect(check([], {}, { now: m(601) })).toMatchObject([{ reason: "past", ...span(600, 601) }]);
    expect(check([], {}, { now: m(600) })).toEqual([]);
    expect(check([], {}, { now: m(900) })).toMatchObject([{ reason: "past", ...SLOT }]);
    expect(check([], { minimumNoticeMs: 10 * MINUTE }, { now: m(601) })).toMatchObject([
      { reason: "past", ...span(600, 601) },
      { reason: "notice", ...span(601, 611) },
    ]);
    expect(reasons([], { minimumNoticeMs: 60 * MINUTE }, { now: m(540) })).toEqual([]);
    expect(reasons([], { minimumNoticeMs: 60 * MINUTE }, { now: m(540) + 1 })).toEqual(["notice"]);
  });

  it("counts past and notice from another instant than the horizon, where it is told one", () => {
    const settings = { minimumNoticeMs: 60 * MINUTE, horizonDays: 1 };
    expect(reasons([], settings, { now: m(600), noticeFrom: m(540) })).toEqual([]);
    expect(reasons([], settings, { now: m(600) - 1_440 * MINUTE })).toEqual([]);
    expect(reasons([], settings, { now: m(600) - 1_440 * MINUTE - 1 })).toEqual(["horizon"]);
  });

  it("names the day and the week that hold enough bookings and holds, and leaves out the request's own", () => {
    const at = (minute: number, id: string) => ({ startsAt: m(minute), bookingId: id, holdId: null });
    const hold = { startsAt: m(30), bookingId: null, holdId: "h1" };
    const counted = [at(100, "b1"), hold, at(-1, "b0"), at(1_440, "b2"), at(7 * 1_440, "b9")];
    const full = (settings: Partial<AgentSettings>, own = {}) =>
      check([], settings, { counted, own }).map(({ reason, startsAt, endsAt }) => [reason, startsAt, endsAt]);
    // DAY is a Monday.
    expect(full({ maxPerDay: 2 })).toEqual([["day_full", m(0), m(1_440)]]);
    expect(full({ maxPerDay: 3 })).toEqual([]);
    expect(full({ maxPerWeek: 3 })).toEqual([["week_full", m(0), m(7 * 1_440)]]);
    expect(full({ maxPerWeek: 4 })).toEqual([]);
    expect(full({ maxPerDay: 2, maxPerWeek: 3 }, { bookingId: "b1" })).toEqual([]);
    expect(full({ maxPerDay: 2, maxPerWeek: 3 }, { holdId: "h1" })).toEqual([]);
    expect(full({ maxPerDay: 2 }, { bookingId: "h1", holdId: "b1" })).toHaveLength(1);
    expect(full({ maxPerDay: 3, timeZone: "Asia/Tokyo" })).toEqual([["day_full", m(-540), m(900)]]);
    expect(full({ maxPerDay: 4, timeZone: "Asia/Tokyo" })).toEqual([]);
  });

  it("names the part of the slot outside working hours", () => {
    const workingHours = [{ weekday: 1, startMinute: 610, endMinute: 650 }] as const;
    expect(check([], { workingHours })).toMatchObject([
      { reason: "hours", ...span(600, 610), status: null },
      { reason: "hours", ...span(650, 660) },
    ]);
    expect(reasons([], { workingHours: [] })).toEqual(["hours"]);
  });

  it("lets a slot span midnight where both days are open", () => {
    const workingHours = [
      { weekday: 1, startMinute: 1380, endMinute: 1440 },
      { weekday: 2, startMinute: 0, endMinute: 60 },
    ] as const;
    expect(check([], { workingHours }, { slot: span(1400, 1480) })).toEqual([]);
    expect(reasons([], { workingHours, timeZone: "Europe/Berlin" }, { slot: span(1400, 1480) })).toEqual([
      "hours",
    ]);
  });

  it("sorts conflicts by start", () => {
    const rows = [event(650, 700), event(500, 601, { eventKey: "e2" }), booking(620, 630)];
    const starts = check(rows, { workingHours: [] }).map(({ startsAt }) => startsAt);
    expect(starts).toEqual([m(500), m(600), m(620), m(650)]);
  });

  it("agrees with an oracle that checks every minute", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        agendaArb,
        fc.option(fc.constantFrom("b1", "b2", "k1"), { nil: undefined }),
        (agenda, ignored) => {
          const { slot, settings, rules, now, events, counted, order } = agenda;
          const own = ignored === undefined ? {} : { bookingId: ignored };
          const rows = cachedRows(events, order);
          const conflicts = conflictsOf({ slot, rows, counted, settings, rules, now, own });
          expect(conflicts.map(({ startsAt }) => startsAt)).toEqual(
            conflicts.map(({ startsAt }) => startsAt).sort((a, b) => a - b),
          );
          const found = conflicts.map(({ reason, startsAt, endsAt, connectionId, bookingId }) =>
            /_full$/.test(reason) ? reason : [reason, startsAt, endsAt, connectionId, bookingId].join(" "),
          );
          for (const { reason } of conflicts) seen.add(reason);
          const expected = minuteOracle({ slot, events, counted, settings, rules, now, own });
          expect(found.sort()).toEqual(expected.sort());
        },
      ),
      { numRuns: 500 },
    );
    for (const rule of ["past", "notice", "horizon", "hours", "closed", "day_full", "week_full"])
      expect(seen, rule).toContain(rule);
  });

  it("needs no row beyond its reach", () => {
    fc.assert(
      fc.property(agendaArb, ({ slot, settings, rules, now, events, order }) => {
        const rows = cachedRows(events, order);
        const reach = reachOf(slot);
        const decide = (read: BusyRow[]) =>
          conflictsOf({ slot, rows: read, counted: [], settings, rules, now }).map((c) => c.reason);
        expect(decide(rows.filter((row) => overlaps(row, reach)))).toHaveLength(decide(rows).length);
      }),
    );
  });
});

describe("ownConflictsOf", () => {
  const own = (
    rows: BusyRow[],
    settings: Partial<AgentSettings> = {},
    more: Partial<Parameters<typeof ownConflictsOf>[0]> = {},
  ) =>
    ownConflictsOf({
      ...{ slot: SLOT, rows, counted: [], settings: { ...DEFAULT_SETTINGS, ...settings }, now: NOW },
      ...more,
    });

  it("leaves out outside events, working hours and the minimum notice", () => {
    const overrides = [{ firstDay: 0, lastDay: 99_999, hours: [] }];
    const settings = {
      workingHours: [],
      overrides,
      minimumNoticeMs: 1_000 * MINUTE,
      horizonDays: 1,
      maxPerDay: 1,
    };
    expect(own([event(600, 660), event(600, 660, { bookingId: "b1" })], settings)).toEqual([]);
  });

  it("names other bookings and holds with the buffers between them, and the past, by start", () => {
    const hold = booking(540, 595, { status: "hold", eventKey: "h1", bookingId: null });
    const rows = [booking(650, 700), hold, booking(600, 610, { eventKey: "b2", bookingId: "b2" })];
    const found = own(rows, { bufferAfterMs: 10 * MINUTE }, { now: m(605) });
    expect(found.map(({ reason, startsAt, endsAt }) => [reason, startsAt, endsAt])).toEqual([
      ["buffer", m(540), m(595)],
      ["past", m(600), m(605)],
      ["booking", m(600), m(610)],
      ["booking", m(650), m(700)],
    ]);
    expect(own([booking(600, 660)], {}, { own: { bookingId: "b1" } })).toEqual([]);
  });
});
