// Hand-checked calendars, read and reduced, against intervals that were worked out without this code.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatInstant } from "../../../src/domain/instant.ts";
import { eventsOf, type ReadingContext, reduce } from "../../../src/providers/icalendar/events.ts";
import type { BusyEvent } from "../../../src/providers/provider.ts";

/** The JSON file beside a calendar. Instants are in UTC, to the minute. */
interface Expected {
  readonly why: string;
  readonly window: readonly [string, string];
  readonly zone: string;
  readonly own?: readonly string[];
  /** "start end status", then "all-day" and "booking=…" where they apply. */
  readonly expect?: readonly string[];
  readonly keys?: readonly string[];
  readonly recurs?: boolean;
  readonly reach?: string | null;
  /** "reason extent" of each part that can't be read; none where it is left out. */
  readonly unreadable?: readonly string[];
  /** The code of `UnreadableCalendar`. */
  readonly error?: string;
}

const FOLDER = join(import.meta.dirname, "../../fixtures/ics");
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".ics"))
  .map((file) => file.replace(/\.ics$/, ""));

const load = (name: string) => ({
  text: readFileSync(join(FOLDER, `${name}.ics`), "utf8"),
  expected: JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Expected,
});

const contextOf = ({ window: [from, to], zone, own = [] }: Expected): ReadingContext => ({
  key: "r.ics",
  window: { startsAt: Date.parse(from), endsAt: Date.parse(to) },
  fallbackTimeZone: zone,
  ownAddresses: own,
});

const minute = (at: number) => formatInstant(at).replace(":00.000Z", "Z");

const line = ({ startsAt, endsAt, status, allDay, bookingId }: BusyEvent) =>
  [
    ...[minute(startsAt), minute(endsAt), status],
    ...(allDay ? ["all-day"] : []),
    ...(bookingId === null ? [] : [`booking=${bookingId}`]),
  ].join(" ");

const codeOf = (read: () => unknown): unknown => {
  try {
    read();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "read";
};

describe("a hand-checked calendar", () => {
  test("is one of at least sixty", () => {
    expect(names.length).toBeGreaterThanOrEqual(60);
  });

  test.each(names)("%s", (name) => {
    const { text, expected } = load(name);
    const context = contextOf(expected);
    if (expected.error !== undefined) {
      expect(
        codeOf(() => eventsOf(text, context)),
        expected.why,
      ).toBe(expected.error);
      return;
    }
    const read = eventsOf(text, context);
    expect(read.events.map(line), expected.why).toEqual(expected.expect);
    const doubts = read.unreadable.map(({ reason, extent }) => `${reason} ${extent}`);
    expect(doubts, expected.why).toEqual(expected.unreadable ?? []);
    expect(new Set(read.events.map(({ seriesKey }) => seriesKey)).size).toBeLessThanOrEqual(1);
    expect(new Set(read.events.map(({ key }) => key)).size).toBe(read.events.length);
    if (expected.keys !== undefined) expect(read.events.map(({ key }) => key)).toEqual(expected.keys);
    if (expected.recurs !== undefined) expect(read.recurs).toBe(expected.recurs);
    if (expected.reach !== undefined) {
      expect(read.reach).toBe(expected.reach === null ? null : Date.parse(expected.reach));
    }
    const lastEnd = Math.max(...read.events.map(({ endsAt }) => endsAt));
    expect(read.reach ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(lastEnd);
  });

  test.each(names)("%s gives the same events when reduced, and no text of it is left", (name) => {
    const { text, expected } = load(name);
    if (expected.error !== undefined) return;
    const context = contextOf(expected);
    const reduced = reduce(text, context.ownAddresses);
    expect(eventsOf(reduced, context)).toEqual(eventsOf(text, context));
    expect(reduced).not.toMatch(/canary|SUMMARY|mailto|example\.com|Customized|Zone 1/i);
  });
});
