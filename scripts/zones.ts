// Zone table: makes `src/domain/zone-table.ts` from the tz database's zone.tab, which every Unix has. Run it now and then.
import { readFile, writeFile } from "node:fs/promises";

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
