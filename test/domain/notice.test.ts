// Notices: when a notice is sent again, and how its data looks in the API.
import { describe, expect, test } from "vitest";
import { nextNoticeAttemptAt, noticeData } from "../../src/domain/notice.ts";

const HOUR = 3_600_000;

describe("attempts to send a notice", () => {
  const waits = (dice: number) => {
    const found: number[] = [];
    for (let attempts = 1; ; attempts += 1) {
      const next = nextNoticeAttemptAt({ attempts, retryAt: null, now: 1_000, dice });
      if (next === null) return found;
      found.push(next - 1_000);
    }
  };

  test("are made ten times in about three days, ever further apart", () => {
    const usual = waits(0.5);
    expect(usual.slice(0, 3)).toEqual([5_000, 5 * 60_000, 30 * 60_000]);
    expect(usual).toHaveLength(9);
    expect(usual).toEqual([...usual].sort((a, b) => a - b));
    const total = usual.reduce((sum, wait) => sum + wait, 0);
    expect(total).toBeGreaterThan(72 * HOUR);
    expect(total).toBeLessThan(96 * HOUR);
  });

  test("are spread by a quarter, so that many notices aren't due together", () => {
    const [first = 0] = waits(0);
    const [last = 0] = waits(0.999_999);
    expect(first).toBe(3_750);
    expect(last).toBe(6_250);
  });

  test("wait as long as the receiver says, and at least as long as the schedule", () => {
    const next = (retryAt: number) => nextNoticeAttemptAt({ attempts: 2, retryAt, now: 0, dice: 0.5 });
    expect(next(HOUR)).toBe(HOUR);
    expect(next(1_000)).toBe(5 * 60_000);
  });
});

test("a notice's data has RFC 3339 times and the names of the API", () => {
  const data = { bookingId: "b-1", startsAt: 0, endsAt: 3_600_000, createdAt: 0, lostAt: null, revision: 3 };
  expect(noticeData({ agentId: "a-1", data })).toEqual({
    agentId: "a-1",
    bookingId: "b-1",
    start: "1970-01-01T00:00:00.000Z",
    end: "1970-01-01T01:00:00.000Z",
    createdAt: "1970-01-01T00:00:00.000Z",
    lostAt: null,
    revision: 3,
  });
});
