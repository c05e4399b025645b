// iCalendar check: what servers demand of an object, and how iCloud rewrites it (`docs/providers/caldav.md` C.7.1).
import { DavRefusal, precondition } from "./errors.ts";
import { CALDAV } from "./markup.ts";
import type { Profile } from "./state.ts";

/** One content line: name and parameters in upper case, the value unchanged. */
export interface ContentLine {
  readonly name: string;
  readonly parameters: string;
  readonly value: string;
}

export interface Component {
  readonly name: string;
  readonly lines: ContentLine[];
  readonly components: Component[];
}

const LINE = /^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/s;

/** The VCALENDAR, or null for a text without one. Lenient about line ends, because people's own apps are. */
export function readCalendar(text: string): Component | null {
  const lines = text
    .replace(/\r?\n[ \t]/g, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const open: Component[] = [];
  let root: Component | null = null;
  for (const line of lines) {
    const match = LINE.exec(line);
    if (match === null || (root !== null && open.length === 0)) return null;
    const [, name = "", parameters = "", value = ""] = match;
    const parent = open.at(-1);
    if (name.toUpperCase() === "BEGIN") {
      const component: Component = { name: value.toUpperCase(), lines: [], components: [] };
      if (parent === undefined) root = component;
      else parent.components.push(component);
      open.push(component);
    } else if (name.toUpperCase() === "END") {
      if (open.pop()?.name !== value.toUpperCase()) return null;
    } else if (parent === undefined) return null;
    else parent.lines.push({ name: name.toUpperCase(), parameters, value });
  }
  return root?.name === "VCALENDAR" && open.length === 0 ? root : null;
}

const valuesOf = (component: Component, name: string) =>
  component.lines.filter((line) => line.name === name).map((line) => line.value);

const eventsOf = (calendar: Component) => calendar.components.filter(({ name }) => name === "VEVENT");

/** The one UID of an object, or null. */
export function uidOf(text: string): string | null {
  const calendar = readCalendar(text);
  const uids = new Set(
    calendar === null ? [] : eventsOf(calendar).flatMap((event) => valuesOf(event, "UID")),
  );
  return uids.size === 1 ? ([...uids][0] ?? null) : null;
}

/** Does every TZID used have its VTIMEZONE? */
function zonesStated(calendar: Component): boolean {
  const stated = new Set(
    calendar.components.filter(({ name }) => name === "VTIMEZONE").flatMap((zone) => valuesOf(zone, "TZID")),
  );
  const used = eventsOf(calendar).flatMap((event) =>
    event.lines.flatMap((line) => /;TZID=("?)([^";:]+)\1/.exec(line.parameters)?.[2] ?? []),
  );
  return used.every((zone) => stated.has(zone));
}

/** Refuses the objects that a strict server refuses. */
export function checkObject(text: string, profile: Profile): void {
  const invalid = () =>
    profile === "icloud"
      ? new DavRefusal(400, { html: true })
      : precondition(403, CALDAV, "valid-calendar-data");
  const calendar = readCalendar(text);
  if (calendar === null || /(?<!\r)\n/.test(text) || !text.endsWith("\r\n")) throw invalid();
  if (text.split("\r\n").some((line) => Buffer.byteLength(line) > 75)) throw invalid();
  if (!valuesOf(calendar, "VERSION").includes("2.0") || valuesOf(calendar, "PRODID").length !== 1)
    throw invalid();
  const events = eventsOf(calendar);
  if (events.length === 0) throw precondition(403, CALDAV, "supported-calendar-component");
  if (valuesOf(calendar, "METHOD").length > 0 || uidOf(text) === null) {
    throw precondition(403, CALDAV, "valid-calendar-object-resource");
  }
  for (const event of events) {
    if (valuesOf(event, "DTSTART").length !== 1 || valuesOf(event, "DTSTAMP").length !== 1) throw invalid();
    const ended = valuesOf(event, "DTEND").length + valuesOf(event, "DURATION").length > 0;
    // C25
    if (!ended && profile === "icloud") throw new DavRefusal(404);
  }
  if (!zonesStated(calendar)) throw invalid();
}

/** The text as the server stores it. iCloud changes it, and the etag stays valid. */
export function asStored(text: string, profile: Profile): string {
  if (profile !== "icloud") return text;
  return text
    .replace(/^(DTSTAMP:.*\r\n)/m, "$1$1")
    .replace(/^BEGIN:VEVENT\r\n/m, "BEGIN:VEVENT\r\nX-APPLE-CREATOR-IDENTITY:com.apple.calendar \r\n")
    .replace(/^BEGIN:VTIMEZONE\r\n/m, "BEGIN:VTIMEZONE\r\nX-LIC-LOCATION:Nowhere\r\n");
}
