// The report's half about bookings: sold, how early, how full, lost, and in which calendars they are.

import { HOUR_MS } from "../../domain/instant.ts";
import type { LeadGroup } from "../../domain/lead-time.ts";
import { LOSS_REASONS } from "../../domain/lost-sales.ts";
import type { ReportView } from "../../sync/report.ts";
import { BarChart, highestStack, type Series } from "../chart.tsx";
import { Table } from "../table.tsx";
import type { Words } from "../words/english.ts";
import type { Writer } from "./numbers.ts";

/** What every part of the report is made of. */
export interface Part {
  readonly words: Words;
  readonly report: ReportView;
  readonly write: Writer;
}

/** A chart with a column a day, or a sentence where there is nothing to draw. */
export const Daily = (
  part: Part & {
    id: string;
    heading: string;
    text: string;
    days: readonly { readonly day: number }[];
    series: readonly Series[];
  },
) => {
  const { words, write, id, heading, text, days, series } = part;
  const most = highestStack(series);
  if (most === 0) return <p class="soft">{words.report.nothing}</p>;
  const ends = [write.day(days[0]?.day ?? 0), write.day(days.at(-1)?.day ?? 0)] as const;
  return (
    <>
      <p>{text}</p>
      <BarChart {...{ id, title: heading, text, series, ends }} most={words.report.most(write.count(most))} />
    </>
  );
};

/** One thing of each day. */
export const valuesOf = <Name extends string>(
  days: readonly Readonly<Record<Name, number>>[],
  name: Name,
): number[] => days.map((day) => day[name]);

const Bookings = ({ part }: { part: Part }) => {
  const { words, report, write } = part;
  const say = words.report.bookings;
  const { happened, appointments } = report.analytics;
  const text = say.text(
    write.count(happened.sold),
    write.count(happened.moved),
    write.count(happened.cancelled),
  );
  return (
    <section>
      <h2>{say.heading}</h2>
      <Daily
        {...part}
        days={report.bookingDays}
        {...{ id: "bookings", heading: say.heading, text }}
        series={[
          { name: say.sold, tone: "main", values: valuesOf(report.bookingDays, "sold") },
          { name: say.moved, tone: "warn", values: valuesOf(report.bookingDays, "moved") },
          { name: say.cancelled, tone: "bad", values: valuesOf(report.bookingDays, "cancelled") },
        ]}
      />
      <p>{say.upcoming(write.count(appointments.upcoming))}</p>
    </section>
  );
};

/** A time in hours as people say it: days where it is long or whole days, and an hour at least. */
function timeWords({ report: { lead } }: Words, hours: number): string {
  const rounded = Math.max(1, Math.round(hours));
  return rounded < 48 && rounded % 24 !== 0 ? lead.hours(rounded) : lead.days(Math.round(hours / 24));
}

function groupWords(words: Words, { fromHours, toHours }: LeadGroup): string {
  const { lead } = words.report;
  if (toHours === null) return lead.over(timeWords(words, fromHours));
  return fromHours === 0
    ? lead.under(timeWords(words, toHours))
    : lead.between(timeWords(words, fromHours), timeWords(words, toHours));
}

const Lead = ({ part: { words, report, write } }: { part: Part }) => {
  const say = words.report.lead;
  const { medianHours, p10Hours, p90Hours, groups } = report.analytics.leadTime;
  const text =
    medianHours === null || p10Hours === null || p90Hours === null
      ? words.report.nothing
      : say.text(timeWords(words, medianHours), timeWords(words, p90Hours), timeWords(words, p10Hours));
  const series = [{ name: say.bookings, tone: "main" as const, values: groups.map(({ count }) => count) }];
  const most = highestStack(series);
  const ends = [groups[0], groups.at(-1)].map((group) => (group ? groupWords(words, group) : ""));
  return (
    <section>
      <h2>{say.heading}</h2>
      <p>{text}</p>
      {most === 0 ? null : (
        <>
          <BarChart
            {...{ id: "lead", title: say.heading, text, series }}
            ends={[ends[0] ?? "", ends[1] ?? ""]}
            most={words.report.most(write.count(most))}
          />
          <Table
            label={say.heading}
            head={[say.before, say.bookings]}
            rows={groups.map((group) => [groupWords(words, group), write.count(group.count)])}
          />
        </>
      )}
    </section>
  );
};

const Utilisation = ({ part: { words, report, write } }: { part: Part }) => {
  const say = words.report.utilisation;
  const { weeks } = report.analytics.utilisation;
  const hours = (ms: number) => write.count(ms / HOUR_MS);
  const openMs = weeks.reduce((sum, week) => sum + week.openMs, 0);
  const bookedMs = weeks.reduce((sum, week) => sum + week.bookedMs, 0);
  const text = openMs === 0 ? say.none : say.text(write.share(bookedMs / openMs));
  const series: Series[] = [
    { name: say.booked, tone: "main", values: weeks.map((week) => week.bookedMs) },
    { name: say.free, tone: "faint", values: weeks.map((week) => week.openMs - week.bookedMs) },
  ];
  const ends = [weeks[0], weeks.at(-1)].map((week) => (week ? write.date(week.startsAt) : ""));
  return (
    <section>
      <h2>{say.heading}</h2>
      <p>{text}</p>
      {openMs === 0 ? null : (
        <>
          <BarChart
            {...{ id: "utilisation", title: say.heading, text, series }}
            ends={[ends[0] ?? "", ends[1] ?? ""]}
            most={words.report.most(words.report.lead.hours(Math.round(highestStack(series) / HOUR_MS)))}
          />
          <Table
            label={say.heading}
            head={[say.week, say.open, say.booked, say.share]}
            rows={weeks.map(({ startsAt, ...week }) => [
              <time datetime={new Date(startsAt).toISOString()}>{write.date(startsAt)}</time>,
              `${hours(week.openMs)} h`,
              `${hours(week.bookedMs)} h`,
              week.openMs === 0 ? "–" : write.share(week.bookedMs / week.openMs),
            ])}
          />
        </>
      )}
    </section>
  );
};

const Lost = ({ part }: { part: Part }) => {
  const { words, report, write } = part;
  const say = words.report.lost;
  const { total, byReason } = report.analytics.lostSales;
  return (
    <section>
      <h2>{say.heading}</h2>
      <Daily
        {...part}
        days={report.bookingDays}
        {...{ id: "lost", heading: say.heading, text: say.text(write.count(total)) }}
        series={[{ name: say.lost, tone: "bad", values: valuesOf(report.bookingDays, "lost") }]}
      />
      {total === 0 ? null : (
        <>
          <Table
            label={say.heading}
            head={[say.reason, say.lost]}
            rows={LOSS_REASONS.filter((reason) => byReason[reason] !== undefined).map((reason) => [
              say.reasons[reason],
              write.count(byReason[reason] ?? 0),
            ])}
          />
          <p class="soft small">{say.means}</p>
        </>
      )}
    </section>
  );
};

const Deliveries = ({ part }: { part: Part }) => {
  const { words, report, write } = part;
  const say = words.report.deliveries;
  const { delivered, pending, failed, reasons } = report.analytics.deliveries;
  const text = say.text(write.count(delivered), write.count(pending + failed));
  return (
    <section>
      <h2>{say.heading}</h2>
      <Daily
        {...part}
        days={report.bookingDays}
        {...{ id: "deliveries", heading: say.heading, text }}
        series={[
          { name: say.delivered, tone: "good", values: valuesOf(report.bookingDays, "delivered") },
          { name: say.undelivered, tone: "bad", values: valuesOf(report.bookingDays, "undelivered") },
        ]}
      />
      {reasons.length === 0 ? null : (
        <ul>
          {reasons.map(({ reason, meaning, count }) => {
            const { means, whatToDo } = words.explanations[meaning];
            return (
              <li>
                {means} {whatToDo}{" "}
                <span class="soft small">
                  {say.code}: <code>{reason}</code>. {say.count}: {write.count(count)}.
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
};

/** Everything about bookings. */
export const BookingSections = ({ part }: { part: Part }) => (
  <>
    <Bookings part={part} />
    <Lost part={part} />
    <Utilisation part={part} />
    <Lead part={part} />
    <Deliveries part={part} />
  </>
);
