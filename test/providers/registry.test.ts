// The registry: only what is configured is there.
import { expect, test } from "vitest";
import { createRegistry } from "../../src/providers/registry.ts";

const deps = { fetch: () => Promise.reject(new Error("offline")), now: () => 0, newId: () => "id" };
const google = { clientId: "id", clientSecret: "secret", origin: null };

test("a configured provider is found by name", () => {
  const registry = createRegistry({ google }, deps);
  expect(registry.names()).toEqual(["GOOGLE"]);
  expect(registry.get("GOOGLE").can.push).toBe("channel");
});

test("a provider without a registration is refused by name", () => {
  const registry = createRegistry({ google: null }, deps);
  expect(registry.names()).toEqual([]);
  expect(() => registry.get("GOOGLE")).toThrow(expect.objectContaining({ code: "provider_not_configured" }));
});
