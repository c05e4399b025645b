// Generation: a realistic calendar from a seed, for demos, benchmarks and property tests.
import { mulberry32 } from "../random.ts";
import { isZone, localText } from "./zoned-time.ts";

export interface GenerateInput {
  readonly seed: number;
  /** The number of occurrences that overlap [from, to), as a view of that window shows them. */
  readonly count: number;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  /** Stretches (epoch milliseconds) that no generated event touches. */
  readonly keepFree?: readonly { readonly start: number; readonly end: number }[] | undefined;
}

export interface Generated {
  readonly occurrences: number;
  readonly series: number;
  readonly singles: number;
  readonly moved: number;
  readonly cancelled: number;
}

/** A calendar while it is filled. */
export interface Job {
  readonly input: GenerateInput;
  readonly random: () => number;
}

/** When an event takes place, and the fields of its body that say so. Instants are epoch milliseconds. */
export interface Times {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly start: number;
  readonly end: number;
}

/** How one provider fills a calendar. */
export interface Filled<When extends Times, Event, Occurrence> {
  /** Times of an event that begins in [from, to). */
  times(from: number, to: number): When;
  /** The field that makes an event recur. */
  recurrence(first: When): Readonly<Record<string, unknown>>;
  /** Inserts an event with these fields and random others. */
  insert(raw: Readonly<Record<string, unknown>>): Event;
  /** The occurrences of a series as they are now. */
  occurrences(series: Event): Iterable<{ at: { start: number; end: number }; occurrence: Occurrence }>;
  cancel(series: Event, occurrence: Occurrence): void;
  /** Moves an occurrence by an hour if it fits; false if it doesn't. */
  tryMove(series: Event, occurrence: Occurrence): boolean;
}

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
const SERIES_SHARE = 0.35;

/** Zones of events that were written in another place. */
export const OTHER_ZONES = [
  "Europe/London",
  "America/New_York",
  "Asia/Tokyo",
  "Australia/Lord_Howe",
  "Pacific/Kiritimati",
];

export const TITLES = [
  "Stand-up",
  "Client call",
  "Review",
  "Planning",
  "Lunch",
  "Dentist",
  "Interview",
  "Workshop",
  "Gym",
];

const isFree = (input: GenerateInput, start: number, end: number): boolean =>
  !(input.keepFree ?? []).some((free) => start < free.end && end > free.start);

const inRange = (input: GenerateInput, start: number, end: number): boolean =>
  end > input.from && start < input.to;

/** Does a stretch overlap the range, and avoid the stretches that must stay free? */
export const fits = (input: GenerateInput, start: number, end: number): boolean =>
  isFree(input, start, end) && inRange(input, start, end);

/** A quarter hour of the working day, on a random day of the range; in local time. */
export function slot(
  { random }: Job,
  from: number,
  to: number,
  zone: string,
): { date: string; clock: string; minutes: number } {
  const day = from + Math.floor((random() * (to - from)) / DAY_MS) * DAY_MS;
  const quarter = 32 + Math.floor(random() * 40);
  const clock = `${String(Math.floor(quarter / 4)).padStart(2, "0")}:${String((quarter % 4) * 15).padStart(2, "0")}`;
  return { date: localText(day, zone).slice(0, 10), clock, minutes: 15 * (1 + Math.floor(random() * 6)) };
}

type Counts = { -readonly [Name in keyof Generated]: number };

function addSingle(
  { input }: Job,
  calendar: Pick<Filled<Times, unknown, unknown>, "times" | "insert">,
  counts: Counts,
): void {
  const { raw, start, end } = calendar.times(input.from, input.to);
  if (!fits(input, start, end)) return;
  calendar.insert(raw);
  counts.singles += 1;
  counts.occurrences += 1;
}

function addSeries<When extends Times, Event, Occurrence>(
  { input, random }: Job,
  calendar: Filled<When, Event, Occurrence>,
  counts: Counts,
): void {
  const begin = Math.max(input.from - 60 * DAY_MS, input.to - 400 * DAY_MS);
  const first = calendar.times(begin, input.from + (input.to - input.from) / 2);
  const series = calendar.insert({ ...first.raw, ...calendar.recurrence(first) });
  counts.series += 1;
  for (const { at, occurrence } of calendar.occurrences(series)) {
    const inside = inRange(input, at.start, at.end);
    const unwanted = !isFree(input, at.start, at.end) || (inside && counts.occurrences >= input.count);
    if (unwanted || (inside && random() < 0.04)) {
      calendar.cancel(series, occurrence);
      counts.cancelled += 1;
      continue;
    }
    if (inside) counts.occurrences += 1;
    if (inside && random() < 0.05 && calendar.tryMove(series, occurrence)) counts.moved += 1;
  }
}

/**
 * Fills a calendar: first series with moved and cancelled occurrences, then single events. The same seed gives the
 * same events.
 * @throws RangeError for a zone that doesn't exist or a range shorter than a day
 */
export function fill<When extends Times, Event, Occurrence>(
  input: GenerateInput,
  calendarFor: (job: Job) => Filled<When, Event, Occurrence>,
): Generated {
  if (!isZone(input.timeZone) || input.to - input.from < DAY_MS) throw new RangeError("Can't generate that.");
  const job: Job = { input, random: mulberry32(input.seed) };
  const calendar = calendarFor(job);
  const counts: Counts = { occurrences: 0, series: 0, singles: 0, moved: 0, cancelled: 0 };
  while (counts.occurrences < input.count * SERIES_SHARE) addSeries(job, calendar, counts);
  while (counts.occurrences < input.count) addSingle(job, calendar, counts);
  return counts;
}
