// Minute oracle: finds conflicts the slow way, minute by minute over whole events, with Intl for the wall clock.

import type { BusyRow } from "../../src/domain/busy.ts";
import { holidaysOf } from "../../src/domain/holidays.ts";
import type { Interval } from "../../src/domain/interval.ts";
import type { Counted } from "../../src/domain/limits.ts";
import type { SlotRules } from "../../src/domain/rules.ts";
import type { AgentSettings, DayHours, OpenHours } from "../../src/domain/settings.ts";
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

/** The rules that close the minute; none: it is open. */
export function closedBy(at: number, settings: AgentSettings, rules: SlotRules): ("hours" | "closed")[] {
  const { date, minute, weekday } = wallClock(at, settings.timeZone);
  const covers = (hours: DayHours) => hours.startMinute <= minute && minute < hours.endMinute;
  const opens = (hours: readonly OpenHours[] | null) =>
    hours === null || hours.some((some) => some.weekday === weekday && covers(some));
  const override = [...settings.overrides]
    .reverse()
    .find(({ firstDay, lastDay }) => firstDay <= dayOf(date) && dayOf(date) <= lastDay);
  const isHoliday =
    settings.holidays !== null &&
    holidaysOf(settings.holidays)?.some((holiday) => holiday.day === dayOf(date)) === true &&
    !settings.workedHolidays.includes(dayOf(date));
  const isClosed = override === undefined ? isHoliday : !override.hours.some(covers);
  const isUsual = override === undefined && !isHoliday;
  const isOff = (isUsual && !opens(settings.workingHours)) || !opens(rules.hours);
  return [...(isClosed ? (["closed"] as const) : []), ...(isOff ? (["hours"] as const) : [])];
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
  rules: SlotRules;
  now: number;
  own?: { bookingId?: string };
}): string[] {
  const { slot, settings, rules, now } = input;
  const inSlot = minutesOf(slot.startsAt, slot.endsAt);
  const hit = input.events.flatMap((event) => {
    if (event.bookingId !== null && event.bookingId === input.own?.bookingId) return [];
    if (!counts(event, settings)) return [];
    const during = (at: number) => event.startsAt <= at && at < event.endsAt;
    const own = event.connectionId === null;
    // The slot keeps its buffers. Another booking keeps the agent's, and those that it was sold with.
    const before = [settings.bufferBeforeMs, rules.bufferBeforeMs];
    const after = [settings.bufferAfterMs, rules.bufferAfterMs];
    const earlierMs = Math.max(...before, ...(own ? [settings.bufferAfterMs, event.bufferAfterMs ?? 0] : []));
    const laterMs = Math.max(...after, ...(own ? [settings.bufferBeforeMs, event.bufferBeforeMs ?? 0] : []));
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
  const others = input.counted.filter(({ bookingId }) => bookingId !== input.own?.bookingId);
  const fullOf = (reason: string, most: number | null, spanOf: (at: number) => number) => {
    const span = spanOf(slot.startsAt);
    const count = others.filter(({ startsAt }) => spanOf(startsAt) === span).length;
    return most !== null && count >= most ? [reason] : [];
  };
  const dateAt = (at: number) => dayOf(wallClock(at, settings.timeZone).date);
  const mondayAt = (at: number) => dateAt(at) - wallClock(at, settings.timeZone).weekday;
  const late = [settings.horizonDays, rules.horizonDays].some(
    (days) => days !== null && slot.startsAt > now + days * 1_440 * MINUTE,
  );
  const noticeMs = Math.max(settings.minimumNoticeMs, rules.minimumNoticeMs);
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
      inSlot.filter((at) => now <= at && at < now + noticeMs),
    ),
    ...(late ? runs("horizon", inSlot) : []),
    ...(["hours", "closed"] as const).flatMap((rule) =>
      runs(
        rule,
        inSlot.filter((at) => closedBy(at, settings, rules).includes(rule)),
      ),
    ),
    ...fullOf("day_full", settings.maxPerDay, dateAt),
    ...fullOf("week_full", settings.maxPerWeek, mondayAt),
  ];
}
