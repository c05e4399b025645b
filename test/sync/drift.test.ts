// Drift: what counts as missing, extra or undecided when a listing is compared with the cache, and what heals it.
import { expect, test } from "vitest";
import type { BusyEvent, UnreadableObject } from "../../src/providers/provider.ts";
import type { CachedEvents, CachedPiece, OwnEvent } from "../../src/store/busy/cached-events.ts";
import { cachedKey } from "../../src/store/cached-key.ts";
import { type Drift, driftOf } from "../../src/sync/drift.ts";
import { addPage, emptyListing } from "../../src/sync/listing.ts";

const DAY = 86_400_000;
const WINDOW = { startsAt: 10 * DAY, endsAt: 20 * DAY };

const event = (key: string, startsAt: number, endsAt: number, more: Partial<BusyEvent> = {}): BusyEvent => ({
  ...{ key, seriesKey: null, startsAt, endsAt, allDay: false, status: "busy", bookingId: null },
  ...more,
});
const piece = (
  key: string,
  startsAt: number,
  endsAt: number,
  more: Partial<CachedPiece> = {},
): CachedPiece => ({
  ...{ key: cachedKey(key), startsAt, endsAt, allDay: false, status: "busy" },
  ...more,
  seriesKey: more.seriesKey == null ? null : cachedKey(more.seriesKey),
});
const own = (more: Partial<OwnEvent>): OwnEvent => ({
  ...{ bookingId: "b-1", externalId: "x", places: [], expected: false, unsettled: false },
  ...more,
});

const unread = (key: string, more: Partial<UnreadableObject> = {}): UnreadableObject => ({
  ...{ key, version: "1", reason: "bad_end", extent: "unknown", startsAt: null, endsBy: null },
  ...more,
});

function driftBetween(
  listed: readonly BusyEvent[],
  pieces: readonly CachedPiece[],
  more: {
    changed?: readonly string[];
    unreadable?: readonly UnreadableObject[];
    doubted?: readonly string[];
    own?: readonly OwnEvent[];
    kept?: Record<string, string>;
    stored?: CachedEvents["kept"];
  } = {},
): Drift {
  return driftOf({
    listing: {
      events: new Map(listed.map((each) => [each.key, each])),
      kept: more.kept === undefined ? null : new Map(Object.entries(more.kept)),
      unreadable: new Map((more.unreadable ?? []).map((each) => [each.key, each])),
    },
    cached: { pieces, kept: more.stored ?? [], own: more.own ?? [], unreadable: more.doubted ?? [] },
    changed: new Set(more.changed),
    window: WINDOW,
  });
}

const NONE = { missing: 0, extra: 0, undecided: 0 };

test("an event that the cache cut at other places, and at an older window, is the same event", () => {
  const listed = event("a", 5 * DAY, 13 * DAY + 5);
  const pieces = [9, 10, 11, 12].map((day) => piece("a", day * DAY + 7, (day + 1) * DAY + 7));
  expect(driftBetween([listed], [...pieces, piece("a", 13 * DAY + 7, 13 * DAY + 8)])).toMatchObject({
    extra: 1,
  });
  expect(driftBetween([event("a", 5 * DAY, 13 * DAY + 7)], pieces)).toMatchObject(NONE);
});

test("time outside of what was listed is no drift", () => {
  expect(driftBetween([event("a", 25 * DAY, 26 * DAY)], [piece("b", 8 * DAY, 9 * DAY)])).toMatchObject({
    ...NONE,
    cure: { upserts: [], removedKeys: [] },
  });
});

test("time that the cache lacks is missing, time that the calendar lacks is extra, moved time is both", () => {
  const listed = [event("new", 11 * DAY, 11 * DAY + 9), event("moved", 12 * DAY, 12 * DAY + 9)];
  const pieces = [piece("gone", 13 * DAY, 13 * DAY + 9), piece("moved", 12 * DAY + 4, 12 * DAY + 13)];
  expect(driftBetween(listed, pieces)).toMatchObject({
    ...{ missing: 2, extra: 2, undecided: 0 },
    cure: { upserts: listed, removedKeys: [], removedRows: [cachedKey("gone")] },
  });
});

test("a row that the calendar doesn't hold goes by its key in full where a booking, a series or an object has it", () => {
  const pieces = ["unknown", "own", "read", "series"].map((key) => piece(key, 13 * DAY, 13 * DAY + 9));
  const known = {
    own: [own({ externalId: "own" })],
    doubted: ["read"],
    stored: [{ seriesKey: "series", reduced: "1" }],
  };
  expect(driftBetween([], pieces, known)).toMatchObject({
    extra: 4,
    cure: {
      removedKeys: ["own", "read", "series"],
      removedRows: ["unknown", "own", "read", "series"].map(cachedKey),
    },
  });
});

test("an event that blocks in another way is missing and extra", () => {
  const pieces = [piece("a", 11 * DAY, 11 * DAY + 9, { status: "tentative" })];
  expect(driftBetween([event("a", 11 * DAY, 11 * DAY + 9)], pieces)).toMatchObject({ missing: 1, extra: 1 });
});

test("what the changes named, by itself or by its series, is left to the next audit", () => {
  const listed = [event("a", 11 * DAY, 12 * DAY), event("s1", 13 * DAY, 14 * DAY, { seriesKey: "s" })];
  const pieces = [piece("b", 11 * DAY, 12 * DAY), piece("s2", 15 * DAY, 16 * DAY, { seriesKey: "s" })];
  expect(driftBetween(listed, pieces, { changed: ["a", "b", "s"] })).toMatchObject({
    ...{ missing: 0, extra: 0, undecided: 4 },
    cure: { upserts: [], removedKeys: [] },
  });
});

test("P2: rows of objects that can't be read are never extra", () => {
  const pieces = [piece("a", 11 * DAY, 12 * DAY), piece("s1", 13 * DAY, 14 * DAY, { seriesKey: "s" })];
  expect(driftBetween([], pieces, { unreadable: [unread("a"), unread("s")] })).toMatchObject({
    ...NONE,
    cure: { removedKeys: [] },
  });
});

test("P2: older time of an event that can't be read to the end is no extra, and new time beside it is added", () => {
  const listed = [
    event("a", 11 * DAY, 11 * DAY + 9),
    event("s1", 13 * DAY, 13 * DAY + 9, { seriesKey: "s" }),
  ];
  const pieces = [
    piece("a", 11 * DAY, 12 * DAY),
    piece("s1", 14 * DAY, 15 * DAY, { seriesKey: "s" }),
    piece("k", 16 * DAY, 17 * DAY),
  ];
  const known = unread("k", { reason: "bad_zone", extent: "known" });
  const doubts = [unread("a"), unread("s"), known];
  const { cure, ...counts } = driftBetween([...listed, event("k", 16 * DAY, 16 * DAY + 9)], pieces, {
    unreadable: doubts,
    doubted: ["a", "s", "k"],
  });
  expect(counts).toEqual({ missing: 1, extra: 1, undecided: 0 });
  expect(cure.upserts.map(({ key }) => key)).toEqual(["s1", "k"]);
  expect(cure.removedKeys).toEqual([]);
  // A tentative event in doubt whose older time was busy is cached as busy.
  const tentative = event("a", 11 * DAY, 11 * DAY + 9, { status: "tentative" });
  expect(
    driftBetween([tentative], [piece("a", 11 * DAY, 12 * DAY)], {
      unreadable: [unread("a")],
      doubted: ["a"],
    }),
  ).toMatchObject(NONE);
  const busy = event("a", 11 * DAY, 11 * DAY + 9);
  const weaker = [piece("a", 11 * DAY, 12 * DAY, { status: "tentative" })];
  expect(driftBetween([busy], weaker, { unreadable: [unread("a")], doubted: ["a"] })).toMatchObject({
    missing: 1,
    extra: 0,
  });
  // A page that names an event as read would end its doubt.
  expect(cure.unreadable?.map(({ key }) => key)).toEqual(["s", "k"]);
});

test("what can't be read is known after an audit, and what can be read or is gone no longer is", () => {
  const listed = [event("read", 11 * DAY, 12 * DAY)];
  const { cure, ...counts } = driftBetween(listed, [piece("read", 11 * DAY, 12 * DAY)], {
    unreadable: [
      unread("new"),
      unread("still"),
      unread("open"),
      unread("left", { reason: "series_missing" }),
    ],
    doubted: ["read", "gone", "still", "changed"],
    changed: ["open", "changed"],
  });
  expect(counts).toEqual(NONE);
  expect(cure.unreadable?.map(({ key }) => key)).toEqual(["new"]);
  expect(cure).toMatchObject({ upserts: listed, removedKeys: ["read", "gone"] });
});

test("a booking's event has no row where the booking is, nor where we put it last", () => {
  const places = [{ startsAt: 11 * DAY, endsAt: 12 * DAY }];
  expect(driftBetween([event("x", 11 * DAY, 12 * DAY)], [], { own: [own({ places })] })).toMatchObject(NONE);
  const marked = event("y", 11 * DAY, 12 * DAY, { bookingId: "b-1" });
  const unknown = own({ places, externalId: null });
  expect(driftBetween([marked], [], { own: [unknown] })).toMatchObject(NONE);
  // Once the id is known, the mark of another event proves nothing: it was duplicated.
  expect(driftBetween([marked], [], { own: [own({ places })] })).toMatchObject({ missing: 1 });
});

test("a booking's event elsewhere is busy time, but not while it is being written", () => {
  const places = [{ startsAt: 11 * DAY, endsAt: 12 * DAY }];
  const moved = event("x", 13 * DAY, 14 * DAY);
  expect(driftBetween([moved], [], { own: [own({ places })] })).toMatchObject({ missing: 1 });
  expect(driftBetween([moved], [], { own: [own({ places, unsettled: true })] })).toMatchObject({
    ...{ missing: 0, undecided: 1 },
    cure: { upserts: [] },
  });
});

test("a booking's event that isn't listed is named as gone, so that it is reconciled, and is no drift", () => {
  expect(driftBetween([], [], { own: [own({ expected: true })] })).toMatchObject({
    ...NONE,
    cure: { removedKeys: ["x"] },
  });
  const becameSeries = event("x1", 11 * DAY, 12 * DAY, { seriesKey: "x" });
  const cure = driftBetween([becameSeries], [], {
    own: [own({ expected: true, places: [becameSeries] })],
  }).cure;
  expect(cure.removedKeys).toEqual([]);
});

test("stored series are healed too: lost ones come back, ended ones go, and a page brings those that it touches", () => {
  const stored = [
    { seriesKey: "same", reduced: "1" },
    { seriesKey: "other", reduced: "old" },
    { seriesKey: "ended", reduced: "1" },
    { seriesKey: "touched", reduced: "1" },
  ];
  const listed = [event("t1", 11 * DAY, 12 * DAY, { seriesKey: "touched" })];
  const kept = { same: "1", other: "new", lost: "1", touched: "1" };
  const { cure, ...counts } = driftBetween(listed, [], { stored, kept });
  expect(counts).toEqual({ missing: 1, extra: 0, undecided: 0 });
  expect(cure.kept?.map(({ seriesKey }) => seriesKey)).toEqual(["other", "lost", "touched"]);
  expect(cure.removedKeys).toEqual(["ended"]);
});

test("P2: a single event that was stored until the window reached it keeps its row when it is stored no longer", () => {
  const single = event("a", 19 * DAY, 20 * DAY);
  const stored = [{ seriesKey: "a", reduced: "1" }];
  const { cure, ...counts } = driftBetween([single], [piece("a", 19 * DAY, 20 * DAY)], { stored, kept: {} });
  expect(counts).toEqual(NONE);
  expect(cure).toMatchObject({ upserts: [single], removedKeys: ["a"], kept: [] });
});

test("a listing is put together like pages are applied: later pages win", () => {
  const listing = emptyListing(0);
  const page = { mode: "snapshot", removedKeys: [], removedSeries: [], next: "", timeZone: null } as const;
  const first = [event("a", 1, 2), event("s1", 3, 4, { seriesKey: "s" }), event("b", 5, 6)];
  addPage(listing, { ...page, upserts: first, last: false, unreadable: [unread("u"), unread("a")] });
  const last = { ...page, upserts: [event("a", 7, 8)], removedKeys: ["b"], removedSeries: ["s"] };
  addPage(listing, { ...last, last: true, timeZone: "Europe/Berlin" });
  expect([...listing.events.values()]).toEqual([event("a", 7, 8)]);
  expect(listing).toMatchObject({
    pages: 2,
    timeZone: "Europe/Berlin",
    unreadable: new Map([["u", unread("u")]]),
  });
});
