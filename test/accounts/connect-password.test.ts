// Connect by password: a password is proven, sealed or refused, and appears in no log and no error.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { connectByPassword } from "../../src/accounts/connect-password.ts";
import { codeOf } from "../bookings/requests.ts";
import { type GoogleWorld, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";
import { lossyWorld } from "../support/lossy-world.ts";

const newWorld = useGoogleWorld();

const TABLES = [
  "agents",
  "accounts",
  "connections",
  "channels",
  "busy",
  "bookings",
  "deliveries",
  "sync_runs",
  "sync_days",
];

async function dump(world: GoogleWorld): Promise<string> {
  const tables = await Promise.all(TABLES.map((table) => world.query(`SELECT * FROM ${table}`)));
  return JSON.stringify(tables);
}

async function expectNothingStored(world: GoogleWorld): Promise<void> {
  for (const table of TABLES) expect(await world.query(`SELECT * FROM ${table}`), table).toEqual([]);
}

type Attempt = Parameters<GoogleWorld["connectByPassword"]>[0];

/** The error of an attempt. Throws if the error or the log holds a password. */
async function refusalOf(
  world: GoogleWorld,
  attempt: Attempt = {},
): Promise<{ code: string; message: string }> {
  const error: unknown = await world.connectByPassword(attempt).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error) || !("code" in error)) throw new Error("not refused");
  const said = inspect([error, world.logs], { depth: 12, showHidden: true }) + String(error.stack);
  for (const password of [attempt.password ?? "", world.apple.password, world.caldav.password]) {
    if (password === "") continue;
    expect(said).not.toContain(password);
    for (const { email } of [world.apple, world.caldav]) {
      expect(said).not.toContain(btoa(`${email}:${password}`));
    }
  }
  return { code: String(error.code), message: error.message };
}

/** A meeting from 10 to 11 on 3 March 2026. */
const MEETING = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//person//EN",
  "BEGIN:VEVENT",
  "UID:meeting@example.com",
  "DTSTAMP:20260301T110000Z",
  "DTSTART:20260303T100000Z",
  "DTEND:20260303T110000Z",
  "SUMMARY:Dentist",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

describe.each(["APPLE", "CALDAV"] as const)("%s", (provider) => {
  const person = (world: GoogleWorld) => (provider === "APPLE" ? world.apple : world.caldav);

  test("an account is stored sealed, and its primary calendar is connected and read", async () => {
    const world = newWorld();
    world.dav.putEvent(person(world).calendar, MEETING);
    const { accountId, connectionId } = await world.connectByPassword({ provider });
    expect(await world.account(connectionId)).toMatchObject({
      id: accountId,
      provider,
      agentId: world.agentId,
      email: person(world).email,
      status: "active",
    });
    expect(await world.connection(connectionId)).toMatchObject({
      name: "Work",
      role: "writer",
      blocksAvailability: true,
      receivesBookings: true,
    });
    expect(await world.query("SELECT time_zone FROM agents")).toEqual([{ time_zone: "Europe/Lisbon" }]);
    expect(await world.rows(connectionId)).toMatchObject([
      { start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" },
    ]);
    const kept = await dump(world);
    for (const secret of [person(world).password, btoa(person(world).password), "Dentist"]) {
      expect(kept + JSON.stringify(world.logs)).not.toContain(secret);
    }
  });

  test("connecting twice, even at once, makes one account and one connection", async () => {
    const world = newWorld();
    const [one, two] = await Promise.all([
      world.connectByPassword({ provider }),
      world.connectByPassword({ provider }),
    ]);
    expect(one.accountId).toBe(two.accountId);
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
  });

  test("C1: a wrong password stores nothing", async () => {
    const world = newWorld();
    const wrong = { provider, password: "aaaa-bbbb-cccc-dddd" };
    const { code, message } = await refusalOf(world, wrong);
    expect(code).toBe("password_refused");
    expect(message.includes("account.apple.com")).toBe(provider === "APPLE");
    await expectNothingStored(world);
  });

  test("an account without calendars is refused, and C7: an error is never taken for that", async () => {
    const world = newWorld();
    world.dav.knobs.set("disc.noCalendars", true);
    expect(await refusalOf(world, { provider })).toMatchObject({ code: "no_calendars" });
    world.dav.knobs.clear();
    for (const status of [429, 500, 503]) {
      world.dav.knobs.set("api.status", status);
      expect(await refusalOf(world, { provider })).toMatchObject({ code: "provider_unavailable" });
      world.dav.knobs.clear();
    }
    world.dav.knobs.set("disc.noHome", true);
    expect(await refusalOf(world, { provider })).toMatchObject({ code: "provider_unavailable" });
    await expectNothingStored(world);
  });

  test("C2: a new password in place of a revoked one wakes the account's calendars", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connectByPassword({ provider });
    const { email, calendar } = person(world);
    world.dav.revoke(email);
    for (let look = 0; look < 3; look += 1) {
      await world.pull(connectionId);
      world.advance(10 * MINUTE);
      await world.cron();
    }
    expect(await world.account(connectionId)).toMatchObject({ status: "needs_reauth" });
    world.dav.addPassword(email, "wxyz-wxyz-wxyz-wxyz");
    world.dav.putEvent(calendar, MEETING);
    expect(
      await world.connectByPassword({ provider, accountId, password: "wxyz-wxyz-wxyz-wxyz" }),
    ).toMatchObject({ accountId, connectionId });
    expect(await world.account(connectionId)).toMatchObject({ status: "active", statusReason: null });
    expect(await world.rows(connectionId)).toHaveLength(1);
    world.advance(HOUR);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
  });

  test("a reconnect by another person is refused, and changes nothing", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connectByPassword({ provider });
    const before = await world.account(connectionId);
    const profile = provider === "APPLE" ? "icloud" : "radicale";
    const other = { email: "other@example.com", password: "qrst-qrst-qrst-qrst", profile } as const;
    world.dav.addUser(other);
    world.dav.addCalendar({ owner: other.email, name: "Other", timeZone: null });
    const attempt = { provider, accountId, username: other.email, password: other.password };
    expect(await refusalOf(world, attempt)).toMatchObject({ code: "account_mismatch" });
    expect(await world.account(connectionId)).toEqual(before);
    expect(await world.query("SELECT id FROM accounts")).toHaveLength(1);
  });

  test("a reconnect of another provider's account, or of an unknown one, asks no server", async () => {
    const world = newWorld();
    const google = await world.connect();
    for (const accountId of [google.accountId, "no-such-account"]) {
      expect(await refusalOf(world, { provider, accountId })).toMatchObject({ code: "account_not_found" });
    }
    expect(world.dav.requests).toEqual([]);
  });
});

describe("Apple", () => {
  test("C1: the ordinary password is told apart from a wrong one, and the error says where an app password is made", async () => {
    const world = newWorld();
    const { code, message } = await refusalOf(world, { password: "Summer2026!" });
    expect(code).toBe("app_password_needed");
    expect(message).toContain("account.apple.com");
    expect(message).toContain("Sign-In and Security");
    await expectNothingStored(world);
  });

  test("accepts the password with blanks around it", async () => {
    const world = newWorld();
    await world.connectByPassword({ password: ` ${world.apple.password}\n` });
  });

  test("that can't be reached is answered as passing, because the agent gave no address to correct", async () => {
    const world = newWorld();
    world.dav.knobs.set("net.reset", "before");
    expect(await refusalOf(world)).toMatchObject({ code: "provider_unavailable" });
  });
});

describe("guessing", () => {
  const guess = (world: GoogleWorld, n: number) =>
    codeOf(world.connectByPassword({ password: `${"abcd-".repeat(3)}${String.fromCharCode(97 + n)}zzz` }));
  const guessMany = async (world: GoogleWorld, count: number) => {
    const codes: (string | null)[] = [];
    for (let n = 0; n < count; n += 1) codes.push(await guess(world, n));
    return codes;
  };

  test("ends after ten refused attempts for the rest of the hour, even with the right password", async () => {
    const world = newWorld();
    expect(await guessMany(world, 12)).toEqual([
      ...Array(10).fill("password_refused"),
      ...Array(2).fill("too_many_attempts"),
    ]);
    const asked = world.dav.requests.length;
    const sent = await world.app.request("https://sync.example.org/api/calendar/apple/auth", {
      method: "POST",
      headers: {
        authorization: `Bearer ${await world.token("agent")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ username: world.apple.email, password: world.apple.password }),
    });
    expect([sent.status, sent.headers.get("retry-after")]).toEqual([429, "3600"]);
    expect(await sent.json()).toMatchObject({
      code: "too_many_attempts",
      detail: expect.stringContaining("hour"),
    });
    expect(world.dav.requests).toHaveLength(asked);
    world.advance(HOUR);
    expect((await world.connectByPassword()).accountId).toBeTruthy();
    expect(await world.query("SELECT 1 FROM password_attempts")).toEqual([]);
  });

  test("of one agent delays no other agent", async () => {
    const world = newWorld();
    await guessMany(world, 10);
    const { username, password } = { username: world.apple.email, password: world.apple.password };
    await connectByPassword(world.deps, {
      ...{ agentId: "agent-other", provider: "APPLE", serverUrl: null, accountId: null },
      ...{ username, password },
    });
  });

  test("in parallel gets no more attempts than in sequence", async () => {
    const world = newWorld();
    const codes = await Promise.all(Array.from({ length: 24 }, (_, n) => guess(world, n)));
    expect(codes.filter((code) => code === "password_refused")).toHaveLength(10);
    expect(codes.filter((code) => code === "too_many_attempts")).toHaveLength(14);
  });

  test("isn't counted for a successful connect or for a failing provider", async () => {
    const world = newWorld();
    world.dav.knobs.set("api.status", 503);
    for (const code of await guessMany(world, 11)) expect(code).toBe("provider_unavailable");
    world.dav.knobs.clear();
    for (let n = 0; n < 11; n += 1) await world.connectByPassword();
    expect(await world.query("SELECT 1 FROM password_attempts")).toEqual([]);
  });

  test("isn't what a person does who mistypes the server's address", async () => {
    const world = newWorld();
    const server = { provider: "CALDAV" } as const;
    for (const serverUrl of [
      "https://localhost",
      "http://dav.example.org",
      "nonsense",
      "https://nobody.example.org",
    ]) {
      for (let n = 0; n < 4; n += 1) await codeOf(world.connectByPassword({ ...server, serverUrl }));
    }
    expect((await world.connectByPassword(server)).accountId).toBeTruthy();
    expect(await world.query("SELECT 1 FROM password_attempts")).toEqual([]);
  });

  test("is counted once when the database's answers are lost", async () => {
    const { world } = lossyWorld(newWorld().deps.config.database.url);
    const wrong = { password: "zzzz-zzzz-zzzz-zzzz" };
    for (let n = 0; n < 10; n += 1)
      expect(await codeOf(world.connectByPassword(wrong))).toBe("password_refused");
    expect(await codeOf(world.connectByPassword(wrong))).toBe("too_many_attempts");
  });
});

describe("Any CalDAV server", () => {
  const at = (serverUrl: string) => ({ provider: "CALDAV", serverUrl }) as const;

  test.each([404, 405, "html"] as const)("C4: %s everywhere is no calendar server", async (answer) => {
    const world = newWorld();
    world.dav.knobs.set("wk.none", answer);
    expect(await refusalOf(world, { provider: "CALDAV" })).toMatchObject({ code: "not_caldav" });
    await expectNothingStored(world);
  });

  test.each([
    ["another provider", "https://evil.example.com"],
    ["a private network", "https://10.0.0.1"],
    ["where nothing is encrypted", "http://plain.example.org"],
    ["another port", "https://dav.example.org:8443"],
  ])("C3: a server that leads to %s doesn't get the password there", async (_, elsewhere) => {
    const hosts: string[] = [];
    const world = newWorld({
      fetch: (inner) => (input, init) => {
        hosts.push(new URL(new Request(input, init).url).origin);
        return inner(input, init);
      },
    });
    world.dav.knobs.set("host.move", elsewhere);
    expect(await refusalOf(world, { provider: "CALDAV" })).toMatchObject({ code: "redirect_refused" });
    expect(new Set(hosts)).toEqual(new Set(["https://dav.example.org"]));
    await expectNothingStored(world);
  });

  test("a server that isn't there is answered as such", async () => {
    const world = newWorld();
    expect(await refusalOf(world, at("https://nowhere.example.net"))).toMatchObject({
      code: "server_unreachable",
    });
    world.dav.knobs.set("net.reset", "before");
    expect(await refusalOf(world, { provider: "CALDAV" })).toMatchObject({ code: "server_unreachable" });
    await expectNothingStored(world);
  });

  test.each([
    ["http://dav.example.org/", /https:\/\//],
    ["https://127.0.0.1/", /internet/],
    ["https://dav.example.org:8444/", /port/],
    ["https://ana:secret@dav.example.org/", /user name and password/],
    ["https://dav example.org/", /no address/],
  ])("%s is refused before any request, with the reason", async (serverUrl, reason) => {
    const world = newWorld();
    const { code, message } = await refusalOf(world, at(serverUrl));
    expect(code).toBe("server_address_refused");
    expect(message).toMatch(reason);
    expect(world.dav.requests).toEqual([]);
    await expectNothingStored(world);
  });

  test("a host that the deployment exempts may be private and unencrypted", async () => {
    const world = newWorld({ bindings: { CALDAV_HTTP_HOSTS: "dav.example.org" } });
    await world.connectByPassword(at("http://dav.example.org/"));
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
  });
});
