// Consent: the OAuth flow at Google, from the redirect to the callback.
import { describe, expect, test } from "vitest";
import { finishConsent, peekReturnTo, startConsent } from "../../src/accounts/consent.ts";
import { type GoogleWorld, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const start = (world: GoogleWorld, change: { agentId?: string; accountId?: string } = {}) =>
  startConsent(world.deps, {
    agentId: change.agentId ?? world.agentId,
    provider: "GOOGLE",
    returnTo: "https://app.example.org/calendars",
    accountId: change.accountId ?? null,
  });

/** The callback's query and cookie, as Google's redirect brings them to the browser that began. */
function callback(
  world: GoogleWorld,
  url: string,
  decision: { allow?: boolean; scopes?: string[]; user?: string } = {},
) {
  const answer = new URL(world.google.consent(url, { user: world.email, ...decision }));
  return {
    provider: "GOOGLE" as const,
    code: answer.searchParams.get("code"),
    state: answer.searchParams.get("state"),
    error: answer.searchParams.get("error"),
  };
}

async function expectNothingStored(world: GoogleWorld): Promise<void> {
  for (const table of ["agents", "accounts", "connections", "channels", "busy"]) {
    expect(await world.query(`SELECT * FROM ${table}`), table).toEqual([]);
  }
}

describe("the redirect to Google", () => {
  test("asks for offline access with PKCE, and for no more scopes than needed", async () => {
    const world = newWorld();
    const { authorizationUrl, state } = await start(world);
    const { searchParams } = new URL(authorizationUrl);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: "code",
      access_type: "offline",
      prompt: "consent",
      code_challenge_method: "S256",
      state,
      redirect_uri: "https://sync.example.org/api/calendar/google/callback",
    });
    expect(searchParams.get("scope")?.split(" ").sort()).toEqual([
      "email",
      "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
      "https://www.googleapis.com/auth/calendar.events",
      "openid",
    ]);
  });

  test("P8: the sealed state reveals nothing, and differs each time", async () => {
    const world = newWorld();
    const [one, two] = [await start(world), await start(world)];
    expect(one.sealedState).not.toContain(one.state);
    expect(one.sealedState).not.toContain(world.agentId);
    expect(atob(one.sealedState.split(".")[0]?.replaceAll("-", "+").replaceAll("_", "/") ?? "")).toContain(
      "A256GCM",
    );
    expect(one.state).not.toBe(two.state);
    expect(await peekReturnTo(world.deps, one)).toBe("https://app.example.org/calendars");
    expect(await peekReturnTo(world.deps, { sealedState: `${one.sealedState}x` })).toBeNull();
  });
});

describe("the callback", () => {
  test("stores the account sealed, connects the primary calendar and takes the person's time zone", async () => {
    const world = newWorld({ timeZone: "Asia/Kathmandu" });
    const started = await start(world);
    const connected = await finishConsent(world.deps, {
      ...callback(world, started.authorizationUrl),
      sealedState: started.sealedState,
    });
    expect(connected).toMatchObject({
      agentId: world.agentId,
      returnTo: "https://app.example.org/calendars",
    });
    const [connectionId = ""] = connected.connectionIds;
    expect(await world.connection(connectionId)).toMatchObject({
      calendarId: world.email,
      role: "writer",
      timeZone: "Asia/Kathmandu",
      blocksAvailability: true,
      receivesBookings: true,
    });
    expect(await world.query("SELECT time_zone FROM agents")).toEqual([{ time_zone: "Asia/Kathmandu" }]);
    const [account] = await world.query("SELECT * FROM accounts");
    expect(JSON.stringify(account)).not.toMatch(/ya29|1\/\/0/);
  });

  test("P8: is accepted only with the state of the browser that began", async () => {
    const world = newWorld();
    const [mine, other] = [await start(world), await start(world)];
    const answer = callback(world, mine.authorizationUrl);
    for (const sealedState of [
      null,
      "",
      "garbage",
      other.sealedState,
      `${mine.sealedState.slice(0, -2)}AA`,
    ]) {
      await expect(finishConsent(world.deps, { ...answer, sealedState })).rejects.toMatchObject({
        code: "oauth_state_invalid",
      });
    }
    await expect(
      finishConsent(world.deps, { ...answer, state: null, sealedState: mine.sealedState }),
    ).rejects.toMatchObject({ code: "oauth_state_invalid" });
    await expect(
      finishConsent(world.deps, { ...answer, provider: "OUTLOOK", sealedState: mine.sealedState }),
    ).rejects.toMatchObject({ code: "oauth_state_invalid" });
    expect(world.requests("token")).toEqual([]);
    await expectNothingStored(world);
  });

  test("is accepted for ten minutes", async () => {
    const world = newWorld();
    const started = await start(world);
    const answer = callback(world, started.authorizationUrl);
    world.advance(10 * MINUTE + 2_000);
    await expect(
      finishConsent(world.deps, { ...answer, sealedState: started.sealedState }),
    ).rejects.toMatchObject({ code: "oauth_state_invalid" });
    await expectNothingStored(world);
  });

  test("used twice connects nothing more, and the second answer says that it failed", async () => {
    const world = newWorld();
    const started = await start(world);
    const answer = { ...callback(world, started.authorizationUrl), sealedState: started.sealedState };
    const { accountId } = await finishConsent(world.deps, answer);
    await expect(finishConsent(world.deps, answer)).rejects.toMatchObject({ code: "oauth_failed" });
    expect(await world.query("SELECT id, status FROM accounts")).toEqual([
      { id: accountId, status: "active" },
    ]);
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
  });

  test("two callbacks of one person at once make one account", async () => {
    const world = newWorld();
    const answers = await Promise.all(
      [1, 2].map(async () => {
        const started = await start(world);
        return { ...callback(world, started.authorizationUrl), sealedState: started.sealedState };
      }),
    );
    const [one, two] = await Promise.all(answers.map((answer) => finishConsent(world.deps, answer)));
    expect(one?.accountId).toBe(two?.accountId);
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
    await world.drain();
    const [connection] = await world.query("SELECT id FROM connections");
    expect(await world.pull(String(connection?.["id"]))).toMatchObject({ outcome: "ok" });
  });

  test("a refusal at the consent page is answered as a refusal", async () => {
    const world = newWorld();
    const started = await start(world);
    const answer = callback(world, started.authorizationUrl, { allow: false });
    await expect(
      finishConsent(world.deps, { ...answer, sealedState: started.sealedState }),
    ).rejects.toMatchObject({ code: "oauth_denied" });
    await expectNothingStored(world);
  });

  for (const [what, scopes] of [
    ["events", ["https://www.googleapis.com/auth/calendar.calendarlist.readonly"]],
    ["the calendar list", ["https://www.googleapis.com/auth/calendar.events"]],
    ["anything", []],
  ] as const) {
    test(`G6: a consent that leaves out ${what} connects nothing and names what is missing`, async () => {
      const world = newWorld();
      await expect(world.connect({ scopes: [...scopes] })).rejects.toMatchObject({
        code: "oauth_scope_missing",
        extra: { missingScopes: expect.arrayContaining([expect.stringContaining("/auth/calendar")]) },
      });
      await expectNothingStored(world);
    });
  }

  test("G5: a first consent without a refresh token says how to get one", async () => {
    const world = newWorld();
    world.google.knobs.set("token.omitRefresh", true);
    await expect(world.connect()).rejects.toMatchObject({
      code: "oauth_no_refresh_token",
      message: expect.stringMatching(/connect again/i),
    });
    await expectNothingStored(world);
  });

  test("G5: a later consent without one uses the stored one of the same person", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    world.google.knobs.set("token.omitRefresh", true);
    expect(await world.connect({ accountId })).toMatchObject({ accountId });
    world.advance(2 * HOUR);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(world.requests("token").at(-1)).toMatchObject({ status: 200 });
  });

  test("G5, P8: a consent without one never uses another agent's stored token", async () => {
    const world = newWorld();
    await world.connect();
    world.google.knobs.set("token.omitRefresh", true);
    const started = await start(world, { agentId: "agent-two" });
    await expect(
      finishConsent(world.deps, {
        ...callback(world, started.authorizationUrl),
        sealedState: started.sealedState,
      }),
    ).rejects.toMatchObject({ code: "oauth_no_refresh_token" });
  });

  for (const [what, set] of [
    ["a token endpoint that fails", (world: GoogleWorld) => world.google.knobs.set("token.status", 503)],
    [
      "a calendar list that fails",
      (world: GoogleWorld) => world.google.knobs.set("api.status", 503, { operation: "calendarList.list" }),
    ],
  ] as const) {
    test(`G4, G13: ${what} is answered as passing, and nothing is stored`, async () => {
      const world = newWorld();
      set(world);
      await expect(world.connect()).rejects.toMatchObject({ code: "provider_unavailable" });
      await expectNothingStored(world);
    });
  }

  test("G2: a client that Google refuses alerts the operator, and the agent isn't blamed", async () => {
    const world = newWorld();
    world.google.knobs.set("token.invalidClient", true);
    await expect(world.connect()).rejects.toMatchObject({
      code: "provider_unavailable",
      message: expect.stringContaining("operator"),
    });
    await expectNothingStored(world);
  });

  test("P8: reconnecting another agent's account, or an unknown one, doesn't begin", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    await expect(start(world, { agentId: "agent-two", accountId })).rejects.toMatchObject({
      code: "account_not_found",
    });
    await expect(start(world, { accountId: "no-such-account" })).rejects.toMatchObject({
      code: "account_not_found",
    });
  });

  test("reconnecting suggests the account's address to Google", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    const { authorizationUrl } = await start(world, { accountId });
    expect(new URL(authorizationUrl).searchParams.get("login_hint")).toBe(world.email);
  });
});
