import { describe, expect, test } from "vitest";
import type { ConnectionView } from "../../src/accounts/views.ts";
import type { CalendarOverview } from "../../src/availability/calendar-overview.ts";
import { alertsOf } from "../../src/pages/connect/alerts.ts";
import { readWords, writtenWords } from "../../src/pages/connect/ended.ts";
import { ago, evidenceWords, statusWords } from "../../src/pages/connect/status.ts";
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

type Change = Partial<Omit<CalendarOverview, "connection">> & { connection?: Partial<ConnectionView> };

/** A calendar that is well, but for what is changed. */
const calendar = ({ connection, ...change }: Change = {}): CalendarOverview => ({
  connection: { ...CONNECTION, ...connection },
  address: "ana@example.com",
  isRead: true,
  doubt: null,
  isKnown: true,
  isHinted: false,
  eventsRead: null,
  drift: 0,
  unreadable: [],
  unwritten: [],
  isFirstRead: false,
  isWriting: false,
  ...change,
});

const lost = (connection: Partial<ConnectionView> = {}) =>
  calendar({ connection: { status: "needs_reauth", ...connection }, doubt: "needs_reauth", isKnown: false });
const gone = (connection: Partial<ConnectionView> = {}) =>
  calendar({
    connection: { status: "calendar_gone", ...connection },
    doubt: "calendar_gone",
    isKnown: false,
  });
const failing = calendar({ connection: { status: "failing" }, isKnown: false });

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
    ["Up to date", "good", calendar()],
    ["Needs you", "bad", lost()],
    ["Trying again", "warn", failing],
    ["Gone", "bad", gone()],
    ["Gone", "bad", gone({ blocksAvailability: false })],
    ["Switched off", "off", { ...gone({ isActive: false }), isRead: false }],
    ["Reading", "warn", calendar({ connection: { status: "syncing", verifiedAt: null }, isKnown: false })],
    ["Switched off", "off", { ...failing, isRead: false }],
    ["Needs you", "bad", { ...lost({ isActive: false }), isRead: false }],
    ["Needs you", "bad", calendar({ connection: { status: "failing" }, doubt: "refused", isKnown: false })],
    [
      "Trying again",
      "warn",
      calendar({ connection: { status: "failing" }, doubt: "operator", isKnown: false }),
    ],
    ["Needs you", "bad", calendar({ doubt: "unreadable", isKnown: false })],
    [
      "Needs you",
      "bad",
      calendar({
        unwritten: [{ state: "failed", booking: "confirmed", failureKind: "read-only", count: 1 }],
      }),
    ],
  ] as const)("%s says how a calendar is doing", (short, tone, shown) => {
    const words = statusWords(english, shown, "refuse");
    expect(words).toMatchObject({ short, tone });
    expect(words.long).toMatch(/\.$|^$/);
  });

  test("says what it means that a calendar can't be read until a person acts", () => {
    for (const shown of [lost(), gone()]) {
      expect(statusWords(english, shown, "refuse").long).toContain("Clients can't book you until you");
      expect(statusWords(english, shown, "allow").long).toContain("may book you over newer events until you");
      const unused = { ...shown, connection: { ...shown.connection, blocksAvailability: false } };
      expect(statusWords(english, unused, "refuse").long).toContain(
        "Bookings can't be written into your calendar until you",
      );
    }
  });

  test("says that clients can't book while a calendar can't be read, where that is so", () => {
    expect(statusWords(english, failing, "refuse").long).toContain(
      "Clients can't book you until Work can be read",
    );
    expect(statusWords(english, failing, "allow").long).toContain("over newer events until Work can be read");
    // It has failed just now, and is known well enough for a sale.
    const recent = calendar({ connection: { status: "failing" } });
    expect(statusWords(english, recent, "refuse").long).not.toContain("Clients");
    const unused = calendar({ connection: { status: "failing", blocksAvailability: false }, isKnown: false });
    expect(statusWords(english, unused, "refuse").long).not.toContain("Clients");
  });

  test.each(["notACalendarUser", "MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"])(
    "an account without calendars (%s) says who can change that",
    (statusReason) => {
      const shown = calendar({
        connection: { status: "failing", statusReason },
        doubt: "no-service",
        isKnown: false,
      });
      const words = statusWords(english, shown, "refuse");
      expect(words).toMatchObject({ tone: "bad", short: "Needs you" });
      expect(words.long).toMatch(/whoever manages the account/i);
    },
  );

  test("say by what evidence a calendar counts as known, and what comparing it has found", () => {
    const say = (change: Change) => evidenceWords(english, calendar(change), NOW);
    expect(say({})).toBe(
      "Last checked 3 minutes ago. Its provider tells us of every change within seconds, and has told us of none since.",
    );
    expect(say({ isHinted: true })).toContain("has told us of a change that we are about to read.");
    const audited = { push: "unsupported", auditedAt: NOW - 49 * 60 * MINUTE } as const;
    expect(say({ connection: audited })).toBe(
      "Last checked 3 minutes ago. We look for changes regularly. Compared event by event 2 days ago. " +
        "Nothing was missing in the last 30 days.",
    );
    expect(say({ connection: audited, drift: 2 })).toContain("2 differences were found and put right");
    expect(say({ connection: { verifiedAt: null, status: "syncing" } })).toBe("Not checked yet.");
  });
});

describe("The alerts at the top of the page", () => {
  const said = (calendars: readonly CalendarOverview[], onStale: "refuse" | "allow" = "refuse") =>
    alertsOf(calendars, onStale).map(
      ({ remedy, effect, calendars: about }) => `${remedy} ${effect} ${about.length}`,
    );
  const other = { id: "c2", accountId: "a2" };

  test.each([
    [[calendar()], []],
    [[lost()], ["consent refused 1"]],
    [[lost(), lost({ id: "c2" })], ["consent refused 2"]],
    [[lost({ blocksAvailability: false }), lost({ id: "c2" })], ["consent refused 2"]],
    [
      [lost(), lost(other)],
      ["consent refused 1", "consent refused 1"],
    ],
    [[lost({ blocksAvailability: false })], ["consent none 1"]],
    [[lost({ blocksAvailability: false, receivesBookings: false })], []],
    [
      [gone({ blocksAvailability: false }), lost(other)],
      ["consent refused 1", "gone none 1"],
    ],
    [[failing], ["trying refused 1"]],
    [[calendar({ connection: { status: "failing" } })], []],
    [[{ ...failing, isRead: false }], []],
    [
      [calendar({ connection: { status: "syncing", verifiedAt: null }, isKnown: false })],
      ["reading refused 1"],
    ],
    [[calendar({ doubt: "unreadable", isKnown: false })], ["events refused 1"]],
    [
      [calendar({ connection: { status: "failing" }, doubt: "refused", isKnown: false })],
      ["access refused 1"],
    ],
    [
      [calendar({ connection: { status: "failing" }, doubt: "operator", isKnown: false })],
      ["ours refused 1"],
    ],
    [
      [calendar({ connection: { status: "failing" }, doubt: "no-service", isKnown: false })],
      ["service refused 1"],
    ],
  ] as const)("are about what stands in the way: %#", (calendars, alerts) => {
    expect(said(calendars)).toEqual(alerts);
  });

  test("warn where the agent's settings allow sales all the same, and leave out what passes", () => {
    expect(said([lost(), failing], "allow")).toEqual(["consent risky 1"]);
  });
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
  const standing = calendar({ connection: { status: "failing", statusReason: "round_standstill" } });
  const words = statusWords(english, standing, "refuse");
  expect(words).toMatchObject({ tone: "warn", short: "Trying again" });
  expect(words.long).toContain("comes to no end. We read it in another way; you need not do anything.");
});

test("what has ended is told by how it ended, reading apart from writing", () => {
  const waiting = calendar({
    unwritten: [{ state: "waiting", booking: "confirmed", failureKind: "retry", count: 1 }],
  });
  const { ended } = english.connect;
  expect(readWords(english, [calendar(), waiting])).toBe(ended.read);
  expect(readWords(english, [calendar(), failing])).toBe(ended.unread);
  expect(readWords(english, [failing, lost()])).toBe(ended.needsYou);
  expect(readWords(english, [calendar({ isRead: false, isKnown: false })])).toBe(ended.read);
  expect(writtenWords(english, [calendar(), lost()])).toBe(ended.written);
  expect(writtenWords(english, [calendar(), waiting])).toBe(ended.unwritten);
});
