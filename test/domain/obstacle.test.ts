// Obstacles: which calendars stand in the way of sales, what ends that, and what it means.
import { describe, expect, test } from "vitest";
import { type Known, obstaclesOf, standingOf } from "../../src/domain/obstacle.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";

const NOW = 1_000_000_000;
const MAX_AGE_MS = 60_000;
const well: Known = {
  ...{
    accountStatus: "active",
    failureKind: null,
    gone: false,
    unknown: 0,
    verifiedAt: NOW - 10 * MAX_AGE_MS,
  },
};
const failing: Known = { ...well, failureKind: "retry" };

const said = (change: Partial<Known>, onStale: "refuse" | "allow" = "refuse") => {
  const calendar = { ...well, ...change, connectionId: "c1", name: "Work" };
  const found = obstaclesOf([calendar], { onStale, confirmMaxAgeMs: MAX_AGE_MS, now: NOW });
  return found.map(({ remedy, harm }) => `${remedy} ${harm}`);
};

describe("A calendar stands in the way of sales", () => {
  test.each([
    ["not where it is well and a pull needs nobody", {}, [], []],
    ["not where a failure has just begun", { ...failing, verifiedAt: NOW - MAX_AGE_MS }, [], []],
    ["while it fails and its truth is too old", failing, ["trying refused"], []],
    ["until it was read for the first time", { verifiedAt: null }, ["reading refused"], []],
    ["while its first reading fails", { ...failing, verifiedAt: null }, ["trying refused"], []],
    ["by our fault", { failureKind: "operator" }, ["ours refused"], []],
    [
      "without access to its account",
      { accountStatus: "needs_reauth" },
      ["consent refused"],
      ["consent risky"],
    ],
    [
      "in an account without calendars",
      { accountStatus: "unavailable" },
      ["service refused"],
      ["service risky"],
    ],
    ["once it is gone", { gone: true }, ["gone refused"], ["gone risky"]],
    ["by events that nobody can read", { unknown: 1 }, ["events refused"], ["events risky"]],
    ["that we may not read", { failureKind: "refused" }, ["access refused"], ["access risky"]],
  ] as const)("%s", (_, change, refusing, allowing) => {
    expect(said(change)).toEqual(refusing);
    expect(said(change, "allow")).toEqual(allowing);
  });
});

test("An agent without settings is unknown, and one who is being erased is that first", () => {
  expect(standingOf({ settings: null, isBeingErased: false })).toBe("unknown");
  expect(standingOf({ settings: DEFAULT_SETTINGS, isBeingErased: false })).toBe("known");
  expect(standingOf({ settings: null, isBeingErased: true })).toBe("erased");
});
