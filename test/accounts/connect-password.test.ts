// Connecting by password: what is proven, kept and refused, and that a password shows up nowhere.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { connectByPassword } from "../../src/accounts/connect-password.ts";
import { codeOf } from "../bookings/requests.ts";
import { HOUR, MINUTE, type Stage, useStage } from "../support/google-world.ts";
import { lossyWorld } from "../support/lossy-world.ts";

const stage = useStage();

const TABLES = [
  "agents",
  "accounts",
  "connections",
  "channels",
  "busy",
  "bookings",
  "deliveries",
  "sync_runs",
];

async function dump(world: Stage): Promise<string> {
  const tables = await Promise.all(TABLES.map((table) => world.query(`SELECT * FROM ${table}`)));
  return JSON.stringify(tables);
}

async function expectNothingStored(world: Stage): Promise<void> {
  for (const table of TABLES) expect(await world.query(`SELECT * FROM ${table}`), table).toEqual([]);
}

type Attempt = Parameters<Stage["connectByPassword"]>[0];

/** The error of an attempt; every depth of it, and the log, have been searched for passwords. */
async function refusalOf(world: Stage, attempt: Attempt = {}): Promise<{ code: string; message: string }> {
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
  const person = (world: Stage) => (provider === "APPLE" ? world.apple : world.caldav);

  test("an account is stored sealed, its primary calendar connected and read", async () => {
    const world = stage();
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

  test("connecting twice, even at once, is one account and one connection", async () => {
    const world = stage();
    const [one, two] = await Promise.all([
      world.connectByPassword({ provider }),
      world.connectByPassword({ provider }),
    ]);
    expect(one.accountId).toBe(two.accountId);
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
  });

  test("C1: a wrong password stores nothing", async () => {
    const world = stage();
    const wrong = { provider, password: "aaaa-bbbb-cccc-dddd" };
    const { code, message } = await refusalOf(world, wrong);
    expect(code).toBe("password_refused");
    expect(message.includes("account.apple.com")).toBe(provider === "APPLE");
    await expectNothingStored(world);
  });

  test("no calendars, and C7: an error is never taken for that", async () => {
    const world = stage();
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

  test("C2: a new password for a revoked one wakes the account's calendars", async () => {
    const world = stage();
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

  test("a reconnect by somebody else is refused, and changes nothing", async () => {
    const world = stage();
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

  test("a reconnect of another provider's account, or of none, asks no server", async () => {
    const world = stage();
    const google = await world.connect();
    for (const accountId of [google.accountId, "no-such-account"]) {
      expect(await refusalOf(world, { provider, accountId })).toMatchObject({ code: "account_not_found" });
    }
    expect(world.dav.requests).toEqual([]);
  });
});

describe("Apple", () => {
  test("C1: the ordinary password is told from a wrong one, and where the right one is made", async () => {
    const world = stage();
    const { code, message } = await refusalOf(world, { password: "Summer2026!" });
    expect(code).toBe("app_password_needed");
    expect(message).toContain("account.apple.com");
    expect(message).toContain("Sign-In and Security");
    await expectNothingStored(world);
  });

  test("takes the password with blanks around it", async () => {
    const world = stage();
    await world.connectByPassword({ password: ` ${world.apple.password}\n` });
  });

  test("that can't be reached is told as passing, for there is no address to mend", async () => {
    const world = stage();
    world.dav.knobs.set("net.reset", "before");
    expect(await refusalOf(world)).toMatchObject({ code: "provider_unavailable" });
  });
});

describe("guessing", () => {
  const guess = (world: Stage, n: number) =>
    codeOf(world.connectByPassword({ password: `${"abcd-".repeat(3)}${String.fromCharCode(97 + n)}zzz` }));
  const guessMany = async (world: Stage, count: number) => {
    const codes: (string | null)[] = [];
    for (let n = 0; n < count; n += 1) codes.push(await guess(world, n));
    return codes;
  };

  test("ends after ten refused attempts for the rest of the hour, even with the right password", async () => {
    const world = stage();
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

  test("of one agent holds up no other", async () => {
    const world = stage();
    await guessMany(world, 10);
    const { username, password } = { username: world.apple.email, password: world.apple.password };
    await connectByPassword(world.deps, {
      ...{ agentId: "agent-other", provider: "APPLE", serverUrl: null, accountId: null },
      ...{ username, password },
    });
  });

  test("at once gets no further than one after the other", async () => {
    const world = stage();
    const codes = await Promise.all(Array.from({ length: 24 }, (_, n) => guess(world, n)));
    expect(codes.filter((code) => code === "password_refused")).toHaveLength(10);
    expect(codes.filter((code) => code === "too_many_attempts")).toHaveLength(14);
  });

  test("is not what one does who connects well, or whose provider has a bad hour", async () => {
    const world = stage();
    world.dav.knobs.set("api.status", 503);
    for (const code of await guessMany(world, 11)) expect(code).toBe("provider_unavailable");
    world.dav.knobs.clear();
    for (let n = 0; n < 11; n += 1) await world.connectByPassword();
    expect(await world.query("SELECT 1 FROM password_attempts")).toEqual([]);
  });

  test("is counted once where the database's answers are lost", async () => {
    const { world } = lossyWorld(stage().deps.config.database.url);
    const wrong = { password: "zzzz-zzzz-zzzz-zzzz" };
    for (let n = 0; n < 10; n += 1)
      expect(await codeOf(world.connectByPassword(wrong))).toBe("password_refused");
    expect(await codeOf(world.connectByPassword(wrong))).toBe("too_many_attempts");
  });
});

describe("Any CalDAV server", () => {
  const at = (serverUrl: string) => ({ provider: "CALDAV", serverUrl }) as const;

  test.each([404, 405, "html"] as const)("C4: %s everywhere is no calendar server", async (answer) => {
    const world = stage();
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
    const world = stage({
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

  test("a server that isn't there is told as such", async () => {
    const world = stage();
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
    ["https://dav.example.org:8443/", /port/],
    ["https://ana:secret@dav.example.org/", /user name and password/],
    ["https://dav example.org/", /no address/],
  ])("%s is refused by its looks, with the reason", async (serverUrl, reason) => {
    const world = stage();
    const { code, message } = await refusalOf(world, at(serverUrl));
    expect(code).toBe("server_address_refused");
    expect(message).toMatch(reason);
    expect(world.dav.requests).toEqual([]);
    await expectNothingStored(world);
  });

  test("a host that the deployment exempts needn't be public or encrypted", async () => {
    const world = stage({ bindings: { CALDAV_HTTP_HOSTS: "dav.example.org" } });
    await world.connectByPassword(at("http://dav.example.org/"));
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
  });
});
