// Next attempt: each decision after a refused attempt, from plain values.
import { expect, test } from "vitest";
import type { KnownFreeBusy } from "../../src/availability/free-busy.ts";
import {
  type AttemptState,
  firstAttempt,
  nextStep,
  type SlotRequest,
} from "../../src/bookings/next-attempt.ts";
import type { BusyRow } from "../../src/domain/busy.ts";
import { NO_RULES } from "../../src/domain/rules.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import type { FreeBusyCalendar } from "../../src/store/busy/free-busy-calendars.ts";

const MINUTE = 60_000;
const ASKED_AT = Date.UTC(2026, 2, 2, 9);
const START = ASKED_AT + 24 * 60 * MINUTE;
const SLOT = { startsAt: START, endsAt: START + 60 * MINUTE };
const WINDOW = { startsAt: ASKED_AT - 1e9, endsAt: ASKED_AT + 1e10 };
const DEADLINE = ASKED_AT + 5_000;
const SETTINGS = { ...DEFAULT_SETTINGS, revision: 7 };
/** The slot is on Tuesday 2026-03-03. */
const CHECKED = {
  revision: 7,
  day: { startsAt: Date.UTC(2026, 2, 3), endsAt: Date.UTC(2026, 2, 4) },
  week: { startsAt: Date.UTC(2026, 2, 2), endsAt: Date.UTC(2026, 2, 9) },
};

const request: SlotRequest = {
  agentId: "agent",
  slot: SLOT,
  own: { bookingId: "b1" },
  rules: NO_RULES,
  maxAgeMs: null,
  force: false,
};
const asked = {
  request,
  standard: { maxAgeMs: MINUTE, heedHints: true, believesChannels: false },
  askedAt: ASKED_AT,
};
const first = firstAttempt(asked);

const calendar = (connectionId: string, more: Partial<FreeBusyCalendar> = {}): FreeBusyCalendar => ({
  connectionId,
  provider: "GOOGLE",
  name: connectionId,
  verifiedAt: ASKED_AT,
  hinted: false,
  gone: false,
  window: WINDOW,
  failureKind: null,
  accountStatus: "active",
  watch: "wanted",
  watchFailures: 0,
  channelDueAt: null,
  pollDueAt: 0,
  trustedMs: 0,
  unreadable: 0,
  unknown: 0,
  ...more,
});
const stale = (connectionId: string, verifiedAt: number | null = ASKED_AT - 2 * MINUTE) =>
  calendar(connectionId, { verifiedAt });
const event = (connectionId: string | null, more: Partial<BusyRow> = {}): BusyRow => ({
  ...SLOT,
  connectionId,
  eventKey: "e1",
  status: "busy",
  allDay: false,
  bookingId: null,
  ...more,
});

const refusal = (freeBusy: Partial<KnownFreeBusy>, now = ASKED_AT + 10) => ({
  freeBusy: { settings: SETTINGS, calendars: [], rows: [], counted: [], ...freeBusy },
  minimumNoticeFrom: now,
  now,
  pullDeadline: DEADLINE,
});
const decide = (freeBusy: Partial<KnownFreeBusy>, state: AttemptState = first, now?: number) =>
  nextStep(asked, state, refusal(freeBusy, now));
/** The state after this free-busy refused an attempt in this state. */
const stateAfter = (freeBusy: Partial<KnownFreeBusy>, state: AttemptState = first): AttemptState => {
  const step = decide(freeBusy, state);
  if (!("state" in step)) throw new Error(`${step.kind} leads to no other attempt`);
  return step.state;
};

test("the first attempt excuses nothing and knows no settings", () => {
  expect(first).toEqual({
    guard: {
      verifiedSince: ASKED_AT - MINUTE,
      excused: [],
      checked: null,
      force: false,
      past: false,
    },
    pulled: new Map(),
    deadline: null,
    refusals: 0,
  });
});

test("a conflict in a fresh calendar is certain", () => {
  const rows = [event("c1")];
  expect(decide({ calendars: [calendar("c1")], rows })).toMatchObject({
    kind: "taken",
    conflicts: [{ connectionId: "c1", reason: "busy" }],
  });
});

test("a stale calendar is pulled before its conflicts refuse anybody", () => {
  const calendars = [stale("c1"), calendar("c2")];
  expect(decide({ calendars, rows: [event("c1")] })).toEqual({
    kind: "pull",
    connectionIds: ["c1"],
    deadline: DEADLINE,
    state: {
      ...first,
      guard: { ...first.guard, checked: CHECKED },
      pulled: new Map([["c1", ASKED_AT - 2 * MINUTE]]),
      deadline: DEADLINE,
    },
  });
});

test("a certain conflict refuses at once, whatever else could be pulled", () => {
  const calendars = [stale("c1"), calendar("c2")];
  expect(decide({ calendars, rows: [event("c1"), event("c2")] })).toMatchObject({ kind: "taken" });
  const booking = event(null, { status: "booking", bookingId: "b2" });
  expect(decide({ calendars, rows: [booking] })).toMatchObject({ kind: "taken" });
});

test("a calendar with a hint is stale, however recently it was verified", () => {
  const hinted = calendar("c1", { hinted: true });
  expect(decide({ calendars: [hinted] })).toMatchObject({ kind: "pull", connectionIds: ["c1"] });
});

test("a pull that verified nothing is not repeated", () => {
  const calendars = [stale("c1")];
  expect(decide({ calendars }, stateAfter({ calendars }))).toMatchObject({
    kind: "unverified",
    stale: [{ connectionId: "c1", reason: "stale" }],
  });
});

test("a calendar that was never verified is pulled once, too", () => {
  const calendars = [stale("c1", null)];
  expect(decide({ calendars })).toMatchObject({ kind: "pull", connectionIds: ["c1"] });
  expect(decide({ calendars }, stateAfter({ calendars }))).toMatchObject({ kind: "unverified" });
});

test("a pull that another change overtook is repeated until the deadline of the first", () => {
  const pulled = stateAfter({ calendars: [stale("c1")] });
  const overtaken = { calendars: [calendar("c1", { hinted: true, verifiedAt: ASKED_AT + 5 })] };
  const later = { ...refusal(overtaken), pullDeadline: DEADLINE + 3_000 };
  expect(nextStep(asked, pulled, { ...later, now: DEADLINE - 1 })).toMatchObject({
    kind: "pull",
    connectionIds: ["c1"],
    deadline: DEADLINE,
    state: { pulled: new Map([["c1", ASKED_AT + 5]]), deadline: DEADLINE },
  });
  expect(nextStep(asked, pulled, { ...later, now: DEADLINE })).toMatchObject({ kind: "unverified" });
});

test("conflicts of a stale calendar refuse once nothing is left to pull", () => {
  const calendars = [stale("c1")];
  const rows = [event("c1")];
  expect(decide({ calendars, rows }, stateAfter({ calendars, rows }))).toMatchObject({ kind: "taken" });
});

test("stale calendars are excused where the agent allows it", () => {
  const settings = { ...SETTINGS, onStale: "allow" as const };
  const calendars = [stale("c1"), calendar("c2")];
  const pulled = stateAfter({ settings, calendars });
  expect(decide({ settings, calendars }, pulled)).toEqual({
    kind: "try-again",
    state: { ...pulled, guard: { ...pulled.guard, excused: ["c1"] }, refusals: 1 },
  });
});

test("without conflict or stale calendar the next attempt names the revision of the settings", () => {
  expect(decide({ calendars: [calendar("c1")] })).toEqual({
    kind: "try-again",
    state: { ...first, guard: { ...first.guard, checked: CHECKED }, refusals: 1 },
  });
});

test("the third refusal that nothing explains is the last; pulls don't count", () => {
  const fresh = { calendars: [calendar("c1")] };
  const second = stateAfter(fresh, stateAfter({ calendars: [stale("c1")] }, stateAfter(fresh)));
  expect(second.refusals).toBe(2);
  expect(decide(fresh, second)).toEqual({ kind: "give-up" });
});

test("with force neither outside events nor stale calendars count, but other bookings do", () => {
  const forced = { ...asked, request: { ...request, force: true } };
  const calendars = [stale("c1")];
  const force = (rows: BusyRow[]) => nextStep(forced, firstAttempt(forced), refusal({ calendars, rows }));
  expect(force([event("c1")])).toMatchObject({
    kind: "try-again",
    state: { guard: { force: true, excused: [] } },
  });
  expect(force([event(null, { status: "booking", bookingId: "b2" })])).toMatchObject({ kind: "taken" });
});

test("the request's own booking is not in its way", () => {
  const rows = [event(null, { status: "booking", bookingId: "b1" })];
  expect(decide({ rows })).toMatchObject({ kind: "try-again" });
});

test("the minimum notice counts from where the attempt says", () => {
  const settings = { ...SETTINGS, minimumNoticeMs: 24 * 60 * MINUTE };
  const inTime = { ...refusal({ settings }), minimumNoticeFrom: ASKED_AT };
  expect(nextStep(asked, first, inTime)).toMatchObject({ kind: "try-again" });
  expect(nextStep(asked, first, { ...inTime, minimumNoticeFrom: ASKED_AT + 1 })).toMatchObject({
    kind: "taken",
    conflicts: [{ reason: "notice" }],
  });
});

test("a full day refuses at once, and the horizon counts from now", () => {
  const counted = [{ startsAt: START, bookingId: "b2", holdId: null }];
  const full = { settings: { ...SETTINGS, maxPerDay: 1 }, counted };
  expect(decide(full)).toMatchObject({ kind: "taken", conflicts: [{ reason: "day_full" }] });
  const settings = { ...SETTINGS, horizonDays: 1 };
  const late = { ...refusal({ settings }, ASKED_AT), minimumNoticeFrom: ASKED_AT - 1 };
  expect(nextStep(asked, first, late)).toMatchObject({ kind: "try-again" });
  expect(decide({ settings }, first, ASKED_AT - 1)).toMatchObject({
    kind: "taken",
    conflicts: [{ reason: "horizon" }],
  });
});
