// Lines: the few lines of a resource that say when it takes time. All texts that people wrote are dropped.
import { UnreadableCalendar } from "./unreadable.ts";

/** The properties that are read, by the path of their components. All others are passed over. */
const READ: Readonly<Record<string, readonly string[]>> = {
  VCALENDAR: [],
  "VCALENDAR/VTIMEZONE": ["TZID", "X-LIC-LOCATION"],
  "VCALENDAR/VTIMEZONE/STANDARD": ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"],
  "VCALENDAR/VTIMEZONE/DAYLIGHT": ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"],
  "VCALENDAR/VEVENT": [
    ...["UID", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"],
    ...["STATUS", "TRANSP", "ATTENDEE", "ORGANIZER"],
    ...["X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-MARAPLACE-BOOKING"],
  ],
};

const MARK = /^(BEGIN|END)[ \t]*:[ \t]*([A-Z0-9-]+)[ \t]*$/i;
const NAME = /^[A-Z0-9-]+(?=[;:])/i;

/** No calendar nests components deeper. Each further level would cost more time. */
const MAX_DEPTH = 16;

/**
 * The lines that must be parsed, unfolded, in their components. A byte order mark, bare line feeds, badly folded lines
 * and unknown properties do no harm (`docs/providers/caldav.md` C.8, C.10.1).
 * @throws UnreadableCalendar `not_icalendar` for other text, and for a calendar that is cut off
 */
export function readLines(text: string): string {
  const unfolded = text
    .replaceAll("\uFEFF", "")
    .replace(/\r\n?/g, "\n")
    .replace(/\n[ \t]/g, "");
  const open: string[] = [];
  const kept: string[] = [];
  let calendars = 0;
  for (const line of unfolded.split("\n")) {
    const [, mark, component = ""] = MARK.exec(line) ?? [];
    const name = component.toUpperCase();
    if (mark?.toUpperCase() === "BEGIN" && open.push(name) > MAX_DEPTH)
      throw new UnreadableCalendar("not_icalendar");
    if (isRead(line, mark !== undefined, open)) kept.push(mark === undefined ? tidied(line) : line.trim());
    if (mark?.toUpperCase() !== "END") continue;
    if (open.pop() !== name) throw new UnreadableCalendar("not_icalendar");
    if (name === "VCALENDAR" && open.length === 0) calendars++;
  }
  if (calendars === 0 || open.length > 0) throw new UnreadableCalendar("not_icalendar");
  return kept.join("\r\n");
}

function isRead(line: string, isMark: boolean, open: readonly string[]): boolean {
  const properties = READ[open.join("/")];
  if (properties === undefined || isMark) return properties !== undefined;
  const name = NAME.exec(line)?.[0].toUpperCase();
  return name !== undefined && properties.includes(name);
}

/** Rules are case-insensitive, and some hold blanks or empty parts. The parser takes none of that. */
function tidied(line: string): string {
  if (!/^RRULE[;:]/i.test(line)) return line;
  const colon = line.indexOf(":");
  const parts = line
    .slice(colon + 1)
    .toUpperCase()
    .replace(/\s/g, "")
    .split(";");
  return `RRULE:${parts.filter((part) => /^[A-Z-]+=./.test(part)).join(";")}`;
}
