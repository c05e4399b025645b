// Event times: reading, writing and comparing them in zones.
import { isZone, localInstant, offsetAt } from "../shared/zoned-time.ts";
import { invalid } from "./errors.ts";
import type { EventTime } from "./state.ts";

const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?$/;

/** RFC 3339 with the zone's offset and without milliseconds, as Google writes times. */
function renderInstant(at: number, timeZone: string): string {
  const offset = offsetAt(timeZone, at);
  const local = new Date(at + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${hours}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A time as the API shows it, rendered in `zone`. */
export function renderTime(time: EventTime, zone: string): Record<string, string> {
  if (time.kind === "date") return { date: time.date };
  return { dateTime: renderInstant(time.at, zone), timeZone: time.timeZone };
}

/** The instant a time stands for; a date is its midnight in `zone`. */
export function instantOf(time: EventTime, zone: string): number {
  return time.kind === "dateTime" ? time.at : localInstant(`${time.date}T00:00:00`, zone);
}

/** The suffix of an instance id: UTC date and time, or the date alone. */
export function instanceSuffix(time: EventTime): string {
  const text = time.kind === "date" ? time.date : `${new Date(time.at).toISOString().slice(0, 19)}Z`;
  return text.replaceAll("-", "").replaceAll(":", "");
}

interface RawTime {
  readonly date?: string | null | undefined;
  readonly dateTime?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
}

/** Reads a time from a request body. `zone` is the calendar's, for times that name none. */
export function readTime(raw: RawTime, side: "start" | "end", zone: string): EventTime {
  const bad = () => invalid(`Invalid ${side} time.`);
  const { date, dateTime, timeZone } = raw;
  if (typeof timeZone === "string" && !isZone(timeZone)) throw invalid("Invalid time zone definition.");
  if (typeof date === "string") {
    if (typeof dateTime === "string" || !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw bad();
    if (Number.isNaN(Date.parse(`${date}T00:00:00Z`))) throw bad();
    return { kind: "date", date };
  }
  if (typeof dateTime !== "string") throw bad();
  const named = timeZone ?? zone;
  if (WITH_OFFSET.test(dateTime)) {
    const at = Date.parse(dateTime);
    if (Number.isNaN(at)) throw bad();
    return { kind: "dateTime", at, timeZone: named };
  }
  // Google reads a time without an offset only beside an explicit zone.
  if (!WITHOUT_OFFSET.test(dateTime) || typeof timeZone !== "string") throw bad();
  return { kind: "dateTime", at: localInstant(dateTime, timeZone), timeZone };
}
