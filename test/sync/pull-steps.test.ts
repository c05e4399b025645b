// Pull steps: each decision of a pull and the state that it leads to, from plain values.
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../src/providers/error.ts";
import type { BusyEvent, Page } from "../../src/providers/provider.ts";
import type { ConnectionRow } from "../../src/store/rows.ts";
import { runOf } from "../../src/sync/pull-report.ts";
import { type Round, roundOf } from "../../src/sync/pull-round.ts";
import {
  afterDrop,
  afterEmptySnapshot,
  afterRead,
  afterWrite,
  isUpToDate,
  type PullState,
  startedPull,
} from "../../src/sync/pull-state.ts";
import { goesOnInRound, looksEmpty, stepFor, wantsRound } from "../../src/sync/pull-steps.ts";

const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 2, 2);
const NOW = TODAY + 9 * 3_600_000;
const SPAN = { pastDays: 1, futureDays: 400 };
const WANTED = { startsAt: TODAY - DAY, endsAt: TODAY + 401 * DAY };
const COVERED = { startsAt: WANTED.startsAt - DAY, endsAt: WANTED.endsAt - DAY };

function connection(more: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    id: "c1",
    number: 1,
    agentId: "agent",
    accountId: "account",
    provider: "GOOGLE",
    calendarId: "calendar",
    name: "Work",
    timeZone: "Europe/Lisbon",
    role: "writer",
    isActive: true,
    syncEnabled: true,
    blocksAvailability: true,
    receivesBookings: true,
    closingAt: null,
    sentFor: 0,
    sentUntil: 0,
    goneAt: null,
    markedAs: null,
    recognition: null,
    cursor: "cursor",
    windowStartsAt: COVERED.startsAt,
    windowEndsAt: COVERED.endsAt,
    roundStartedAt: null,
    roundPages: 0,
    resyncs: 0,
    listsUntil: 0,
    generation: 3,
    emptySnapshots: 0,
    dirty: 9,
    clean: 5,
    leaseId: "lease",
    leaseUntil: NOW + 30_000,
    failures: 0,
    failureKind: null,
    failureCode: null,
    nextAttemptAt: 0,
    pollDueAt: 0,
    trustedMs: 0,
    rollDueAt: 0,
    verifiedAt: null,
    auditedAt: null,
    auditDueAt: null,
    lastSyncAt: null,
    tallyDay: null,
    tally: null,
    lastRunId: null,
    watch: "wanted",
    watchFailures: 0,
    channelDueAt: null,
    createdAt: 0,
    updatedAt: 0,
    ...more,
  };
}

const EVENT: BusyEvent = {
  key: "e1",
  seriesKey: null,
  startsAt: NOW,
  endsAt: NOW + 1,
  allDay: false,
  status: "busy",
  bookingId: null,
};
const page = (more: Partial<Page> = {}): Page => ({
  mode: "delta",
  upserts: [],
  removedKeys: [],
  removedSeries: [],
  next: "next",
  last: true,
  timeZone: "Europe/Lisbon",
  ...more,
});
const resync = new ProviderError({ kind: "resync", code: "fullSyncRequired" });
const start = (more: Partial<ConnectionRow> = {}): PullState =>
  startedPull(connection(more), "lease", NOW, 0);
const round = (more: Partial<Round> = {}): Round => ({ ...roundOf(connection(), NOW, SPAN), ...more });
const afterPages = (count: number): PullState =>
  Array.from({ length: count }, () => page()).reduce(afterRead, start());

describe("the step for an answer", () => {
  test("a page is applied", () => {
    const answer = page({ upserts: [EVENT] });
    expect(stepFor(start(), answer, null, round())).toEqual({ kind: "apply", page: answer });
  });

  test("P2: a worthless cursor restarts the pull", () => {
    const restart = { kind: "restart", code: "fullSyncRequired", way: "changes" };
    expect(stepFor(start(), resync, null, round())).toEqual(restart);
  });

  test("G14: a cursor that is refused before it has led to changes leads to listings", () => {
    const again = stepFor(start({ resyncs: 1 }), resync, null, round());
    expect(again).toEqual({ kind: "restart", code: "fullSyncRequired", way: "listings" });
  });

  test("a calendar whose changes can't be read is listed", () => {
    const unsupported = new ProviderError({ kind: "unsupported", code: "sync_stuck" });
    const step = { kind: "restart", code: "sync_stuck", way: "listings" };
    expect(stepFor(start(), unsupported, null, round())).toEqual(step);
    expect(stepFor(start(), unsupported, null, round({ way: "listings" }))).toMatchObject({
      kind: "fail",
      error: { kind: "bug", code: "sync_stuck" },
    });
  });

  test("G16: a plain listing that is refused twice is a bug of ours", () => {
    const listed = round({ way: "listings" });
    expect(stepFor(start(), resync, null, listed)).toMatchObject({ kind: "restart", way: "listings" });
    const step = stepFor(start({ resyncs: 1 }), resync, null, listed);
    expect(step).toMatchObject({ kind: "fail", error: { kind: "bug", code: "fullSyncRequired" } });
    expect(step.kind === "fail" && step.error.cause).toBe(resync);
  });

  test("L27: a delta of a calendar that moved to another zone restarts the pull, a snapshot doesn't", () => {
    const moved = page({ timeZone: "Asia/Tokyo" });
    const restart = { kind: "restart", code: "time_zone_changed", way: "changes" };
    expect(stepFor(start(), moved, null, round())).toEqual(restart);
    expect(stepFor(start(), { ...moved, mode: "snapshot" }, null, round()).kind).toBe("apply");
    expect(stepFor(start({ timeZone: null }), moved, null, round()).kind).toBe("apply");
    expect(stepFor(start(), page({ timeZone: null }), null, round()).kind).toBe("apply");
  });

  test("P2: an empty snapshot of a calendar with five rows or more is asked for again", () => {
    const empty = page({ mode: "snapshot" });
    expect(stepFor(start(), empty, { current: 0, older: 5 }, round())).toEqual({ kind: "ask-again" });
    expect(stepFor(start(), empty, { current: 0, older: 4 }, round()).kind).toBe("apply");
    expect(stepFor(start(), empty, { current: 1, older: 5 }, round()).kind).toBe("apply");
  });

  test("rows are counted only where a snapshot ends without events for the first time", () => {
    const empty = page({ mode: "snapshot" });
    expect(looksEmpty(start(), empty)).toBe(true);
    expect(looksEmpty(start({ emptySnapshots: 1 }), empty)).toBe(false);
    expect(looksEmpty(start(), page())).toBe(false);
    expect(looksEmpty(start(), { ...empty, last: false })).toBe(false);
    expect(looksEmpty(start(), { ...empty, upserts: [EVENT] })).toBe(false);
    expect(looksEmpty(start(), resync)).toBe(false);
  });
});

describe("the length of a pull", () => {
  const apply = { kind: "apply", page: page() } as const;

  test("a round goes on after an applied page, and ends after every other step", () => {
    expect(goesOnInRound(apply, start())).toBe(true);
    expect(goesOnInRound({ kind: "ask-again" }, start())).toBe(false);
    expect(goesOnInRound({ kind: "restart", code: "x", way: "changes" }, start())).toBe(false);
  });

  test("twenty pages end a round and a pull", () => {
    expect(goesOnInRound(apply, afterPages(19))).toBe(true);
    expect(wantsRound(afterPages(19), 0)).toBe(true);
    expect(goesOnInRound(apply, afterPages(20))).toBe(false);
    expect(wantsRound(afterPages(20), 0)).toBe(false);
  });

  test("four rounds end a pull", () => {
    expect(wantsRound(start(), 3)).toBe(true);
    expect(wantsRound(start(), 4)).toBe(false);
  });

  test("a lease that was given back ends a pull", () => {
    const done = afterWrite(start(), page(), connection({ leaseId: null }), NOW);
    expect(isUpToDate(start())).toBe(false);
    expect(isUpToDate(done)).toBe(true);
    expect(wantsRound(done, 1)).toBe(false);
  });
});

describe("the state of a pull", () => {
  const unread = {
    key: "e3",
    version: "1",
    reason: "bad_row",
    extent: "unknown",
    startsAt: null,
    endsBy: null,
  } as const;
  const many = page({
    ...{ mode: "snapshot", upserts: [EVENT, EVENT], removedKeys: ["e2"], unreadable: [unread], last: false },
  });

  test("begins as a delta, without a cursor as a snapshot", () => {
    expect(start()).toMatchObject({ mode: "delta", total: { startedAt: NOW, pages: 0 } });
    expect(start({ cursor: null }).mode).toBe("snapshot");
  });

  test("a page that was read counts before it is written", () => {
    const counted = { startedAt: NOW, pages: 1, upserts: 2, removals: 1, unreadable: 1 };
    const state = afterRead(start(), many);
    const seen = {
      content: new Set([`row e1 ${NOW} ${NOW + 1} busy`, "gone e2", "unreadable e3 1"]),
      idlePages: 0,
    };
    expect(state).toEqual({ ...start(), mode: "snapshot", total: counted, unrecorded: counted, seen });
    expect(afterRead(state, page()).total).toEqual({ ...counted, pages: 2 });
  });

  test("the last page of a round records a run: the next run counts from there", () => {
    const read = afterRead(start(), many);
    const row = connection({ cursor: "next" });
    expect(afterWrite(read, many, row, NOW + 5)).toEqual({ ...read, connection: row });
    const written = afterWrite(read, page(), row, NOW + 5);
    expect(written.total).toEqual(read.total);
    expect(runOf(afterRead(written, many), "partial", NOW + 9)).toEqual({
      agentId: "agent",
      connectionId: "c1",
      mode: "snapshot",
      outcome: "partial",
      startedAt: NOW + 5,
      finishedAt: NOW + 9,
      pages: 1,
      upserts: 2,
      removals: 1,
      unreadable: 1,
    });
  });

  test("a dropped cursor is forgotten with its round, and what is stored instead is remembered", () => {
    const state = start({ roundStartedAt: NOW - 1 });
    const stored = { resyncs: 1, listsUntil: NOW + DAY };
    const row = connection({ cursor: null, roundStartedAt: null, ...stored });
    expect(afterDrop(state, stored)).toEqual({ ...state, connection: row });
  });

  test("P2: an empty snapshot keeps its generation, so that the next one is another", () => {
    const state = start({ cursor: null, generation: 3 });
    const round = roundOf(state.connection, NOW, SPAN);
    const after = afterEmptySnapshot(state, round);
    expect(after.connection).toEqual(connection({ cursor: null, generation: 4, emptySnapshots: 1 }));
    expect(roundOf(after.connection, NOW, SPAN).generation).toBe(5);
  });
});

describe("a round", () => {
  test("with a cursor stays in the covered window and in its generation", () => {
    expect(roundOf(connection(), NOW, SPAN)).toEqual({
      cursor: "cursor",
      way: "changes",
      answers: 0,
      generation: 3,
      startedAt: NOW,
      seen: 9,
      wanted: WANTED,
      covered: COVERED,
      kept: COVERED,
    });
  });

  test("P2: without a cursor asks for the new window and the old, under a new generation", () => {
    expect(roundOf(connection({ cursor: null }), NOW, SPAN)).toMatchObject({
      generation: 4,
      wanted: WANTED,
      covered: COVERED,
      kept: { startsAt: COVERED.startsAt, endsAt: WANTED.endsAt },
    });
  });

  test("is read by listings until the time for that is over, and then by changes from the beginning", () => {
    const listed = connection({ listsUntil: NOW + 1 });
    expect(roundOf(listed, NOW, SPAN)).toMatchObject({ way: "listings", cursor: "cursor" });
    const over = { way: "changes", cursor: null, generation: 4 };
    expect(roundOf(listed, NOW + 1, SPAN)).toMatchObject(over);
    // A round that goes on keeps its way and its cursor.
    const resumed = { ...listed, roundStartedAt: NOW, roundPages: 7 };
    expect(roundOf(resumed, NOW + 1, SPAN)).toMatchObject({ way: "listings", cursor: "cursor", answers: 7 });
  });

  test("of a calendar that was never read covers the window that it wants", () => {
    const never = connection({ cursor: null, windowStartsAt: null, windowEndsAt: null });
    expect(roundOf(never, NOW, SPAN)).toMatchObject({ wanted: WANTED, covered: WANTED, kept: WANTED });
  });

  test("P4: that is resumed is as old as its first page, and answers no later hint", () => {
    const resumed = connection({ roundStartedAt: NOW - 2 * DAY });
    const wanted = { startsAt: WANTED.startsAt - 2 * DAY, endsAt: WANTED.endsAt - 2 * DAY };
    expect(roundOf(resumed, NOW, SPAN)).toMatchObject({
      cursor: "cursor",
      generation: 3,
      startedAt: NOW - 2 * DAY,
      seen: 5,
      wanted,
      kept: { startsAt: wanted.startsAt, endsAt: COVERED.endsAt },
    });
  });
});
