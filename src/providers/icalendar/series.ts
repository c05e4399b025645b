// A series: the entries of one UID, and which of its occurrences an exception or an override means.
import type { Instant } from "../../domain/instant.ts";
import type { Clock } from "./clocks.ts";
import { midnightOf } from "./days.ts";
import type { Entry, Moment } from "./model.ts";

/** A master, or none where the owner was invited to single occurrences only, with its overrides. */
export interface Series {
  readonly master: Entry | null;
  readonly overrides: readonly Entry[];
}

/** Which occurrence: by its original start, or by its date where that is all that is said. */
export type OccurrenceId = { readonly at: Instant } | { readonly date: number };

/** One of a series' original occurrences: what the series' clock shows, and when that is. */
export interface Original {
  readonly wall: number;
  readonly at: Instant;
}

export type Clocks = (name: string) => Clock;

/** The series of a resource. A second master of the same UID is broken data: it becomes a series of its own. */
export function seriesOf(entries: readonly Entry[]): Series[] {
  const numbers = [...new Set(entries.map((entry) => entry.series))];
  return numbers.flatMap((number) => {
    const group = entries.filter((entry) => entry.series === number);
    const [master = null, ...others] = group.filter((entry) => entry.recurrenceId === null);
    const overrides = group.filter((entry) => entry.recurrenceId !== null);
    return [{ master, overrides }, ...others.map((other) => ({ master: other, overrides: [] }))];
  });
}

/**
 * Which occurrence of the series the moment means. In a series of whole days dates count; elsewhere instants, so
 * that any zone may be used. A floating moment is by the series' own clock.
 */
export function occurrenceId(moment: Moment, master: Entry | null, clocks: Clocks): OccurrenceId {
  const seriesClock = master?.span.start.clock ?? moment.clock;
  if (moment.clock === "date") return { date: moment.wall };
  if (seriesClock === "date") return { date: dateOf(moment, clocks) };
  const clock = moment.clock === "floating" ? seriesClock : moment.clock;
  return { at: clocks(clock).toInstant(moment.wall) };
}

/** The date meant by a date-time among dates. UTC's midnight is a date written badly, not a time of day. */
export function dateOf({ wall, clock }: Moment, clocks: Clocks): number {
  if (clock !== "UTC" || midnightOf(wall) === wall) return midnightOf(wall);
  return midnightOf(clocks("floating").toWall(wall));
}

/** A test for membership in a set of occurrences. */
export function membership(ids: readonly OccurrenceId[]): (original: Original) => boolean {
  const dates = new Set(ids.flatMap((id) => ("date" in id ? [id.date] : [])));
  const instants = new Set(ids.flatMap((id) => ("at" in id ? [id.at] : [])));
  return ({ wall, at }) => dates.has(midnightOf(wall)) || instants.has(at);
}

/** How an occurrence is named in row keys: basic form, in UTC or as a date. */
export function nameOf(id: OccurrenceId): string {
  const text = new Date("at" in id ? id.at : id.date).toISOString().replace(/[-:]|\.\d+/g, "");
  return "at" in id ? text : text.slice(0, text.indexOf("T"));
}
