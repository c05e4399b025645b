// Zones in workerd, on the polyfill as in the bundle (`[define]` of wrangler.toml) and by workerd's own rules of zones.
import { expect, inject, test } from "vitest";
import "../domain/zone.test.ts";

test("these tests run on the polyfill", () => {
  // Vitest's plugin sets what `[define]` names as a global, so the name is there and holds nothing.
  expect(Reflect.get(globalThis, "Temporal")).toBeUndefined();
});

test("the bundle doesn't look for a Temporal of the runtime", () => {
  expect(inject("bundleReadsTemporal")).toBe(false);
});
