// Times of a week's page, in the agent's zone.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { dayAround } from "../../domain/zone.ts";

/** How the page writes instants. */
export interface TimeWords {
  /** "09:30". */
  time(at: Instant): string;
  /** "01:30 CET". */
  namedTime(at: Instant): string;
  /** "Monday, 30 November". */
  date(at: Instant): string;
  /** "Mon 30". */
  shortDate(at: Instant): string;
}

/** Writes instants as wall clocks of the zone show them. */
export function timesIn(timeZone: string, locale: string): TimeWords {
  const of = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const [plain, named] = [of(clock), of({ ...clock, timeZoneName: "short" })];
  const long = of({ weekday: "long", day: "numeric", month: "long" });
  const short = of({ weekday: "short", day: "numeric" });
  return {
    time: (at) => plain.format(at),
    namedTime: (at) => named.format(at),
    date: (at) => long.format(at),
    shortDate: (at) => short.format(at),
  };
}

/** An instant of a day. A day of another length than 24 hours shows some times twice or never, so it names the offset. */
const Time = ({ at, day, times }: { at: Instant; day: Interval; times: TimeWords }) =>
  day.endsAt - day.startsAt === DAY_MS ? (
    <time>{times.time(at)}</time>
  ) : (
    <time datetime={`${new Date(at).toISOString().slice(0, 16)}Z`}>{times.namedTime(at)}</time>
  );

/** A dash behind which no line ends. */
const DASH = "–\u2060";

/** A stretch of a day as people read it. The end of the day is its 24th hour. */
const Span = ({ span, day, times }: { span: Interval; day: Interval; times: TimeWords }) => (
  <>
    <Time at={span.startsAt} day={day} times={times} />
    {DASH}
    {span.endsAt === day.endsAt ? "24:00" : <Time at={span.endsAt} day={day} times={times} />}
  </>
);

/** A stretch that may last for days: the end's date is named where it is another than the start's. */
export const LongSpan = ({
  span,
  timeZone,
  times,
}: {
  span: Interval;
  timeZone: string;
  times: TimeWords;
}) => {
  const day = dayAround(span.startsAt, timeZone);
  const isOfOneDay = span.endsAt <= day.endsAt;
  return (
    <>
      {times.date(span.startsAt)},{" "}
      {isOfOneDay ? (
        <Span span={span} day={day} times={times} />
      ) : (
        <>
          <Time at={span.startsAt} day={day} times={times} /> {DASH} {times.date(span.endsAt)},{" "}
          <Time at={span.endsAt} day={dayAround(span.endsAt, timeZone)} times={times} />
        </>
      )}
    </>
  );
};

/** Stretches of a day in one line. */
export const Spans = ({
  spans,
  day,
  times,
}: {
  spans: readonly Interval[];
  day: Interval;
  times: TimeWords;
}) => (
  <>
    {spans.map((span, index) => (
      <>
        {index === 0 ? "" : ", "}
        <Span span={span} day={day} times={times} />
      </>
    ))}
  </>
);
