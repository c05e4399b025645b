// Side by side: never more at once than places, every item once, and each failure at its item.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sideBySide } from "../../src/domain/side-by-side.ts";

test("every item is worked on once, all places are used, and the results have the order of the items", async () => {
  const items = fc.array(fc.record({ turns: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 7 }), async (drawn, places) => {
      let working = 0;
      let most = 0;
      const results = await sideBySide([...drawn.entries()], places, async ([index, { turns, fails }]) => {
        working += 1;
        most = Math.max(most, working);
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        working -= 1;
        if (fails) throw new Error(String(index));
        return index;
      });
      expect(most).toBe(Math.min(places, drawn.length));
      expect(results.map(({ status }) => status)).toEqual(
        drawn.map(({ fails }) => (fails ? "rejected" : "fulfilled")),
      );
      for (const [index, result] of results.entries())
        expect(result.status === "fulfilled" ? result.value : Number(result.reason.message)).toBe(index);
    }),
  );
});
