// Google's authorisation, on the simulator: consent, exchange, refresh, revocation, and their failures (D.1).
import { expect, test } from "vitest";
import { NOW } from "../../contract/worlds/consent.ts";
import { ANA, type GoogleWorld, makeGoogleWorld } from "../../contract/worlds/google.ts";

const FLOW = {
  state: "state-2",
  nonce: "nonce-2",
  codeVerifier: "w".repeat(43),
  redirectUri: "https://sync.example.org/back",
};

/** Consents once more, and exchanges the code. */
async function consent(world: GoogleWorld, scopes?: readonly string[]) {
  const { oauth } = world.provider;
  const url = await oauth.authorize({ ...FLOW, loginHint: ANA, claims: null });
  const back = world.google.consent(url.href, { user: ANA, ...(scopes && { scopes }) });
  const code = new URL(back).searchParams.get("code") ?? "";
  return { url, code, exchange: () => oauth.exchange({ ...FLOW, code }) };
}

test("asks for offline access, consent and the granted union, with a hint on reconnect", async () => {
  const { url } = await consent(await makeGoogleWorld());
  expect(url.origin).toBe("https://accounts.google.com");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    access_type: "offline",
    prompt: "consent",
    include_granted_scopes: "true",
    login_hint: ANA,
    nonce: "nonce-2",
    code_challenge_method: "S256",
  });
});

test("an exchange gives the person, the scopes and the end of the token", async () => {
  const world = await makeGoogleWorld();
  const { grant, identity } = await (await consent(world)).exchange();
  expect(identity).toEqual({ userId: expect.stringMatching(/^\d+$/), email: ANA });
  expect(grant.refreshToken).not.toBeNull();
  expect(grant.scopes).toEqual(expect.arrayContaining([...world.provider.oauth.requiredScopes]));
  expect(grant.accessTokenExpiresAt).toBeGreaterThan(NOW + 3_000_000);
});

test("a code is good once, with its own verifier and nonce", async () => {
  const world = await makeGoogleWorld();
  const { oauth } = world.provider;
  const { exchange } = await consent(world);
  await exchange();
  await expect(exchange()).rejects.toMatchObject({ kind: "reauth", code: "invalid_grant" });
  const second = await consent(world);
  const otherVerifier = { ...FLOW, code: second.code, codeVerifier: "x".repeat(43) };
  await expect(oauth.exchange(otherVerifier)).rejects.toMatchObject({ code: "invalid_grant" });
  const third = await consent(world);
  await expect(oauth.exchange({ ...FLOW, code: third.code, nonce: "another" })).rejects.toMatchObject({
    kind: "bug",
    code: "id_token_invalid",
  });
});

test("a refresh brings a new access token and keeps the refresh token", async () => {
  const world = await makeGoogleWorld();
  const grant = await world.provider.oauth.refresh(world.credentials);
  expect(grant.accessToken).not.toBe(world.credentials.accessToken);
  expect(grant.refreshToken).toBeNull();
  await expect(world.provider.open(grant).listCalendars()).resolves.toHaveLength(3);
});

test.each([
  ["G1", "token.invalidGrant", true, { kind: "reauth", code: "invalid_grant", status: 400 }],
  ["G2", "token.invalidClient", true, { kind: "operator", code: "invalid_client", status: 401 }],
  ["G3", "token.rapt", true, { kind: "reauth", code: "invalid_rapt", status: 400 }],
  ["G4 unavailable", "token.status", 503, { kind: "retry", status: 503 }],
  ["G4 throttled", "token.status", 429, { kind: "wait", status: 429 }],
  ["G4 unanswered", "net.reset", "after", { kind: "retry", code: "network", status: null }],
] as const)("%s: a refresh is refused for what it is", async (_, knob, value, expected) => {
  const world = await makeGoogleWorld();
  world.google.knobs.set(knob, value);
  await expect(world.provider.oauth.refresh(world.credentials)).rejects.toMatchObject(expected);
});

test("G5: an exchange without a refresh token says so", async () => {
  const world = await makeGoogleWorld();
  world.google.knobs.set("token.omitRefresh", true);
  expect((await (await consent(world)).exchange()).grant.refreshToken).toBeNull();
});

test("G6: scopes left unticked are missing from the grant", async () => {
  const world = await makeGoogleWorld();
  const [events = ""] = world.provider.oauth.requiredScopes;
  world.google.knobs.set("token.scopes", [events]);
  const { grant } = await (await consent(world)).exchange();
  expect(world.provider.oauth.requiredScopes.filter((scope) => !grant.scopes?.includes(scope))).toEqual([
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
  ]);
});

test("revoking ends the grant, and a second time succeeds too", async () => {
  const world = await makeGoogleWorld();
  await world.provider.oauth.revoke(world.credentials);
  await expect(world.provider.oauth.refresh(world.credentials)).rejects.toMatchObject({ kind: "reauth" });
  await world.provider.oauth.revoke(world.credentials);
});
