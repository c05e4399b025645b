// Generated calendars: deterministic, of the size asked for, with every kind of event.
import { describe, expect, it } from "vitest";
import { ANA, connect, createRig, listAll } from "./rig.ts";

const FROM = Date.parse("2026-03-01T00:00:00Z");
const TO = FROM + 400 * 86_400_000;
const FREE = { start: Date.parse("2026-03-03T00:00:00Z"), end: Date.parse("2026-03-06T00:00:00Z") };
const INPUT = { seed: 7, count: 2_000, from: FROM, to: TO, timeZone: "Europe/Lisbon", keepFree: [FREE] };
const WINDOW = `timeMin=${new Date(FROM).toISOString()}&timeMax=${new Date(TO).toISOString()}`;

describe("a generated calendar", () => {
  it("holds exactly the occurrences asked for in its range, of every kind", async () => {
    const rig = createRig();
    const made = rig.google.generate(ANA, INPUT);
    const caller = await connect(rig);
    const { rows } = await listAll(caller, `singleEvents=true&maxResults=250&${WINDOW}`);
    expect([rows.length, made.occurrences]).toEqual([2_000, 2_000]);
    expect(Math.min(made.series, made.singles, made.moved, made.cancelled)).toBeGreaterThan(5);
    const text = JSON.stringify(rows);
    const marks = [
      "declined",
      "tentative",
      "needsAction",
      "transparent",
      "outOfOffice",
      "focusTime",
      "workingLocation",
    ];
    for (const mark of [...marks, `"date"`, "Asia/Tokyo"]) expect(text).toContain(mark);
  });

  it("keeps free the stretches that must stay free", () => {
    const rig = createRig();
    rig.google.generate(ANA, INPUT);
    expect(rig.google.events(ANA, { from: FREE.start, to: FREE.end })).toEqual([]);
  });

  it("is the same for the same seed, another for another", () => {
    const make = (seed: number) => {
      const rig = createRig();
      rig.google.generate(ANA, { ...INPUT, count: 300, seed });
      return JSON.stringify(rig.google.events(ANA));
    };
    expect(make(1)).toBe(make(1));
    expect(make(1)).not.toBe(make(2));
  });
});
