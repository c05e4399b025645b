// Pattern: Graph's recurrence patterns and their days (`docs/providers/microsoft.md` B.4).
import * as z from "zod";

const DAY_MS = 86_400_000;
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const INDEXES = ["first", "second", "third", "fourth", "last"] as const;

const weekday = z.enum(WEEKDAYS);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** `recurrence` as clients send it. Another check demands the fields of each type. */
export const patternSchema = z
  .strictObject({
    pattern: z.strictObject({
      type: z.enum([
        "daily",
        "weekly",
        "absoluteMonthly",
        "relativeMonthly",
        "absoluteYearly",
        "relativeYearly",
      ]),
      interval: z.number().int().min(1).max(999),
      daysOfWeek: z.array(weekday).optional(),
      dayOfMonth: z.number().int().min(0).max(31).optional(),
      index: z.enum(INDEXES).optional(),
      month: z.number().int().min(0).max(12).optional(),
      firstDayOfWeek: weekday.optional(),
    }),
    range: z.strictObject({
      type: z.enum(["endDate", "noEnd", "numbered"]),
      startDate: date,
      endDate: date.optional(),
      numberOfOccurrences: z.number().int().min(0).max(999).optional(),
      recurrenceTimeZone: z.string().optional(),
    }),
  })
  .superRefine(({ pattern, range }, context) => {
    const need = (present: unknown, field: string) => {
      if (!present) context.addIssue(`The recurrence of type ${pattern.type} needs ${field}.`);
    };
    const relative = pattern.type.startsWith("relative");
    if (relative || pattern.type === "weekly") need(pattern.daysOfWeek?.length, "daysOfWeek");
    if (pattern.type.startsWith("absolute")) need(pattern.dayOfMonth, "dayOfMonth");
    if (pattern.type.endsWith("Yearly")) need(pattern.month, "month");
    if (range.type === "endDate") need((range.endDate ?? "") >= range.startDate, "an endDate");
    if (range.type === "numbered") need(range.numberOfOccurrences, "numberOfOccurrences");
  });

export type Pattern = z.infer<typeof patternSchema>;

/** The recurrence as Graph shows it, with its defaults. */
export function renderPattern({ pattern, range }: Pattern, zone: string): Record<string, unknown> {
  const defaults = { month: 0, dayOfMonth: 0, firstDayOfWeek: "sunday", index: "first" };
  return {
    pattern: { ...defaults, ...pattern },
    range: { endDate: "0001-01-01", numberOfOccurrences: 0, recurrenceTimeZone: zone, ...range },
  };
}

export const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

function* monthDays({ pattern }: Pattern, year: number, month: number): Generator<number> {
  const first = Date.UTC(year, month, 1) / DAY_MS;
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (pattern.type.startsWith("absolute")) {
    // The 31st means the last day of a short month.
    yield first + Math.min(pattern.dayOfMonth ?? 1, length) - 1;
    return;
  }
  const wanted = new Set((pattern.daysOfWeek ?? []).map((name) => WEEKDAYS.indexOf(name)));
  const hits = Array.from({ length }, (_, offset) => first + offset).filter((day) =>
    wanted.has(weekdayOf(day)),
  );
  const index = pattern.index ?? "first";
  const hit = index === "last" ? hits.at(-1) : hits[INDEXES.indexOf(index)];
  if (hit !== undefined) yield hit;
}

/** The days of the pattern (numbered since the epoch), in order, without end. Some may lie before the start. */
function* patternDays(recurrence: Pattern, start: number): Generator<number> {
  const { pattern } = recurrence;
  const begin = new Date(start * DAY_MS);
  const [year, month] = [begin.getUTCFullYear(), begin.getUTCMonth()];
  const weekStart = WEEKDAYS.indexOf(pattern.firstDayOfWeek ?? "sunday");
  const week = start - ((weekdayOf(start) - weekStart + 7) % 7);
  const wanted = new Set((pattern.daysOfWeek ?? []).map((name) => WEEKDAYS.indexOf(name)));
  for (let step = 0; step < 100_000; step += pattern.interval) {
    if (pattern.type === "daily") yield start + step;
    else if (pattern.type === "weekly") {
      for (let day = week + step * 7; day < week + step * 7 + 7; day += 1)
        if (wanted.has(weekdayOf(day))) yield day;
    } else if (pattern.type.endsWith("Monthly")) {
      const at = new Date(Date.UTC(year, month + step, 1));
      yield* monthDays(recurrence, at.getUTCFullYear(), at.getUTCMonth());
    } else yield* monthDays(recurrence, year + step, (pattern.month ?? 1) - 1);
  }
}

/** The days of a series in order ("2026-03-03"), up to `before` (exclusive) and the end of its range. */
export function seriesDays(recurrence: Pattern, before: string): string[] {
  const { range } = recurrence;
  const start = dayNumber(range.startDate);
  const most = range.type === "numbered" ? (range.numberOfOccurrences ?? 0) : Number.POSITIVE_INFINITY;
  const last =
    range.type === "endDate" ? dayNumber(range.endDate ?? range.startDate) : Number.POSITIVE_INFINITY;
  const end = Math.min(dayNumber(before), last + 1);
  const days: string[] = [];
  for (const day of patternDays(recurrence, start)) {
    if (day < start) continue;
    if (day >= end || days.length >= most) break;
    days.push(dayText(day));
  }
  return days;
}
