// Charts: the drawn shapes have the numbers' heights, and a picture says in words what it shows.
import { describe, expect, test } from "vitest";
import { BarChart, type ChartInput, highestPoint, highestStack, LineChart } from "../../src/pages/chart.tsx";

const series = [
  { name: "Sold", tone: "main" as const, values: [2, 0, 4] },
  { name: "Lost", tone: "bad" as const, values: [1, 3, 4] },
];
const input: ChartInput = {
  ...{ id: "c", title: "Sales", text: "6 sold, 8 lost.", series },
  ...{ ends: ["1 May", "3 May"] as const, most: "Highest: 8" },
};

/** Each bar of each series: column, top and height. */
function barsIn(html: string): number[][][] {
  return [...html.matchAll(/<path class="[^"]*" d="([^"]*)"/g)].map(([, d = ""]) =>
    [...d.matchAll(/M([\d.]+) ([\d.]+)h[\d.-]+v([\d.]+)/g)].map(([, x, y, height]) => [
      Math.floor(Number(x) / 10),
      Number(y),
      Number(height),
    ]),
  );
}

describe("A bar chart", () => {
  const html = String(BarChart(input));

  test("stacks its series to the share of the highest column, and draws no bar for nothing", () => {
    expect(highestStack(series)).toBe(8);
    expect(barsIn(html)).toEqual([
      [
        [0, 75, 25],
        [2, 50, 50],
      ],
      [
        [0, 62.5, 12.5],
        [1, 62.5, 37.5],
        [2, 0, 50],
      ],
    ]);
  });

  test("has a name and a description, a legend, and its ends", () => {
    expect(html).toContain('<svg role="img" aria-labelledby="c-title c-text"');
    expect(html).toContain('<title id="c-title">Sales</title><desc id="c-text">6 sold, 8 lost.</desc>');
    for (const text of ["Sold", "Lost", "1 May", "3 May", "Highest: 8"]) expect(html).toContain(text);
    expect(html).not.toMatch(/style=|NaN|Infinity/);
  });

  test("of nothing draws nothing, and no broken number", () => {
    const none = String(BarChart({ ...input, series: [{ name: "Sold", tone: "main", values: [0, 0] }] }));
    expect(barsIn(none)).toEqual([[]]);
    expect(none).not.toMatch(/NaN|Infinity/);
    expect(String(BarChart({ ...input, series: [] }))).not.toMatch(/NaN|Infinity/);
  });
});

test("A line chart runs through the middle of each column at the share of the highest point", () => {
  expect(highestPoint(series)).toBe(4);
  const html = String(LineChart(input));
  expect([...html.matchAll(/ d="([^"]*)"/g)].map(([, d]) => d)).toEqual([
    "M5 50L15 100L25 0",
    "M5 75L15 25L25 0",
  ]);
});
