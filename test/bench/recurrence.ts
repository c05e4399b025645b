// Recurrence by counts: iterator steps to expand many series over the whole window, and to roll them by a day.
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import type { Interval } from "../../src/domain/interval.ts";
import { newBudget } from "../../src/providers/icalendar/budget.ts";
import { eventsOf, reduce } from "../../src/providers/icalendar/events.ts";
import { type Expansion, expand, type Place } from "../../src/providers/icalendar/expand.ts";
import { Resource } from "../../src/providers/icalendar/model.ts";
import { type Report, sampleOf, textOf } from "./report.ts";

const RESOURCES = 1_000;
const DAYS = 400;
/** Each day of the window is tried about once, and each time on a day that fits; a counted rule also those before. */
const STEPS_PER_RESOURCE = 600;
/** A few days for most rules, a month or a year for those that are placed in one. */
const STEPS_PER_ROLL = 150;

/** Fixed, so that the counts are the same on every day. A Monday. */
const FROM = Date.parse("2026-03-02T00:00:00Z");
const WINDOW: Interval = { startsAt: FROM, endsAt: FROM + DAYS * DAY_MS };
const STRIP: Interval = { startsAt: WINDOW.endsAt, endsAt: WINDOW.endsAt + DAY_MS };

/** Rules that people have in their calendars, each with an exception or two. */
const RULES = [
  "RRULE:FREQ=DAILY",
  "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
  "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
  "RRULE:FREQ=WEEKLY;COUNT=400",
  "RRULE:FREQ=MONTHLY;BYDAY=2TH",
  "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
  "RRULE:FREQ=MONTHLY;BYMONTHDAY=15",
  "RRULE:FREQ=YEARLY",
  "RRULE:FREQ=WEEKLY;UNTIL=20260901T000000Z;BYDAY=WE",
  "RRULE:FREQ=DAILY;INTERVAL=3",
];

const BERLIN = `BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE`;

const wall = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+Z/g, "");

/** One series that began up to two years before the window, with a day left out and an occurrence moved. */
function resourceText(index: number): string {
  const startsAt = FROM - ((index * 37) % 730) * DAY_MS + (7 + (index % 11)) * HOUR_MS;
  const zoned = (name: string, at: number) => `${name};TZID=Europe/Berlin:${wall(at)}`;
  const event = (at: number, ...lines: string[]) =>
    [
      ...["BEGIN:VEVENT", `UID:series-${index}@example.com`, "DTSTAMP:20260101T000000Z", "SUMMARY:Meeting"],
      ...[zoned("DTSTART", at), zoned("DTEND", at + HOUR_MS), ...lines, "END:VEVENT"],
    ].join("\n");
  const later = (days: number) => startsAt + days * DAY_MS;
  const lines = [
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Bench//EN",
    BERLIN,
    event(startsAt, RULES[index % RULES.length] ?? "", zoned("EXDATE", later(14))),
    event(later(28) + 2 * HOUR_MS, zoned("RECURRENCE-ID", later(28))),
    "END:VCALENDAR\n",
  ];
  return lines.join("\n").replaceAll("\n", "\r\n");
}

const placeOf = (index: number, window: Interval): Place => ({
  key: `series-${index}.ics`,
  window,
  fallbackTimeZone: "Europe/Berlin",
});

/** Steps the iterators took, over all. */
function stepsOf(reduced: readonly string[], window: Interval): number {
  return reduced.reduce((steps, json, index) => {
    const budget = newBudget();
    const before = budget.left;
    expand(Resource.parse(JSON.parse(json)), placeOf(index, window), budget);
    return steps + before - budget.left;
  }, 0);
}

/** Reads all of them as often as `rounds` says, after one round to warm up. */
function timed(texts: readonly string[], window: Interval, rounds: number): { events: number; ms: string } {
  const times: number[] = [];
  let expansions: Expansion[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const startedAt = performance.now();
    expansions = texts.map((text, index) => eventsOf(text, { ...placeOf(index, window), ownAddresses: [] }));
    if (round > 0) times.push(performance.now() - startedAt);
  }
  return { events: expansions.flatMap(({ events }) => events).length, ms: textOf(sampleOf(times), 0) };
}

/** Expands recurring resources as a server sends them, and their reduced forms for the day that enters next. */
export function measureRecurrence(report: Report, rounds: number): void {
  const texts = Array.from({ length: RESOURCES }, (_, index) => resourceText(index));
  const reduced = texts.map((text) => reduce(text, []));
  const bytes = reduced.reduce((sum, json) => sum + json.length, 0);
  const total = RESOURCES.toLocaleString("en");

  const whole = timed(texts, WINDOW, rounds);
  const steps = stepsOf(reduced, WINDOW) / RESOURCES;
  report.count(`iterations per resource, ${DAYS} days`, steps, STEPS_PER_RESOURCE);
  report.show(`${total} recurring resources over ${DAYS} days, ms`, whole.ms, `${whole.events} events`);

  const day = timed(reduced, STRIP, rounds);
  const daySteps = stepsOf(reduced, STRIP) / RESOURCES;
  report.count("iterations per resource, rolling one day", daySteps, STEPS_PER_ROLL);
  const kept = `${day.events} events, ${Math.round(bytes / RESOURCES)} bytes kept each`;
  report.show(`rolling ${total} reduced resources by a day, ms`, day.ms, kept);
}
