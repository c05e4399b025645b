// Series: the entries of one UID, and how an exception or an override finds its occurrence.
import type { Instant } from "../../domain/instant.ts";
import type { Clocks, Original } from "./clock.ts";
import { midnightOf } from "./days.ts";
import type { Entry, Moment } from "./model.ts";

/** A master with its overrides. There is no master where the owner was invited to single occurrences only. */
export interface Series {
  readonly master: Entry | null;
  readonly overrides: readonly Entry[];
}

/** Names an occurrence by its original start, or by its date where only a date is given. */
export type OccurrenceId = { readonly at: Instant } | { readonly date: number };

/** The series of a resource. A second master of the same UID is broken data and becomes a series of its own. */
export function seriesOf(entries: readonly Entry[]): Series[] {
  const groups = new Map<number, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.series);
    if (group === undefined) groups.set(entry.series, [entry]);
    else group.push(entry);
  }
  return [...groups.values()].flatMap((group) => {
    const [master = null, ...others] = group.filter((entry) => entry.recurrenceId === null);
    const overrides = group.filter((entry) => entry.recurrenceId !== null);
    return [{ master, overrides }, ...others.map((other) => ({ master: other, overrides: [] }))];
  });
}

/**
 * The occurrence of the series that the moment names. In a series of whole days the date counts. In any other series
 * the instant counts, so that any zone may be used. A floating moment goes by the series' own clock.
 */
export function occurrenceId(moment: Moment, master: Entry | null, clocks: Clocks): OccurrenceId {
  const seriesClock = master?.span.start.clock ?? moment.clock;
  if (moment.clock === "date") return { date: moment.wall };
  if (seriesClock === "date") return { date: dateOf(moment, clocks) };
  const clock = moment.clock === "floating" ? seriesClock : moment.clock;
  return { at: clocks(clock).toInstant(moment.wall) };
}

/** The date of a date-time in a series of dates. Midnight in UTC is a badly written date and not a time of day. */
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

/**
 * The occurrences that overrides replace. A date names one occurrence: where the series has several on it, nobody knows
 * which is meant, and all of them stay.
 */
export function onOneOccurrence(
  ids: readonly OccurrenceId[],
  originals: readonly Original[],
): readonly OccurrenceId[] {
  if (!ids.some((id) => "date" in id)) return ids;
  const counts = new Map<number, number>();
  for (const { wall } of originals) {
    const date = midnightOf(wall);
    counts.set(date, (counts.get(date) ?? 0) + 1);
  }
  return ids.filter((id) => !("date" in id) || (counts.get(id.date) ?? 0) <= 1);
}

/** The name of an occurrence in row keys: basic form, in UTC or as a date. */
export function nameOf(id: OccurrenceId): string {
  const text = new Date("at" in id ? id.at : id.date).toISOString().replace(/[-:]|\.\d+/g, "");
  return "at" in id ? text : text.slice(0, text.indexOf("T"));
}
