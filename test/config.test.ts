// Configuration: reads the bindings, and lists every problem at once.
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../src/config.ts";

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

  test("may be missing", () => {
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

describe("the brand", () => {
  test("is none, with a colour of our own, unless it is said", () => {
    expect(readConfig(BINDINGS).brand).toEqual({
      name: null,
      logoUrl: null,
      accent: "#1f5fd0",
      homeUrl: null,
    });
    const bindings = {
      BRAND_NAME: " Mara ",
      BRAND_LOGO_URL: "https://cdn.test/l.svg",
      BRAND_ACCENT: "#ABCDEF",
      BRAND_HOME_URL: "https://mara.test/me",
    };
    const brand = {
      name: "Mara",
      logoUrl: "https://cdn.test/l.svg",
      accent: "#ABCDEF",
      homeUrl: "https://mara.test/me",
    };
    expect(readConfig({ ...BINDINGS, ...bindings }).brand).toEqual(brand);
  });

  test.each([
    [{ BRAND_LOGO_URL: "https://cdn.test/l.svg" }, "BRAND_NAME: is missing"],
    [
      { BRAND_NAME: "Mara", BRAND_LOGO_URL: "http://cdn.test/l.svg" },
      "BRAND_LOGO_URL: must be an https address",
    ],
    [
      { BRAND_NAME: "Mara", BRAND_LOGO_URL: "data:image/png;base64,AA" },
      "BRAND_LOGO_URL: must be an https address",
    ],
    [{ BRAND_ACCENT: "red" }, "BRAND_ACCENT: must be a colour"],
    [{ BRAND_ACCENT: "#fff;}" }, "BRAND_ACCENT: must be a colour"],
    [{ BRAND_NAME: " " }, "BRAND_NAME"],
    [{ BRAND_NAME: "x".repeat(61) }, "BRAND_NAME: must be 60 characters at most"],
  ])("is refused as %j", (bindings, message) => {
    expect(() => readConfig({ ...BINDINGS, ...bindings })).toThrow(message);
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

  test("of calendar servers are asked on two ports, or on those that are named", () => {
    const portsOf = (bindings: Record<string, string>) =>
      readConfig({ ...BINDINGS, ...bindings }).caldav.ports;
    expect(portsOf({})).toEqual([443, 8443]);
    expect(portsOf({ CALDAV_PORTS: "443, 5006" })).toEqual([443, 5006]);
    for (const ports of ["", "0", "65536", "https", "1,2,3,4,5,6,7,8,9"]) {
      expect(() => portsOf({ CALDAV_PORTS: ports }), ports).toThrow("CALDAV_PORTS");
    }
  });

  test.each(["http://dav.lan", "dav.lan/path", "dav.lan;other", "*"])("%s is no host", (hosts) => {
    expect(() => readConfig({ ...BINDINGS, CALDAV_HTTP_HOSTS: hosts })).toThrow("CALDAV_HTTP_HOSTS");
  });
});

describe("allowed origins", () => {
  const read = (bindings: Record<string, unknown>) => readConfig({ ...BINDINGS, ...bindings });

  test("are none unless named, and each is kept without path", () => {
    expect(read({}).allowedOrigins).toEqual([]);
    expect(
      read({ ALLOWED_ORIGINS: " https://app.marketplace.test/x, http://127.0.0.1:9004 ," }).allowedOrigins,
    ).toEqual(["https://app.marketplace.test", "http://127.0.0.1:9004"]);
  });

  test.each([
    "canary.test",
    "https://app.marketplace.test,canary",
    "*",
    "null",
    "data:,canary",
    "ftp://canary",
  ])("%s is listed with the other problems, and the error doesn't repeat it", (origins) => {
    const attempt = () => read({ ALLOWED_ORIGINS: origins, JWT_ISSUER: "" });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/2 problem\(s\).*JWT_ISSUER is empty.*ALLOWED_ORIGINS: must be origins/);
    expect(attempt).not.toThrow("canary");
  });
});

test("a calendar may show an older state for two minutes after a write, or for as long as said", () => {
  const read = (bindings: Record<string, unknown>) =>
    readConfig({ ...BINDINGS, ...bindings }).sync.doubtAfterMs;
  expect(read({})).toBe(120_000);
  expect(read({ DOUBT_AFTER_SECONDS: "15" })).toBe(15_000);
});

describe("notices", () => {
  const secret = (bytes: number, fill = 5) =>
    `whsec_${btoa(String.fromCharCode(...new Uint8Array(bytes).fill(fill)))}`;
  const URL = "https://marketplace.test/hooks/calendar";
  const read = (bindings: Record<string, unknown>) => readConfig({ ...BINDINGS, ...bindings }).notices;

  test("are sent nowhere without an address", () => {
    expect(read({})).toBeNull();
  });

  test("go to one address, signed by one secret or by several while it changes", () => {
    expect(read({ NOTICE_URL: URL, NOTICE_SECRET: secret(32) })).toEqual({ url: URL, secrets: [secret(32)] });
    const several = {
      NOTICE_URL: URL,
      NOTICE_SECRET: ` ${secret(24, 1)} ${secret(64, 2)}, ${secret(33, 3)}\n`,
    };
    expect(read(several)?.secrets).toEqual([secret(24, 1), secret(64, 2), secret(33, 3)]);
  });

  test("need both settings", () => {
    expect(() => read({ NOTICE_URL: URL })).toThrow("NOTICE_URL and NOTICE_SECRET go together");
    expect(() => read({ NOTICE_SECRET: secret(32) })).toThrow("NOTICE_URL and NOTICE_SECRET go together");
  });

  test.each(["http://localhost:3000/x", "http://127.0.0.1:3000/", "http://[::1]/"])("may go to %s", (url) => {
    expect(read({ NOTICE_URL: url, NOTICE_SECRET: secret(32) })?.url).toBe(url);
  });

  test.each([
    "http://marketplace.test/",
    "http://127.0.0.1.example.com/",
    "https://user:word@marketplace.test/",
    "ftp://marketplace.test/",
    "marketplace.test",
    "",
  ])("don't go to %s", (url) => {
    expect(() => read({ NOTICE_URL: url, NOTICE_SECRET: secret(32) })).toThrow(
      "NOTICE_URL: must be an https",
    );
  });

  test.each([secret(23), secret(65), secret(32).slice(6), `${secret(32)}=`, "whsec_", "", "  "])(
    "aren't signed with %s, which the error doesn't repeat",
    (bad) => {
      const attempt = () => read({ NOTICE_URL: URL, NOTICE_SECRET: bad });
      expect(attempt).toThrow("NOTICE_SECRET: must be whsec_");
      expect(attempt).not.toThrow(/BQUFBQUF/);
    },
  );
});
