// Generation: a realistic calendar from a seed, for demos, benchmarks and property tests.

import { mulberry32, pick } from "../random.ts";
import { isZone, localInstant, localText } from "../shared/zoned-time.ts";
import { readEventBody } from "./event-body.ts";
import { instancesOf } from "./instances.ts";
import { notifyChange } from "./notifications.ts";
import { randomEventId } from "./random.ts";
import { rowBounds } from "./render.ts";
import type { EventRecord, GoogleState, SimulatedCalendar } from "./state.ts";
import { cancelEvent, insertEvent, materialise, replaceEvent } from "./write.ts";

export interface GenerateInput {
  readonly seed: number;
  /** So many occurrences overlap [from, to): what a windowed listing with `singleEvents` returns. */
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
  readonly state: GoogleState;
  readonly calendar: SimulatedCalendar;
  readonly input: GenerateInput;
  readonly random: () => number;
  readonly counts: { occurrences: number; series: number; singles: number; moved: number; cancelled: number };
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
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
const RULES = [
  "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
  "FREQ=WEEKLY",
  "FREQ=WEEKLY;INTERVAL=2",
  "FREQ=MONTHLY;BYDAY=1MO",
];
const SERIES_SHARE = 0.35;

function invitation(response: string, calendar: SimulatedCalendar): Record<string, unknown> {
  const organizer = { email: "colleague@example.net" };
  return {
    organizer,
    attendees: [
      { ...organizer, responseStatus: "accepted" },
      { email: calendar.id, responseStatus: response },
    ],
  };
}

/** What kind of time an event is: mostly plain busy, with everything else a calendar holds mixed in. */
function flavour(random: () => number, calendar: SimulatedCalendar): Record<string, unknown> {
  const roll = random();
  if (roll < 0.55) return {};
  if (roll < 0.62) return { transparency: "transparent" };
  if (roll < 0.69) return invitation("declined", calendar);
  if (roll < 0.76) return invitation("tentative", calendar);
  if (roll < 0.83) return invitation("needsAction", calendar);
  if (roll < 0.88) return { status: "tentative" };
  if (roll < 0.92) return { eventType: "focusTime", focusTimeProperties: { chatStatus: "doNotDisturb" } };
  if (roll < 0.96)
    return { eventType: "outOfOffice", outOfOfficeProperties: { autoDeclineMode: "declineNone" } };
  return {
    eventType: "workingLocation",
    transparency: "transparent",
    visibility: "public",
    workingLocationProperties: { type: "homeOffice", homeOffice: {} },
  };
}

const isFree = (input: GenerateInput, start: number, end: number): boolean =>
  !(input.keepFree ?? []).some((free) => start < free.end && end > free.start);

const inRange = (input: GenerateInput, start: number, end: number): boolean =>
  end > input.from && start < input.to;

/** A quarter hour of the working day, on a random day of the range. */
function slot(job: Job, from: number, to: number, zone: string): { start: number; end: number } {
  const day = from + Math.floor((job.random() * (to - from)) / DAY_MS) * DAY_MS;
  const quarter = 32 + Math.floor(job.random() * 40);
  const clock = `${String(Math.floor(quarter / 4)).padStart(2, "0")}:${String((quarter % 4) * 15).padStart(2, "0")}`;
  const start = localInstant(`${localText(day, zone).slice(0, 10)}T${clock}:00`, zone);
  return { start, end: start + 15 * MINUTE_MS * (1 + Math.floor(job.random() * 6)) };
}

function times(
  job: Job,
  from: number,
  to: number,
): { raw: Record<string, unknown>; start: number; end: number } {
  const { random, input, calendar } = job;
  if (random() < 0.08) {
    const zone = calendar.timeZone ?? "UTC";
    const date = localText(from + random() * (to - from), zone).slice(0, 10);
    const days = 1 + Math.floor(random() * 3);
    const last = new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
    const start = localInstant(`${date}T00:00:00`, zone);
    return {
      raw: { start: { date }, end: { date: last } },
      start,
      end: localInstant(`${last}T00:00:00`, zone),
    };
  }
  const zone = (random() < 0.15 ? pick(random, OTHER_ZONES) : undefined) ?? input.timeZone;
  const { start, end } = slot(job, from, to, zone);
  const time = (at: number) => ({ dateTime: new Date(at).toISOString(), timeZone: zone });
  return { raw: { start: time(start), end: time(end) }, start, end };
}

function insert(job: Job, raw: Record<string, unknown>): EventRecord {
  const { state, calendar, random } = job;
  const content = readEventBody(
    { summary: pick(random, TITLES), ...raw, ...flavour(random, calendar) },
    calendar,
  );
  const creator = content.organizer ?? { email: calendar.ownerEmail ?? calendar.id };
  return insertEvent(state, calendar, content, {
    id: randomEventId(random),
    creator,
    organizer: content.organizer,
  });
}

function addSingle(job: Job): void {
  const { raw, start, end } = times(job, job.input.from, job.input.to);
  if (!isFree(job.input, start, end) || !inRange(job.input, start, end)) return;
  insert(job, raw);
  job.counts.singles += 1;
  job.counts.occurrences += 1;
}

/** Moves an instance by an hour where that stays inside the range and outside what is kept free. */
function tryMove(job: Job, instance: EventRecord): boolean {
  const { start, end } = instance;
  if (start.kind !== "dateTime" || end.kind !== "dateTime") return false;
  const [from, to] = [start.at + 60 * MINUTE_MS, end.at + 60 * MINUTE_MS];
  if (!isFree(job.input, from, to) || !inRange(job.input, from, to)) return false;
  const content = {
    ...instance,
    id: null,
    iCalUID: null,
    start: { ...start, at: from },
    end: { ...end, at: to },
  };
  replaceEvent(job.state, job.calendar, instance, content);
  return true;
}

function addSeries(job: Job): void {
  const { state, calendar, input, random, counts } = job;
  const begin = Math.max(input.from - 60 * DAY_MS, input.to - 400 * DAY_MS);
  const { raw } = times(job, begin, input.from + (input.to - input.from) / 2);
  const end = random() < 0.5 ? `;COUNT=${5 + Math.floor(random() * 40)}` : "";
  const master = insert(job, { ...raw, recurrence: [`RRULE:${pick(random, RULES)}${end}`] });
  counts.series += 1;
  for (const instance of instancesOf(state, master)) {
    const found = { kind: "instance", master, instance } as const;
    const zone = calendar.timeZone ?? "UTC";
    const bounds = rowBounds({ record: master, instance, cancelled: false }, zone);
    if (bounds === null) continue;
    const inside = inRange(input, bounds.start, bounds.end);
    const unwanted =
      !isFree(input, bounds.start, bounds.end) || (inside && counts.occurrences >= input.count);
    if (unwanted || (inside && random() < 0.04)) {
      cancelEvent(state, calendar, found);
      counts.cancelled += 1;
      continue;
    }
    if (inside) counts.occurrences += 1;
    if (inside && random() < 0.05 && tryMove(job, materialise(state, found))) counts.moved += 1;
  }
}

/**
 * Fills a calendar: series with moved and cancelled instances, all-day events, several zones, declined,
 * tentative, unanswered, free, out of office, focus time, working location. The same seed gives the same events.
 * Channels are notified once, at the end.
 */
export function generate(state: GoogleState, calendar: SimulatedCalendar, input: GenerateInput): Generated {
  if (!isZone(input.timeZone) || input.to - input.from < DAY_MS) throw new RangeError("Can't generate that.");
  const counts = { occurrences: 0, series: 0, singles: 0, moved: 0, cancelled: 0 };
  const quiet = { ...state, channels: new Map() };
  const job: Job = { state: quiet, calendar, input, random: mulberry32(input.seed), counts };
  while (counts.occurrences < input.count * SERIES_SHARE) addSeries(job);
  while (counts.occurrences < input.count) addSingle(job);
  state.revision = quiet.revision;
  state.order = quiet.order;
  notifyChange(state, calendar.id);
  return counts;
}
