// The benchmark's report: measures with their limits, and whether any count was exceeded.

/** Measured values of one thing, in the order they were taken. */
export interface Sample {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Collects and prints measures. */
export interface Report {
  section(title: string): void;
  /** A time or a size: printed, never a reason to fail. */
  show(name: string, value: string, note?: string): void;
  /** A count with its limit: exceeding it fails the command. */
  count(name: string, value: number, limit: number, note?: string): void;
  /** A ratio of times with its limit: printed with the verdict, but a busy machine fails no command. */
  ratio(name: string, sample: Sample, limit: number | null, note?: string): void;
  readonly exceeded: readonly string[];
}

const NAME_WIDTH = 62;

/** Median with minimum and maximum. */
export function sampleOf(values: readonly number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** "2.31 (2.20-2.52)". */
export function textOf({ median, min, max }: Sample, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

/** A report that prints as it goes. */
export function createReport(print: (line: string) => void): Report {
  const exceeded: string[] = [];
  const line = (mark: string, name: string, value: string, note = "") =>
    print(`${mark} ${name.padEnd(NAME_WIDTH)} ${value}${note === "" ? "" : `  ${note}`}`);
  return {
    section: (title) => print(`\n${title}`),
    show: (name, value, note) => line(" ", name, value, note),
    count(name, value, limit, note) {
      const holds = value <= limit;
      if (!holds) exceeded.push(name);
      line(holds ? "✓" : "✗", name, `${value}  (at most ${limit})`, note);
    },
    ratio(name, sample, limit, note) {
      const mark = limit === null ? " " : sample.median <= limit ? "✓" : "!";
      line(mark, name, `${textOf(sample)}${limit === null ? "" : `  (aim: at most ${limit})`}`, note);
    },
    exceeded,
  };
}
