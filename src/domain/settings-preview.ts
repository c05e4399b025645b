// Settings preview: what an agent's settings do in the next seven days, computed from what is known of their time.
import type { BusyRow, BusyRules } from "./busy.ts";
import { DAY_MS, type Instant, MINUTE_MS } from "./instant.ts";
import type { Interval } from "./interval.ts";
import type { Counted } from "./limits.ts";
import type { AgentSettings } from "./settings.ts";
import { freeSlots } from "./slots.ts";
import { datesFrom, dayAround, weekAround } from "./zone.ts";

const DAYS = 7;
const HALF_HOUR_MS = 30 * MINUTE_MS;

/** A local date with its number of free half hours. */
export interface DayPreview extends Interval {
  readonly free: number;
}

/** What the settings do. */
export interface SettingsPreview {
  /** Today and the six dates after it. */
  readonly days: readonly DayPreview[];
  /** When the first free half hour of these days starts; null: there is none. */
  readonly first: Instant | null;
  /** How many half hours each kind of event takes, or would take if it counted. */
  readonly takenBy: { readonly [Rule in keyof BusyRules]: number };
  /** Bookings and holds that start today and this week. */
  readonly bookedToday: number;
  readonly bookedThisWeek: number;
}

/** An interval that holds all that a preview depends on, whatever the agent's zone. */
export const previewReach = (now: Instant): Interval => ({
  startsAt: now - 9 * DAY_MS,
  endsAt: now + (DAYS + 9) * DAY_MS,
});

/** Our own bookings and holds among the rows, as the limits count them. */
const countedIn = (rows: readonly BusyRow[]): Counted[] =>
  rows
    .filter(({ connectionId }) => connectionId === null)
    .map(({ startsAt, status, bookingId, eventKey }) => ({
      startsAt,
      bookingId,
      holdId: status === "hold" ? eventKey : null,
    }));

/**
 * What the settings do.
 * @param input.rows all rows that overlap `previewReach(now)`
 * @param input.soldUntil when the time ends that can be sold
 */
export function previewOf(input: {
  readonly rows: readonly BusyRow[];
  readonly settings: AgentSettings;
  readonly now: Instant;
  readonly soldUntil: Instant;
}): SettingsPreview {
  const { rows, settings, now } = input;
  const counted = countedIn(rows);
  const dates = datesFrom(now, DAYS, settings.timeZone);
  const range = { startsAt: now, endsAt: Math.min(dates.at(-1)?.endsAt ?? now, input.soldUntil) };
  const freeUnder = (by: AgentSettings): Interval[] =>
    freeSlots({
      ...{ range, rows, counted, settings: by, now, durationMs: HALF_HOUR_MS, stepMs: HALF_HOUR_MS },
      limit: Number.POSITIVE_INFINITY,
    });
  const free = freeUnder(settings);
  const takenBy = (rule: keyof BusyRules): number => {
    const other = freeUnder({ ...settings, rules: { ...settings.rules, [rule]: !settings.rules[rule] } });
    return Math.abs(other.length - free.length);
  };
  const startsIn = ({ startsAt, endsAt }: Interval) =>
    counted.filter((one) => startsAt <= one.startsAt && one.startsAt < endsAt).length;
  return {
    days: dates.map((date) => ({
      ...date,
      free: free.filter(({ startsAt }) => date.startsAt <= startsAt && startsAt < date.endsAt).length,
    })),
    first: free[0]?.startsAt ?? null,
    takenBy: {
      tentative: takenBy("tentative"),
      allDay: takenBy("allDay"),
      outOfOffice: takenBy("outOfOffice"),
      unanswered: takenBy("unanswered"),
      workingElsewhere: takenBy("workingElsewhere"),
    },
    bookedToday: startsIn(dayAround(now, settings.timeZone)),
    bookedThisWeek: startsIn(weekAround(now, settings.timeZone)),
  };
}
