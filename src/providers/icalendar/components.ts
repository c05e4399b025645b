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

/** No calendar nests components deeper. Each further level would cost more time. */
const MAX_DEPTH = 16;

/** The component that holds the others. */
const CALENDAR = "VCALENDAR";

/**
 * The components of a resource's calendars, in order, each as soon as it has ended: a file may hold very many. All
 * texts that people wrote are left out.
 * @param only the properties that are read of each component directly in a calendar; by default all that matter
 * @throws UnreadableCalendar `not_icalendar` for other text, and for a calendar that is cut off
 */
export function* componentsIn(text: string, only?: readonly string[]): Generator<Component> {
  const open: OpenComponent[] = [];
  let calendars = 0;
  let path = "";
  for (const line of unfolded(text)) {
    const [, mark, written = ""] = MARK.exec(line) ?? [];
    const component = written.toUpperCase();
    const current = open.at(-1);
    if (mark === undefined) {
      const names = (open.length === 2 && only) || READ[path] || [];
      const property = current === undefined || names.length === 0 ? null : propertyIn(line, names);
      if (property !== null) current?.properties.push(property);
      continue;
    }
    if (mark.toUpperCase() === "BEGIN") {
      if (open.length === MAX_DEPTH) throw new UnreadableCalendar("not_icalendar");
      const begun = { name: component, properties: [], components: [] };
      // A calendar would otherwise hold all that was read and yielded already.
      if (open.length > 1) current?.components.push(begun);
      open.push(begun);
    } else {
      const ended = open.pop();
      if (ended?.name !== component) throw new UnreadableCalendar("not_icalendar");
      if (open.length === 0 && component === CALENDAR) calendars += 1;
      if (open.length === 1 && open[0]?.name === CALENDAR) yield ended;
    }
    path = open.map(({ name }) => name).join("/");
  }
  if (calendars === 0 || open.length > 0) throw new UnreadableCalendar("not_icalendar");
}

export const propertiesOf = ({ properties }: Component, name: string): Property[] =>
  properties.filter((property) => property.name === name);

/** The first property of this name. */
export const propertyOf = ({ properties }: Component, name: string): Property | undefined =>
  properties.find((property) => property.name === name);

/** The first property's value. */
export const textOf = (component: Component, name: string): string | undefined =>
  propertyOf(component, name)?.value;
