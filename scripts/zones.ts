// Zone tables: makes `src/domain/zone-table.ts` from the tz database's zone.tab, which every Unix has, and
// `src/providers/icalendar/windows-zones.ts` from the package windows-iana. Run it now and then.
import { readFile, writeFile } from "node:fs/promises";
import { WINDOWS_TO_IANA_MAP } from "windows-iana";

const [source = "/usr/share/zoneinfo/zone.tab"] = process.argv.slice(2);
const byCountry = new Map<string, string[]>();
for (const line of (await readFile(source, "utf8")).split("\n")) {
  const [country = "", , zone] = line.split("\t");
  if (zone === undefined || line.startsWith("#")) continue;
  byCountry.set(country, [...(byCountry.get(country) ?? []), zone]);
}
const lines = [...byCountry].sort().map(([country, zones]) => `${country} ${zones.sort().join(" ")}`);
await writeFile(
  new URL("../src/domain/zone-table.ts", import.meta.url),
  `// Zone table: the time zones of each country by their present names, made by \`npm run zones\`.
//
// The data come from zone.tab of the tz database, which is in the public domain.

/** Each line: a country by ISO 3166-1, then its zones. */
export const ZONE_TABLE = \`
${lines.join("\n")}\`;
`,
);

/** The territory of CLDR that stands for the world. */
const WORLD = "001";
const windowsLines = WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === WORLD).map(
  ({ windowsName, iana }) => `${iana[0]} ${windowsName}`,
);
await writeFile(
  new URL("../src/providers/icalendar/windows-zones.ts", import.meta.url),
  `// Windows zones: the IANA name of each Windows time zone, made by \`npm run zones\`.
//
// The data come from Unicode CLDR (https://github.com/unicode-org/cldr, windowsZones.xml), under the Unicode License
// (https://www.unicode.org/license.txt), by the package windows-iana 5.1.0 (MIT). Those of the world, territory 001.

/** Each line: a zone of IANA, then its name in Windows. */
export const WINDOWS_ZONES = \`
${windowsLines.join("\n")}\`;
`,
);
