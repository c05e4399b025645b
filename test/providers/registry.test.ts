// The registry: it holds only configured providers.
import { expect, test } from "vitest";
import { createRegistry } from "../../src/providers/registry.ts";

const deps = { fetch: () => Promise.reject(new Error("offline")), now: () => 0, newId: () => "id" };
const google = { clientId: "id", clientSecret: "secret", origin: null };
const microsoft = { ...google, loginOrigin: null };
const NONE = {
  google: null,
  outlook: null,
  office365: null,
  apple: { origin: null },
  caldav: { allowHttpHosts: [], ports: [443, 8443] },
};

test("a configured provider is found by name", () => {
  const registry = createRegistry({ ...NONE, google }, deps);
  expect(registry.names()).toEqual(["GOOGLE", "APPLE", "CALDAV"]);
  expect(registry.get("GOOGLE").can.push).toBe("channel");
});

test("providers that take a password need no registration, and say what to ask the person for", () => {
  const registry = createRegistry(NONE, deps);
  const { APPLE, CALDAV } = {
    APPLE: registry.get("APPLE").password,
    CALDAV: registry.get("CALDAV").password,
  };
  expect(APPLE).toMatchObject({ asksServer: false });
  expect(APPLE?.appPasswordsAt).toContain("account.apple.com");
  expect(CALDAV).toMatchObject({ asksServer: true, appPasswordsAt: null });
});

test("a provider without a registration is refused by name", () => {
  const registry = createRegistry(NONE, deps);
  expect(registry.names()).toEqual(["APPLE", "CALDAV"]);
  expect(() => registry.get("GOOGLE")).toThrow(expect.objectContaining({ code: "provider_not_configured" }));
});

test("Outlook and Office 365 are two providers that read notifications at one address", () => {
  const registry = createRegistry({ ...NONE, google, outlook: microsoft, office365: microsoft }, deps);
  expect(registry.names()).toEqual(["GOOGLE", "OUTLOOK", "OFFICE365", "APPLE", "CALDAV"]);
  expect(registry.byWebhook("google").name).toBe("GOOGLE");
  expect(registry.byWebhook("microsoft").webhook).toBe("microsoft");
  expect(createRegistry({ ...NONE, office365: microsoft }, deps).byWebhook("microsoft").name).toBe(
    "OFFICE365",
  );
});

test("a webhook address of no provider is refused", () => {
  const registry = createRegistry({ ...NONE, outlook: microsoft }, deps);
  for (const segment of ["google", "outlook", "constructor"]) {
    expect(() => registry.byWebhook(segment)).toThrow(
      expect.objectContaining({ code: "provider_not_configured" }),
    );
  }
});
