// Expand: from a reduced resource to its busy time within a window.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import { type Interval, overlaps } from "../../domain/interval.ts";
import type { BusyEvent } from "../provider.ts";
import { type Budget, newBudget } from "./budget.ts";
import { clocksOf } from "./clocks.ts";
import { atMost, endOf, inKind, instantOf, lengthOf, type Zones } from "./length.ts";
import type { Duration, Entry, Moment, Resource, Span } from "./model.ts";
import { type Listed, originalsOf } from "./originals.ts";
import {
  membership,
  nameOf,
  type OccurrenceId,
  occurrenceId,
  onOneOccurrence,
  type Series,
  seriesOf,
} from "./series.ts";
import { type Doubt, distinct } from "./unreadable.ts";

/** For which resource, window and zone the busy time is wanted. */
export interface Place {
  /** The resource's name in its calendar: its address. */
  readonly key: string;
  readonly window: Interval;
  /** The IANA zone of dates and floating times. */
  readonly fallbackTimeZone: string;
}

/** A resource's busy time in a window. */
export interface Expansion {
  /** Sorted by start. All share the resource's key as their `seriesKey`. */
  readonly events: BusyEvent[];
  /** Whether it has a rule or extra dates. */
  readonly recurs: boolean;
  /**
   * An instant after which it takes no time. Null when it is endless, when its count doesn't end within the window, or
   * when a doubt of unknown extent leaves it open. `Number.NEGATIVE_INFINITY` when it never takes time.
   */
  readonly reach: Instant | null;
  /** The first start that it has, whether in the window or not; null: none. */
  readonly startsAt: Instant | null;
  /** The parts that couldn't be read to the end, each kind once. Empty where everything was read. */
  readonly unreadable: readonly Doubt[];
}

interface Scope extends Place, Zones {
  readonly budget: Budget;
  readonly doubts: Doubt[];
}

type Row = Omit<BusyEvent, "key" | "seriesKey"> & { readonly id: OccurrenceId };
type Part = { readonly rows: readonly Row[]; readonly reach: Instant | null };

/** Expands a resource. */
export function expand(resource: Resource, place: Place, budget: Budget = newBudget()): Expansion {
  const until = place.window.endsAt;
  const doubts: Doubt[] = [...resource.doubts];
  const clocks = clocksOf({ zones: resource.zones, fallbackTimeZone: place.fallbackTimeZone, until, doubts });
  const scope = { ...place, clocks, budget, doubts };
  const parts = seriesOf(resource.entries).map((series, index) => {
    const { rows, reach } = expandSeries(series, scope);
    const single = !isSplit(series);
    const events = rows.map(({ id, ...row }) => ({
      key: keyOf(place.key, index, single ? "" : nameOf(id)),
      seriesKey: place.key,
      ...row,
    }));
    return { events, reach };
  });
  const unreadable = distinct(doubts);
  return {
    events: parts.flatMap(({ events }) => events).sort((a, b) => a.startsAt - b.startsAt),
    recurs: resource.entries.some((entry) => entry.recurrenceId === null && recurs(entry)),
    reach: reachWith(unreadable, latest(parts.map(({ reach }) => reach))),
    startsAt: firstStart(resource.entries, scope),
    unreadable,
  };
}

function firstStart(entries: readonly Entry[], scope: Scope): Instant | null {
  const starts = entries
    .filter(({ status }) => status !== null)
    .map(({ span }) => instantOf(span.start, scope));
  return starts.length === 0 ? null : starts.reduce((first, at) => Math.min(first, at));
}

/** Time that nobody can know has no last instant. A zone that isn't known only moves it, by less than a day. */
function reachWith(doubts: readonly Doubt[], reach: Instant | null): Instant | null {
  const unknown = doubts.filter(({ extent }) => extent === "unknown");
  if (unknown.length === 0 || reach === null) return reach;
  return unknown.every(({ reason }) => reason === "bad_zone") ? reach + DAY_MS : null;
}

/** `href` for a single event, `href#occurrence` in a series. Further series of a resource are numbered. */
function keyOf(key: string, series: number, name: string): string {
  const suffix = [...(series > 0 ? [String(series)] : []), ...(name === "" ? [] : [name])].join("/");
  return suffix === "" ? key : `${key}#${suffix}`;
}

const recurs = ({ rules, dates }: Entry): boolean => rules.length + dates.length > 0;

const isSplit = ({ master, overrides }: Series): boolean =>
  overrides.length > 0 || (master !== null && recurs(master));

function expandSeries({ master, overrides }: Series, scope: Scope): Part {
  const replaced = newest(overrides, master, scope);
  const parts = replaced.map(({ entry, id }) => overridePart(entry, id, master, scope));
  if (master === null) return joined(parts);
  const exceptions = master.exceptions.map((moment) => occurrenceId(moment, master, scope.clocks));
  const gone = { exceptions, replaced: replaced.map(({ id }) => id) };
  return joined([...parts, masterPart(master, shiftsOf(replaced, master, scope), gone, scope)]);
}

/** A change of all occurrences from one override on (RANGE=THISANDFUTURE). */
interface Shift {
  readonly entry: Entry;
  readonly from: Instant;
  readonly byMs: number;
  readonly length: Duration;
}

function masterPart(
  master: Entry,
  shifts: readonly Shift[],
  gone: { readonly exceptions: readonly OccurrenceId[]; readonly replaced: readonly OccurrenceId[] },
  scope: Scope,
): Part {
  const unshifted = {
    entry: master,
    from: Number.NEGATIVE_INFINITY,
    byMs: 0,
    length: lengthIn(master, master.span, scope),
  };
  const phases: readonly Shift[] = [unshifted, ...shifts];
  if (phases.every(({ entry }) => entry.status === null))
    return { rows: [], reach: Number.NEGATIVE_INFINITY };
  const periods = master.dates.map((date) => lengthIn(master, date, scope));
  // Not spread into arguments, because there may be more extra dates than a call can take.
  const longest = [...phases.map(({ length }) => length), ...periods]
    .map(atMost)
    .reduce((most, length) => Math.max(most, length), 0);
  const forward = Math.max(...phases.map(({ byMs }) => byMs));
  const backward = Math.min(...phases.map(({ byMs }) => byMs));
  // One day more on either side covers the zone's offset from UTC.
  const range = {
    from: scope.window.startsAt - DAY_MS - longest - forward,
    to: scope.window.endsAt + DAY_MS - backward,
  };
  const { originals, lastAt } = originalsOf(master, range, scope, scope.budget, scope.doubts);
  const isExcluded = membership(gone.exceptions);
  const isReplaced = membership(onOneOccurrence(gone.replaced, originals));
  const taken = originals
    .filter((original) => !isExcluded(original) && !isReplaced(original))
    .map((original) => {
      const phase = phases.findLast(({ from }) => from <= original.at) ?? unshifted;
      return takenBy(phase, original, master, scope);
    });
  const rows = taken.flatMap((time) => rowWithin(scope.window, time));
  if (master.rules.length === 0) return { rows, reach: latest(taken.map(reachOf)) };
  // A shift may also change the zone. One day covers that.
  const slack = shifts.length > 0 ? Math.max(0, forward) + DAY_MS : 0;
  return { rows, reach: lastAt === null ? null : lastAt + longest + slack };
}

/** An entry that takes no time leaves no doubt. */
const lengthIn = ({ status }: Entry, span: Span, scope: Scope, least?: Duration): Duration =>
  lengthOf(span, scope, status === null ? [] : scope.doubts, least);

/** The time of an occurrence, and whose entry it is. It counts only if the entry's status says so. */
interface Taken {
  readonly entry: Entry;
  readonly id: OccurrenceId;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly bookingId: string | null;
}

function takenBy(phase: Shift, { wall, at, span }: Listed, master: Entry, scope: Scope): Taken {
  const { entry, byMs } = phase;
  const { clock } = entry.span.start;
  // A period of times in a series of dates takes these times.
  const isTimed = span !== null && span.start.clock !== "date" && clock === "date";
  const start = inKind({ wall: wall + byMs, clock: isTimed ? "floating" : clock });
  const startsAt = entry === master ? at : instantOf(start, scope);
  const length = span === null ? phase.length : lengthIn(entry, span, scope, phase.length);
  return {
    entry,
    id: master.span.start.clock === "date" ? { date: wall } : { at },
    startsAt,
    endsAt: endOf(start, startsAt, length, scope),
    bookingId: entry.bookingId ?? master.bookingId,
  };
}

function overridePart(entry: Entry, id: OccurrenceId, master: Entry | null, scope: Scope): Part {
  const startsAt = instantOf(entry.span.start, scope);
  const endsAt = endOf(entry.span.start, startsAt, lengthIn(entry, entry.span, scope), scope);
  const taken = { entry, id, startsAt, endsAt, bookingId: entry.bookingId ?? master?.bookingId ?? null };
  return { rows: rowWithin(scope.window, taken), reach: reachOf(taken) };
}

/** The row of an occurrence; none where it takes no time in the window. */
function rowWithin(window: Interval, taken: Taken): Row[] {
  const { entry, startsAt, endsAt, bookingId, id } = taken;
  if (entry.status === null || startsAt >= endsAt || !overlaps(taken, window)) return [];
  return [
    { id, startsAt, endsAt, allDay: entry.span.start.clock === "date", status: entry.status, bookingId },
  ];
}

const reachOf = ({ entry, startsAt, endsAt }: Taken): Instant =>
  entry.status !== null && startsAt < endsAt ? endsAt : Number.NEGATIVE_INFINITY;

/** Of several overrides of one occurrence, the one with the highest sequence; of equals the last. */
function newest(
  overrides: readonly Entry[],
  master: Entry | null,
  scope: Scope,
): { entry: Entry; id: OccurrenceId }[] {
  const chosen = new Map<string, { entry: Entry; id: OccurrenceId }>();
  for (const entry of overrides) {
    const id = occurrenceId(entry.recurrenceId ?? entry.span.start, master, scope.clocks);
    const rival = chosen.get(nameOf(id));
    if (rival === undefined || rival.entry.sequence <= entry.sequence) chosen.set(nameOf(id), { entry, id });
  }
  return [...chosen.values()];
}

/** The overrides that change later occurrences, in order, each with its distance by the local clock. */
function shiftsOf(
  replaced: readonly { entry: Entry; id: OccurrenceId }[],
  master: Entry,
  scope: Scope,
): Shift[] {
  const { clock, wall: startWall } = master.span.start;
  const shifts = replaced
    .filter(({ entry }) => entry.thisAndFuture)
    .map(({ entry, id }) => {
      const timeOfDay = ((startWall % DAY_MS) + DAY_MS) % DAY_MS;
      const original: Moment =
        "at" in id
          ? { wall: scope.clocks(clock).toWall(id.at), clock }
          : { wall: id.date + (clock === "date" ? 0 : timeOfDay), clock };
      const byMs = entry.span.start.wall - original.wall;
      return { entry, from: instantOf(original, scope), byMs, length: lengthIn(entry, entry.span, scope) };
    });
  return shifts.sort((a, b) => a.from - b.from);
}

function joined(parts: readonly Part[]): Part {
  return { rows: parts.flatMap(({ rows }) => rows), reach: latest(parts.map(({ reach }) => reach)) };
}

function latest(reaches: readonly (Instant | null)[]): Instant | null {
  let last = Number.NEGATIVE_INFINITY;
  for (const reach of reaches) {
    if (reach === null) return null;
    last = Math.max(last, reach);
  }
  return last;
}
