// Geometry of the picture of a week: where on a day's bar each stretch lies. Pure: no words, no colours.
import { HOUR_MS, type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { localStretches } from "../../domain/zone.ts";

/** A part of a day's bar, in minutes of the day: a day of 23 hours has 1380 of them, and fills its bar as well. */
export interface Extent {
  readonly x: number;
  readonly width: number;
}

/** A stretch on its day's bar. Stretches that overlap lie in lanes, one above the other: which one, of how many. */
export interface Placed<T> extends Extent {
  readonly item: T;
  readonly lane: number;
  readonly lanes: number;
}

/** A rectangle of the bar, from its top left corner. */
export interface Rectangle extends Extent {
  readonly y: number;
  readonly height: number;
}

/** Narrower than so many minutes nobody sees a stretch. */
const NARROWEST = 6;

/** To a tenth of a minute: a pixel is more than that. */
const rounded = (value: number): number => Math.round(value * 10) / 10;

/** How long the day is, in minutes. */
export const lengthOf = ({ startsAt, endsAt }: Interval): number => (endsAt - startsAt) / MINUTE_MS;

/** Where a stretch lies. It must lie inside the day. */
export function extentOn(day: Interval, { startsAt, endsAt }: Interval): Extent {
  const width = Math.max(NARROWEST, rounded((endsAt - startsAt) / MINUTE_MS));
  const x = Math.min(lengthOf(day) - width, (startsAt - day.startsAt) / MINUTE_MS);
  return { x: rounded(x), width };
}

/**
 * Places stretches of a day, so that none hides another. Those that overlap, directly or by others between them, share
 * the height of the bar; all others have the whole of it.
 * @param items sorted by start, each inside the day
 */
export function placeOn<T extends Interval>(day: Interval, items: readonly T[]): Placed<T>[] {
  const placed: Placed<T>[] = [];
  let cluster: { item: T; lane: number }[] = [];
  let laneEnds: Instant[] = [];
  const close = () => {
    const lanes = laneEnds.length;
    placed.push(...cluster.map(({ item, lane }) => ({ item, ...extentOn(day, item), lane, lanes })));
    cluster = [];
    laneEnds = [];
  };
  for (const item of items) {
    if (laneEnds.every((endsAt) => endsAt <= item.startsAt)) close();
    const free = laneEnds.findIndex((endsAt) => endsAt <= item.startsAt);
    const lane = free === -1 ? laneEnds.length : free;
    laneEnds[lane] = item.endsAt;
    cluster.push({ item, lane });
  }
  close();
  return placed;
}

/** The rectangle of a placed stretch on a bar of this height. */
export const rectangleOf = ({ x, width, lane, lanes }: Placed<unknown>, height: number): Rectangle => ({
  ...{ x, width },
  y: rounded((lane * height) / lanes),
  height: rounded(height / lanes),
});

/** Rectangles as one SVG path, which is the shortest way to write them. */
export const pathOf = (rectangles: readonly Rectangle[]): string =>
  rectangles.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h${-width}z`).join("");

/** A mark of the hours below a bar, in percent of it. */
export interface HourMark {
  readonly hour: number;
  readonly percent: number;
}

/** Where the wall clock of a day shows every so many full hours. An hour that the clocks skip has no mark. */
export function hourMarks(day: Interval, timeZone: string, everyHours: number): HourMark[] {
  const marks: HourMark[] = [];
  for (const { startsAt, endsAt, midnightAt } of localStretches(day, timeZone)) {
    for (let hour = 0; hour < 24; hour += everyHours) {
      const at = midnightAt + hour * HOUR_MS;
      const percent = rounded(((at - day.startsAt) / (day.endsAt - day.startsAt)) * 100);
      if (startsAt <= at && at < endsAt) marks.push({ hour, percent });
    }
  }
  return marks;
}
