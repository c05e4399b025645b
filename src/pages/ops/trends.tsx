// How fresh calendars are, what fails, and which channels are about to end.
import { HOUR_MS } from "../../domain/instant.ts";
import { dayOf } from "../../domain/sync-counts.ts";
import { CHANNEL_HOURS, FAILURE_DAYS } from "../../store/reports/operations.ts";
import { BarChart, highestStack, type Series, type Tone } from "../chart.tsx";
import { ago } from "../connect/status.ts";
import { Table } from "../table.tsx";
import type { OpsPart } from "./part.ts";

/** How old something is; 0: it never was. */
const age = ({ words, view }: OpsPart, at: number): string =>
  at === 0 ? words.ops.never : ago(words, at, view.at);

/** The least fresh calendars by provider, and those that fail. */
export const Freshness = ({ part }: { part: OpsPart }) => {
  const { words, view, write } = part;
  const { ops } = words;
  const providers = [...new Set(view.groups.map(({ provider }) => provider))];
  const rows = providers.map((provider) => {
    const theirs = view.groups.filter((group) => group.provider === provider);
    return {
      provider,
      calendars: theirs.reduce((sum, { calendars }) => sum + calendars, 0),
      oldest: Math.min(...theirs.map(({ verifiedAt }) => verifiedAt)),
    };
  });
  const hours = rows.map(({ oldest }) => (oldest === 0 ? 0 : Math.max(0, view.at - oldest) / HOUR_MS));
  const series: Series[] = [{ name: ops.oldest, tone: "main", values: hours }];
  const ends = [rows[0], rows.at(-1)].map((row) => (row ? words.providers[row.provider] : ""));
  const failing = view.groups.filter(({ failureKind }) => failureKind !== null);
  return (
    <>
      <p class="soft small">{ops.freshnessMeans}</p>
      {rows.length === 0 ? (
        <p class="soft">{ops.nothing}</p>
      ) : (
        <>
          <BarChart
            {...{ id: "freshness", title: ops.freshness, text: ops.freshnessMeans, series }}
            ends={[ends[0] ?? "", rows.length === 1 ? "" : (ends[1] ?? "")]}
            most={words.report.most(ops.hours(write.count(highestStack(series))))}
          />
          <Table
            label={ops.freshness}
            head={[ops.provider, ops.calendars, ops.oldest]}
            rows={rows.map(({ provider, calendars, oldest }) => [
              words.providers[provider],
              write.count(calendars),
              age(part, oldest),
            ])}
          />
        </>
      )}
      <h3>{ops.failing}</h3>
      {failing.length === 0 ? (
        <p class="soft">{ops.nothing}</p>
      ) : (
        <Table
          label={ops.failing}
          head={[ops.provider, ops.kind, ops.code, ops.calendars, ops.oldest]}
          rows={failing.map((group) => [
            words.providers[group.provider],
            group.failureKind ?? "",
            <code>{group.failureCode ?? ""}</code>,
            write.count(group.calendars),
            age(part, group.verifiedAt),
          ])}
        />
      )}
    </>
  );
};

const TONES: readonly Tone[] = ["bad", "warn", "main", "good", "soft"];

/** Channels by the time that they have left. */
export const Channels = ({ part: { words, view, write } }: { part: OpsPart }) => {
  const { ops } = words;
  const nameOf = (hours: number) => (hours === 0 ? ops.over : ops.withinHours(hours));
  const sums = CHANNEL_HOURS.map((hours) =>
    view.channels.reduce((sum, one) => sum + (one.hours === hours ? one.count : 0), 0),
  );
  const series: Series[] = [{ name: ops.channels, tone: "main", values: sums }];
  const most = highestStack(series);
  return (
    <>
      <p class="soft small">{ops.channelsMeans}</p>
      {most === 0 ? (
        <p class="soft">{ops.nothing}</p>
      ) : (
        <>
          <BarChart
            {...{ id: "channels", title: ops.channels, text: ops.channelsMeans, series }}
            ends={[ops.over, ops.withinHours(CHANNEL_HOURS.at(-1) ?? 0)]}
            most={words.report.most(write.count(most))}
          />
          <Table
            label={ops.channels}
            head={[ops.left, ops.provider, ops.calendars]}
            rows={view.channels.map(({ provider, hours, count }) => [
              nameOf(hours),
              words.providers[provider],
              write.count(count),
            ])}
          />
        </>
      )}
    </>
  );
};

/** So many codes get a colour of their own. */
const MOST_CODES = TONES.length - 1;

/** Failed syncs by code and day. */
export const Failures = ({ part: { words, view, write } }: { part: OpsPart }) => {
  const { ops } = words;
  const today = dayOf(view.at);
  const days = Array.from({ length: FAILURE_DAYS + 1 }, (_, index) => today - FAILURE_DAYS + index);
  const totals = new Map<string, number>();
  for (const { code, count } of view.failures) totals.set(code, (totals.get(code) ?? 0) + count);
  const codes = [...totals].sort(([, a], [, b]) => b - a).map(([code]) => code);
  const countOn = (day: number, which: readonly string[]) =>
    view.failures.reduce(
      (sum, one) => sum + (one.day === day && which.includes(one.code) ? one.count : 0),
      0,
    );
  const named = codes.slice(0, MOST_CODES);
  const rest = codes.slice(MOST_CODES);
  const series: Series[] = [
    ...named.map((code, index) => ({ name: code, tone: TONES[index] ?? "soft", which: [code] })),
    ...(rest.length === 0 ? [] : [{ name: ops.others, tone: "soft" as const, which: rest }]),
  ].map(({ name, tone, which }) => ({ name, tone, values: days.map((day) => countOn(day, which)) }));
  const total = [...totals.values()].reduce((sum, count) => sum + count, 0);
  const text = ops.failuresText(write.count(total));
  if (total === 0) return <p class="soft">{ops.nothing}</p>;
  return (
    <>
      <p>{text}</p>
      <BarChart
        {...{ id: "failures", title: ops.failures, text, series }}
        ends={[write.day(days[0] ?? 0), write.day(today)]}
        most={words.report.most(write.count(highestStack(series)))}
      />
      <Table
        label={ops.failures}
        head={[ops.code, ...days.map((day) => write.day(day))]}
        rows={series.map(({ name, values }) => [
          <code>{name}</code>,
          ...values.map((value) => write.count(value)),
        ])}
      />
    </>
  );
};
