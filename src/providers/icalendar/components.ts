// Components: the parts of a calendar that say when it takes time, and how to find things in them.
import { type Property, propertyIn, unfolded } from "./lines.ts";
import { UnreadableCalendar } from "./unreadable.ts";

/** Names are in upper case. */
export interface Component {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
}

interface OpenComponent extends Component {
  readonly properties: Property[];
  readonly components: Component[];
}

const OBSERVANCE = ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"];

/** The properties that are read, wherever their component stands. All others are passed over. */
const READ: Readonly<Record<string, readonly string[]>> = {
  VTIMEZONE: ["TZID", "X-LIC-LOCATION"],
  "VTIMEZONE/STANDARD": OBSERVANCE,
  "VTIMEZONE/DAYLIGHT": OBSERVANCE,
  VEVENT: [
    ...["UID", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"],
    ...["STATUS", "TRANSP", "ATTENDEE", "ORGANIZER"],
    ...["X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-MARAPLACE-BOOKING"],
  ],
};

const MARK = /^(BEGIN|END)[ \t]*:[ \t]*([A-Z0-9-]+)[ \t]*$/i;

/** No calendar nests components deeper. Each further level would cost more time. */
const MAX_DEPTH = 16;

const ZONE = "VTIMEZONE";

/** The components that are handed on. */
const WANTED: readonly string[] = ["VEVENT", ZONE];

/**
 * The events and zones of a resource's calendars, each as soon as it has ended: a file may hold very many. All texts
 * that people wrote are left out. Each counts wherever it stands, also where its own end or the one around it is missing.
 * @param only the properties that are read of each event and zone; by default all that matter
 * @param onFault called where an end is missing or a beginning: something may be lost
 * @throws UnreadableCalendar `not_icalendar` for other text
 */
export function* componentsIn(
  text: string,
  only?: readonly string[],
  onFault: () => void = () => {},
): Generator<Component> {
  const open: OpenComponent[] = [];
  let isCalendar = false;
  let path = "";
  for (const line of unfolded(text)) {
    const [, mark, written = ""] = MARK.exec(line) ?? [];
    const name = written.toUpperCase();
    const current = open.at(-1);
    if (mark === undefined) {
      const names = (WANTED.includes(path) && only) || READ[path] || [];
      const property = current === undefined || names.length === 0 ? null : propertyIn(line, names);
      if (property !== null) current?.properties.push(property);
      continue;
    }
    if (mark.toUpperCase() === "BEGIN") {
      // No event stands in another one, nor a zone: the one before lacks its end.
      const before = WANTED.includes(name)
        ? open.findIndex((component) => WANTED.includes(component.name))
        : -1;
      if (before !== -1) {
        onFault();
        yield* wantedOf(open.splice(before));
      }
      if (open.length === MAX_DEPTH) throw new UnreadableCalendar("not_icalendar");
      isCalendar ||= name === "VCALENDAR" || name === "VEVENT";
      const begun = { name, properties: [], components: [] };
      // Any other component would hold all that was read and handed on already.
      if (current?.name === ZONE && before === -1) current.components.push(begun);
      open.push(begun);
    } else {
      const place = open.findLastIndex((component) => component.name === name);
      if (place === -1 || place < open.length - 1) onFault();
      yield* wantedOf(place === -1 ? [] : open.splice(place));
    }
    path = pathOf(open);
  }
  if (!isCalendar) throw new UnreadableCalendar("not_icalendar");
  if (open.length > 0) onFault();
  yield* wantedOf(open);
}

const wantedOf = (ended: readonly Component[]): Component[] =>
  ended.filter(({ name }) => WANTED.includes(name));

function pathOf(open: readonly Component[]): string {
  const name = open.at(-1)?.name ?? "";
  const inZone = `${ZONE}/${name}`;
  return open.at(-2)?.name === ZONE && inZone in READ ? inZone : name;
}

export const propertiesOf = ({ properties }: Component, name: string): Property[] =>
  properties.filter((property) => property.name === name);

/** The first property of this name. */
export const propertyOf = ({ properties }: Component, name: string): Property | undefined =>
  properties.find((property) => property.name === name);

/** The first property's value. */
export const textOf = (component: Component, name: string): string | undefined =>
  propertyOf(component, name)?.value;
