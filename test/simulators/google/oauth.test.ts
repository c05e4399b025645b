// Consent and tokens of simulated Google (`docs/providers/google.md` A.1).
import { createHash } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import {
  ANA,
  AUTH,
  authorizationUrl,
  CLIENT,
  connect,
  createRig,
  EVENTS,
  exchange,
  postToken,
  reason,
} from "./rig.ts";

const VERIFIER = "v".repeat(43);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
const PKCE = { code_challenge: CHALLENGE, code_challenge_method: "S256" };

describe("the consent page", () => {
  it("shows people and permissions, and its form leads back with code and state", async () => {
    const { google } = createRig();
    const page = await (await google.fetch(authorizationUrl())).text();
    expect(page).toContain(`name="user" value="${ANA}"`);
    expect(page).toContain(`name="scope" value="${AUTH}calendar.events"`);
    expect(page).not.toContain(`value="openid"`);
    const body = new URLSearchParams({ user: ANA, scope: `${AUTH}calendar.events`, decision: "allow" });
    const answer = await google.fetch(authorizationUrl(), { method: "POST", body });
    expect(answer.status).toBe(302);
    const callback = new URL(answer.headers.get("location") ?? "");
    expect(callback.origin + callback.pathname).toBe(CLIENT.redirectUris[0]);
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({
      state: "state-1",
      code: expect.any(String),
    });
    expect(callback.searchParams.get("scope")).not.toContain("calendarlist");
  });

  it("sends a person who cancels back with access_denied", () => {
    const { google } = createRig();
    const callback = new URL(google.consent(authorizationUrl(), { user: ANA, allow: false }));
    expect(Object.fromEntries(callback.searchParams)).toEqual({ state: "state-1", error: "access_denied" });
  });

  it.each([
    ["an unregistered redirect", { redirect_uri: "https://sync.example.org/other" }, "redirect_uri_mismatch"],
    ["an unknown client", { client_id: "nobody" }, "invalid_client"],
    [
      "an unknown scope",
      { scope: "openid https://www.googleapis.com/auth/calendar.nonsense" },
      "invalid_scope",
    ],
    ["an unknown parameter", { colour: "red" }, "invalid_request"],
    ["another response type", { response_type: "token" }, "invalid_request"],
    [
      "a challenge that is no hash",
      { code_challenge: "short", code_challenge_method: "S256" },
      "invalid_request",
    ],
  ])("shows an error page for %s and never calls back", async (_, change, code) => {
    const answer = await createRig().google.fetch(authorizationUrl(change));
    expect([400, 401]).toContain(answer.status);
    expect(await answer.text()).toContain(code);
  });

  it("marks the account of login_hint, but lets the person take another", async () => {
    const rig = createRig();
    rig.google.addUser({ email: "bo@example.com", timeZone: "UTC" });
    const page = await (await rig.google.fetch(authorizationUrl({ login_hint: "bo@example.com" }))).text();
    expect(page).toMatch(/value="bo@example.com" required checked/);
    const callback = rig.google.consent(authorizationUrl({ login_hint: "bo@example.com" }), { user: ANA });
    expect((await exchange(rig, callback)).status).toBe(200);
  });
});

describe("the token endpoint", () => {
  it("checks the PKCE verifier: missing and wrong ones are refused, and the code is spent", async () => {
    const rig = createRig();
    const url = authorizationUrl(PKCE);
    const missing = rig.google.consent(url, { user: ANA });
    expect((await exchange(rig, missing)).body["error_description"]).toBe("Missing code verifier.");
    expect((await exchange(rig, missing, { code_verifier: VERIFIER })).body["error"]).toBe("invalid_grant");
    const wrong = rig.google.consent(url, { user: ANA });
    const refused = await exchange(rig, wrong, { code_verifier: "w".repeat(43) });
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const right = rig.google.consent(url, { user: ANA });
    expect((await exchange(rig, right, { code_verifier: VERIFIER })).status).toBe(200);
  });

  it("refuses a reused code, an old one and one of another redirect", async () => {
    const rig = createRig();
    const used = rig.google.consent(authorizationUrl(), { user: ANA });
    await exchange(rig, used);
    expect((await exchange(rig, used)).body["error"]).toBe("invalid_grant");
    const other = rig.google.consent(authorizationUrl(), { user: ANA });
    const mismatch = await exchange(rig, other, { redirect_uri: "https://sync.example.org/other" });
    expect(mismatch.body["error"]).toBe("redirect_uri_mismatch");
    const old = rig.google.consent(authorizationUrl(), { user: ANA });
    rig.clock.now += 601_000;
    expect((await exchange(rig, old)).body["error"]).toBe("invalid_grant");
  });

  it("gives a refresh token with the first consent or a forced one, and only offline", async () => {
    const rig = createRig();
    const consent = (change: Record<string, string | null>) =>
      exchange(rig, rig.google.consent(authorizationUrl(change), { user: ANA }));
    expect((await consent({ prompt: null })).body).toHaveProperty("refresh_token");
    expect((await consent({ prompt: null })).body).not.toHaveProperty("refresh_token");
    expect((await consent({ prompt: "consent" })).body).toHaveProperty("refresh_token");
    expect((await consent({ access_type: null })).body).not.toHaveProperty("refresh_token");
  });

  it("reports the scopes really granted, the earlier ones too with include_granted_scopes", async () => {
    const rig = createRig();
    const narrow = rig.google.consent(authorizationUrl(), { user: ANA, scopes: [] });
    expect((await exchange(rig, narrow)).body["scope"]).toBe(`openid ${AUTH}userinfo.email`);
    const events = rig.google.consent(authorizationUrl(), { user: ANA, scopes: [`${AUTH}calendar.events`] });
    await exchange(rig, events);
    const union = { scope: "openid", include_granted_scopes: "true" };
    const answer = await exchange(rig, rig.google.consent(authorizationUrl(union), { user: ANA }));
    expect(answer.body["scope"]).toContain(`${AUTH}calendar.events`);
  });

  it("signs an id token with the key it publishes", async () => {
    const rig = createRig();
    const { body } = await exchange(
      rig,
      rig.google.consent(authorizationUrl({ nonce: "n-1" }), { user: ANA }),
    );
    const certs = await rig.google.fetch("https://www.googleapis.com/oauth2/v3/certs");
    const keys = createLocalJWKSet((await certs.json()) as JSONWebKeySet);
    const { payload } = await jwtVerify(String(body["id_token"]), keys, {
      issuer: "https://accounts.google.com",
      audience: CLIENT.clientId,
      currentDate: new Date(rig.clock.now),
    });
    expect(payload).toMatchObject({
      sub: "108000000000000000001",
      email: ANA,
      email_verified: true,
      nonce: "n-1",
    });
  });

  it("lets access tokens expire after 3599 seconds", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.clock.now += 3_598_000;
    expect((await caller.call("GET", EVENTS)).status).toBe(200);
    rig.clock.now += 2_000;
    const late = await caller.call("GET", EVENTS);
    expect([late.status, reason(late)]).toEqual([401, "authError"]);
  });

  it("refuses wrong client credentials and unknown form fields", async () => {
    const rig = createRig();
    const form = { grant_type: "refresh_token", refresh_token: (await connect(rig)).refreshToken };
    expect((await postToken(rig, { ...form, client_secret: "wrong" })).status).toBe(401);
    expect((await postToken(rig, { ...form, client_id: "wrong" })).body["error"]).toBe("invalid_client");
    expect((await postToken(rig, { ...form, extra: "1" })).body["error"]).toBe("invalid_request");
  });

  it("kills the oldest refresh token when there are more than a hundred", async () => {
    const rig = createRig();
    const first = await connect(rig);
    for (let i = 0; i < 100; i += 1) await connect(rig);
    const form = { grant_type: "refresh_token", refresh_token: first.refreshToken };
    expect((await postToken(rig, form)).body["error"]).toBe("invalid_grant");
  });
});

describe("revoking", () => {
  it("D.4 1: any token of a grant ends all of it, for both connections of the same person", async () => {
    const rig = createRig();
    const [one, two] = [await connect(rig), await connect(rig)];
    const revoke = (token: string) =>
      rig.google.fetch("https://oauth2.googleapis.com/revoke", {
        method: "POST",
        body: new URLSearchParams({ token }),
      });
    expect((await revoke(one.token)).status).toBe(200);
    expect((await two.call("GET", EVENTS)).status).toBe(401);
    const form = { grant_type: "refresh_token", refresh_token: two.refreshToken };
    expect((await postToken(rig, form)).body["error"]).toBe("invalid_grant");
    const again = await revoke(two.refreshToken);
    expect([again.status, await again.json()]).toMatchObject([400, { error: "invalid_token" }]);
  });
});
