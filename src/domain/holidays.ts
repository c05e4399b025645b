// Holidays: the public holidays of a country or region, from a table that is made once a year.
import { EASTERS, HOLIDAY_TABLE, HOLIDAY_YEARS, PLACES } from "./holiday-table.ts";
import { DAY_MS } from "./instant.ts";

/** A public holiday. */
export interface Holiday {
  /** Its date as a day number: days since 1970-01-01. */
  readonly day: number;
  readonly name: string;
}

const known = new Map<string, readonly Holiday[]>();

/**
 * The public holidays of a region in all years that the table knows, by date.
 * @param region a country, "DE", or a region of it, "DE-BE"
 * @returns null for an unknown region
 */
export function holidaysOf(region: string): readonly Holiday[] | null {
  const before = known.get(region);
  if (before !== undefined) return before;
  const [country = "", part] = region.split("-", 2);
  const text = Object.hasOwn(HOLIDAY_TABLE, country) ? HOLIDAY_TABLE[country] : undefined;
  if (text === undefined) return null;
  const [regions = "", ...entries] = text.split(";");
  const place = part === undefined ? 0 : regions.split(" ").indexOf(part) + 1;
  if ((part !== undefined && place === 0) || region !== [country, part].filter(Boolean).join("-"))
    return null;
  const found = entries.flatMap((entry) => {
    const [name = "", dates = "", places = ""] = entry.split("|");
    // After "!" stand the places where it doesn't hold.
    const isHere = places.includes(PLACES.charAt(place)) !== places.startsWith("!");
    return isHere ? daysOf(dates).map((day) => ({ day, name })) : [];
  });
  const sorted = found.sort((a, b) => a.day - b.day);
  known.set(region, sorted);
  return sorted;
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
