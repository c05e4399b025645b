// Expansion against the oracle: any rule, any zone, exceptions and overrides in any form.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventsOf, reduce } from "../../../src/providers/icalendar/events.ts";
import { shareOf } from "../../support/share.ts";
import { THEMES } from "./rules.ts";
import { casesOf, stage, utc } from "./staged.ts";

describe("expansion", () => {
  test.each(Object.entries(THEMES))(
    "gives the same as the oracle, before and after reduction: %s",
    (_, rule) => {
      fc.assert(
        fc.property(casesOf(rule), (given) => {
          const { text, meant, context } = stage(given);
          const read = eventsOf(text, context);
          const found = read.events.map(({ startsAt, endsAt }) => `${utc(startsAt)}/${utc(endsAt)}`).sort();
          expect(found, text).toEqual(meant);
          expect(new Set(read.events.map(({ key }) => key)).size).toBe(found.length);
          expect(eventsOf(reduce(text, []), context)).toEqual(read);
          const lastEnd = Math.max(...read.events.map(({ endsAt }) => endsAt));
          expect(read.reach ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(lastEnd);
        }),
        { numRuns: shareOf(100, 25) },
      );
    },
    300_000,
  );
});
