// Generation: a realistic calendar from a seed, for demos, benchmarks and property tests.
import { mulberry32, pick } from "../random.ts";
import { isZone, localInstant, localText } from "../shared/zoned-time.ts";
import { readEvent } from "./event-body.ts";
import { type Found, occurrencesOf } from "./instances.ts";
import { notifyChange } from "./notifications.ts";
import { spanOf } from "./render.ts";
import type { EventRecord, MicrosoftState, SimulatedCalendar } from "./state.ts";
import { deleteEvent, insertEvent, materialise, replaceEvent } from "./write.ts";

export interface GenerateInput {
  readonly seed: number;
  /** So many occurrences overlap [from, to): what a view of that window holds. */
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

interface Job {
  readonly state: MicrosoftState;
  readonly calendar: SimulatedCalendar;
  readonly input: GenerateInput;
  readonly random: () => number;
  readonly counts: { -readonly [Name in keyof Generated]: number };
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const SERIES_SHARE = 0.35;
const OTHER_ZONES = [
  "Europe/London",
  "America/New_York",
  "Asia/Tokyo",
  "Australia/Lord_Howe",
  "Pacific/Kiritimati",
];
const TITLES = [
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
const WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"];

function invitation(response: string): Record<string, unknown> {
  const organizer = { emailAddress: { name: "Colleague", address: "colleague@example.net" } };
  return { organizer, isOrganizer: false, attendees: [organizer], responseStatus: { response } };
}

/** What kind of time an event is: mostly plain busy, with everything else a calendar holds mixed in. */
function flavour(random: () => number): Record<string, unknown> {
  const roll = random();
  if (roll < 0.55) return {};
  if (roll < 0.62) return { showAs: "free" };
  if (roll < 0.69) return invitation("declined");
  if (roll < 0.76) return { ...invitation("tentativelyAccepted"), showAs: "tentative" };
  if (roll < 0.83) return invitation("notResponded");
  if (roll < 0.88) return { showAs: "tentative" };
  if (roll < 0.92) return { showAs: "workingElsewhere" };
  if (roll < 0.96) return { showAs: "oof" };
  if (roll < 0.98) return { ...invitation("accepted"), isCancelled: true };
  return { showAs: "unknown", sensitivity: "private" };
}

const isFree = (input: GenerateInput, start: number, end: number): boolean =>
  !(input.keepFree ?? []).some((free) => start < free.end && end > free.start);

const inRange = (input: GenerateInput, start: number, end: number): boolean =>
  end > input.from && start < input.to;

/** A quarter hour of the working day, on a random day of the range; in local time. */
function slot(
  job: Job,
  from: number,
  to: number,
  zone: string,
): { date: string; clock: string; minutes: number } {
  const day = from + Math.floor((job.random() * (to - from)) / DAY_MS) * DAY_MS;
  const quarter = 32 + Math.floor(job.random() * 40);
  const clock = `${String(Math.floor(quarter / 4)).padStart(2, "0")}:${String((quarter % 4) * 15).padStart(2, "0")}`;
  return { date: localText(day, zone).slice(0, 10), clock, minutes: 15 * (1 + Math.floor(job.random() * 6)) };
}

interface Times {
  readonly raw: Record<string, unknown>;
  readonly date: string;
  readonly start: number;
  readonly end: number;
}

function times(job: Job, from: number, to: number): Times {
  const { random, input } = job;
  const zone = (random() < 0.15 ? pick(random, OTHER_ZONES) : undefined) ?? input.timeZone;
  const local = (dateTime: string) => ({ dateTime, timeZone: zone });
  if (random() < 0.08) {
    const { date } = slot(job, from, to, zone);
    const last = new Date(Date.parse(date) + (1 + Math.floor(random() * 3)) * DAY_MS)
      .toISOString()
      .slice(0, 10);
    const [first, after] = [`${date}T00:00:00`, `${last}T00:00:00`];
    const raw = { isAllDay: true, start: local(first), end: local(after) };
    return { raw, date, start: localInstant(first, zone), end: localInstant(after, zone) };
  }
  const { date, clock, minutes } = slot(job, from, to, zone);
  const start = localInstant(`${date}T${clock}:00`, zone);
  const end = start + minutes * MINUTE_MS;
  return {
    raw: { start: local(localText(start, zone)), end: local(localText(end, zone)) },
    date,
    start,
    end,
  };
}

function insert(job: Job, raw: Record<string, unknown>): EventRecord {
  const { state, calendar, random } = job;
  return insertEvent(
    state,
    calendar,
    readEvent({ subject: pick(random, TITLES), ...raw, ...flavour(random) }, "owner"),
  );
}

function addSingle(job: Job): void {
  const { raw, start, end } = times(job, job.input.from, job.input.to);
  if (!isFree(job.input, start, end) || !inRange(job.input, start, end)) return;
  insert(job, raw);
  job.counts.singles += 1;
  job.counts.occurrences += 1;
}

function recurrenceFrom(random: () => number, date: string): Record<string, unknown> {
  const weekday = new Date(`${date}T00:00:00Z`).toLocaleDateString("en", {
    weekday: "long",
    timeZone: "UTC",
  });
  const daysOfWeek = [weekday.toLowerCase()];
  const pattern = pick(random, [
    { type: "weekly", interval: 1, daysOfWeek: [...new Set([...WORKDAYS, ...daysOfWeek])] },
    { type: "weekly", interval: 1, daysOfWeek },
    { type: "weekly", interval: 2, daysOfWeek },
    { type: "absoluteMonthly", interval: 1, dayOfMonth: Number(date.slice(8)) },
  ]);
  const range =
    random() < 0.5
      ? { type: "numbered", startDate: date, numberOfOccurrences: 5 + Math.floor(random() * 40) }
      : { type: "noEnd", startDate: date };
  return { pattern, range };
}

/** Moves an occurrence by an hour where that stays inside the range and outside what is kept free. */
function tryMove(job: Job, found: Found): boolean {
  const { start, end } = spanOf(found);
  const [from, to] = [start + 60 * MINUTE_MS, end + 60 * MINUTE_MS];
  const record = materialise(job.state, found);
  if (record.start.kind !== "dateTime" || record.end.kind !== "dateTime") return false;
  if (!isFree(job.input, from, to) || !inRange(job.input, from, to)) return false;
  const times = { start: { ...record.start, at: from }, end: { ...record.end, at: to } };
  replaceEvent(job.state, job.calendar, record, { ...record, ...times });
  return true;
}

function addSeries(job: Job): void {
  const { state, calendar, input, random, counts } = job;
  const begin = Math.max(input.from - 60 * DAY_MS, input.to - 400 * DAY_MS);
  const { raw, date } = times(job, begin, input.from + (input.to - input.from) / 2);
  const master = insert(job, { ...raw, recurrence: recurrenceFrom(random, date) });
  counts.series += 1;
  for (const occurrence of [...occurrencesOf(state, master)]) {
    const found: Found = { kind: "occurrence", master, occurrence };
    const { start, end } = spanOf(found);
    const inside = inRange(input, start, end);
    const unwanted = !isFree(input, start, end) || (inside && counts.occurrences >= input.count);
    if (unwanted || (inside && random() < 0.04)) {
      deleteEvent(state, calendar, found);
      counts.cancelled += 1;
      continue;
    }
    if (inside) counts.occurrences += 1;
    if (inside && random() < 0.05 && tryMove(job, found)) counts.moved += 1;
  }
}

/**
 * Fills a calendar: series with moved and deleted occurrences, all-day events, several zones, declined, tentative,
 * unanswered, cancelled, free, out of office, working elsewhere. The same seed gives the same events.
 * Subscriptions are notified once, at the end.
 */
export function generate(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  input: GenerateInput,
): Generated {
  if (!isZone(input.timeZone) || input.to - input.from < DAY_MS) throw new RangeError("Can't generate that.");
  const counts = { occurrences: 0, series: 0, singles: 0, moved: 0, cancelled: 0 };
  const quiet = { ...state, subscriptions: new Map() };
  const job: Job = { state: quiet, calendar, input, random: mulberry32(input.seed), counts };
  while (counts.occurrences < input.count * SERIES_SHARE) addSeries(job);
  while (counts.occurrences < input.count) addSingle(job);
  state.revision = quiet.revision;
  state.order = quiet.order;
  const last = [...calendar.events.values()].at(-1);
  if (last !== undefined) notifyChange(state, calendar, "created", last);
  return counts;
}
