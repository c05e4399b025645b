// Holidays: the table against what governments publish, and against its own faults of before.
import { expect, test } from "vitest";
import { HOLIDAY_YEARS } from "../../src/domain/holiday-table.ts";
import { HOLIDAY_COUNTRIES, HOLIDAYS_KNOWN_UNTIL, holidaysOf } from "../../src/domain/holidays.ts";

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
  "DE-HB Hansestadt",
  "toString",
  "__proto__",
  "DE BE",
])("%j is no region", (region) => {
  expect(holidaysOf(region)).toBeNull();
});

// Found by comparing all regions with python-holidays 0.105; the law that decides is in `scripts/holidays/corrections.ts`.
test.each([
  ["US", ["2028-11-10", "2029-11-12"], []],
  ["US-CA", ["2029-11-12"], ["2028-02-11"]],
  [
    "US-MA",
    ["2029-11-12", "2027-07-05"],
    ["2028-11-10", "2026-07-03", "2027-06-18", "2027-12-24", "2027-12-31"],
  ],
  ["US-NY", ["2026-02-12", "2027-12-24"], ["2028-02-15", "2029-02-15"]],
  ["US-FL", [], ["2027-02-15", "2028-02-15"]],
  ["US-WI", ["2027-02-15"], ["2028-02-15"]],
  ["US-WV", [], ["2028-02-15", "2029-02-15"]],
  ["CA-ON", ["2026-12-26", "2026-04-03"], ["2026-04-06", "2030-04-22"]],
  ["BG", ["2026-12-26", "2027-05-01", "2026-12-28", "2029-03-05"], []],
  ["CA-BC", ["2026-09-30", "2030-09-30"], []],
  ["CA-NU", ["2027-07-09"], []],
  ["CH-GL", ["2027-04-01"], ["2027-04-08"]],
  ["CY", ["2026-02-23", "2026-06-01"], ["2026-02-24"]],
  ["IS", ["2030-04-25", "2030-04-18"], []],
  ["LI", ["2026-08-15", "2026-03-19"], ["2026-05-15"]],
  ["RO", ["2027-01-02"], []],
  ["SK", ["2027-05-08", "2028-09-15"], ["2026-05-08"]],
])("%s has %j, which the source lacks, and lacks %j", (region, has, lacks) => {
  const dates = [...has, ...lacks].filter((date) => datesOf(region, Number(date.slice(0, 4))).includes(date));
  expect(dates).toEqual(has);
});

test("the last known date is the end of the last year", () => {
  expect(HOLIDAYS_KNOWN_UNTIL).toBe("2030-12-31");
  expect(new Date((holidaysOf("DE")?.at(-1)?.day ?? 0) * 86_400_000).toISOString()).toMatch(/^2030-12-26/);
});

test("36 countries with 189 regions have holidays in each year, sorted by date", () => {
  const regions = HOLIDAY_COUNTRIES.flatMap(({ code, regions }) => [code, ...regions.map((one) => one.code)]);
  expect([HOLIDAY_COUNTRIES.length, regions.length]).toEqual([36, 225]);
  expect(regions).toContain("DE-BE");
  for (const region of regions) {
    const days = holidaysOf(region)?.map(({ day }) => day) ?? [];
    expect(days).toEqual([...days].sort((a, b) => a - b));
    expect(holidaysOf(region)?.every(({ name }) => /^[\p{L}\d][^;|]+$/u.test(name))).toBe(true);
    for (let year = HOLIDAY_YEARS.first; year <= HOLIDAY_YEARS.last; year += 1)
      expect(datesOf(region, year).length, `${region} ${year}`).toBeGreaterThan(4);
  }
});
