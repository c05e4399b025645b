// Generate: random events in Microsoft's form.
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
import { readEvent } from "./event-body.ts";
import { type Found, type Occurrence, occurrencesOf } from "./instances.ts";
import { notifyChange } from "./notifications.ts";
import { spanOf } from "./render.ts";
import type { EventRecord, MicrosoftState, SimulatedCalendar } from "./state.ts";
import { deleteEvent, insertEvent, materialise, replaceEvent } from "./write.ts";

const WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"];

function invitation(response: string): Record<string, unknown> {
  const organizer = { emailAddress: { name: "Colleague", address: "colleague@example.net" } };
  return { organizer, isOrganizer: false, attendees: [organizer], responseStatus: { response } };
}

/** The kind of time of an event: mostly plain busy, mixed with every other kind that a calendar holds. */
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

interface DatedTimes extends Times {
  /** The local day on which it begins. */
  readonly date: string;
}

function times(job: Job, from: number, to: number): DatedTimes {
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

function recurrence(random: () => number, date: string): Record<string, unknown> {
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
  return { recurrence: { pattern, range } };
}

/** Moves an occurrence by an hour if it stays inside the range and outside the stretches that must stay free. */
function tryMove(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  input: GenerateInput,
  found: Found,
): boolean {
  const { start, end } = spanOf(found);
  const [from, to] = [start + 60 * MINUTE_MS, end + 60 * MINUTE_MS];
  const record = materialise(state, found);
  if (record.start.kind !== "dateTime" || record.end.kind !== "dateTime") return false;
  if (!fits(input, from, to)) return false;
  const times = { start: { ...record.start, at: from }, end: { ...record.end, at: to } };
  replaceEvent(state, calendar, record, { ...record, ...times });
  return true;
}

function filled(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  job: Job,
): Filled<DatedTimes, EventRecord, Occurrence> {
  const { input, random } = job;
  const found = (master: EventRecord, occurrence: Occurrence): Found => ({
    kind: "occurrence",
    master,
    occurrence,
  });
  return {
    times: (from, to) => times(job, from, to),
    recurrence: ({ date }) => recurrence(random, date),
    insert(raw) {
      const event = { subject: pick(random, TITLES), ...raw, ...flavour(random) };
      return insertEvent(state, calendar, readEvent(event, "owner"));
    },
    occurrences: (master) =>
      occurrencesOf(state, master).map((occurrence) => ({
        at: spanOf(found(master, occurrence)),
        occurrence,
      })),
    cancel: (master, occurrence) => deleteEvent(state, calendar, found(master, occurrence)),
    tryMove: (master, occurrence) => tryMove(state, calendar, input, found(master, occurrence)),
  };
}

/**
 * Fills a calendar: all-day events, several zones, declined, tentative, unanswered, cancelled, free, out of office,
 * working elsewhere. Subscriptions are notified once, at the end.
 */
export function generate(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  input: GenerateInput,
): Generated {
  const quiet = { ...state, subscriptions: new Map() };
  const generated = fill(input, (job) => filled(quiet, calendar, job));
  state.revision = quiet.revision;
  state.order = quiet.order;
  const last = [...calendar.events.values()].at(-1);
  if (last !== undefined) notifyChange(state, calendar, "created", last);
  return generated;
}
