// Zones in workerd, on the polyfill as in the bundle (`[define]` of wrangler.toml) and by workerd's own rules of zones.
import { expect, test } from "vitest";

// The workerd of these tests shows a Temporal, and the polyfill's functions look for one when they are loaded.
Reflect.deleteProperty(globalThis, "Temporal");
await import("../domain/zone.test.ts");

test("these tests run on the polyfill", () => {
  expect("Temporal" in globalThis).toBe(false);
});
