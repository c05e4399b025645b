// Generated calendars: deterministic, of the size asked for, with every kind of event.
import { describe, expect, it } from "vitest";
import { connect, createRig, PREFER, round } from "./rig.ts";

const FROM = Date.parse("2026-03-01T00:00:00Z");
const TO = FROM + 400 * 86_400_000;
const FREE = { start: Date.parse("2026-03-03T00:00:00Z"), end: Date.parse("2026-03-06T00:00:00Z") };
const INPUT = { seed: 7, count: 2_000, from: FROM, to: TO, timeZone: "Europe/Lisbon", keepFree: [FREE] };

describe("a generated calendar", () => {
  it("holds exactly the occurrences asked for in its range, of every kind", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const made = rig.microsoft.generate(caller.calendarId, INPUT);
    const window = `startDateTime=${new Date(FROM).toISOString()}&endDateTime=${new Date(TO).toISOString()}`;
    const prefer = `${PREFER}, odata.maxpagesize=500`;
    const { rows } = await round(caller, `${caller.home}/calendarView/delta?${window}`, prefer);
    expect([rows.length, made.occurrences]).toEqual([2_000, 2_000]);
    expect(Math.min(made.series, made.singles, made.moved, made.cancelled)).toBeGreaterThan(5);
    const text = JSON.stringify(rig.microsoft.events(caller.calendarId));
    const marks = [
      "declined",
      "tentative",
      "notResponded",
      "free",
      "oof",
      "workingElsewhere",
      "unknown",
      "Tokyo",
    ];
    for (const mark of [...marks, '"isCancelled":true', '"isAllDay":true']) expect(text).toContain(mark);
  });

  it("keeps free the stretches that must stay free", () => {
    const { microsoft } = createRig();
    const id = microsoft.calendarId("ana@contoso.example");
    microsoft.generate(id, INPUT);
    expect(microsoft.events(id, { from: FREE.start, to: FREE.end })).toEqual([]);
  });

  it("is the same for the same seed, another for another", () => {
    const make = (seed: number) => {
      const { microsoft } = createRig();
      const id = microsoft.calendarId("ana@contoso.example");
      microsoft.generate(id, { ...INPUT, count: 300, seed });
      return JSON.stringify(microsoft.events(id));
    };
    expect(make(1)).toBe(make(1));
    expect(make(1)).not.toBe(make(2));
  });
});
