// Microsoft's authorisation, on the simulator: consent, exchange, refresh, and their failures (D.2).
import { UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import { createOffice365, createOutlook } from "../../../src/providers/microsoft/index.ts";
import { NOW } from "../../contract/worlds/consent.ts";
import {
  CLIENT,
  type Kind,
  type MicrosoftWorld,
  makeMicrosoftWorld,
  PEOPLE,
} from "../../contract/worlds/microsoft.ts";

const KINDS = ["OUTLOOK", "OFFICE365"] as const;
const TENANTS = { OUTLOOK: "consumers", OFFICE365: "organizations" };
const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";
const FLOW = {
  state: "state-2",
  nonce: "nonce-2",
  codeVerifier: "w".repeat(43),
  redirectUri: CLIENT.redirectUri,
};

/** Consents once more, and exchanges the code. */
async function consent(world: MicrosoftWorld, change: { loginHint?: string; claims?: string } = {}) {
  const { oauth } = world.provider;
  const url = await oauth.authorize({ ...FLOW, loginHint: null, claims: null, ...change });
  const back = world.microsoft.consent(url.href, { user: world.email });
  const code = new URL(back).searchParams.get("code") ?? "";
  return { url, code, exchange: () => oauth.exchange({ ...FLOW, code }) };
}

describe.each(KINDS)("%s", (kind: Kind) => {
  test("a new connection asks which account, at the tenant of its kind", async () => {
    const { url } = await consent(await makeMicrosoftWorld(kind));
    expect(url.origin + url.pathname).toBe(
      `https://login.microsoftonline.com/${TENANTS[kind]}/oauth2/v2.0/authorize`,
    );
    const { code_challenge: challenge, ...asked } = Object.fromEntries(url.searchParams);
    expect(challenge).toMatch(/^[\w-]{43}$/);
    expect(asked).toEqual({
      response_type: "code",
      response_mode: "query",
      client_id: CLIENT.clientId,
      redirect_uri: CLIENT.redirectUri,
      // Personal accounts can't be asked for the calendars of others.
      scope: `openid email profile offline_access User.Read Calendars.ReadWrite${
        kind === "OFFICE365" ? " Calendars.ReadWrite.Shared" : ""
      }`,
      prompt: "select_account",
      code_challenge_method: "S256",
      state: "state-2",
      nonce: "nonce-2",
    });
  });

  test("a reconnect names the account and hands back the claims that were demanded", async () => {
    const claims = '{"access_token":{"capolids":{"essential":true,"values":["c"]}}}';
    const world = await makeMicrosoftWorld(kind);
    const { url, exchange } = await consent(world, { loginHint: world.email, claims });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ login_hint: world.email, claims });
    expect(url.searchParams.has("prompt")).toBe(false);
    await exchange();
    expect(world.microsoft.authorizations.at(-1)).toMatchObject({ claims, loginHint: world.email });
  });

  test("an exchange gives the person, the scopes and the end of the token", async () => {
    const world = await makeMicrosoftWorld(kind);
    const { grant, identity } = await (await consent(world)).exchange();
    expect(identity.email).toBe(PEOPLE[kind]);
    const [tid, oid] = identity.userId.split(":");
    expect(tid === PERSONAL_TENANT).toBe(kind === "OUTLOOK");
    expect(oid).toMatch(/^[\da-f-]{36}$/);
    expect(grant.refreshToken).not.toBeNull();
    expect(grant.scopes).toEqual(expect.arrayContaining([...world.provider.oauth.requiredScopes]));
    expect(grant.accessTokenExpiresAt).toBeGreaterThan(NOW + 3_000_000);
  });

  test("M8: a refresh brings another refresh token, and the account goes on with it", async () => {
    const world = await makeMicrosoftWorld(kind);
    world.microsoft.knobs.set("token.oldRefused", true);
    const { oauth } = world.provider;
    const first = await oauth.refresh(world.credentials);
    expect(first.refreshToken).not.toBe(world.credentials.refreshToken);
    expect(first.accessToken).not.toBe(world.credentials.accessToken);
    await expect(oauth.refresh(world.credentials)).rejects.toMatchObject({ kind: "reauth" });
    const second = await oauth.refresh({ ...first, refreshToken: first.refreshToken ?? "" });
    await expect(world.provider.open(second).listCalendars()).resolves.toHaveLength(3);
  });

  test("an account of the other kind is refused", async () => {
    const world = await makeMicrosoftWorld(kind);
    const other = kind === "OUTLOOK" ? "work" : "personal";
    world.microsoft.addUser({ email: "other@example.com", kind: other, timeZone: "UTC" });
    const url = await world.provider.oauth.authorize({ ...FLOW, loginHint: null, claims: null });
    expect(() => world.microsoft.consent(url.href, { user: "other@example.com" })).toThrow();
  });
});

test("M8: a refresh that brings no refresh token leaves the old one", async () => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  world.microsoft.knobs.set("token.keepRefresh", true);
  expect((await world.provider.oauth.refresh(world.credentials)).refreshToken).toBeNull();
});

test("L23: two Workers that refresh at once are both served", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const { oauth } = world.provider;
  const grants = await Promise.all([oauth.refresh(world.credentials), oauth.refresh(world.credentials)]);
  expect(new Set(grants.map(({ refreshToken }) => refreshToken)).size).toBe(2);
});

test("a code is good once, with its own verifier and nonce", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const { oauth } = world.provider;
  const { exchange } = await consent(world);
  await exchange();
  await expect(exchange()).rejects.toMatchObject({ kind: "reauth", code: "AADSTS54005" });
  const second = await consent(world);
  const otherVerifier = { ...FLOW, code: second.code, codeVerifier: "x".repeat(43) };
  await expect(oauth.exchange(otherVerifier)).rejects.toMatchObject({ kind: "reauth", status: 400 });
  const third = await consent(world);
  await expect(oauth.exchange({ ...FLOW, code: third.code, nonce: "another" })).rejects.toMatchObject({
    kind: "bug",
    code: "id_token_invalid",
  });
});

describe("who signed in", () => {
  const tid = "84bd0000-0000-4000-8000-000000000000";
  const issuer = (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`;
  const CLAIMS = {
    iss: issuer(tid),
    tid,
    oid: "8ee40000-0000-4000-8000-000000000000",
    sub: "pairwise",
    aud: CLIENT.clientId,
    nonce: FLOW.nonce,
    exp: NOW / 1000 + 3600,
    preferred_username: "ana@contoso.example",
  };
  const identityOf = async (claims: Record<string, unknown>, create = createOffice365) => {
    const id_token = new UnsecuredJWT({ ...CLAIMS, ...claims }).encode();
    const answer = { access_token: "a", refresh_token: "r", expires_in: 3600, id_token };
    const deps = { fetch: async () => Response.json(answer), now: () => NOW, newId: () => "id" };
    const { oauth } = create({ ...CLIENT, origin: null, loginOrigin: null }, deps);
    return (await oauth.exchange({ ...FLOW, code: "code" })).identity;
  };

  test("is known by tenant and object id, not by name", async () => {
    expect(await identityOf({})).toEqual({ userId: `${tid}:${CLAIMS.oid}`, email: "ana@contoso.example" });
    expect(await identityOf({ email: "ana@mail.example" })).toMatchObject({ email: "ana@mail.example" });
    expect(await identityOf({ preferred_username: undefined })).toMatchObject({ email: null });
    const personal = { tid: PERSONAL_TENANT, iss: issuer(PERSONAL_TENANT) };
    expect((await identityOf(personal, createOutlook)).userId).toBe(`${PERSONAL_TENANT}:${CLAIMS.oid}`);
  });

  test.each([
    ["by another issuer", { iss: "https://login.example.com/84bd/v2.0" }],
    ["by an issuer that looks alike", { iss: `https://login.microsoftonline.com.example/${tid}/v2.0` }],
    ["by the issuer of another tenant", { iss: issuer(PERSONAL_TENANT) }],
    ["by the older issuer", { iss: `https://sts.windows.net/${tid}/` }],
    ["without a tenant", { tid: undefined }],
    ["without an object id", { oid: undefined }],
    ["for another application", { aud: "another" }],
    ["long ago", { exp: NOW / 1000 - 3600 }],
    ["with a personal account", { tid: PERSONAL_TENANT, iss: issuer(PERSONAL_TENANT) }],
  ])("%s isn't believed", async (_, claims) => {
    await expect(identityOf(claims)).rejects.toMatchObject({ kind: "bug", code: "id_token_invalid" });
  });

  test("with a work account isn't believed by Outlook", async () => {
    await expect(identityOf({}, createOutlook)).rejects.toMatchObject({ code: "id_token_invalid" });
  });
});

test.each([
  ["M1", 700082, { kind: "reauth", code: "AADSTS700082", status: 400 }],
  ["M2", 50173, { kind: "reauth", code: "AADSTS50173" }],
  ["M3", 50076, { kind: "reauth", code: "AADSTS50076", claims: expect.stringContaining("capolids") }],
  ["M3 conditional access", 53003, { kind: "reauth", claims: expect.stringContaining("capolids") }],
  ["M4", 65001, { kind: "reauth", code: "AADSTS65001", claims: null }],
  ["M5", 70000, { kind: "reauth", code: "AADSTS70000" }],
  ["M6", 7000215, { kind: "operator", code: "AADSTS7000215", status: 401 }],
  ["M6 expired", 7000222, { kind: "operator", code: "AADSTS7000222", status: 401 }],
  ["M7", 700016, { kind: "operator", code: "AADSTS700016", status: 400 }],
  ["an admin's consent is wanted", 90094, { kind: "reauth", code: "AADSTS90094" }],
  ["our loop", 50196, { kind: "bug", code: "AADSTS50196" }],
] as const)("%s: a refresh is refused for what it is", async (_, code, expected) => {
  const world = await makeMicrosoftWorld("OFFICE365");
  world.microsoft.knobs.set("token.code", code);
  await expect(world.provider.oauth.refresh(world.credentials)).rejects.toMatchObject(expected);
});

test.each([
  [{ status: 400 }, { kind: "retry", retryAt: null }],
  [
    { status: 429, retryAfter: 30 },
    { kind: "wait", retryAt: NOW + 30_000 },
  ],
  [
    { status: 503, retryAfter: 9 },
    { kind: "retry", retryAt: NOW + 9_000 },
  ],
] as const)("M9: a token endpoint that is busy (%j) is asked again", async (busy, expected) => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  world.microsoft.knobs.set("token.busy", busy);
  await expect(world.provider.oauth.refresh(world.credentials)).rejects.toMatchObject(expected);
});

test("a grant that the person ended elsewhere is ended here", async () => {
  for (const end of ["removeAccess", "revokeSessions"] as const) {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft[end](world.email);
    await expect(world.provider.oauth.refresh(world.credentials)).rejects.toMatchObject({ kind: "reauth" });
  }
});

test("granted scopes are the same with Graph's prefix and without it", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const short = (await (await consent(world)).exchange()).grant.scopes;
  world.microsoft.knobs.set("token.longScopes", true);
  const long = (await (await consent(world)).exchange()).grant.scopes;
  expect(long).toEqual(short);
  expect(long).toContain("Calendars.ReadWrite");
  expect(long).not.toContain("offline_access");
});

test("a calendar scope that wasn't granted is missing from the grant", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  world.microsoft.knobs.set("token.scopes", ["User.Read"]);
  const { grant } = await (await consent(world)).exchange();
  expect(grant.scopes).not.toContain("Calendars.ReadWrite");
});

test("an exchange without a refresh token says so", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  world.microsoft.knobs.set("token.omitRefresh", true);
  expect((await (await consent(world)).exchange()).grant.refreshToken).toBeNull();
});

test("a refresh asks for the calendars of others only where they were granted", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  const asked = () => (world.microsoft.requests.at(-1)?.body as { scope: string } | undefined)?.scope;
  const { refreshToken } = world.credentials;
  await world.provider.oauth.refresh({ ...world.credentials, refreshToken }, ["Calendars.ReadWrite"]);
  expect(asked()).toBe("offline_access Calendars.ReadWrite");
  const granted = ["Calendars.ReadWrite", "calendars.readwrite.shared"];
  await world.provider.oauth.refresh({ ...world.credentials, refreshToken }, granted);
  expect(asked()).toBe("offline_access Calendars.ReadWrite Calendars.ReadWrite.Shared");
});

test("a grant reduced to the calendars can be refreshed", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  world.microsoft.knobs.set("token.scopes", ["Calendars.ReadWrite"]);
  const { grant } = await (await consent(world)).exchange();
  const refreshed = await world.provider.oauth.refresh({ ...grant, refreshToken: grant.refreshToken ?? "" });
  expect(refreshed.scopes).toContain("Calendars.ReadWrite");
});

test("revoking sends no request, because Microsoft has no such call", async () => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  const before = world.microsoft.requests.length;
  await world.provider.oauth.revoke(world.credentials);
  expect(world.microsoft.requests).toHaveLength(before);
});
