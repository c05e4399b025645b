import { describe, expect, test } from "vitest";
import type { ConnectionView } from "../../src/accounts/views.ts";
import { ago, statusWords } from "../../src/pages/connect/status.ts";
import { unreadableWords } from "../../src/pages/connect/unreadable.tsx";
import { english } from "../../src/pages/words/english.ts";

const NOW = Date.parse("2026-03-02T09:00:00Z");
const MINUTE = 60_000;
const CONNECTION: ConnectionView = {
  id: "c1",
  agentId: "agent-1",
  accountId: "a1",
  provider: "GOOGLE",
  calendarId: "cal",
  name: "Work",
  timeZone: null,
  role: "writer",
  isActive: true,
  syncEnabled: true,
  blocksAvailability: true,
  receivesBookings: true,
  status: "active",
  statusReason: null,
  push: "active",
  lastSyncAt: NOW,
  verifiedAt: NOW - 3 * MINUTE,
  auditedAt: null,
  createdAt: NOW,
  updatedAt: NOW,
};

describe("Words for people", () => {
  test.each([
    [0, "just now"],
    [59_000, "just now"],
    [MINUTE, "1 minute ago"],
    [119 * MINUTE, "1 hour ago"],
    [49 * 60 * MINUTE, "2 days ago"],
    [-5_000, "just now"],
  ])("%i ms is %s", (passedMs, words) => {
    expect(ago(english, NOW - passedMs, NOW)).toBe(words);
  });

  test.each([
    ["Up to date", {}],
    ["Needs you", { status: "needs_reauth" }],
    ["Trying again", { status: "failing" }],
    ["Gone", { status: "calendar_gone" }],
    ["Gone", { status: "calendar_gone", blocksAvailability: false }],
    ["Switched off", { status: "calendar_gone", isActive: false }],
    ["Reading", { status: "syncing", verifiedAt: null }],
    ["Switched off", { isActive: false, status: "failing" }],
    ["Switched off", { syncEnabled: false }],
    ["Needs you", { isActive: false, status: "needs_reauth" }],
  ] as const)("%s says how a calendar is doing", (short, change) => {
    const words = statusWords(english, { ...CONNECTION, ...change }, NOW, "refuse");
    expect(words.short).toBe(short);
    expect(words.long).toMatch(/\.$/);
  });

  test("says first what it means that a calendar can't be read until a person acts", () => {
    const lost = { ...CONNECTION, status: "needs_reauth" } as const;
    const gone = { ...CONNECTION, status: "calendar_gone" } as const;
    for (const connection of [lost, gone]) {
      expect(statusWords(english, connection, NOW, "refuse").long).toContain(
        "clients can't book you until you",
      );
      expect(statusWords(english, connection, NOW, "allow").long).toContain(
        "may book you over newer events until you",
      );
      const unused = { ...connection, blocksAvailability: false };
      expect(statusWords(english, unused, NOW, "refuse").long).toContain(
        "Bookings can't be written into it until you",
      );
    }
  });

  test.each(["notACalendarUser", "MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"])(
    "an account without calendars (%s) says who can change that",
    (statusReason) => {
      const words = statusWords(english, { ...CONNECTION, status: "failing", statusReason }, NOW, "refuse");
      expect(words).toMatchObject({ tone: "bad", short: "Needs you" });
      expect(words.long).toMatch(/whoever manages the account/i);
    },
  );
});

test("says of events that can't be read what they mean for the agent", () => {
  const unknown = { extent: "unknown" } as const;
  const known = { extent: "known" } as const;
  expect(unreadableWords(english, "Home", [unknown, unknown, known], "refuse")).toBe(
    "2 events in Home can't be read, so clients can't book you at times nobody can know:",
  );
  expect(unreadableWords(english, "Home", [unknown], "allow")).toBe(
    "1 event in Home can't be read, so clients may book you while they take place:",
  );
  expect(unreadableWords(english, "Home", [known], "refuse")).toMatch(
    /^1 event in Home can be read only in part/,
  );
});

test("a calendar that its provider lists without end says so, and that the agent need do nothing", () => {
  const standing = { ...CONNECTION, status: "failing", statusReason: "round_standstill" } as const;
  const words = statusWords(english, standing, NOW, "refuse");
  expect(words).toMatchObject({ tone: "warn", short: "Trying again" });
  expect(words.long).toContain("comes to no end. We read it in another way; you need not do anything.");
});
