// Instances: the expansion of a recurring series.
import { instanceSuffix, instantOf } from "./event-time.ts";
import { expandStarts, readRecurrence } from "./recurrence.ts";
import type { EventRecord, EventTime, GoogleState, SimulatedCalendar } from "./state.ts";

const DAY_MS = 86_400_000;

/** One occurrence of a series by its rule, whether or not an exception replaces it. */
export interface Instance {
  readonly id: string;
  readonly originalStart: EventTime;
  readonly start: EventTime;
  readonly end: EventTime;
}

interface Expansion {
  readonly revision: number;
  readonly endsBefore: number;
  readonly instances: readonly Instance[];
  readonly byId: ReadonlyMap<string, Instance>;
}

const EXPANSIONS = new WeakMap<EventRecord, Expansion>();

/** Where endless series stop: the end of a year some years ahead. */
function expansionEnd(state: GoogleState): number {
  const year = new Date(state.now()).getUTCFullYear() + (state.options.expansionYears ?? 3);
  return Date.UTC(year + 1, 0, 1);
}

function endFor(master: EventRecord, start: EventTime): EventTime {
  if (start.kind === "dateTime" && master.start.kind === "dateTime" && master.end.kind === "dateTime") {
    return { ...start, at: start.at + master.end.at - master.start.at, timeZone: master.end.timeZone };
  }
  const length = instantOf(master.end, "UTC") - instantOf(master.start, "UTC");
  const at = instantOf(start, "UTC") + Math.max(length, DAY_MS);
  return { kind: "date", date: new Date(at).toISOString().slice(0, 10) };
}

function expand(state: GoogleState, master: EventRecord): Expansion {
  const endsBefore = expansionEnd(state);
  const known = EXPANSIONS.get(master);
  if (known !== undefined && known.revision === master.revision && known.endsBefore === endsBefore)
    return known;
  const recurrence = master.recurrence === null ? null : readRecurrence(master.recurrence, master.start);
  const starts = recurrence === null ? [] : expandStarts(recurrence, master.start, endsBefore);
  const instances = starts.map((start) => ({
    id: `${master.id}_${instanceSuffix(start)}`,
    originalStart: start,
    start,
    end: endFor(master, start),
  }));
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const expansion = { revision: master.revision, endsBefore, instances, byId };
  EXPANSIONS.set(master, expansion);
  return expansion;
}

/** All instances of a series, without regard to exceptions. Empty for an event that doesn't recur. */
export function instancesOf(state: GoogleState, master: EventRecord): readonly Instance[] {
  return expand(state, master).instances;
}

/** An event found by id: a record of its own, or an instance that only its series describes. */
export type Found =
  | { readonly kind: "record"; readonly record: EventRecord }
  | { readonly kind: "instance"; readonly master: EventRecord; readonly instance: Instance };

/** Finds an event or a derived instance by id; null when this calendar never had it. */
export function findEvent(state: GoogleState, calendar: SimulatedCalendar, id: string): Found | null {
  const record = calendar.events.get(id);
  if (record !== undefined) return { kind: "record", record };
  const cut = id.lastIndexOf("_");
  const master = cut < 0 ? undefined : calendar.events.get(id.slice(0, cut));
  const instance = master === undefined ? undefined : expand(state, master).byId.get(id);
  return master === undefined || instance === undefined ? null : { kind: "instance", master, instance };
}
