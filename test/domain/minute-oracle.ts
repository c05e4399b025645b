// Minute oracle: finds conflicts the slow way, minute by minute over whole events, with Intl for the wall clock.
import type { BusyRow } from "../../src/domain/busy.ts";
import type { Interval } from "../../src/domain/interval.ts";
import type { Counted } from "../../src/domain/limits.ts";
import type { AgentSettings, DayHours } from "../../src/domain/settings.ts";
import { MINUTE } from "./agenda.ts";
import { wallClock } from "./wall-clock.ts";

const dayOf = (date: string) => Date.parse(date) / (1_440 * MINUTE);

function minutesOf(from: number, to: number): number[] {
  const minutes: number[] = [];
  for (let at = from; at < to; at += MINUTE) minutes.push(at);
  return minutes;
}

function counts(event: BusyRow, { rules }: AgentSettings): boolean {
  if (event.connectionId === null) return true;
  if (event.allDay && !rules.allDay) return false;
  if (event.status === "tentative") return rules.tentative;
  if (event.status === "unanswered") return rules.unanswered;
  if (event.status === "out_of_office") return rules.outOfOffice;
  if (event.status === "working_elsewhere") return rules.workingElsewhere;
  return true;
}

/** Each run of consecutive minutes as one line `reason start end null null`. */
function runs(reason: string, minutes: readonly number[]): string[] {
  const lines: string[] = [];
  let start: number | undefined;
  minutes.forEach((at, index) => {
    start ??= at;
    if (minutes[index + 1] === at + MINUTE) return;
    lines.push([reason, start, at + MINUTE, null, null].join(" "));
    start = undefined;
  });
  return lines;
}

/**
 * One line for each conflict: reason, start, end, connection id, booking id. A full day or week has its reason only.
 * `events` has one whole row each.
 */
export function minuteOracle(input: {
  slot: Interval;
  events: readonly BusyRow[];
  counted: readonly Counted[];
  settings: AgentSettings;
  now: number;
  own?: { bookingId?: string };
}): string[] {
  const { slot, settings, now } = input;
  const { bufferBeforeMs: before, bufferAfterMs: after } = settings;
  const inSlot = minutesOf(slot.startsAt, slot.endsAt);
  const hit = input.events.flatMap((event) => {
    if (event.bookingId !== null && event.bookingId === input.own?.bookingId) return [];
    if (!counts(event, settings)) return [];
    const during = (at: number) => event.startsAt <= at && at < event.endsAt;
    const own = event.connectionId === null;
    const earlierMs = own && after > before ? after : before;
    const laterMs = own && before > after ? before : after;
    if (inSlot.some(during)) {
      const reason = own
        ? event.status
        : event.bookingId !== null
          ? "booking"
          : event.allDay
            ? "all_day"
            : event.status;
      return [{ event, reason }];
    }
    const near = minutesOf(slot.startsAt - earlierMs, slot.endsAt + laterMs).some(during);
    return near ? [{ event, reason: "buffer" }] : [];
  });
  const counted = hit.filter(
    ({ event }) =>
      event.connectionId === null ||
      event.bookingId === null ||
      !hit.some(
        ({ event: other }) =>
          other.connectionId === null &&
          other.bookingId === event.bookingId &&
          minutesOf(event.startsAt, event.endsAt).some((at) => other.startsAt <= at && at < other.endsAt),
      ),
  );
  /** The rule that closes the minute; null: it is open. */
  const closedBy = (at: number): "hours" | "closed" | null => {
    const { date, minute, weekday: shown } = wallClock(at, settings.timeZone);
    const covers = (hours: DayHours) => hours.startMinute <= minute && minute < hours.endMinute;
    const override = [...settings.overrides]
      .reverse()
      .find(({ firstDay, lastDay }) => firstDay <= dayOf(date) && dayOf(date) <= lastDay);
    if (override !== undefined) return override.hours.some(covers) ? null : "closed";
    if (settings.workingHours === null) return null;
    return settings.workingHours.some((hours) => hours.weekday === shown && covers(hours)) ? null : "hours";
  };
  const others = input.counted.filter(({ bookingId }) => bookingId !== input.own?.bookingId);
  const fullOf = (reason: string, most: number | null, spanOf: (at: number) => number) => {
    const span = spanOf(slot.startsAt);
    const count = others.filter(({ startsAt }) => spanOf(startsAt) === span).length;
    return most !== null && count >= most ? [reason] : [];
  };
  const dateAt = (at: number) => dayOf(wallClock(at, settings.timeZone).date);
  const mondayAt = (at: number) => dateAt(at) - wallClock(at, settings.timeZone).weekday;
  const late = settings.horizonDays !== null && slot.startsAt > now + settings.horizonDays * 1_440 * MINUTE;
  return [
    ...counted.map(({ event, reason }) =>
      [reason, event.startsAt, event.endsAt, event.connectionId, event.bookingId].join(" "),
    ),
    ...runs(
      "past",
      inSlot.filter((at) => at < now),
    ),
    ...runs(
      "notice",
      inSlot.filter((at) => now <= at && at < now + settings.minimumNoticeMs),
    ),
    ...(late ? runs("horizon", inSlot) : []),
    ...(["hours", "closed"] as const).flatMap((rule) =>
      runs(
        rule,
        inSlot.filter((at) => closedBy(at) === rule),
      ),
    ),
    ...fullOf("day_full", settings.maxPerDay, dateAt),
    ...fullOf("week_full", settings.maxPerWeek, mondayAt),
  ];
}
