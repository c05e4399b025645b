// Holidays: the table against what governments publish, and against its own faults of before.
import { expect, test } from "vitest";
import { HOLIDAY_TABLE, HOLIDAY_YEARS } from "../../src/domain/holiday-table.ts";
import { holidaysOf } from "../../src/domain/holidays.ts";

const datesOf = (region: string, year: number): string[] => [
  ...new Set(
    (holidaysOf(region) ?? [])
      .map(({ day }) => new Date(day * 86_400_000).toISOString().slice(0, 10))
      .filter((date) => date.startsWith(String(year))),
  ),
];
const of = (year: number, ...days: string[]) => days.map((day) => `${year}-${day}`);

test.each([
  // Gesetz über die Sonn- und Feiertage, Berlin, and the once-only 17 June 2028 (GVBl. Berlin 2024).
  [
    "DE-BE",
    of(2026, "01-01", "03-08", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"),
  ],
  [
    "DE-BE",
    of(2027, "01-01", "03-08", "03-26", "03-29", "05-01", "05-06", "05-17", "10-03", "12-25", "12-26"),
  ],
  [
    "DE-BE",
    of(
      2028,
      "01-01",
      "03-08",
      "04-14",
      "04-17",
      "05-01",
      "05-25",
      "06-05",
      "06-17",
      "10-03",
      "12-25",
      "12-26",
    ),
  ],
  // https://www.gov.uk/bank-holidays. A Saturday's or Sunday's holiday stays in the list beside the day that is kept.
  ["GB-ENG", of(2026, "01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28")],
  [
    "GB-ENG",
    of(2027, "01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-25", "12-26", "12-27", "12-28"),
  ],
  [
    "GB-SCT",
    of(
      2026,
      "01-01",
      "01-02",
      "04-03",
      "05-04",
      "05-25",
      "06-15",
      "08-03",
      "11-30",
      "12-25",
      "12-26",
      "12-28",
    ),
  ],
  // California Government Code 6700, 6701 and 19853.
  [
    "US-CA",
    of(
      2026,
      "01-01",
      "01-19",
      "02-16",
      "03-31",
      "05-25",
      "06-19",
      "07-04",
      "09-07",
      "11-11",
      "11-26",
      "11-27",
      "12-25",
    ),
  ],
  [
    "US-CA",
    of(
      2027,
      ...[
        "01-01",
        "01-18",
        "02-15",
        "03-31",
        "05-31",
        "06-19",
        "07-04",
        "07-05",
        "09-06",
        "11-11",
        "11-25",
        "11-26",
      ],
      "12-25",
    ),
  ],
  [
    "US-CA",
    of(
      2028,
      ...[
        "01-01",
        "01-17",
        "02-21",
        "03-31",
        "05-29",
        "06-19",
        "07-04",
        "09-04",
        "11-10",
        "11-11",
        "11-23",
        "11-24",
      ],
      "12-25",
    ),
  ],
])("%s has the holidays that its law names: %j", (region, dates) => {
  expect(datesOf(region, Number(dates[0]?.slice(0, 4)))).toEqual(dates);
});

test("a country has the holidays of all of it, and a region its own as well", () => {
  expect(datesOf("DE", 2026)).not.toContain("2026-03-08");
  expect(datesOf("DE-BE", 2026)).toEqual(expect.arrayContaining(datesOf("DE", 2026)));
  expect(holidaysOf("DE-BE")?.find(({ day }) => day === Date.UTC(2026, 2, 8) / 86_400_000)?.name).toBe(
    "Internationaler Frauentag",
  );
  expect(datesOf("GR", 2027)).toContain("2027-05-02");
});

test.each([
  "",
  "XX",
  "DE-XX",
  "DE-",
  "-BE",
  "de-be",
  "DE-BE-1",
  "DE-Berlin",
  "toString",
  "__proto__",
  "DE BE",
])("%j is no region", (region) => {
  expect(holidaysOf(region)).toBeNull();
});

test("36 countries with 189 regions have holidays in each year, sorted by date", () => {
  const regions = Object.entries(HOLIDAY_TABLE).flatMap(([country, text]) => [
    country,
    ...(text.split(";")[0] ?? "").split(" ").flatMap((part) => (part === "" ? [] : [`${country}-${part}`])),
  ]);
  expect(regions).toHaveLength(225);
  for (const region of regions) {
    const days = holidaysOf(region)?.map(({ day }) => day) ?? [];
    expect(days).toEqual([...days].sort((a, b) => a - b));
    for (let year = HOLIDAY_YEARS.first; year <= HOLIDAY_YEARS.last; year += 1)
      expect(datesOf(region, year).length, `${region} ${year}`).toBeGreaterThan(4);
  }
});
