// Charts: small pictures of numbers, drawn on the server. The numbers themselves stand in a table on the same page.
import type { Child } from "hono/jsx";

/** A colour of the stylesheet. */
export type Tone = "main" | "good" | "warn" | "bad" | "soft" | "faint";

/** The numbers of one thing in each column, in their order. */
export interface Series {
  readonly name: string;
  readonly tone: Tone;
  /** None is negative. */
  readonly values: readonly number[];
}

/** What a chart shows. */
export interface ChartInput {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** The same in a sentence, for who doesn't see the picture. */
  readonly text: string;
  readonly series: readonly Series[];
  /** What stands below the first and the last column. */
  readonly ends: readonly [first: Child, last: Child];
  /** What stands at the highest value. */
  readonly most: string;
}

/** The picture is stretched to the width of its place, so its units mean nothing outside. */
const STEP = 10;
const GAP = 2;
const HEIGHT = 100;

const round = (value: number): number => Math.round(value * 100) / 100;

/** The bars of one series as a path; each stands on the bars of the series before it. */
function barsOf(series: readonly Series[], index: number, most: number): string {
  const heightOf = (value: number) => (value / most) * HEIGHT;
  return (series[index]?.values ?? [])
    .map((value, column) => {
      if (value === 0) return "";
      const below = series.slice(0, index).reduce((sum, { values }) => sum + (values[column] ?? 0), 0);
      const top = HEIGHT - heightOf(below + value);
      return `M${column * STEP + GAP / 2} ${round(top)}h${STEP - GAP}v${round(heightOf(value))}h${GAP - STEP}z`;
    })
    .join("");
}

/** The line of one series as a path, through the middle of each column. */
const lineOf = ({ values }: Series, most: number): string =>
  values
    .map((value, column) => {
      const y = round(HEIGHT - (value / most) * HEIGHT);
      return `${column === 0 ? "M" : "L"}${column * STEP + STEP / 2} ${y}`;
    })
    .join("");

const Picture = ({ chart, children }: { chart: ChartInput; children: Child }) => {
  const { id, title, text, series, ends, most } = chart;
  const columns = series[0]?.values.length ?? 0;
  return (
    <div class="chart">
      <p class="soft small" aria-hidden="true">
        {most}
      </p>
      <svg
        role="img"
        aria-labelledby={`${id}-title ${id}-text`}
        viewBox={`0 0 ${columns * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-text`}>{text}</desc>
        {children}
      </svg>
      <p class="ends soft small">
        <span>{ends[0]}</span>
        <span>{ends[1]}</span>
      </p>
      {series.length === 1 ? null : (
        <ul class="legend small">
          {series.map(({ name, tone }) => (
            <li>
              <svg aria-hidden="true" viewBox="0 0 10 10">
                <rect class={`tone-${tone}`} width="10" height="10" rx="2" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};

const sumsOf = (series: readonly Series[]): number[] =>
  (series[0]?.values ?? []).map((_, column) =>
    series.reduce((sum, { values }) => sum + (values[column] ?? 0), 0),
  );

/** The highest column of stacked bars; 0: there is nothing to draw. */
export const highestStack = (series: readonly Series[]): number => Math.max(0, ...sumsOf(series));

/** Bars, one a column, in which the series stand on each other. */
export const BarChart = (chart: ChartInput) => {
  const most = Math.max(highestStack(chart.series), Number.MIN_VALUE);
  return (
    <Picture chart={chart}>
      {chart.series.map(({ tone }, index) => (
        <path class={`tone-${tone}`} d={barsOf(chart.series, index, most)} />
      ))}
    </Picture>
  );
};

/** The highest point of any line; 0: there is nothing to draw. */
export const highestPoint = (series: readonly Series[]): number =>
  Math.max(0, ...series.flatMap(({ values }) => values));

/** Lines, one a series. */
export const LineChart = (chart: ChartInput) => {
  const most = Math.max(highestPoint(chart.series), Number.MIN_VALUE);
  return (
    <Picture chart={chart}>
      {chart.series.map((one) => (
        <path class={`line tone-${one.tone}`} d={lineOf(one, most)} />
      ))}
    </Picture>
  );
};
