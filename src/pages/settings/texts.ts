// Texts of the settings pages: dates and times in the reader's language and the agent's zone.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Weekday } from "../../domain/settings.ts";
import type { Words } from "../words/english.ts";

/** The first Monday that computers know: 5 January 1970. */
const MONDAY = 4 * DAY_MS;

/** "Monday" */
export const weekdayName = ({ locale }: Words, weekday: Weekday): string =>
  new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(
    MONDAY + (weekday - 1) * DAY_MS,
  );

/** A date of an instant in a zone: "Thursday, 3 December". */
export const dateText = ({ locale }: Words, at: Instant, timeZone: string): string =>
  new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone }).format(at);

/** The same with its time. */
export const timeText = ({ locale }: Words, at: Instant, timeZone: string): string =>
  new Intl.DateTimeFormat(locale, {
    ...{ weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone },
  }).format(at);

/** A date of a day number: "Thursday, 3 December 2026". */
export const dayText = ({ locale }: Words, day: number): string =>
  new Intl.DateTimeFormat(locale, {
    ...{ weekday: "short", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" },
  }).format(day * DAY_MS);

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** A minute of a day; 1440 is "00:00". Minutes before midnight count backwards from it. */
export const clockText = (minute: number): string => clock(((minute % 1_440) + 1_440) % 1_440);

/** A country in the reader's language. */
export function countryNames({ locale }: Words): (code: string) => string {
  const names = new Intl.DisplayNames(locale, { type: "region" });
  return (code) => names.of(code) ?? code;
}
