// Numbers: counts, shares and days as people of a language write them.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Words } from "../words/english.ts";

/** How a page writes numbers and times. */
export interface Writer {
  count(value: number): string;
  /** A share from 0 to 1. */
  share(value: number): string;
  /** A day, counted from 1970. */
  day(day: number): string;
  /** The local date of an instant. */
  date(at: Instant): string;
  /** The local date and time of an instant. */
  time(at: Instant): string;
}

/** A day stays on one line. */
const unbroken = (text: string): string => text.replaceAll(" ", "\u00a0");

/** Writes in the language of these words, and in this zone. */
export function writerOf({ locale }: Pick<Words, "locale">, timeZone: string): Writer {
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const shares = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const short = { day: "numeric", month: "short" } as const;
  const days = new Intl.DateTimeFormat(locale, { ...short, timeZone: "UTC" });
  const dates = new Intl.DateTimeFormat(locale, { ...short, timeZone });
  const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
  return {
    count: (value) => numbers.format(value),
    share: (value) => shares.format(value),
    day: (day) => unbroken(days.format(day * DAY_MS)),
    date: (at) => unbroken(dates.format(at)),
    time: (at) => times.format(at),
  };
}
