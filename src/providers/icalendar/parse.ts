// Parse: from a resource's text to its reduced form.
import {
  type Component,
  calendarsOf,
  componentsOf,
  type Property,
  parameterOf,
  propertiesOf,
  propertyOf,
  textOf,
} from "./jcal.ts";
import { markedBooking } from "./mark.ts";
import type { Entry, Moment, Observance, Resource, Span } from "./model.ts";
import { statusOf } from "./occupation.ts";
import { UnreadableCalendar } from "./unreadable.ts";
import { durationOf, momentOf, offsetOf, ruleOf } from "./values.ts";
import { ianaNameOf, offsetInName } from "./zone-names.ts";

/**
 * Reads a resource. The result holds no text that a person wrote: UIDs and the resource's own zones become numbers,
 * and the attendees become the owner's answer.
 * @throws UnreadableCalendar when the times of the resource can't be known
 */
export function parseResource(text: string, ownAddresses: readonly string[]): Resource {
  const calendars = calendarsOf(text);
  const zones: Observance[][] = [];
  const clockOf = clocksOf(
    calendars.flatMap((calendar) => componentsOf(calendar, "vtimezone")),
    zones,
  );
  const numberOf = numbering();
  const entries = calendars
    .flatMap((calendar) => componentsOf(calendar, "vevent"))
    .map((event) => entryOf(event, { clockOf, numberOf, ownAddresses }));
  return { v: 1, zones, entries };
}

interface Context {
  readonly ownAddresses: readonly string[];
  clockOf(property: Property): string;
  numberOf(uid: string | undefined): number;
}

function entryOf(event: Component, { clockOf, numberOf, ownAddresses }: Context): Entry {
  const momentIn = (name: string): Moment | null => {
    const property = propertyOf(event, name);
    return property === undefined ? null : momentOf(property[3], clockOf(property));
  };
  const recurrence = propertyOf(event, "recurrence-id");
  const recurrenceId = momentIn("recurrence-id");
  const start = momentIn("dtstart") ?? recurrenceId;
  if (start === null) throw new UnreadableCalendar("bad_time");
  const end = momentIn("dtend");
  const duration = textOf(event, "duration");
  const uid = textOf(event, "uid");
  const range = recurrence === undefined ? undefined : parameterOf(recurrence, "range");
  return {
    series: numberOf(uid),
    sequence: Number.parseInt(textOf(event, "sequence") ?? "0", 10) || 0,
    recurrenceId,
    thisAndFuture: range?.toUpperCase() === "THISANDFUTURE",
    span: { start, end, duration: end === null && duration !== undefined ? durationOf(duration) : null },
    status: statusOf(event, ownAddresses),
    bookingId: markedBooking(textOf(event, "x-maraplace-booking"), uid),
    rules: propertiesOf(event, "rrule").map(([, , , rule]) => ruleOf(rule)),
    dates: propertiesOf(event, "rdate").flatMap((property) => datesOf(property, clockOf(property))),
    exceptions: propertiesOf(event, "exdate").flatMap((property) =>
      exceptionsOf(property, clockOf(property)),
    ),
  };
}

function datesOf([, , type, ...values]: Property, clock: string): Span[] {
  return values.map((value) => {
    const [start, until] = type === "period" && Array.isArray(value) ? value : [value];
    const length = until === undefined ? null : String(until);
    const isDuration = length !== null && /^[+-]?P/i.test(length);
    return {
      start: momentOf(start, clock),
      end: length === null || isDuration ? null : momentOf(length, clock),
      duration: isDuration ? durationOf(length) : null,
    };
  });
}

/** An unreadable exception excludes nothing. So an agent may look busier than they are, but never freer. */
function exceptionsOf([, , , ...values]: Property, clock: string): Moment[] {
  return values.flatMap((value) => {
    try {
      return [momentOf(value, clock)];
    } catch {
      return [];
    }
  });
}

/** Finds the clock of a property's local times. A zone that no name resolves is added to `zones` when it is used. */
function clocksOf(timeZones: readonly Component[], zones: Observance[][]): (property: Property) => string {
  const known = new Map<string, string>();
  const ownZone = (observances: Observance[]) => `#${zones.push(observances) - 1}`;
  const resolve = (tzid: string): string => {
    const name = ianaNameOf(tzid);
    if (name !== null) return name;
    const embedded = timeZones.find((zone) => textOf(zone, "tzid") === tzid);
    const location = embedded === undefined ? undefined : textOf(embedded, "x-lic-location");
    const located = location === undefined ? null : ianaNameOf(location);
    if (located !== null) return located;
    const observances = embedded?.[2].map(observanceOf) ?? [];
    if (observances.length > 0) return ownZone(observances);
    const offset = offsetInName(tzid);
    if (offset === null) return "floating";
    const ms = offsetOf(offset);
    return ownZone([{ wall: 0, fromMs: ms, toMs: ms, rules: [], dates: [] }]);
  };
  return (property) => {
    const tzid = parameterOf(property, "tzid");
    if (tzid === undefined) return "floating";
    const clock = known.get(tzid) ?? resolve(tzid);
    known.set(tzid, clock);
    return clock;
  };
}

function observanceOf(component: Component): Observance {
  return {
    wall: momentOf(propertyOf(component, "dtstart")?.[3], "floating").wall,
    fromMs: offsetOf(textOf(component, "tzoffsetfrom")),
    toMs: offsetOf(textOf(component, "tzoffsetto")),
    rules: propertiesOf(component, "rrule").map(([, , , rule]) => ruleOf(rule)),
    dates: propertiesOf(component, "rdate").flatMap(([, , , ...values]) =>
      values.map((value) => momentOf(value, "floating").wall),
    ),
  };
}

/** Numbers UIDs in order of appearance. An event without a UID is a series of its own. */
function numbering(): (uid: string | undefined) => number {
  const numbers = new Map<string, number>();
  let next = 0;
  return (uid) => {
    const number = (uid === undefined ? undefined : numbers.get(uid)) ?? next++;
    if (uid !== undefined) numbers.set(uid, number);
    return number;
  };
}
