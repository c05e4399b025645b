// Lead time: how long before an appointment it was sold.
import { HOUR_MS } from "./instant.ts";

/** The bounds of the groups in hours: on the day, the day before, within a week, two, or a month. */
const BOUNDS = [0, 24, 48, 168, 336, 720] as const;

/** How many sales had such a lead time, from `fromHours` to before `toHours`; null: no end. */
export interface LeadGroup {
  readonly fromHours: number;
  readonly toHours: number | null;
  readonly count: number;
}

/** The lead times of some sales. The quantiles are in hours to a tenth; null: there was no sale. */
export interface LeadTime {
  readonly medianHours: number | null;
  /** A tenth of the sales came later than this. */
  readonly p10Hours: number | null;
  /** A tenth of the sales came earlier than this. */
  readonly p90Hours: number | null;
  readonly groups: readonly LeadGroup[];
}

/** The lead times of sales, each in ms. What was put into the past counts as 0. */
export function leadTimeOf(leadMs: readonly number[]): LeadTime {
  const hours = leadMs.map((ms) => Math.max(0, ms) / HOUR_MS).sort((a, b) => a - b);
  const quantile = (share: number): number | null => {
    const found = hours[Math.min(hours.length - 1, Math.floor(hours.length * share))];
    return found === undefined ? null : Math.round(found * 10) / 10;
  };
  return {
    medianHours: quantile(0.5),
    p10Hours: quantile(0.1),
    p90Hours: quantile(0.9),
    groups: BOUNDS.map((fromHours, index) => {
      const toHours = BOUNDS[index + 1] ?? null;
      const count = hours.filter((one) => one >= fromHours && (toHours === null || one < toHours)).length;
      return { fromHours, toHours, count };
    }),
  };
}
