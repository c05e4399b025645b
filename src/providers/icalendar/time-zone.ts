// Time zone: a VTIMEZONE with the clock changes of an IANA zone around a stretch of time.
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { offsetStretch } from "../../domain/zone.ts";

/** The time described on either side, for clients that show the days around an event. */
const AROUND_MS = 366 * DAY_MS;

/** No zone has more changes within two years. */
const MAX_CHANGES = 16;

/**
 * The lines of a VTIMEZONE that is right for `span` and a year around it. It lists each change and has no rules, so it
 * promises nothing about the zone's future.
 */
export function timeZoneLines(timeZone: string, span: Interval): string[] {
  const lines: string[] = [];
  let stretch = offsetStretch(span.startsAt - AROUND_MS, timeZone);
  let fromMs = stretch.offsetMs;
  for (let change = 0; change < MAX_CHANGES; change++) {
    const onset = Math.max(stretch.startsAt, span.startsAt - AROUND_MS);
    // STANDARD and DAYLIGHT differ only in the name that a client may show.
    const kind = stretch.offsetMs > fromMs ? "DAYLIGHT" : "STANDARD";
    lines.push(
      `BEGIN:${kind}`,
      `DTSTART:${basic(onset + fromMs)}`,
      `TZOFFSETFROM:${offset(fromMs)}`,
      `TZOFFSETTO:${offset(stretch.offsetMs)}`,
      `END:${kind}`,
    );
    fromMs = stretch.offsetMs;
    if (stretch.endsAt > span.endsAt + AROUND_MS) break;
    stretch = offsetStretch(stretch.endsAt, timeZone);
  }
  return ["BEGIN:VTIMEZONE", `TZID:${timeZone}`, ...lines, "END:VTIMEZONE"];
}

/** Date and time in basic form, 20260302T090000, in whole seconds, because iCalendar has no fractions. */
export function basic(wall: number): string {
  // By its parts: making the ISO form and taking marks out of it took eight times as long.
  const at = new Date(wall);
  const year = at.getUTCFullYear();
  const date = `${twoDigits(Math.floor(year / 100))}${twoDigits(year % 100)}${twoDigits(at.getUTCMonth() + 1)}${twoDigits(at.getUTCDate())}`;
  return `${date}T${twoDigits(at.getUTCHours())}${twoDigits(at.getUTCMinutes())}${twoDigits(at.getUTCSeconds())}`;
}

/** Read from a list, because a feed has thousands of them. */
const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));

const twoDigits = (value: number): string => TWO_DIGITS[value] ?? String(value);

function offset(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / MINUTE_MS);
  const seconds = Math.floor((Math.abs(ms) % MINUTE_MS) / SECOND_MS);
  const parts = [Math.floor(minutes / 60), minutes % 60, ...(seconds > 0 ? [seconds] : [])];
  return `${ms < 0 ? "-" : "+"}${parts.map(twoDigits).join("")}`;
}
