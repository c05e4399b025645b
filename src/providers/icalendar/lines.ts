// From a resource's text to the few lines that say when it takes time. What people wrote is dropped here.
import { UnreadableCalendar } from "./unreadable.ts";

/** Which properties are read, by the path of components they stand in. Everything else is passed over. */
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

/** No calendar nests components deeper; one that does costs more with every level. */
const MAX_DEPTH = 16;

/**
 * The lines to be parsed, unfolded, in their components. Lenient about what isn't read: a byte order mark, bare
 * line feeds, lines broken by sloppy folding and properties nobody knows do no harm (`providers.md` C.8, C.10.1).
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

/** Rules are case-insensitive and shouldn't hold blanks or empty parts; the parser is stricter than that. */
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
