// Holiday table: makes `src/domain/holiday-table.ts` from date-holidays, with its faults corrected. Run it each year.
import { writeFile } from "node:fs/promises";
import Holidays from "date-holidays";
import { COUNTRIES, corrected, FIRST_YEAR, YEARS } from "./holidays/corrections.ts";

const TABLE = new URL("../src/domain/holiday-table.ts", import.meta.url);

/** The dates of each public holiday in a region (`""`: the whole country), by name. */
function daysOf(country: string, region: string): Map<string, Set<string>> {
  const source = region === "" ? new Holidays(country) : new Holidays(country, region);
  const days = new Map<string, Set<string>>();
  for (const year of YEARS) {
    for (const { date, name: given, type } of source.getHolidays(year)) {
      // Some begin in the evening or at noon. They aren't in the table, because a date is closed or isn't.
      if (type !== "public" || !date.includes("00:00:00")) continue;
      // These two divide the table.
      const name = given.replaceAll(/\s*[;|]\s*/g, ", ");
      days.set(name, (days.get(name) ?? new Set()).add(date.slice(0, 10)));
    }
  }
  return corrected(days, region === "" ? country : `${country}-${region}`);
}

const DAY_MS = 86_400_000;

/** One letter for each place in a country's list of regions. */
const PLACES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The dates of Easter Sunday, as Greece and Germany keep it. */
const easterOf = (country: string, name: string) =>
  YEARS.map((year) => {
    const found = new Holidays(country).getHolidays(year).find((holiday) => holiday.name === name);
    if (found === undefined) throw new Error(`${country} has no ${name} in ${year}.`);
    return found.date.slice(0, 10);
  });

const EASTERS = { E: easterOf("DE", "Ostersonntag"), O: easterOf("GR", "Πάσχα") };

/**
 * `MMDD` where the date is the same in each year, `E` or `O` and days from Easter where it moves with that, the month
 * and the day of each year where the month stays, else `YMMDD` of each date with Y counted from the first year.
 */
function spell(dates: readonly string[]): string {
  const monthDays = dates.map((date) => date.slice(5).replace("-", ""));
  if (dates.length === YEARS.length) {
    if (new Set(monthDays).size === 1) return monthDays[0] ?? "";
    for (const [letter, easter] of Object.entries(EASTERS)) {
      const away = new Set(
        dates.map((date, index) => (Date.parse(date) - Date.parse(easter[index] ?? "")) / DAY_MS),
      );
      if (away.size === 1) return `${letter}${[...away][0]}`;
    }
    const [month = "", ...others] = new Set(monthDays.map((monthDay) => monthDay.slice(0, 2)));
    const isYearly = new Set(dates.map((date) => date.slice(0, 4))).size === YEARS.length;
    if (others.length === 0 && isYearly)
      return month + monthDays.map((monthDay) => monthDay.slice(2)).join("");
  }
  return dates.map((date, index) => `${Number(date.slice(0, 4)) - FIRST_YEAR}${monthDays[index]}`).join(" ");
}

/** The places as letters; after `!` those where the holiday doesn't hold, if they are fewer. */
function spellPlaces(places: readonly string[], count: number): string {
  const others = [...PLACES.slice(0, count)].filter((place) => !places.includes(place));
  return others.length < places.length ? `!${others.join("")}` : places.join("");
}

/** One country: its regions with their names, then each holiday with its dates and the places in that list where it holds. */
function lineOf(country: string): string {
  const named = Object.entries<string>(new Holidays().getStates(country) ?? {});
  const regions = ["", ...named.map(([region]) => region)];
  const holidays = new Map<string, Map<string, string[]>>();
  for (const [place, region] of regions.entries()) {
    for (const [name, dates] of daysOf(country, region)) {
      const places = holidays.get(name) ?? new Map<string, string[]>();
      const spelt = spell([...dates].sort());
      places.set(spelt, [...(places.get(spelt) ?? []), PLACES.charAt(place)]);
      holidays.set(name, places);
    }
  }
  const entries = [...holidays].flatMap(([name, byDates]) =>
    [...byDates].map(([dates, places]) => `${name}|${dates}|${spellPlaces(places, regions.length)}`),
  );
  return [named.map(([region, name]) => `${region} ${name}`).join("|"), ...entries].join(";");
}

const easterLine = ([letter, dates]: [string, readonly string[]]) =>
  `  ${letter}: [${dates.map((date) => `"${date}"`).join(", ")}],`;

const lines = COUNTRIES.map((country) => `  ${country}: ${JSON.stringify(lineOf(country))},`);
await writeFile(
  TABLE,
  `// Holiday table: public holidays by country, made by \`npm run holidays\`. See \`domain/holidays.ts\` for its form.
//
// The data come from date-holidays (https://github.com/commenthol/date-holidays), version 3.37, under the licence
// CC BY-SA 3.0 (https://creativecommons.org/licenses/by-sa/3.0/), because it relies on Wikipedia. They were corrected
// where \`scripts/holidays/corrections.ts\` says so. This table is under the same licence.

/** The years that the table knows. */
export const HOLIDAY_YEARS = { first: ${FIRST_YEAR}, last: ${YEARS.at(-1)} };

/** One letter for each place in a country's list of regions. */
export const PLACES = "${PLACES}";

/** The dates of Easter Sunday, in the West (E) and in the East (O). */
export const EASTERS: Readonly<Record<string, readonly string[]>> = {
${Object.entries(EASTERS).map(easterLine).join("\n")}
};

/** By country: \`code name\` of each region, then \`name|dates|places\` for each holiday. */
export const HOLIDAY_TABLE: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`,
);
