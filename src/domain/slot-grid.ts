// Slot grid: where slots may start, by the agent's wall clock.
import { DAY_MS, type Instant } from "./instant.ts";
import { type Interval, subtract } from "./interval.ts";
import { closedTime, type Schedule } from "./open-hours.ts";
import { dayAround, localStretches } from "./zone.ts";

/**
 * `clock`: slots start at multiples of the step since midnight. `opening`: at multiples of the step since the agent
 * opened.
 */
export type Align = "clock" | "opening";

/** A stretch of even wall-clock time. Slots start a whole number of steps after `originAt`. */
export interface GridStretch extends Interval {
  /** Midnight or the opening by this stretch's offset. It may lie outside the stretch. */
  readonly originAt: Instant;
}

/** The grid of a range, in order and without gaps in the time in which slots may start. */
export function slotGrid(range: Interval, schedule: Schedule, align: Align): Iterable<GridStretch> {
  return align === "clock" ? clockGrid(range, schedule) : openingGrid(range, schedule);
}

function* clockGrid(range: Interval, { timeZone }: Schedule): Generator<GridStretch> {
  for (const { startsAt, endsAt, midnightAt } of localStretches(range, timeZone))
    yield { startsAt, endsAt, originAt: midnightAt };
}

/**
 * Hours that go on over midnight are one opening. A date that is open from its beginning to its end is an opening of
 * its own. So no opening lies further back than the beginning of the date before the range.
 */
function* openingGrid(range: Interval, schedule: Schedule): Generator<GridStretch> {
  const { timeZone } = schedule;
  const first = dayAround(range.startsAt, timeZone);
  const wide = {
    startsAt: dayAround(first.startsAt - 1, timeZone).startsAt,
    endsAt: dayAround(range.endsAt, timeZone).endsAt,
  };
  const { hours, closed } = closedTime(wide, schedule);
  for (const open of subtract(wide, [...hours, ...closed])) {
    let originWall: number | undefined;
    let lastDay: number | undefined;
    for (const { startsAt, endsAt, day, midnightAt } of localStretches(open, timeZone)) {
      // Wall-clock time as a number that goes on over midnight and is set by clock changes.
      const midnightWall = day * DAY_MS;
      const isWholeDate = day !== lastDay && isOpenAllDate(open, startsAt, timeZone);
      if (originWall === undefined || isWholeDate) originWall = midnightWall + startsAt - midnightAt;
      lastDay = day;
      yield { startsAt, endsAt, originAt: midnightAt + originWall - midnightWall };
    }
  }
}

function isOpenAllDate(open: Interval, at: Instant, timeZone: string): boolean {
  const date = dayAround(at, timeZone);
  return open.startsAt <= date.startsAt && date.endsAt <= open.endsAt;
}
