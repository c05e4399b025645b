// Days: calendar arithmetic on numbers. A day counts from 1970-01-01; a wall is a local time in milliseconds.
import { DAY_MS } from "../../domain/instant.ts";

/** A day's date in the Gregorian calendar. Months count from 1; `weekday` is ISO, 1 is Monday. */
export interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly dayOfMonth: number;
  readonly weekday: number;
}

export const dayOf = (wall: number): number => Math.floor(wall / DAY_MS);

/** The wall's midnight. */
export const midnightOf = (wall: number): number => dayOf(wall) * DAY_MS;

export function civilOf(day: number): CivilDay {
  const date = new Date(day * DAY_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    dayOfMonth: date.getUTCDate(),
    weekday: weekdayOf(day),
  };
}

/** ISO weekday; day 0 was a Thursday. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;

/** The day of a date; months and days beyond their range roll over. */
export function dayOfDate(year: number, month: number, dayOfMonth: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, dayOfMonth);
  return dayOf(date.getTime());
}

/** The first day of the week that holds `day`, where weeks begin on `wkst`. */
export const weekStart = (day: number, wkst: number): number => day - ((weekdayOf(day) - wkst + 7) % 7);

/**
 * The number of the day's week. Week 1 is the first with at least four days in its year. `fromEnd` counts back from
 * the year's last week, which is -1.
 */
export function weekNumber(day: number, wkst: number): { number: number; fromEnd: number } {
  const fourthDay = weekStart(day, wkst) + 3;
  const { year } = civilOf(fourthDay);
  const number = 1 + Math.floor((fourthDay - dayOfDate(year, 1, 1)) / 7);
  const fromEnd = -1 - Math.floor((dayOfDate(year, 12, 31) - fourthDay) / 7);
  return { number, fromEnd };
}
