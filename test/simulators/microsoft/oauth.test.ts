// Signing in at simulated Microsoft (`docs/providers/microsoft.md` B.1).
import { describe, expect, it } from "vitest";
import type { KnobName, KnobValues } from "./knobs.ts";
import {
  ANA,
  authorizationUrl,
  BO,
  CLIENT,
  code,
  connect,
  createRig,
  exchange,
  postToken,
  type Rig,
} from "./rig.ts";
import { PERSONAL_TENANT } from "./state.ts";

const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
const refusal = (rig: Rig, change: Record<string, string | null>, tenant?: string) => () =>
  rig.microsoft.consent(authorizationUrl(change, tenant), { user: ANA });

describe("the authorisation URL", () => {
  it.each([
    ["an unknown client", { client_id: "other" }, /not found in the directory/],
    ["another redirect", { redirect_uri: "https://evil.example/" }, /redirect URI/],
    ["no PKCE", { code_challenge: null, code_challenge_method: null }, /Proof Key/],
    ["a plain challenge", { code_challenge_method: "plain" }, /S256/],
    ["an unknown scope", { scope: "openid Calendars.Everything" }, /doesn't exist/],
    ["an unknown parameter", { access_type: "offline" }, /access_type/],
    ["claims that aren't JSON", { claims: "{" }, /claims/],
    ["another prompt", { prompt: "ask" }, /prompt/],
  ])("is refused with %s", (_, change, expected) => {
    expect(refusal(createRig(), change)).toThrow(expected);
  });

  it("keeps each kind of account at its tenants", () => {
    const rig = createRig();
    const enter = (tenant: string, user: string) =>
      rig.microsoft.consent(authorizationUrl({}, tenant), { user });
    expect(enter("organizations", ANA)).toContain("code=");
    expect(enter("consumers", BO)).toContain("code=");
    expect(enter(PERSONAL_TENANT, BO)).toContain("code=");
    expect(() => enter("consumers", ANA)).toThrow(/Microsoft Account users only/);
    expect(() => enter("organizations", BO)).toThrow(/personal Microsoft account/);
    expect(() => enter("11111111-1111-4111-8111-111111111111", ANA)).toThrow(/Tenant not found/);
  });

  it("asks only work accounts for the scopes of calendars that others share", () => {
    const { microsoft } = createRig();
    for (const scope of ["Calendars.Read.Shared", "https://graph.microsoft.com/calendars.readwrite.shared"]) {
      const url = authorizationUrl({ scope: `openid ${scope}` });
      expect(microsoft.consent(url, { user: ANA })).toContain("code=");
      expect(() => microsoft.consent(url, { user: BO })).toThrow(/isn't for personal accounts/);
    }
  });

  it("is recorded with prompt, hints and claims", () => {
    const rig = createRig();
    const asked = { prompt: "select_account", login_hint: ANA, claims: '{"access_token":{}}' };
    rig.microsoft.consent(authorizationUrl(asked), { user: ANA });
    rig.microsoft.consent(authorizationUrl(), { user: ANA, allow: false });
    expect(rig.microsoft.authorizations).toMatchObject([
      {
        tenant: "common",
        user: ANA,
        prompt: "select_account",
        loginHint: ANA,
        claims: asked.claims,
        outcome: "allowed",
      },
      { prompt: null, claims: null, outcome: "denied" },
    ]);
  });

  it("comes back with an error when the person cancels, or the tenant refuses", () => {
    const rig = createRig();
    const cancelled = new URL(rig.microsoft.consent(authorizationUrl(), { user: ANA, allow: false }));
    expect(Object.fromEntries(cancelled.searchParams)).toMatchObject({
      ...{ error: "access_denied", error_subcode: "cancel", state: "state-1" },
      error_description: expect.stringContaining("AADSTS65004"),
    });
    rig.microsoft.knobs.set("consent.error", { error: "access_denied", description: "AADSTS90094: admin" });
    expect(rig.microsoft.consent(authorizationUrl(), { user: ANA })).toContain("AADSTS90094");
  });

  it("with prompt=none asks nobody", async () => {
    const rig = createRig();
    const ask = async () => {
      const url = authorizationUrl({ prompt: "none", login_hint: ANA });
      const answer = await rig.microsoft.fetch(url, { redirect: "manual" });
      return new URL(answer.headers.get("location") ?? "").searchParams;
    };
    expect((await ask()).get("error")).toBe("login_required");
    await connect(rig);
    expect((await ask()).get("code")).toBeTruthy();
  });
});

describe("the consent page", () => {
  it("offers the accounts that the tenant lets in", async () => {
    const rig = createRig();
    const page = async (tenant: string) => (await rig.microsoft.fetch(authorizationUrl({}, tenant))).text();
    const [common, work] = [await page("common"), await page("organizations")];
    for (const text of [ANA, BO, "Have full access to your calendars"]) expect(common).toContain(text);
    expect(work).not.toContain(BO);
  });

  it("shows an error page, without calling back, for a wrong request", async () => {
    const answer = await createRig().microsoft.fetch(
      authorizationUrl({ redirect_uri: "https://evil.example/" }),
    );
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("AADSTS50011")]);
  });

  it("sends back an administrator who consents for everybody", async () => {
    const url = new URL("https://login.microsoftonline.com/organizations/v2.0/adminconsent");
    url.search = new URLSearchParams({
      client_id: CLIENT.clientId,
      redirect_uri: CLIENT.redirectUris[0] ?? "",
      state: "s",
    }).toString();
    const answer = await createRig().microsoft.fetch(url, { redirect: "manual" });
    expect(answer.headers.get("location")).toContain("admin_consent=True");
  });
});

describe("exchanging a code", () => {
  it("says who signed in: oid and tid name the account", async () => {
    const rig = createRig();
    const people = [ANA, BO].map(async (user) => {
      const answer = await exchange(rig, rig.microsoft.consent(authorizationUrl(), { user }));
      return claimsOf(answer.body["id_token"]);
    });
    const [work, personal] = await Promise.all(people);
    expect(work).toMatchObject({
      iss: `https://login.microsoftonline.com/${work?.["tid"]}/v2.0`,
      ...{ aud: CLIENT.clientId, preferred_username: ANA, nonce: "nonce-1", ver: "2.0" },
    });
    expect(personal).toMatchObject({
      tid: PERSONAL_TENANT,
      oid: expect.stringMatching(/^00000000-0000-0000-/),
    });
    expect(work?.["sub"]).not.toBe(work?.["oid"]);
  });

  it("gives a JWT at work and opaque text to personal accounts", async () => {
    const rig = createRig();
    expect((await connect(rig, ANA)).token.split(".")).toHaveLength(3);
    expect((await connect(rig, BO)).token).not.toContain(".");
  });

  it("works once, with the right verifier, redirect and tenant", async () => {
    const rig = createRig();
    const callback = () => rig.microsoft.consent(authorizationUrl(), { user: ANA });
    const codes = async (answer: ReturnType<typeof exchange>) => (await answer).body["error_codes"];
    const used = callback();
    expect((await exchange(rig, used)).status).toBe(200);
    expect(await codes(exchange(rig, used))).toEqual([54005]);
    expect(await codes(exchange(rig, callback(), { code_verifier: "w".repeat(43) }))).toEqual([50148]);
    expect(await codes(exchange(rig, callback(), { code_verifier: "" }))).toEqual([900144]);
    expect(await codes(exchange(rig, callback(), { redirect_uri: "https://x.example/" }))).toEqual([50011]);
    expect(await codes(exchange(rig, callback(), {}, "consumers"))).toEqual([9002331]);
    expect(await codes(exchange(rig, callback(), { audience: "x" }))).toEqual([9002313]);
    const late = callback();
    rig.clock.now += 600_001;
    expect(await codes(exchange(rig, late))).toEqual([70008]);
  });

  it("gives no refresh token without offline_access, and echoes scopes in either form", async () => {
    const rig = createRig();
    rig.microsoft.knobs.set("token.longScopes", true, { times: 1 });
    const url = authorizationUrl({ scope: "openid https://graph.microsoft.com/Calendars.ReadWrite" });
    const answer = await exchange(rig, rig.microsoft.consent(url, { user: ANA }));
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(answer.body["scope"]).toBe("openid https://graph.microsoft.com/Calendars.ReadWrite");
  });

  it("may grant less than was asked", async () => {
    const rig = createRig();
    rig.microsoft.knobs.set("token.scopes", ["User.Read"], { times: 1 });
    const answer = await exchange(rig, rig.microsoft.consent(authorizationUrl(), { user: ANA }));
    expect(answer.body["scope"]).not.toContain("Calendars");
  });
});

type Setting = { [Name in KnobName]: [Name, KnobValues[Name]] }[KnobName];

describe("refreshing", () => {
  const cases: [string, Setting, number, string, number][] = [
    ["M1", ["token.code", 700082], 400, "invalid_grant", 700082],
    ["M2", ["token.code", 50173], 400, "invalid_grant", 50173],
    ["M3", ["token.code", 53003], 400, "interaction_required", 53003],
    ["M3", ["token.code", { code: 50079, error: "invalid_grant" }], 400, "invalid_grant", 50079],
    ["M4", ["token.code", 65001], 400, "invalid_grant", 65001],
    ["M4", ["token.code", { code: 65001, error: "consent_required" }], 400, "consent_required", 65001],
    ["M5", ["token.code", 70000], 400, "invalid_grant", 70000],
    ["M6", ["token.code", 7000222], 401, "invalid_client", 7000222],
    ["M7", ["token.code", 700016], 400, "unauthorized_client", 700016],
    ["M9", ["token.busy", true], 503, "temporarily_unavailable", 90033],
    ["M9", ["token.busy", { status: 429, retryAfter: 3 }], 429, "temporarily_unavailable", 90033],
  ];
  it.each(cases)("%s: fails once with %j, then works", async (_, [name, value], status, error, number) => {
    const rig = createRig();
    const form = { grant_type: "refresh_token", refresh_token: (await connect(rig)).refreshToken };
    rig.microsoft.knobs.set(name, value as never, { times: 1 });
    const answer = await postToken(rig, form);
    expect([answer.status, answer.body["error"], answer.body["error_codes"]]).toEqual([
      status,
      error,
      [number],
    ]);
    expect((await postToken(rig, form)).status).toBe(200);
  });

  it("M8: answers a new refresh token each time; the old one stays good, or dies", async () => {
    const rig = createRig();
    const form = { grant_type: "refresh_token", refresh_token: (await connect(rig)).refreshToken };
    const next = String((await postToken(rig, form)).body["refresh_token"]);
    expect(next).not.toBe(form.refresh_token);
    expect((await postToken(rig, form)).status).toBe(200);
    rig.microsoft.knobs.set("token.oldRefused", true);
    expect((await postToken(rig, form)).status).toBe(200);
    expect((await postToken(rig, form)).body["error_codes"]).toEqual([70000]);
    expect((await postToken(rig, { ...form, refresh_token: next })).status).toBe(200);
  });

  it("ends after ninety days without use, with consent, or with the password", async () => {
    const rig = createRig();
    const form = async () => ({
      grant_type: "refresh_token",
      refresh_token: (await connect(rig)).refreshToken,
    });
    const [idle, withdrawn] = [await form(), await form()];
    rig.clock.now += 89 * 86_400_000;
    expect((await postToken(rig, idle)).status).toBe(200);
    rig.clock.now += 86_400_000;
    expect((await postToken(rig, withdrawn)).body["error_codes"]).toEqual([700082]);
    rig.microsoft.removeAccess(ANA);
    expect((await postToken(rig, idle)).body["error_codes"]).toEqual([65001]);
  });

  it("needs the tenant of the account, the client's secret, and scopes that were granted", async () => {
    const rig = createRig();
    const form = { grant_type: "refresh_token", refresh_token: (await connect(rig)).refreshToken };
    const codes = async (change: Record<string, string>, tenant?: string) =>
      (await postToken(rig, { ...form, ...change }, tenant)).body["error_codes"];
    expect(await codes({}, "consumers")).toEqual([9002331]);
    expect(await codes({ client_secret: "old" })).toEqual([7000215]);
    expect(await codes({ scope: "Calendars.ReadWrite.Shared" })).toEqual([65001]);
    expect(await codes({ grant_type: "password" })).toEqual([70003]);
    expect(code(await postToken(rig, form, "organizations"))).toBeUndefined();
  });

  it("keeps secrets out of the journal", async () => {
    const rig = createRig();
    await connect(rig);
    const [request] = rig.microsoft.requests.filter(({ operation }) => operation === "token");
    expect(request?.body).toMatchObject({ grant_type: "authorization_code" });
    expect(JSON.stringify(rig.microsoft.requests)).not.toContain(CLIENT.clientSecret);
  });
});
