// The report page: what happened to an agent's calendars and bookings in thirty days, as pictures and as numbers.
import type { Instant } from "../../domain/instant.ts";
import { placeText } from "../../domain/zone-choices.ts";
import type { BookingDay, ReadingDay, ReportView } from "../../sync/report.ts";
import { highestPoint, LineChart, type Series, type Tone } from "../chart.tsx";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { Table } from "../table.tsx";
import { BookingSections, Daily, type Part, valuesOf } from "./bookings.tsx";
import { writerOf } from "./numbers.ts";

/** A line more would not be told from the others. */
const MOST_LINES = 5;
const LINE_TONES: readonly Tone[] = ["main", "good", "warn", "bad", "soft"];

const Freshness = ({ part: { words, report, write } }: { part: Part }) => {
  const say = words.report.freshness;
  const { calendars, readingDays: days } = report;
  const series: Series[] = calendars.slice(0, MOST_LINES).map(({ name, read }, index) => ({
    ...{ name, values: read, tone: LINE_TONES[index] ?? "soft" },
  }));
  return (
    <section>
      <h2>{say.heading}</h2>
      {calendars.length === 0 ? <p class="soft">{say.none}</p> : <p>{say.text}</p>}
      {highestPoint(series) === 0 ? null : (
        <LineChart
          {...{ id: "freshness", title: say.heading, text: say.text, series }}
          ends={[write.day(days[0]?.day ?? 0), write.day(days.at(-1)?.day ?? 0)]}
          most={words.report.most(write.count(highestPoint(series)))}
        />
      )}
      {calendars.length === 0 ? null : (
        <Table
          label={say.heading}
          head={[say.calendar, say.checked]}
          rows={calendars.map(({ name, provider, verifiedAt }) => [
            <>
              <span dir="auto">{name}</span> <span class="small">({words.providers[provider]})</span>
            </>,
            verifiedAt === null ? (
              say.never
            ) : (
              <time datetime={new Date(verifiedAt).toISOString()}>{write.time(verifiedAt)}</time>
            ),
          ])}
        />
      )}
    </section>
  );
};

const Calendars = ({ part }: { part: Part }) => {
  const { words, report, write } = part;
  const { readings, changes, drift } = words.report;
  const { syncs, audits } = report.analytics;
  const [read, failed] = [valuesOf(report.readingDays, "read"), valuesOf(report.readingDays, "failed")];
  return (
    <>
      <Freshness part={part} />
      <section>
        <h2>{readings.heading}</h2>
        <Daily
          {...part}
          days={report.readingDays}
          {...{ id: "readings", heading: readings.heading }}
          text={readings.text(write.count(syncs.total), write.count(syncs.failed))}
          series={[
            { name: readings.read, tone: "main", values: read.map((all, day) => all - (failed[day] ?? 0)) },
            { name: readings.failed, tone: "bad", values: failed },
          ]}
        />
      </section>
      <section>
        <h2>{changes.heading}</h2>
        <Daily
          {...part}
          days={report.readingDays}
          {...{ id: "changes", heading: changes.heading }}
          text={changes.text(write.count(syncs.upserts + syncs.removals))}
          series={[{ name: changes.changes, tone: "main", values: valuesOf(report.readingDays, "changes") }]}
        />
      </section>
      <section>
        <h2>{drift.heading}</h2>
        <Daily
          {...part}
          days={report.readingDays}
          {...{ id: "drift", heading: drift.heading }}
          text={drift.text(write.count(audits.missing), write.count(audits.extra))}
          series={[
            { name: drift.missing, tone: "bad", values: valuesOf(report.readingDays, "missing") },
            { name: drift.extra, tone: "warn", values: valuesOf(report.readingDays, "extra") },
          ]}
        />
      </section>
    </>
  );
};

/** All daily numbers; days on which nothing happened are left out. */
const Numbers = ({ part: { words, report, write } }: { part: Part }) => {
  const say = words.report;
  const columns = [
    [say.bookings.sold, "sold"],
    [say.bookings.moved, "moved"],
    [say.bookings.cancelled, "cancelled"],
    [say.lost.lost, "lost"],
    [say.deliveries.delivered, "delivered"],
    [say.deliveries.undelivered, "undelivered"],
    [say.readings.read, "read"],
    [say.readings.failed, "failed"],
    [say.changes.changes, "changes"],
    [say.drift.missing, "missing"],
    [say.drift.extra, "extra"],
  ] as const;
  // The agent's days and those of UTC may begin one day apart.
  const all = new Map<number, Partial<BookingDay & ReadingDay>>();
  for (const one of [...report.bookingDays, ...report.readingDays]) {
    all.set(one.day, { ...all.get(one.day), ...one });
  }
  const shown = [...all]
    .filter(([, of]) => columns.some(([, name]) => (of[name] ?? 0) > 0))
    .sort(([a], [b]) => b - a);
  return (
    <section>
      <h2>{say.numbers}</h2>
      <Table
        label={say.numbers}
        head={[say.day, ...columns.map(([name]) => name)]}
        rows={shown.map(([day, of]) => [
          write.day(day),
          ...columns.map(([, name]) => write.count(of[name] ?? 0)),
        ])}
      />
    </section>
  );
};

/** The page. */
export const ReportPage = ({ frame, report, now }: { frame: Frame; report: ReportView; now: Instant }) => {
  const { words } = frame;
  const write = writerOf(words, report.timeZone);
  const part: Part = { words, report, write };
  const days = report.bookingDays;
  const [first, last] = [days[0]?.day ?? 0, days.at(-1)?.day ?? 0];
  return (
    <Page frame={frame} title={words.report.title}>
      <h1>{words.report.title}</h1>
      <p>{words.report.intro(write.day(first), write.day(last))}</p>
      <p class="soft small">{words.report.zone(placeText(report.timeZone, now))}</p>
      <BookingSections part={part} />
      <Calendars part={part} />
      <Numbers part={part} />
    </Page>
  );
};
