// Which of Graph's events occupy time (`docs/providers/microsoft.md` B.4.1).
import { describe, expect, test } from "vitest";
import { candidatesOf, rowOf, statusOf } from "../../../src/providers/microsoft/rows.ts";
import { EventsPage, ListedEvent } from "../../../src/providers/microsoft/wire.ts";

const at = (text: string) => Date.parse(text);
const WINDOW = { startsAt: at("2026-03-01T00:00:00Z"), endsAt: at("2026-06-01T00:00:00Z") };
const PLACE = { window: WINDOW, timeZone: "Europe/Lisbon" };
const utc = (dateTime: string) => ({ dateTime, timeZone: "UTC" });
const timed = (start: string, end: string) => ({ start: utc(start), end: utc(end) });
const BASE: ListedEvent = {
  id: "event1",
  type: "singleInstance",
  showAs: "busy",
  isAllDay: false,
  isCancelled: false,
  responseStatus: { response: "organizer" },
  ...timed("2026-03-02T09:00:00.0000000", "2026-03-02T10:00:00.0000000"),
};
const answered = (response: string) => ({ responseStatus: { response } });

describe("L10: one decision on whether an event is busy", () => {
  const table: [string, Partial<ListedEvent>, string | null][] = [
    ["a busy event", {}, "busy"],
    ["a series master, whatever it says", { type: "seriesMaster" }, null],
    ["a cancelled event", { isCancelled: true }, null],
    ["a cancelled event that shows busy", { isCancelled: true, showAs: "oof" }, null],
    ["a free event", { showAs: "free" }, null],
    ["a tentative event", { showAs: "tentative" }, "tentative"],
    ["out of office", { showAs: "oof" }, "out_of_office"],
    ["working elsewhere", { showAs: "workingElsewhere" }, "working_elsewhere"],
    ["an event whose kind of time is unknown", { showAs: "unknown" }, "busy"],
    ["an event that doesn't say", { showAs: undefined }, "busy"],
    ["an event that says nothing by null", { showAs: null, responseStatus: null }, "busy"],
    ["an event of a kind to come", { showAs: "napping" }, "busy"],
    ["a declined invitation", answered("declined"), null],
    ["a declined invitation that shows tentative", { showAs: "tentative", ...answered("declined") }, null],
    ["an accepted invitation", answered("accepted"), "busy"],
    ["an accepted invitation, shown free", { showAs: "free", ...answered("accepted") }, null],
    ["a tentatively accepted invitation", answered("tentativelyAccepted"), "tentative"],
    ["an unanswered invitation", { showAs: "tentative", ...answered("notResponded") }, "unanswered"],
    ["an unanswered invitation, shown busy", answered("notResponded"), "unanswered"],
    ["an unanswered invitation, shown free", { showAs: "free", ...answered("notResponded") }, null],
    ["an event without an answer", answered("none"), "busy"],
    ["an exception", { type: "exception", showAs: "tentative" }, "tentative"],
    ["an occurrence", { type: "occurrence", showAs: "free" }, null],
  ];
  test.each(table)("%s", (_, changes, expected) => {
    expect(statusOf({ ...BASE, ...changes } as ListedEvent)).toBe(expected);
  });

  test("an event without length takes none", () => {
    const moment = timed("2026-03-02T09:00:00", "2026-03-02T09:00:00");
    expect(rowOf({ ...BASE, ...moment }, PLACE).busy).toBeNull();
  });

  test("an event without times can't be read, unless it takes none whenever it is", () => {
    const untimed = { ...BASE, start: null, end: null };
    expect(rowOf(untimed, PLACE)).toMatchObject({ busy: null, unread: { extent: "unknown" } });
    expect(rowOf({ ...untimed, showAs: "free" }, PLACE)).toEqual({ busy: null, unread: null });
  });
});

describe("the window", () => {
  const table: [string, string, string, boolean][] = [
    ["L4: began before and still runs", "2026-02-20T00:00:00", "2026-03-03T00:00:00", true],
    ["ends as the window begins", "2026-02-28T00:00:00", "2026-03-01T00:00:00", false],
    ["begins as the window ends", "2026-06-01T00:00:00", "2026-06-01T01:00:00", false],
    ["begins just before the window ends", "2026-05-31T23:59:00", "2026-06-02T00:00:00", true],
    ["covers the window", "2025-01-01T00:00:00", "2027-01-01T00:00:00", true],
  ];
  test.each(table)("%s", (_, start, end, inside) => {
    expect(rowOf({ ...BASE, ...timed(start, end) }, PLACE).busy !== null).toBe(inside);
  });
});

describe("times", () => {
  test.each([
    ["2026-03-02T09:00:00.0000000", "2026-03-02T09:00:00Z"],
    ["2026-03-02T09:00:00.1234567", "2026-03-02T09:00:00.123Z"],
    ["2026-03-02T09:00:00", "2026-03-02T09:00:00Z"],
  ])("%s is read in UTC", (written, meant) => {
    const event = { ...BASE, start: utc(written) };
    expect(rowOf(event, PLACE).busy?.startsAt).toBe(at(meant));
  });

  test.each([
    ["2026-03-02T09:00:00.0000000", "Pacific Standard Time", "2026-03-02T17:00:00Z", "2026-03-02T18:00:00Z"],
    ["2026-03-02T09:00:00.0000000", "Europe/Berlin", "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"],
    ["2026-03-02T09:00:00.0000000", "tzone://Microsoft/Utc", "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"],
    ["2026-03-02T09:00:00+05:30", "UTC", "2026-03-02T03:30:00Z", "2026-03-02T04:30:00Z"],
    // Nobody knows these zones, so every place on Earth counts.
    ["2026-03-02T09:00:00.0000000", "Customized Time Zone", "2026-03-01T19:00:00Z", "2026-03-03T00:00:00Z"],
    ["2026-03-02T09:00:00.0000000", null, "2026-03-01T19:00:00Z", "2026-03-03T00:00:00Z"],
  ])("M49: %s in %s is read in its own zone, or as wide as can be", (dateTime, timeZone, start, end) => {
    const [date, rest] = dateTime.split("T09");
    const event = {
      ...BASE,
      start: { dateTime, timeZone },
      end: { dateTime: `${date}T10${rest}`, timeZone },
    };
    expect(rowOf(event, PLACE).busy).toMatchObject({ startsAt: at(start), endsAt: at(end) });
  });

  test("M49: an hour that clocks show twice counts from its first showing to the end of its second", () => {
    const local = (dateTime: string) => ({ dateTime, timeZone: "W. Europe Standard Time" });
    const event = {
      ...BASE,
      start: local("2026-10-25T02:00:00.0000000"),
      end: local("2026-10-25T02:30:00.0000000"),
    };
    const window = { startsAt: at("2026-10-01T00:00:00Z"), endsAt: at("2026-11-01T00:00:00Z") };
    expect(rowOf(event, { ...PLACE, window }).busy).toMatchObject({
      startsAt: at("2026-10-25T00:00:00Z"),
      endsAt: at("2026-10-25T01:30:00Z"),
    });
  });
});

describe("M49: an all-day event at the midnights of another zone", () => {
  test.each([
    [
      "UTC",
      "2026-03-04T23:00:00.0000000",
      "2026-03-05T23:00:00.0000000",
      "2026-03-04T23:00:00Z",
      "2026-03-05T23:00:00Z",
    ],
    [
      "Tokyo Standard Time",
      "2026-03-05T08:00:00",
      "2026-03-06T08:00:00",
      "2026-03-04T23:00:00Z",
      "2026-03-05T23:00:00Z",
    ],
    ["UTC", "2026-03-05T00:00:00", "2026-03-05T23:59:00", "2026-03-05T00:00:00Z", "2026-03-05T23:59:00Z"],
  ])("as %s from %s takes these times", (timeZone, start, end, startsAt, endsAt) => {
    const event = {
      ...BASE,
      isAllDay: true,
      start: { dateTime: start, timeZone },
      end: { dateTime: end, timeZone },
    };
    expect(rowOf(event, PLACE)).toMatchObject({
      busy: { allDay: true, startsAt: at(startsAt), endsAt: at(endsAt) },
      unread: null,
    });
  });
});

describe("L27: all-day events are dates in the calendar's zone", () => {
  const allDay = (timeZone: string): ListedEvent => ({
    ...BASE,
    isAllDay: true,
    start: { dateTime: "2026-03-05T00:00:00.0000000", timeZone },
    end: { dateTime: "2026-03-06T00:00:00.0000000", timeZone },
  });
  test.each([
    ["Europe/Lisbon", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"],
    ["Pacific/Kiritimati", "2026-03-04T10:00:00Z", "2026-03-05T10:00:00Z"],
    ["Pacific/Niue", "2026-03-05T11:00:00Z", "2026-03-06T11:00:00Z"],
    ["America/New_York", "2026-03-05T05:00:00Z", "2026-03-06T05:00:00Z"],
  ])("%s", (timeZone, start, end) => {
    for (const written of ["UTC", "Tonga Standard Time"]) {
      expect(rowOf(allDay(written), { window: WINDOW, timeZone }).busy).toMatchObject({
        allDay: true,
        startsAt: at(start),
        endsAt: at(end),
      });
    }
  });
});

test("an occurrence names its series, and a row holds only the time that it takes", () => {
  const event = { ...BASE, seriesMasterId: "series1", subject: "canary", bodyPreview: "canary" };
  expect(rowOf(event, PLACE).busy).toEqual({
    key: "event1",
    seriesKey: "series1",
    startsAt: at("2026-03-02T09:00:00Z"),
    endsAt: at("2026-03-02T10:00:00Z"),
    allDay: false,
    status: "busy",
    bookingId: null,
  });
});

test.each(["", "tomorrow", "2026-02-30T00:00:00.0000000"])(
  'a time like "%s" costs its own event only: the page around it is read',
  (dateTime) => {
    for (const isAllDay of [true, false]) {
      const row = { ...BASE, isAllDay, start: utc(dateTime) };
      expect(ListedEvent.safeParse(row).success).toBe(true);
      expect(rowOf(row, PLACE)).toMatchObject({ busy: null, unread: { reason: "bad_time" } });
    }
  },
);

test("an all-day event whose end can't be read takes its day at least, any other one an hour", () => {
  const autumn = {
    window: { startsAt: at("2026-10-01T00:00:00Z"), endsAt: at("2026-12-01T00:00:00Z") },
    timeZone: "Europe/Lisbon",
  };
  const end = { dateTime: "later", timeZone: "UTC" };
  const day = { ...BASE, isAllDay: true, start: { dateTime: "2026-10-25T00:00:00", timeZone: "UTC" }, end };
  expect(rowOf(day, autumn)).toMatchObject({
    busy: { allDay: true, startsAt: at("2026-10-24T23:00:00Z"), endsAt: at("2026-10-26T00:00:00Z") },
    unread: { reason: "bad_end", extent: "unknown" },
  });
  const start = { dateTime: "2026-03-02T09:00:00", timeZone: "UTC" };
  expect(rowOf({ ...BASE, start, end }, PLACE).busy).toMatchObject({
    ...{ startsAt: at("2026-03-02T09:00:00Z"), endsAt: at("2026-03-02T10:00:00Z") },
  });
});

test("a row that has no key, or is none, costs itself only", () => {
  const page = EventsPage.parse({ value: [null, "soon", {}, { ...BASE, id: 5 }, { ...BASE, id: "whole" }] });
  const read = page.value.map((row) => rowOf(row, PLACE));
  expect(read.map(({ busy }) => busy?.key ?? null)).toEqual([null, null, null, null, "whole"]);
  expect(read.map(({ unread }) => unread?.reason ?? null)).toEqual([...Array(4).fill("bad_row"), null]);
});

test("M53: a field that can't be read, or is null, costs that field only", () => {
  const odd = { showAs: 7, responseStatus: "none", isCancelled: "no", sensitivity: [], transactionId: {} };
  const zoneless = { ...BASE, start: { ...BASE.start, timeZone: 5 } };
  const empty = { ...BASE, showAs: null, responseStatus: null, isCancelled: null };
  const value = [{ ...BASE, ...odd }, empty, { ...BASE, end: null }, { ...BASE, end: "later" }, zoneless];
  const read = EventsPage.parse({ value }).value.map((row) => rowOf(row, PLACE));
  const span = { startsAt: at("2026-03-02T09:00:00Z"), endsAt: at("2026-03-02T10:00:00Z") };
  expect(read).toMatchObject([
    { busy: { ...span, status: "busy" }, unread: null },
    { busy: { ...span, status: "busy" }, unread: null },
    { busy: span, unread: { reason: "bad_end", extent: "unknown" } },
    { busy: span, unread: { reason: "bad_end", extent: "unknown" } },
    { busy: { startsAt: at("2026-03-01T19:00:00Z") }, unread: { reason: "bad_zone", extent: "known" } },
  ]);
});

test("a private event is asked for its mark where nothing says that it isn't ours, as a transaction id of null does", () => {
  const own = { ...BASE, sensitivity: "private" };
  const value = [own, { ...own, id: "event2", transactionId: null }];
  const rows = EventsPage.parse({ value }).value.map((event) => ({ event, ...rowOf(event, PLACE) }));
  expect(candidatesOf(rows)).toEqual(["event1"]);
});
