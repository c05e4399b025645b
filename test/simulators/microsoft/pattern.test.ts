// The days of Graph's recurrence patterns.
import { describe, expect, it } from "vitest";
import { type Pattern, patternSchema, seriesDays } from "./pattern.ts";

const range = (startDate: string, numberOfOccurrences: number): Pattern["range"] => ({
  type: "numbered",
  startDate,
  numberOfOccurrences,
});

const cases: [string, Pattern["pattern"], Pattern["range"], string][] = [
  ["daily", { type: "daily", interval: 2 }, range("2026-03-01", 3), "03-01 03-03 03-05"],
  [
    "weekly",
    { type: "weekly", interval: 1, daysOfWeek: ["monday", "friday"] },
    range("2026-03-04", 3),
    "03-06 03-09 03-13",
  ],
  [
    "every second week, weeks beginning on Monday",
    { type: "weekly", interval: 2, daysOfWeek: ["sunday", "monday"], firstDayOfWeek: "monday" },
    range("2026-03-02", 4),
    "03-02 03-08 03-16 03-22",
  ],
  [
    "every second week, weeks beginning on Sunday",
    { type: "weekly", interval: 2, daysOfWeek: ["sunday", "monday"] },
    range("2026-03-02", 4),
    "03-02 03-15 03-16 03-29",
  ],
  [
    "the 31st, or the month's last",
    { type: "absoluteMonthly", interval: 1, dayOfMonth: 31 },
    range("2026-01-31", 3),
    "01-31 02-28 03-31",
  ],
  [
    "the second Tuesday",
    { type: "relativeMonthly", interval: 1, daysOfWeek: ["tuesday"], index: "second" },
    range("2026-03-01", 2),
    "03-10 04-14",
  ],
  [
    "the last weekday",
    {
      type: "relativeMonthly",
      interval: 1,
      daysOfWeek: ["monday", "tuesday", "wednesday", "thursday", "friday"],
      index: "last",
    },
    range("2026-01-30", 2),
    "01-30 02-27",
  ],
  [
    "yearly",
    { type: "absoluteYearly", interval: 1, month: 2, dayOfMonth: 29 },
    range("2026-02-28", 2),
    "02-28 02-28",
  ],
  [
    "the first Monday of May",
    { type: "relativeYearly", interval: 1, month: 5, daysOfWeek: ["monday"] },
    range("2026-01-01", 2),
    "05-04 05-03",
  ],
];

describe("a pattern", () => {
  it.each(cases)("%s", (_, pattern, bounds, expected) => {
    const recurrence = patternSchema.parse({ pattern, range: bounds });
    const days = seriesDays(recurrence, "2030-01-01").map((day) => day.slice(5));
    expect(days.join(" ")).toBe(expected);
  });

  it("ends on its end date, or never", () => {
    const pattern = { type: "daily", interval: 1 } as const;
    const until = { type: "endDate", startDate: "2026-03-01", endDate: "2026-03-03" } as const;
    expect(seriesDays({ pattern, range: until }, "2030-01-01")).toHaveLength(3);
    expect(
      seriesDays({ pattern, range: { type: "noEnd", startDate: "2026-01-01" } }, "2027-01-01"),
    ).toHaveLength(365);
  });

  it.each([
    [
      { type: "weekly", interval: 1 },
      { type: "noEnd", startDate: "2026-03-01" },
    ],
    [
      { type: "absoluteMonthly", interval: 1 },
      { type: "noEnd", startDate: "2026-03-01" },
    ],
    [
      { type: "daily", interval: 0 },
      { type: "noEnd", startDate: "2026-03-01" },
    ],
    [
      { type: "daily", interval: 1 },
      { type: "endDate", startDate: "2026-03-01" },
    ],
    [
      { type: "daily", interval: 1 },
      { type: "numbered", startDate: "2026-03-01" },
    ],
  ])("is refused when a field is missing: %j %j", (pattern, bounds) => {
    expect(patternSchema.safeParse({ pattern, range: bounds }).success).toBe(false);
  });
});
