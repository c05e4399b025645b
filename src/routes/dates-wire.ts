// Dates on the wire: dates as YYYY-MM-DD, which the domain counts as days since 1970-01-01.
import { DAY_MS } from "../domain/instant.ts";

/** The day number of a date. */
export const dayOf = (date: string): number => Date.parse(date) / DAY_MS;

/** The date of a day number. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
