import { expect, test } from "vitest";
import type { JsonSchema } from "../../../src/http/json-schema.ts";
import { wordsOf } from "../../../src/pages/docs/schema-words.ts";

test.each<[JsonSchema, string]>([
  [{ $ref: "#/components/schemas/Slot" }, "Slot"],
  [{ enum: ["a", "b"] }, '"a" or "b"'],
  [{ enum: Array.from({ length: 30 }, String) }, "one of 30 words"],
  [{ const: "create" }, '"create"'],
  [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string or null"],
  [{ type: ["string", "null"] }, "string or null"],
  [{ type: ["integer", "null"], minimum: 0, maximum: 9 }, "integer or null, 0 to 9"],
  [
    { type: "array", maxItems: 100, items: { oneOf: [{ $ref: "#/x/A" }, { $ref: "#/x/B" }] } },
    "list of A or B, at most 100",
  ],
  [{ type: "object", properties: { at: { type: "string", format: "date-time" } } }, "{ at: date-time }"],
  [{ type: "integer", minimum: 1, maximum: 60 }, "integer, 1 to 60"],
  [{}, "anything"],
])("%j is said as %s", (schema, words) => {
  expect(wordsOf(schema)).toBe(words);
});
