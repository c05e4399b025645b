// Zone laws: the table against Node, and what is told of runtimes that know a part of it.
import { expect, test } from "vitest";
import { probeClocks, ZONE_LAWS } from "../../src/domain/zone-laws.ts";
import { describeZoneLaws } from "./zone-laws.ts";

describeZoneLaws({ "America/Havana": "Node 26.12.1 carries tz 2026e; the law came with 2026f" });

/** A runtime with the data of one release: what came later is an hour off. */
const runtimeOf = (release: string) =>
  probeClocks((timeZone) => {
    const law = ZONE_LAWS.find((one) => one.timeZone === timeZone);
    return law === undefined ? 0 : law.since <= release ? law.offset : law.offset - 60;
  });

test.each([
  ["2025c", null, 7],
  ["2026b", "2026b", 6],
  ["2026c", "2026c", 3],
  ["2026e", "2026e", 1],
  ["2026f", "2026f", 0],
])("a runtime with tz %s shows %s and has %i zones wrong", (release, tzdata, wrong) => {
  expect(runtimeOf(release)).toMatchObject({ tzdata, wrong: { length: wrong } });
});

test("a release counts only where all of its changes and all before it are known", () => {
  const { tzdata, wrong } = probeClocks((timeZone) =>
    timeZone === "Africa/El_Aaiun" ? 60 : (ZONE_LAWS.find((law) => law.timeZone === timeZone)?.offset ?? 0),
  );
  expect({ tzdata, wrong }).toEqual({ tzdata: "2026b", wrong: ["Africa/El_Aaiun"] });
});

test("each law names its source and a release in order", () => {
  const releases = ZONE_LAWS.map(({ since }) => since);
  expect(releases).toEqual([...releases].sort());
  for (const { source } of ZONE_LAWS) expect(source).toMatch(/^https:\/\//);
});
