// Parse: from a resource's text to its reduced form. A part that can't be read costs that part only.
import { DAY_MS } from "../../domain/instant.ts";
import { type Component, componentsIn, propertiesOf, propertyOf, textOf } from "./components.ts";
import { midnightOf } from "./days.ts";
import { LEAST } from "./length.ts";
import type { Property } from "./lines.ts";
import { markedBooking } from "./mark.ts";
import type { Duration, Entry, Moment, Observance, Resource, Span } from "./model.ts";
import { isCancelled, statusOf } from "./occupation.ts";
import { byEachEnd, ruleOf } from "./rule.ts";
import { type Doubt, distinct, UnreadableCalendar } from "./unreadable.ts";
import { durationOf, momentOf } from "./values.ts";
import { clockFinder, listOf } from "./zones.ts";

/** A VEVENT. `entry` is null where its start can't be read. */
export interface ReadEvent {
  readonly entry: Entry | null;
  readonly isOverride: boolean;
  readonly isCancelled: boolean;
  /** Doubts about its start and end. */
  readonly spanDoubts: readonly Doubt[];
  readonly doubts: readonly Doubt[];
}

/**
 * Reads a resource. The result holds no text that a person wrote: UIDs and the resource's own zones become numbers,
 * and the attendees become the owner's answer.
 * @throws UnreadableCalendar when nothing of its time can be known
 */
export function parseResource(text: string, ownAddresses: readonly string[]): Resource {
  const { zones, events, doubts: structural } = readEvents(text, ownAddresses);
  const entries = events.flatMap(({ entry }) => entry ?? []);
  const doubts = distinct([...structural, ...events.flatMap((event) => event.doubts)]);
  const [worst] = doubts.filter(({ extent }) => extent === "unknown");
  if (entries.length === 0 && worst !== undefined) throw new UnreadableCalendar(worst.reason);
  return { v: 1, zones, entries, doubts };
}

/**
 * The VEVENTs of a resource, in order, and whether something between them is lost.
 * @throws UnreadableCalendar `not_icalendar`
 */
export function readEvents(
  text: string,
  ownAddresses: readonly string[],
): { zones: Observance[][]; events: ReadEvent[]; doubts: Doubt[] } {
  const { timeZones, masters } = survey(text);
  const zones: Observance[][] = [];
  const clockOf = clockFinder(timeZones, zones);
  const context = {
    ownAddresses,
    clockOf,
    numberOf: numbering(),
    hasMaster: (uid: string | undefined) => uid !== undefined && masters.has(uid),
  };
  const events: ReadEvent[] = [];
  const doubts: Doubt[] = [];
  const onFault = () => doubts.push({ reason: "not_icalendar", extent: "unknown" });
  for (const component of componentsIn(text, undefined, onFault)) {
    if (component.name === "VEVENT") events.push(readEvent(component, context));
  }
  return { zones, events, doubts };
}

/** What must be known of the whole text before its first event can be read: its zones, and which series have a master. */
function survey(text: string): { timeZones: Component[]; masters: Set<string | undefined> } {
  const timeZones: Component[] = [];
  const masters = new Set<string | undefined>();
  for (const component of componentsIn(text, ["TZID", "X-LIC-LOCATION", "UID", "RECURRENCE-ID"])) {
    if (component.name === "VTIMEZONE") timeZones.push(component);
    if (component.name === "VEVENT" && !propertyOf(component, "RECURRENCE-ID"))
      masters.add(textOf(component, "UID"));
  }
  return { timeZones, masters };
}

interface Context {
  readonly ownAddresses: readonly string[];
  clockOf(property: Property, doubts: Doubt[]): string;
  numberOf(uid: string | undefined): number;
  hasMaster(uid: string | undefined): boolean;
}

function readEvent(event: Component, context: Context): ReadEvent {
  const { clockOf } = context;
  const uid = textOf(event, "UID");
  const status = statusOf(event, context.ownAddresses);
  const spanDoubts: Doubt[] = [];
  const doubts: Doubt[] = [];
  const momentsIn = (name: string): Moment[] =>
    propertiesOf(event, name).flatMap(
      (property) => momentOf(property.value, clockOf(property, spanDoubts)) ?? [],
    );
  const recurrence = propertyOf(event, "RECURRENCE-ID");
  const [recurrenceId = null] = momentsIn("RECURRENCE-ID");
  const [written = null, ...otherStarts] = momentsIn("DTSTART");
  if (otherStarts.some((other) => !isSame(other, written))) {
    spanDoubts.push({ reason: "bad_time", extent: "unknown" });
  }
  const isMoved = propertyOf(event, "DTSTART") !== undefined;
  const range = recurrence?.parameters["RANGE"]?.toUpperCase() || null;
  const thisAndFuture = range === "THISANDFUTURE" && context.hasMaster(uid);
  if (recurrence !== undefined && (recurrenceId === null || (range !== null && !thisAndFuture))) {
    // Where it changes other occurrences too, nobody knows where they are.
    doubts.push({ reason: "bad_override", extent: range === null ? "known" : "unknown" });
  }
  if (written === null && (isMoved || recurrenceId === null)) {
    spanDoubts.push({ reason: "bad_time", extent: "unknown" });
  }
  // Moved nobody knows where to: then the series keeps its own occurrence, unless it is cancelled or has none.
  const isLost = written === null && isMoved && status !== null && context.hasMaster(uid);
  const start = written ?? (isLost ? null : recurrenceId);
  // An end says nothing about the length where the start is another one.
  const end = written === null && isMoved ? null : latestOf(momentsIn("DTEND"), spanDoubts);
  const span = start === null ? null : spanOf(event, start, end, spanDoubts);
  const entry =
    span === null
      ? null
      : {
          // An override of nothing that can be known stands by itself.
          series: context.numberOf(recurrence !== undefined && recurrenceId === null ? undefined : uid),
          sequence: Number.parseInt(textOf(event, "SEQUENCE") ?? "0", 10) || 0,
          recurrenceId,
          thisAndFuture: thisAndFuture && recurrenceId !== null,
          span,
          status,
          bookingId: markedBooking(textOf(event, "X-MARAPLACE-BOOKING"), uid),
          ...recurrenceOf(event, span.start, context, doubts),
        };
  // Time that isn't taken can't be in doubt.
  const takes = status !== null;
  return {
    entry,
    isOverride: recurrence !== undefined,
    isCancelled: isCancelled(event),
    spanDoubts: takes ? spanDoubts : [],
    doubts: takes ? [...spanDoubts, ...doubts] : [],
  };
}

const isSame = (moment: Moment, other: Moment | null): boolean =>
  moment.wall === other?.wall && moment.clock === other.clock;

/** Of several ends the last one, so that the event isn't shorter than any of them says. */
function latestOf(ends: readonly Moment[], doubts: Doubt[]): Moment | null {
  const [first] = ends;
  // Ends by different clocks can't be compared here.
  if (ends.some(({ clock }) => clock !== first?.clock)) doubts.push({ reason: "bad_end", extent: "unknown" });
  return ends.reduce<Moment | null>(
    (last, end) => (last !== null && last.wall >= end.wall ? last : end),
    null,
  );
}

const roughly = ({ days, ms }: Duration): number => days * DAY_MS + ms;

function spanOf(event: Component, start: Moment, end: Moment | null, doubts: Doubt[]): Span {
  const durations = propertiesOf(event, "DURATION").map(({ value }) => durationOf(value));
  const duration = durations.reduce<Duration | null>(
    (longest, read) => (read === null || (longest && roughly(longest) >= roughly(read)) ? longest : read),
    null,
  );
  if (end !== null || duration !== null) return { start, end, duration };
  const isDate = propertyOf(event, "DTSTART")?.parameters["VALUE"]?.toUpperCase() === "DATE";
  if (durations.length === 0 && propertyOf(event, "DTEND") === undefined) {
    // A time where a date is promised: without an end the whole day is meant.
    return { start: isDate ? { wall: midnightOf(start.wall), clock: "date" } : start, end, duration };
  }
  doubts.push({ reason: "bad_end", extent: "unknown" });
  return { start, end, duration: start.clock === "date" ? null : LEAST };
}

/** The rules, extra dates and exceptions that can be read. */
function recurrenceOf(
  event: Component,
  { clock }: Moment,
  { clockOf }: Context,
  doubts: Doubt[],
): Pick<Entry, "rules" | "dates" | "exceptions"> {
  const rules = propertiesOf(event, "RRULE")
    .filter(({ value }) => value !== "")
    .map(({ value }) => ruleOf(value, clock === "date"));
  doubts.push(...rules.flatMap((rule) => rule.doubts));
  const extra = propertiesOf(event, "RDATE").flatMap((property) => {
    const own = clockOf(property, doubts);
    return listOf(property.value).map((value) => extraOf(value, own, doubts));
  });
  const exceptions = propertiesOf(event, "EXDATE").flatMap((property) => {
    // A zone that isn't known may only make an exception miss its occurrence.
    const own = clockOf(property, []);
    return listOf(property.value).map((value) => momentOf(value, own));
  });
  // An unreadable exception excludes nothing. So an agent may look busier than they are, but never freer.
  if (exceptions.includes(null)) doubts.push({ reason: "bad_date", extent: "known" });
  return {
    rules: rules.flatMap(({ rule }) => (rule === null ? [] : byEachEnd(rule))),
    dates: extra.flatMap((date) => date ?? []),
    exceptions: exceptions.flatMap((exception) => exception ?? []),
  };
}

/** An extra date or period. A period whose end can't be read has the length of the event. */
function extraOf(value: string, clock: string, doubts: Doubt[]): Span | null {
  const [from = "", until] = value.split("/");
  const start = momentOf(from, clock);
  const duration = until === undefined ? null : durationOf(until);
  const end = until === undefined || duration !== null ? null : momentOf(until, clock);
  const isRead = start !== null && (until === undefined || end !== null || duration !== null);
  if (!isRead) doubts.push({ reason: "bad_date", extent: "unknown" });
  return start === null ? null : { start, end, duration };
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
