// Zones in workerd: it has no Temporal, so that the polyfill reads zones here, by workerd's own rules of them.
import { expect, test } from "vitest";
import "../domain/zone.test.ts";

test("these tests run on the polyfill, as the bundle does (`[define]` of wrangler.toml)", () => {
  expect("Temporal" in globalThis).toBe(false);
});
