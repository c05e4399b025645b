// Instants: points in time, as epoch milliseconds inside the engine and as RFC 3339 text at its edge.
import { EngineError } from "./errors.ts";

/** A point in time in milliseconds since the Unix epoch, UTC. */
export type Instant = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads RFC 3339 text, which must have an offset ("2026-03-01T10:00:00Z", "…+01:00").
 * @throws EngineError `invalid_time` for anything else, including dates that don't exist (February 30)
 */
export function parseInstant(text: string): Instant {
  const at = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  const day = Number(text.slice(8, 10));
  const daysInMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  if (Number.isNaN(at) || day > daysInMonth) {
    throw new EngineError(
      "invalid_time",
      "A time must be RFC 3339 with an offset, for example 2026-03-01T10:00:00Z.",
    );
  }
  return at;
}

/** Writes an instant as RFC 3339 in UTC with milliseconds. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

/** Writes a day, counted from 1970-01-01, as YYYY-MM-DD. */
export function formatDay(day: number): string {
  return formatInstant(day * DAY_MS).slice(0, 10);
}

/** Reads a date that exists, as YYYY-MM-DD: its day, counted from 1970-01-01. */
export function parseDay(date: string): number {
  return Date.parse(date) / DAY_MS;
}
