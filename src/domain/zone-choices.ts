// Zone choices: the time zones that people choose from, by present names, and a search for them.
import type { Instant } from "./instant.ts";
import { isTimeZone, offsetStretch } from "./zone.ts";
import { ZONE_TABLE } from "./zone-table.ts";

/** Names of before. They stay valid, and runtimes still list some of them. */
export const PRESENT_NAMES: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Coral_Harbour": "America/Atikokan",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** The zone's present name; any other name as it is. */
export const presentName = (timeZone: string): string =>
  Object.hasOwn(PRESENT_NAMES, timeZone) ? (PRESENT_NAMES[timeZone] ?? timeZone) : timeZone;

/** Names whose end is no city, or says the opposite: Etc/GMT+5 is UTC−5. */
export const WITHOUT_CITY =
  /^(?:Etc|US|Canada|Brazil|Mexico|Chile)\/|^Australia\/(?:[A-Z]{3}|North|South|West|Queensland|Tasmania|Victoria)$/;

/** The city of a zone, as its name has it: "Ho Chi Minh". The whole name where it has none. */
export const cityOf = (timeZone: string): string => {
  const name = presentName(timeZone);
  return WITHOUT_CITY.test(name) ? name : (name.split("/").at(-1) ?? name).replaceAll("_", " ");
};

/** How far a zone's clocks are ahead of UTC at an instant: "UTC", "UTC+5:30", "UTC−3". The zone must be valid. */
export function offsetText(timeZone: string, at: Instant): string {
  const minutes = Math.round(offsetStretch(at, timeZone).offsetMs / 60_000);
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** Where and how far from UTC the zone's clocks are at an instant: "Tokyo (UTC+9)", "UTC". The zone must be valid. */
export const placeText = (timeZone: string, at: Instant): string => {
  const [city, offset] = [cityOf(timeZone), offsetText(timeZone, at)];
  return city === offset ? city : `${city} (${offset})`;
};

/** A zone to choose, with the country that it is in by ISO 3166-1; null: none. */
export interface ZoneChoice {
  readonly name: string;
  readonly country: string | null;
}

const CHOICES: readonly ZoneChoice[] = [
  { name: "UTC", country: null },
  ...ZONE_TABLE.trim()
    .split("\n")
    .flatMap((line) => {
      const [country = "", ...names] = line.split(" ");
      return names.map((name) => ({ name, country }));
    }),
];

/** Lower case without accents, in words. */
const wordsIn = (text: string): string[] =>
  text
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");

/**
 * The zones whose name, old name or country has a word beginning with each word of the query; whole words first, then by
 * city. The runtime knows all of them.
 * @param countryName a country by its code, in the reader's language
 */
export function findZones(query: string, countryName: (code: string) => string): ZoneChoice[] {
  const wanted = wordsIn(query);
  if (wanted.length === 0) return [];
  const found = CHOICES.flatMap((zone) => {
    const { name, country } = zone;
    const old = Object.keys(PRESENT_NAMES).filter((one) => PRESENT_NAMES[one] === name);
    const words = wordsIn([name, ...old, country === null ? "" : countryName(country)].join(" "));
    const isFound = wanted.every((start) => words.some((word) => word.startsWith(start)));
    const begun = wanted.filter((word) => !words.includes(word)).length;
    return isFound && isTimeZone(name) ? [{ zone, begun, city: cityOf(name) }] : [];
  });
  return found.sort((a, b) => a.begun - b.begun || (a.city < b.city ? -1 : 1)).map(({ zone }) => zone);
}
