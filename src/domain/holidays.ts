// Holidays: the public holidays of a country or region, from a table that is made once a year.
import { EASTERS, HOLIDAY_TABLE, HOLIDAY_YEARS, PLACES } from "./holiday-table.ts";
import { DAY_MS } from "./instant.ts";
import type { AgentSettings } from "./settings.ts";

/** A public holiday. */
export interface Holiday {
  /** Its date as a day number: days since 1970-01-01. */
  readonly day: number;
  /** As people there call it. */
  readonly name: string;
}

/** A country with holidays of its own. */
export interface HolidayCountry {
  /** Its code by ISO 3166-1, "DE". */
  readonly code: string;
  /** The regions that keep other holidays than the whole country: "DE-BE" and its name. */
  readonly regions: readonly { readonly code: string; readonly name: string }[];
}

/** The first date whose holidays are known, YYYY-MM-DD. Nothing is a holiday before it. */
export const HOLIDAYS_KNOWN_FROM = `${HOLIDAY_YEARS.first}-01-01`;

/** The last date whose holidays are known, YYYY-MM-DD. Nothing is a holiday after it. */
export const HOLIDAYS_KNOWN_UNTIL = `${HOLIDAY_YEARS.last}-12-31`;

/** Every country that the table knows, by code. */
export const HOLIDAY_COUNTRIES: readonly HolidayCountry[] = Object.entries(HOLIDAY_TABLE).map(
  ([code, text]) => ({
    code,
    regions: regionsIn(text).map((region) => {
      const [part = "", ...name] = region.split(" ");
      return { code: `${code}-${part}`, name: name.join(" ") };
    }),
  }),
);

/** What an agent's settings say of holidays. */
export type KeptHolidays = Pick<AgentSettings, "holidays" | "workedHolidays">;

/** Does a public holiday close this date? Those that the agent works on close nothing. */
export const isClosedHoliday = (day: number, { holidays, workedHolidays }: KeptHolidays): boolean =>
  holidays !== null && tableOf(holidays)?.days.has(day) === true && !workedHolidays.includes(day);

/**
 * The public holidays of a region in all years that the table knows, by date.
 * @param region a country, "DE", or a region of it, "DE-BE"
 * @returns null for an unknown region
 */
export const holidaysOf = (region: string): readonly Holiday[] | null => tableOf(region)?.list ?? null;

interface RegionTable {
  readonly list: readonly Holiday[];
  readonly days: ReadonlySet<number>;
}

const known = new Map<string, RegionTable>();

function tableOf(region: string): RegionTable | null {
  const before = known.get(region);
  if (before !== undefined) return before;
  const [country = "", part] = region.split("-", 2);
  const text = Object.hasOwn(HOLIDAY_TABLE, country) ? HOLIDAY_TABLE[country] : undefined;
  if (text === undefined) return null;
  const place = part === undefined ? 0 : regionsIn(text).findIndex((one) => one.split(" ")[0] === part) + 1;
  const isSpeltSo = region === [country, part].filter(Boolean).join("-");
  if ((part !== undefined && place === 0) || !isSpeltSo) return null;
  const found = text
    .split(";")
    .slice(1)
    .flatMap((entry) => {
      const [name = "", dates = "", places = ""] = entry.split("|");
      // After "!" stand the places where it doesn't hold.
      const isHere = places.includes(PLACES.charAt(place)) !== places.startsWith("!");
      return isHere ? daysOf(dates).map((day) => ({ day, name })) : [];
    });
  const list = found.sort((a, b) => a.day - b.day);
  const table = { list, days: new Set(list.map(({ day }) => day)) };
  known.set(region, table);
  return table;
}

/** The regions of a country's text, each as "BE Berlin". */
function regionsIn(text: string): string[] {
  const [regions = ""] = text.split(";", 1);
  return regions === "" ? [] : regions.split("|");
}

/**
 * `MMDD` stands for that date in each year. `MM` and two digits for each year: a day of that month in each year. `E1`: the
 * day after Easter Sunday in each year; `O1`: after that of the Eastern churches. Else `YMMDD` for each date, with the
 * years counted from the first.
 */
function daysOf(dates: string): number[] {
  const { first, last } = HOLIDAY_YEARS;
  const easter = EASTERS[dates.charAt(0)];
  if (easter !== undefined) return easter.map((date) => Date.parse(date) / DAY_MS + Number(dates.slice(1)));
  const years = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const dayIn = (year: number, month: string, day: string) =>
    Date.UTC(year, Number(month) - 1, Number(day)) / DAY_MS;
  const month = dates.slice(0, 2);
  if (dates.length === 4) return years.map((year) => dayIn(year, month, dates.slice(2)));
  if (dates.length === 2 + 2 * years.length && !dates.includes(" ")) {
    return years.map((year, index) => dayIn(year, month, dates.slice(2 + 2 * index, 4 + 2 * index)));
  }
  return dates
    .split(" ")
    .map((date) => dayIn(first + Number(date.charAt(0)), date.slice(1, 3), date.slice(3)));
}
