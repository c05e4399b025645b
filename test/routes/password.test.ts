// Connecting by password over HTTP: the form, JSON, and every refusal.
import { describe, expect, test } from "vitest";
import { apiOf } from "../http/api.ts";
import { ALLOWED_ORIGIN, sessionCookie } from "../http/closed-world.ts";
import { createWorld, type World } from "../support/world.ts";

const ORIGIN = "https://sync.example.org";
const BASE = `${ORIGIN}/api/calendar`;
const FORM = "application/x-www-form-urlencoded";

/** A browser that the agent signed in with; with no agent, one that nobody did. */
async function browserOf(world: World, agentId = world.agentId) {
  const cookie = agentId === "" ? "" : await sessionCookie(world.deps, agentId);
  const accept = "text/html,application/xhtml+xml";
  const answered = async (answer: Response) => ({
    status: answer.status,
    headers: answer.headers,
    location: answer.headers.get("location"),
    html: await answer.text(),
  });
  return {
    go: async (path: string) =>
      answered(await world.app.request(new URL(path, BASE).href, { headers: { cookie, accept } })),
    send: async (
      provider: "apple" | "caldav",
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ) =>
      answered(
        await world.app.request(`${BASE}/${provider}/auth`, {
          method: "POST",
          headers: { cookie, accept, origin: ORIGIN, "content-type": FORM, ...headers },
          body: new URLSearchParams(fields).toString(),
        }),
      ),
  };
}

const loginOf = ({ email, password }: World["apple"]) => ({ username: email, password });

const accountsOf = (world: World) =>
  world.query("SELECT id, provider, status FROM accounts WHERE agent_id = ?", [world.agentId]);

/** The value of an input on a page. */
const inputValue = (html: string, name: string): string | undefined =>
  /value="([^"]*)"/.exec(new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html)?.[0] ?? "")?.[1];

describe("The form", () => {
  test("is reached from the connect page, says where a password is made, and connects", async () => {
    const world = createWorld();
    const { go, send } = await browserOf(world);
    const { html: before } = await go("/api/calendar/connect");
    expect(before).toContain("Connect Apple Calendar");
    expect(before).toContain("Connect another calendar server (CalDAV)");
    const link = /href="([^"]*\/apple\/auth[^"]*)"/.exec(before)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const page = await go(link);
    expect(page.status).toBe(200);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.html).toContain("account.apple.com");
    expect(page.html).not.toContain('name="serverUrl"');
    expect(page.html).not.toMatch(/<script(?! src=")|style=|\son\w+=/);
    const returnTo = inputValue(page.html, "returnTo") ?? "";
    const sent = await send("apple", { ...loginOf(world.apple), returnTo });
    expect(sent.status).toBe(303);
    expect(sent.location).toMatch(/^https:\/\/sync\.example\.org\/api\/calendar\/connect\?connected=/);
    await world.drain();
    const { html: after } = await go(sent.location ?? "");
    expect(after).toContain("Your calendar is connected");
    expect(after).toContain("Connect another Apple Calendar");
  });

  test("asks for the server where there are many", async () => {
    const world = createWorld();
    const { go, send } = await browserOf(world);
    expect((await go("/api/calendar/caldav/auth")).html).toContain('name="serverUrl"');
    const { serverUrl } = world.caldav;
    const sent = await send("caldav", { ...loginOf(world.caldav), serverUrl: serverUrl ?? "" });
    expect(sent.status).toBe(303);
    expect(await accountsOf(world)).toMatchObject([{ provider: "CALDAV", status: "active" }]);
  });

  test("is shown again with what is wrong, and with all that was entered but the password", async () => {
    const world = createWorld();
    const { send } = await browserOf(world);
    const fields = {
      serverUrl: 'https://dav.example.org/"><b>',
      username: world.caldav.email,
      password: "wrong-password-canary",
      returnTo: "/account",
    };
    const sent = await send("caldav", fields);
    expect(sent.status).toBe(422);
    expect(sent.html).toMatch(/role="alert">[^<]*did not accept this user name and password/);
    expect(inputValue(sent.html, "username")).toBe(world.caldav.email);
    expect(inputValue(sent.html, "serverUrl")).toContain("https://dav.example.org/&quot;&gt;&lt;b&gt;");
    expect(inputValue(sent.html, "returnTo")).toBe(`${ORIGIN}/account`);
    expect(sent.html).not.toContain("wrong-password-canary");
    expect(JSON.stringify(world.logs)).not.toMatch(/canary|@dav\.example/);
    expect(sent.headers.get("cache-control")).toBe("no-store");
    expect(await accountsOf(world)).toEqual([]);
  });

  test.each([
    ["apple", {}, "Enter the user name."],
    ["caldav", { username: "ana", password: "canary-secret" }, "server&#39;s address"],
    [
      "apple",
      { username: "ana", password: "canary-secret", serverUrl: "https://x.org" },
      "server&#39;s address",
    ],
    ["apple", { username: "ana", password: "canary-secret", unknown: "x" }, "check what you entered"],
  ] as const)("of %s with %j is shown again, and asks no server", async (provider, fields, word) => {
    const world = createWorld();
    const { send } = await browserOf(world);
    const sent = await send(provider, fields as Record<string, string>);
    expect(sent.status).toBe(400);
    expect(/role="alert">([^<]*)/.exec(sent.html)?.[1]).toContain(word);
    expect(sent.html).not.toContain("canary-secret");
    expect(world.dav.requests).toEqual([]);
  });

  test("is believed only from our own page", async () => {
    const world = createWorld();
    const { send } = await browserOf(world);
    for (const origin of ["https://evil.example.com", "null", ALLOWED_ORIGIN]) {
      expect(await send("apple", loginOf(world.apple), { origin })).toMatchObject({ status: 403 });
      const plain = { origin, "content-type": "text/plain" };
      expect(await send("apple", loginOf(world.apple), plain)).toMatchObject({ status: 403 });
    }
    expect(world.dav.requests).toEqual([]);
    expect(await accountsOf(world)).toEqual([]);
  });

  test("of nobody in particular is not shown and does nothing", async () => {
    const world = createWorld();
    const get = await world.app.request(`${BASE}/apple/auth`);
    const post = await world.app.request(`${BASE}/apple/auth`, {
      method: "POST",
      headers: { origin: ORIGIN, "content-type": FORM },
      body: new URLSearchParams(loginOf(world.apple)).toString(),
    });
    expect([get.status, post.status]).toEqual([401, 401]);
    const { html } = await (await browserOf(world, "")).send("apple", loginOf(world.apple));
    expect(html).toContain("Please sign in again");
    expect(html).toContain("its link signs you in");
    expect(world.dav.requests).toEqual([]);
  });

  test("leads back to an allowed origin, which the CSP names, and to no other", async () => {
    const world = createWorld({ bindings: { ALLOWED_ORIGINS: ALLOWED_ORIGIN } });
    const { go, send } = await browserOf(world);
    const returnTo = `${ALLOWED_ORIGIN}/calendars?tab=1`;
    const page = await go(`/api/calendar/apple/auth?${new URLSearchParams({ returnTo })}`);
    expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${ALLOWED_ORIGIN}`);
    expect(inputValue(page.html, "returnTo")).toBe(returnTo);
    const evil = { ...loginOf(world.apple), returnTo: "https://evil.example.com/" };
    expect(await send("apple", evil)).toMatchObject({ status: 400, location: null });
    expect(world.dav.requests).toEqual([]);
    const { location } = await send("apple", { ...loginOf(world.apple), returnTo });
    expect(location).toMatch(`${returnTo}&connected=`);
  });

  test("reconnects the account that needs it, and no other agent's", async () => {
    const world = createWorld();
    const { accountId } = await world.connectByPassword();
    await world.query("UPDATE accounts SET status = 'needs_reauth' WHERE id = ?", [accountId]);
    const { go, send } = await browserOf(world);
    const { html } = await go("/api/calendar/connect");
    const [, link = ""] = /href="([^"]*\/apple\/auth[^"]*accountId=[^"]*)"/.exec(html) ?? [];
    expect(link).toContain(`/apple/auth?`);
    const page = await go(link.replaceAll("&amp;", "&"));
    expect(inputValue(page.html, "accountId")).toBe(accountId);
    expect(inputValue(page.html, "username")).toBe(world.apple.email);

    const stranger = await browserOf(world, "agent-stranger");
    expect(await stranger.go(link.replaceAll("&amp;", "&"))).toMatchObject({ status: 403 });
    expect(await stranger.go(`/api/calendar/apple/auth?accountId=${accountId}`)).toMatchObject({
      status: 404,
    });
    const fields = { ...loginOf(world.apple), accountId };
    expect(await stranger.send("apple", fields)).toMatchObject({ status: 404 });

    expect(await send("apple", fields)).toMatchObject({ status: 303 });
    expect(await accountsOf(world)).toEqual([{ id: accountId, provider: "APPLE", status: "active" }]);
  });
});

describe("A program", () => {
  const JSON_ONLY = { accept: "application/json" };

  test("gets the fields to ask for, and connects with them", async () => {
    const world = createWorld();
    const agent = apiOf(world, await world.token("agent"));
    const params = { provider: "caldav" };
    const { status, body } = await agent("startConsent", { params }, JSON_ONLY);
    expect(status).toBe(200);
    expect(body).toMatchObject({ method: "POST", action: `${BASE}/caldav/auth` });
    expect(body.fields.map(({ name, secret }: { name: string; secret: boolean }) => [name, secret])).toEqual([
      ["serverUrl", false],
      ["username", false],
      ["password", true],
      ["ownAddress", false],
    ]);
    const sent = { ...loginOf(world.caldav), serverUrl: world.caldav.serverUrl };
    const connected = await agent("connectByPassword", { params, body: sent });
    expect(connected.status).toBe(201);
    expect(connected.headers.get("cache-control")).toBe("no-store");
    await world.drain();
    const { body: listed } = await agent("listConnections");
    expect(listed.connections).toMatchObject([
      {
        id: connected.body.connectionIds[0],
        accountId: connected.body.accountId,
        provider: "CALDAV",
        status: "active",
      },
    ]);
  });

  test("connects for the agent that it names as a service", async () => {
    const world = createWorld();
    const service = apiOf(world, await world.token("service"));
    const body = { ...loginOf(world.apple), agentId: world.agentId };
    expect(await service("connectByPassword", { params: { provider: "apple" }, body })).toMatchObject({
      status: 201,
    });
    expect(await accountsOf(world)).toMatchObject([{ provider: "APPLE" }]);
  });

  test("may send the form's fields, and gets problems instead of pages", async () => {
    const world = createWorld();
    const agent = apiOf(world, await world.token("agent"));
    const params = { provider: "apple" };
    const origin = { origin: ORIGIN };
    const wrong = { username: world.apple.email, password: "Summer2026!" };
    const refused = await agent("connectByPassword", { params, form: wrong }, origin);
    expect(refused.body).toMatchObject({ status: 422, code: "app_password_needed" });
    expect(await agent("connectByPassword", { params, form: loginOf(world.apple) }, origin)).toMatchObject({
      status: 303,
    });
  });

  test("can't reconnect another agent's account, or one as somebody else", async () => {
    const world = createWorld();
    const { accountId } = await world.connectByPassword();
    const params = { provider: "apple" };
    const body = { ...loginOf(world.apple), accountId };
    const stranger = apiOf(world, await world.token("agent", "agent-stranger"));
    expect((await stranger("connectByPassword", { params, body })).body).toMatchObject({
      code: "account_not_found",
    });
    const other = { username: `other-${world.agentId}@icloud.example`, password: "qrst-qrst-qrst-qrst" };
    world.dav.addUser({ email: other.username, password: other.password, profile: "icloud" });
    world.dav.addCalendar({ owner: other.username, name: "Other", timeZone: null });
    const agent = apiOf(world, await world.token("agent"));
    const mismatch = await agent("connectByPassword", { params, body: { ...other, accountId } });
    expect(mismatch.body).toMatchObject({ status: 409, code: "account_mismatch" });
  });

  test("learns that providers with a consent page take no password", async () => {
    const world = createWorld();
    const agent = apiOf(world, await world.token("agent"));
    const params = { provider: "google" };
    const { body } = await agent("connectByPassword", { params, body: loginOf(world.apple) });
    expect(body).toMatchObject({ status: 405, code: "method_not_allowed" });
    const { body: consent } = await agent("startConsent", { params }, JSON_ONLY);
    expect(consent.authorizationUrl).toMatch(/^https:\/\/accounts\.google\.com\//);
  });
});

describe("Hostile addresses", () => {
  test.each([
    "http://dav.example.org/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://１２７.０.０.１/",
    "https://localhost/",
    "https://db.internal/",
    "https://printer.local./",
    "https://intranet/",
    "https://ana:canary@dav.example.org/",
    "https://dav.example.org@127.0.0.1/",
    "https://dav.example.org\\@127.0.0.1/",
    "https://dav.example.org:22/",
    "file:///etc/passwd",
    "ftp://dav.example.org/",
    "javascript:alert(1)",
    "https://exam\u200bple.org",
    "https://",
  ])("%j is answered with a problem, and nobody is asked", async (serverUrl) => {
    const asked: string[] = [];
    const world = createWorld({
      fetch: (inner) => (input, init) => {
        asked.push(new Request(input, init).url);
        return inner(input, init);
      },
    });
    const agent = apiOf(world, await world.token("agent"));
    const body = { ...loginOf(world.caldav), serverUrl };
    const answer = await agent("connectByPassword", { params: { provider: "caldav" }, body });
    expect(answer.body).toMatchObject({ status: 422, code: "server_address_refused" });
    expect(JSON.stringify([answer.body, world.logs])).not.toMatch(/canary|127\.|passwd/);
    expect(asked).toEqual([]);
    expect(await accountsOf(world)).toEqual([]);
  });
});
