// Configuration: what a deployment says about itself, and every problem of it at once.
import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

const key = (fill: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));
const BINDINGS = {
  BASE_URL: "https://calendar.test",
  TURSO_DATABASE_URL: "http://127.0.0.1:1",
  JWT_ISSUER: "https://marketplace.test",
  JWT_AUDIENCE: "calendar",
  JWT_SECRET: "a-secret-for-tests-only-0123456789abcdef",
  TOKEN_KEYS: `k1:${key(7)}`,
  COOKIE_KEY: key(9),
};
const OUTLOOK = { OUTLOOK_CLIENT_ID: "outlook-id", OUTLOOK_CLIENT_SECRET: "outlook-secret" };
const OFFICE = { OFFICE365_CLIENT_ID: "office-id", OFFICE365_CLIENT_SECRET: "office-secret" };

describe("registrations at Microsoft", () => {
  const registrations = (bindings: Record<string, unknown>) => {
    const { outlook, office365 } = readConfig({ ...BINDINGS, ...bindings });
    return { outlook, office365 };
  };
  const outlook = { clientId: "outlook-id", clientSecret: "outlook-secret", origin: null, loginOrigin: null };
  const office = { clientId: "office-id", clientSecret: "office-secret", origin: null, loginOrigin: null };

  test("there need be none", () => {
    expect(registrations({})).toEqual({ outlook: null, office365: null });
  });

  test("one serves both kinds of accounts", () => {
    expect(registrations(OUTLOOK)).toEqual({ outlook, office365: outlook });
  });

  test("work and school may have one of their own, or the only one", () => {
    expect(registrations({ ...OUTLOOK, ...OFFICE })).toEqual({ outlook, office365: office });
    expect(registrations(OFFICE)).toEqual({ outlook: null, office365: office });
  });

  test("a simulator stands in for Graph and the login, or for each", () => {
    const graph = { MICROSOFT_ORIGIN: "http://127.0.0.1:9001/x" };
    const login = { MICROSOFT_LOGIN_ORIGIN: "http://127.0.0.1:9002" };
    const origins = (bindings: Record<string, unknown>) => {
      const { origin, loginOrigin } = registrations({ ...OUTLOOK, ...bindings }).office365 ?? {};
      return [origin, loginOrigin];
    };
    expect(origins(graph)).toEqual(["http://127.0.0.1:9001", "http://127.0.0.1:9001"]);
    expect(origins({ ...graph, ...login })).toEqual(["http://127.0.0.1:9001", "http://127.0.0.1:9002"]);
  });

  test.each(["GOOGLE", "OUTLOOK", "OFFICE365"])("%s: an id goes with its secret", (name) => {
    expect(() => readConfig({ ...BINDINGS, [`${name}_CLIENT_ID`]: "id" })).toThrow(
      `${name}_CLIENT_ID and ${name}_CLIENT_SECRET go together`,
    );
  });
});

describe("Apple and CalDAV", () => {
  const read = (bindings: Record<string, unknown>) => {
    const { apple, caldav } = readConfig({ ...BINDINGS, ...bindings });
    return [apple.origin, caldav.allowHttpHosts];
  };

  test("need nothing, and no host is exempt from https", () => {
    expect(read({})).toEqual([null, []]);
  });

  test("may be simulated", () => {
    expect(
      read({ APPLE_ORIGIN: "http://127.0.0.1:9003/", CALDAV_HTTP_HOSTS: " LOCALHOST:5232, dav.lan " }),
    ).toEqual(["http://127.0.0.1:9003", ["localhost:5232", "dav.lan"]]);
  });

  test.each(["http://dav.lan", "dav.lan/path", "dav.lan;other", "*"])("%s is no host", (hosts) => {
    expect(() => readConfig({ ...BINDINGS, CALDAV_HTTP_HOSTS: hosts })).toThrow("CALDAV_HTTP_HOSTS");
  });
});
