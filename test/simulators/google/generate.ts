// Generate: random events in Google's form.
import { pick } from "../random.ts";
import {
  DAY_MS,
  type Filled,
  fill,
  fits,
  type Generated,
  type GenerateInput,
  type Job,
  MINUTE_MS,
  OTHER_ZONES,
  slot,
  TITLES,
  type Times,
} from "../shared/generation.ts";
import { localInstant, localText } from "../shared/zoned-time.ts";
import { readEventBody } from "./event-body.ts";
import { type Instance, instancesOf } from "./instances.ts";
import { notifyChange } from "./notifications.ts";
import { randomEventId } from "./random.ts";
import { rowBounds } from "./render.ts";
import type { EventRecord, GoogleState, SimulatedCalendar } from "./state.ts";
import { cancelEvent, insertEvent, materialise, replaceEvent } from "./write.ts";

const RULES = [
  "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
  "FREQ=WEEKLY",
  "FREQ=WEEKLY;INTERVAL=2",
  "FREQ=MONTHLY;BYDAY=1MO",
];

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

/** The kind of time of an event: mostly plain busy, mixed with every other kind that a calendar holds. */
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

function times(job: Job, calendar: SimulatedCalendar, from: number, to: number): Times {
  const { random, input } = job;
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
  const { date, clock, minutes } = slot(job, from, to, zone);
  const start = localInstant(`${date}T${clock}:00`, zone);
  const end = start + minutes * MINUTE_MS;
  const time = (at: number) => ({ dateTime: new Date(at).toISOString(), timeZone: zone });
  return { raw: { start: time(start), end: time(end) }, start, end };
}

function recurrence(random: () => number): Record<string, unknown> {
  const end = random() < 0.5 ? `;COUNT=${5 + Math.floor(random() * 40)}` : "";
  return { recurrence: [`RRULE:${pick(random, RULES)}${end}`] };
}

function insert(
  state: GoogleState,
  calendar: SimulatedCalendar,
  random: () => number,
  raw: Readonly<Record<string, unknown>>,
): EventRecord {
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

function occurrences(state: GoogleState, calendar: SimulatedCalendar, master: EventRecord) {
  return instancesOf(state, master).flatMap((instance) => {
    const row = { record: master, instance, cancelled: false };
    const at = rowBounds(row, calendar.timeZone ?? "UTC");
    return at === null ? [] : [{ at, occurrence: instance }];
  });
}

/** Moves an instance by an hour if it stays inside the range and outside the stretches that must stay free. */
function tryMove(
  state: GoogleState,
  calendar: SimulatedCalendar,
  input: GenerateInput,
  instance: EventRecord,
): boolean {
  const { start, end } = instance;
  if (start.kind !== "dateTime" || end.kind !== "dateTime") return false;
  const [from, to] = [start.at + 60 * MINUTE_MS, end.at + 60 * MINUTE_MS];
  if (!fits(input, from, to)) return false;
  const content = {
    ...instance,
    id: null,
    iCalUID: null,
    start: { ...start, at: from },
    end: { ...end, at: to },
  };
  replaceEvent(state, calendar, instance, content);
  return true;
}

function filled(
  state: GoogleState,
  calendar: SimulatedCalendar,
  job: Job,
): Filled<Times, EventRecord, Instance> {
  const { input, random } = job;
  const found = (master: EventRecord, instance: Instance) =>
    ({ kind: "instance", master, instance }) as const;
  return {
    times: (from, to) => times(job, calendar, from, to),
    recurrence: () => recurrence(random),
    insert: (raw) => insert(state, calendar, random, raw),
    occurrences: (master) => occurrences(state, calendar, master),
    cancel: (master, instance) => void cancelEvent(state, calendar, found(master, instance)),
    tryMove: (master, instance) =>
      tryMove(state, calendar, input, materialise(state, found(master, instance))),
  };
}

/**
 * Fills a calendar: all-day events, several zones, declined, tentative, unanswered, free, out of office, focus time,
 * working location. Channels are notified once, at the end.
 */
export function generate(state: GoogleState, calendar: SimulatedCalendar, input: GenerateInput): Generated {
  const quiet = { ...state, channels: new Map() };
  const generated = fill(input, (job) => filled(quiet, calendar, job));
  state.revision = quiet.revision;
  state.order = quiet.order;
  notifyChange(state, calendar.id);
  return generated;
}
