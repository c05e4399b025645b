// Expansion of recurring series in simulated Google.
import { describe, expect, it } from "vitest";
import { localInstant, localText } from "../shared/zoned-time.ts";
import { expandStarts, readRecurrence } from "./recurrence.ts";
import type { EventTime } from "./state.ts";

const FAR = Date.parse("2031-01-01T00:00:00Z");

function expand(local: string, zone: string, lines: readonly string[], until = FAR): string[] {
  const start: EventTime = local.includes("T")
    ? { kind: "dateTime", at: localInstant(local, zone), timeZone: zone }
    : { kind: "date", date: local };
  const recurrence = readRecurrence(lines, start);
  if (recurrence === null) throw new Error("no rule");
  return expandStarts(recurrence, start, until).map((time) =>
    time.kind === "date" ? time.date : localText(time.at, zone).slice(0, 16),
  );
}

const days = (times: readonly string[]) => times.map((time) => time.slice(5, 10));

describe("expansion", () => {
  it.each([
    ["daily", ["RRULE:FREQ=DAILY;COUNT=3"], ["03-02", "03-03", "03-04"]],
    ["every other day", ["RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3"], ["03-02", "03-04", "03-06"]],
    [
      "on workdays",
      ["RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=6"],
      ["03-02", "03-03", "03-04", "03-05", "03-06", "03-09"],
    ],
    ["weekly", ["RRULE:FREQ=WEEKLY;COUNT=2"], ["03-02", "03-09"]],
    [
      "twice a week, every other week",
      ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=4"],
      ["03-02", "03-05", "03-16", "03-19"],
    ],
    ["on the first Monday", ["RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3"], ["03-02", "04-06", "05-04"]],
    ["on the last Friday", ["RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3"], ["03-02", "03-27", "04-24"]],
    ["by day of month", ["RRULE:FREQ=MONTHLY;BYMONTHDAY=2;COUNT=3"], ["03-02", "04-02", "05-02"]],
    ["until a local day", ["RRULE:FREQ=DAILY;UNTIL=20260304"], ["03-02", "03-03", "03-04"]],
    ["until an instant", ["RRULE:FREQ=DAILY;UNTIL=20260304T085959Z"], ["03-02", "03-03"]],
    [
      "without some",
      ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Lisbon:20260303T090000"],
      ["03-02", "03-04"],
    ],
  ])("goes %s", (_, lines, expected) => {
    expect(days(expand("2026-03-02T09:00", "Europe/Lisbon", lines))).toEqual(expected);
  });

  it("keeps the local time across DST, and moves a skipped one forward", () => {
    const nine = expand("2026-03-28T09:00", "Europe/Lisbon", ["RRULE:FREQ=DAILY;COUNT=3"]);
    expect(nine.map((time) => time.slice(11))).toEqual(["09:00", "09:00", "09:00"]);
    const night = expand("2026-03-28T02:30", "Europe/Paris", ["RRULE:FREQ=DAILY;COUNT=3"]);
    expect(night.map((time) => time.slice(11))).toEqual(["02:30", "03:30", "02:30"]);
  });

  it("expands all-day series by dates, whatever the zone", () => {
    const lines = ["RRULE:FREQ=YEARLY;UNTIL=20280101", "EXDATE;VALUE=DATE:20270229"];
    expect(expand("2024-02-29", "UTC", ["RRULE:FREQ=YEARLY;COUNT=2"])).toEqual(["2024-02-29", "2028-02-29"]);
    expect(expand("2026-12-25", "UTC", lines)).toEqual(["2026-12-25", "2027-12-25"]);
    expect(expand("2026-01-31", "UTC", ["RRULE:FREQ=MONTHLY;COUNT=3"])).toEqual([
      "2026-01-31",
      "2026-03-31",
      "2026-05-31",
    ]);
  });

  it("stops endless series at the given instant", () => {
    const until = Date.parse("2026-03-05T09:00:00Z");
    expect(expand("2026-03-02T09:00", "Europe/Lisbon", ["RRULE:FREQ=DAILY"], until)).toHaveLength(3);
  });

  it.each([
    "RRULE:FREQ=HOURLY",
    "RRULE:COUNT=3",
    "RRULE:FREQ=DAILY;COUNT=0",
    "RRULE:FREQ=DAILY;BYSETPOS=1",
    "RDATE:20260303",
  ])("refuses %s", (line) => {
    expect(() => expand("2026-03-02T09:00", "UTC", [line])).toThrow("answers 400");
  });
});
