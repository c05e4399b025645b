// Which of Google's events occupy time (`docs/providers/google.md` A.5.1).
import { describe, expect, test } from "vitest";
import { rowOf } from "../../../src/providers/google/read.ts";
import { EventsPage, type ListedEvent } from "../../../src/providers/google/wire.ts";

const at = (text: string) => Date.parse(text);
const WINDOW = { startsAt: at("2026-03-01T00:00:00Z"), endsAt: at("2026-06-01T00:00:00Z") };
const PLACE = { window: WINDOW, timeZone: "Europe/Lisbon" };
const timed = (start: string, end: string) => ({ start: { dateTime: start }, end: { dateTime: end } });
const BASE: ListedEvent = {
  id: "event1",
  status: "confirmed",
  ...timed("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"),
};
const self = (responseStatus: string) => ({
  attendees: [{ responseStatus: "accepted" }, { self: true, responseStatus }],
});

describe("L10: one decision on whether an event is busy", () => {
  const table: [string, Partial<ListedEvent>, string | null][] = [
    ["a plain event", {}, "busy"],
    ["an event without a status", { status: undefined }, "busy"],
    ["a cancelled event", { status: "cancelled" }, null],
    ["a free event", { transparency: "transparent" }, null],
    ["an opaque event", { transparency: "opaque" }, "busy"],
    ["a working location", { eventType: "workingLocation" }, null],
    ["a birthday", { eventType: "birthday" }, null],
    ["out of office", { eventType: "outOfOffice" }, "out_of_office"],
    ["focus time", { eventType: "focusTime" }, "busy"],
    ["an event from mail", { eventType: "fromGmail" }, "busy"],
    ["an event of a type to come", { eventType: "napTime" }, "busy"],
    ["a declined invitation", self("declined"), null],
    ["an unanswered invitation", self("needsAction"), "unanswered"],
    ["a tentatively accepted invitation", self("tentative"), "tentative"],
    ["an accepted invitation", self("accepted"), "busy"],
    ["an invitation others declined", { attendees: [{ responseStatus: "declined" }] }, "busy"],
    ["a tentative event", { status: "tentative" }, "tentative"],
    ["a declined tentative event", { status: "tentative", ...self("declined") }, null],
    ["a free out of office", { eventType: "outOfOffice", transparency: "transparent" }, null],
    ["an event without length", timed("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"), null],
    ["an event without times", { start: undefined, end: undefined }, null],
  ];
  test.each(table)("%s", (_, changes, expected) => {
    expect(rowOf({ ...BASE, ...changes } as ListedEvent, PLACE).busy?.status ?? null).toBe(expected);
  });
});

describe("the window", () => {
  const table: [string, string, string, boolean][] = [
    ["L4: began before and still runs", "2026-02-20T00:00:00Z", "2026-03-03T00:00:00Z", true],
    ["ends as the window begins", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z", false],
    ["begins as the window ends", "2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z", false],
    ["begins just before the window ends", "2026-05-31T23:59:00Z", "2026-06-02T00:00:00Z", true],
    ["covers the window", "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z", true],
    ["G38: lies years ahead", "2040-01-01T09:00:00Z", "2040-01-01T10:00:00Z", false],
  ];
  test.each(table)("%s", (_, start, end, inside) => {
    expect(rowOf({ ...BASE, ...timed(start, end) }, PLACE).busy !== null).toBe(inside);
  });
});

describe("L27: all-day events are dates in the calendar's zone", () => {
  const allDay = { ...BASE, start: { date: "2026-03-05" }, end: { date: "2026-03-06" } };
  test.each([
    ["Europe/Lisbon", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"],
    ["Pacific/Kiritimati", "2026-03-04T10:00:00Z", "2026-03-05T10:00:00Z"],
    ["Pacific/Niue", "2026-03-05T11:00:00Z", "2026-03-06T11:00:00Z"],
    ["America/New_York", "2026-03-05T05:00:00Z", "2026-03-06T05:00:00Z"],
  ])("%s", (timeZone, start, end) => {
    expect(rowOf(allDay, { window: WINDOW, timeZone }).busy).toMatchObject({
      allDay: true,
      startsAt: at(start),
      endsAt: at(end),
    });
  });

  test("the day clocks go forward has 23 hours", () => {
    const day = { ...BASE, start: { date: "2026-03-29" }, end: { date: "2026-03-30" } };
    const busy = rowOf(day, PLACE).busy;
    expect((busy?.endsAt ?? 0) - (busy?.startsAt ?? 0)).toBe(23 * 3_600_000);
  });
});

test("an occurrence names its series, and our mark its booking", () => {
  const event: ListedEvent = {
    ...BASE,
    recurringEventId: "series1",
    extendedProperties: { private: { maraplaceBooking: "booking-7" } },
  };
  expect(rowOf(event, PLACE).busy).toEqual({
    key: "event1",
    seriesKey: "series1",
    startsAt: at("2026-03-02T09:00:00Z"),
    endsAt: at("2026-03-02T10:00:00Z"),
    allDay: false,
    status: "busy",
    bookingId: "booking-7",
  });
});

test("an all-day event whose end can't be read takes its day at least, any other one an hour", () => {
  const autumn = {
    window: { startsAt: at("2026-10-01T00:00:00Z"), endsAt: at("2026-12-01T00:00:00Z") },
    timeZone: "Europe/Lisbon",
  };
  const day = { ...BASE, start: { date: "2026-10-25" }, end: { date: "later" } };
  expect(rowOf(day, autumn)).toMatchObject({
    busy: { allDay: true, startsAt: at("2026-10-24T23:00:00Z"), endsAt: at("2026-10-26T00:00:00Z") },
    unread: { reason: "bad_end", extent: "unknown" },
  });
  const timed = { ...BASE, end: { dateTime: "later" } };
  expect(rowOf(timed, PLACE).busy).toMatchObject({
    ...{ startsAt: at("2026-03-02T09:00:00Z"), endsAt: at("2026-03-02T10:00:00Z") },
  });
});

test("a row that has no key, or is none, costs itself only", () => {
  const page = EventsPage.parse({ items: [null, "soon", {}, { ...BASE, id: 5 }, { ...BASE, id: "whole" }] });
  const read = page.items.map((row) => rowOf(row, PLACE));
  expect(read.map(({ busy }) => busy?.key ?? null)).toEqual([null, null, null, null, "whole"]);
  expect(read.map(({ unread }) => unread?.reason ?? null)).toEqual([...Array(4).fill("bad_row"), null]);
});

test("an end before the start is no end: nobody knows the length, so an hour or the day is blocked", () => {
  const unread = { reason: "bad_end", extent: "unknown" };
  const backward = { ...BASE, end: { dateTime: "2026-03-02T08:00:00Z" } };
  expect(rowOf(backward, PLACE)).toMatchObject({
    busy: { startsAt: at("2026-03-02T09:00:00Z"), endsAt: at("2026-03-02T10:00:00Z") },
    unread: { ...unread, endsBy: at("2026-03-03T09:00:00Z") },
  });
  const days = { ...BASE, start: { date: "2026-03-05" }, end: { date: "2026-03-04" } };
  expect(rowOf(days, PLACE)).toMatchObject({ busy: { endsAt: at("2026-03-06T00:00:00Z") }, unread });
});

test("a date that ends on itself takes its day", () => {
  const day = { ...BASE, start: { date: "2026-03-05" }, end: { date: "2026-03-05" } };
  expect(rowOf(day, PLACE)).toMatchObject({
    busy: { startsAt: at("2026-03-05T00:00:00Z"), endsAt: at("2026-03-06T00:00:00Z") },
    unread: null,
  });
});

test("a date and a time may stand beside each other", () => {
  const from = { ...BASE, start: { date: "2026-03-05" }, end: { dateTime: "2026-03-06T10:00:00Z" } };
  expect(rowOf(from, PLACE).busy).toMatchObject({ endsAt: at("2026-03-06T10:00:00Z") });
  const to = { ...BASE, end: { date: "2026-03-04" } };
  expect(rowOf(to, PLACE).busy).toMatchObject({ endsAt: at("2026-03-04T00:00:00Z") });
});

test("a field that can't be read costs that field only", () => {
  const odd = { status: 7, transparency: {}, eventType: [], attendees: "nobody", extendedProperties: [] };
  const nulls = { ...BASE, start: { date: null, ...BASE.start }, end: { date: null, ...BASE.end } };
  const answered = { ...BASE, attendees: ["nobody", { self: true, responseStatus: "declined" }] };
  const items = [{ ...BASE, ...odd }, nulls, { ...BASE, end: "later" }, answered];
  const read = EventsPage.parse({ items }).items.map((row) => rowOf(row, PLACE));
  const span = { startsAt: at("2026-03-02T09:00:00Z"), endsAt: at("2026-03-02T10:00:00Z") };
  expect(read).toMatchObject([
    { busy: { ...span, status: "busy" }, unread: null },
    { busy: span, unread: null },
    { busy: span, unread: { reason: "bad_end", extent: "unknown" } },
    { busy: null, unread: null },
  ]);
});
