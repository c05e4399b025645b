// Trust: what a calendar earns and loses, and the laws that hold whatever happens to it.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterRound,
  BELIEVED_MS,
  believedMs,
  isHot,
  type Pace,
  type Push,
  paceOf,
  type Round,
  spread,
  watchingOf,
} from "../../src/domain/trust.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 2);
const INTERVALS = {
  verifyIntervalMs: 10 * MINUTE,
  pollIntervalMs: 5 * MINUTE,
  unwatchedIntervalMs: 60 * MINUTE,
};

const WATCHED: Push = { watch: "wanted", watchFailures: 0, channelDueAt: NOW + DAY };
const POLLED: Push = { watch: "wanted", watchFailures: 0, channelDueAt: null };
const UNSUPPORTED: Push = { watch: "unsupported", watchFailures: 1, channelDueAt: null };
const FAILING: Push = { watch: "wanted", watchFailures: 1, channelDueAt: NOW + DAY };
const DUE: Push = { watch: "wanted", watchFailures: 0, channelDueAt: NOW };

const situation = (push: Push, hot = false) => ({
  watching: watchingOf(push, NOW),
  pace: paceOf(push, INTERVALS, NOW),
  hot,
});
const QUIET: Round = { byClock: true, told: false, mode: "delta", changes: 0 };

/** The times between pulls of a calendar of which nobody says anything. */
function intervals(push: Push, hot: boolean, rounds: number): number[] {
  let trustedMs = 0;
  return Array.from({ length: rounds }, () => {
    const trust = afterRound(trustedMs, QUIET, situation(push, hot));
    trustedMs = trust.trustedMs;
    return trust.nextMs / MINUTE;
  });
}

describe("the time between two pulls", () => {
  test("doubles from ten minutes to a day where a cold agent's calendar is watched, and to an hour where a hot one's is", () => {
    expect(intervals(WATCHED, false, 9)).toEqual([20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
    expect(intervals(WATCHED, true, 4)).toEqual([20, 40, 60, 60]);
  });

  test("stays as it is for a hot agent without push, and grows to four hours for a cold one", () => {
    expect(intervals(POLLED, true, 3)).toEqual([5, 5, 5]);
    expect(intervals(POLLED, false, 6)).toEqual([30, 60, 120, 240, 240, 240]);
    expect(intervals(UNSUPPORTED, true, 3)).toEqual([60, 60, 60]);
    expect(intervals(UNSUPPORTED, false, 4)).toEqual([120, 240, 240, 240]);
  });

  test("is short while a channel is missing or failing, whoever asks", () => {
    for (const push of [FAILING, DUE]) {
      expect(intervals(push, false, 3)).toEqual([5, 5, 5]);
      expect(afterRound(DAY, QUIET, situation(push))).toMatchObject({ trustedMs: DAY, reopens: false });
    }
  });

  test("keeps what was earned while an agent is hot, so that a question costs no trust", () => {
    expect(afterRound(DAY, QUIET, situation(WATCHED, true))).toEqual({
      trustedMs: DAY,
      nextMs: HOUR,
      reopens: false,
    });
  });
});

describe("a round that finds changes", () => {
  const found = (more: Partial<Round>, push = WATCHED) =>
    afterRound(8 * HOUR, { ...QUIET, changes: 1, ...more }, situation(push));

  test("that nobody told begins anew and has the channel reopened", () => {
    expect(found({})).toEqual({ trustedMs: 0, nextMs: 10 * MINUTE, reopens: true });
  });

  test("for a caller begins anew, but the channel has its chance: the notification may be on its way", () => {
    expect(found({ byClock: false })).toEqual({ trustedMs: 0, nextMs: 10 * MINUTE, reopens: false });
  });

  test("that were told, or are part of a listing, change nothing", () => {
    expect(found({ told: true, byClock: false })).toMatchObject({ trustedMs: 8 * HOUR, reopens: false });
    expect(found({ mode: "snapshot" })).toMatchObject({ trustedMs: 8 * HOUR, reopens: false });
  });

  test("without push begins anew", () => {
    expect(found({}, POLLED)).toEqual({ trustedMs: 0, nextMs: 15 * MINUTE, reopens: false });
  });
});

test("only a pull by the clock earns anything: callers come as often as they like", () => {
  expect(afterRound(HOUR, { ...QUIET, byClock: false }, situation(WATCHED)).trustedMs).toBe(HOUR);
});

test("a channel is believed for what it has earned, an hour at most, and not once it is due or failing", () => {
  expect(believedMs(WATCHED, 0, NOW)).toBe(0);
  expect(believedMs(WATCHED, 20 * MINUTE, NOW)).toBe(20 * MINUTE);
  expect(believedMs(WATCHED, DAY, NOW)).toBe(BELIEVED_MS);
  for (const push of [POLLED, UNSUPPORTED, FAILING, DUE]) expect(believedMs(push, DAY, NOW)).toBe(0);
});

test("an agent is hot for six hours", () => {
  expect(isHot(NOW, NOW + 6 * HOUR - 1)).toBe(true);
  expect(isHot(NOW, NOW + 6 * HOUR)).toBe(false);
  expect(isHot(0, NOW)).toBe(false);
});

const push = fc.constantFrom(WATCHED, POLLED, UNSUPPORTED, FAILING, DUE);
const round = fc.record<Round>({
  byClock: fc.boolean(),
  told: fc.boolean(),
  mode: fc.constantFrom("snapshot" as const, "delta" as const),
  changes: fc.nat({ max: 3 }),
});
const within = (ms: number, { startMs, mostMs }: Pace["hot"]) => ms >= startMs && ms <= mostMs;

test("whatever happens, the next pull is within the pace, and trust grows by doubling only", () => {
  fc.assert(
    fc.property(
      push,
      fc.boolean(),
      fc.array(fc.record({ round, hot: fc.boolean() }), { maxLength: 30 }),
      (of, _, steps) => {
        let trustedMs = 0;
        for (const { round: each, hot } of steps) {
          const now = situation(of, hot);
          const bounds = hot ? now.pace.hot : now.pace.cold;
          const trust = afterRound(trustedMs, each, now);
          expect(within(trust.nextMs, bounds)).toBe(true);
          expect(trust.trustedMs).toBeLessThanOrEqual(now.pace.cold.mostMs);
          expect(trust.trustedMs).toBeLessThanOrEqual(2 * Math.max(trustedMs, bounds.startMs));
          if (trust.trustedMs > trustedMs) expect(each.byClock).toBe(true);
          if (!each.told && each.mode === "delta" && each.changes > 0) expect(trust.trustedMs).toBe(0);
          else expect(trust.trustedMs).toBeGreaterThanOrEqual(trustedMs);
          if (trust.reopens) expect([trust.trustedMs, of]).toEqual([0, WATCHED]);
          trustedMs = trust.trustedMs;
        }
      },
    ),
  );
});

test("a hot agent's calendar is never pulled later than a cold one's", () => {
  fc.assert(
    fc.property(push, fc.nat({ max: DAY }), round, (of, trustedMs, each) => {
      const [hot, cold] = [true, false].map((is) => afterRound(trustedMs, each, situation(of, is)).nextMs);
      expect(hot).toBeLessThanOrEqual(cold ?? 0);
    }),
  );
});

test("pulls are spread over the last tenth of their time, and none is late", () => {
  expect([0, 0.5, 1].map((dice) => spread(HOUR, dice))).toEqual([54 * MINUTE, 57 * MINUTE, HOUR]);
});
