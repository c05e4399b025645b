// What Google's library asks of a query string, from the runtime's own writer.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "../../src/platform/query-string.ts";

const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean());
const parameters = fc.dictionary(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.oneof(value, fc.array(value)),
);

test("each value arrives under its name, and a list once for each of its items", () => {
  fc.assert(
    fc.property(parameters, (written) => {
      const query = stringify(written, { arrayFormat: "repeat" });
      const pairs = Object.entries(written).flatMap(([name, values]) =>
        [values].flat().map((one) => [name, String(one)]),
      );
      expect([...new URLSearchParams(query)]).toEqual(pairs);
    }),
  );
});

test("a space is written as %20, which no reader takes for a plus", () => {
  expect(stringify({ q: "a b+c" }, { arrayFormat: "repeat" })).toBe("q=a%20b%2Bc");
});
