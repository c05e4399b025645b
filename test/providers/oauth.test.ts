// The OAuth client: the requests it sends, and the answers it believes.
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../src/providers/error.ts";
import type { Classify } from "../../src/providers/http.ts";
import { authorizationUrl, readIdToken, requestToken } from "../../src/providers/oauth.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");
const CLIENT = {
  clientId: "client-1",
  clientSecret: "canary-secret",
  authorizeUrl: "https://id.example/auth",
  tokenUrl: "https://id.example/token",
};
const classify: Classify = ({ status }) => ({ kind: "reauth", code: `refused_${status}` });

function answering(body: unknown, status = 200) {
  const sent: { url: string; form: Record<string, string> }[] = [];
  const deps = {
    now: () => NOW,
    fetch: (async (url: string, init: RequestInit) => {
      sent.push({ url, form: Object.fromEntries(new URLSearchParams(String(init.body))) });
      return Response.json(body, { status });
    }) as unknown as typeof fetch,
  };
  return { deps, sent };
}

describe("authorizationUrl", () => {
  const input = {
    state: "state-1",
    codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    redirectUri: "https://app.example/callback",
    scopes: ["openid", "email"],
  };

  test("asks for a code with PKCE S256", async () => {
    const url = await authorizationUrl(CLIENT, input, { prompt: "consent", login_hint: null });
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "client-1",
      redirect_uri: "https://app.example/callback",
      scope: "openid email",
      state: "state-1",
      // The pair of RFC 7636, appendix B.
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      prompt: "consent",
    });
  });
});

describe("requestToken", () => {
  const grant = { grant_type: "refresh_token", refresh_token: "refresh-1" };

  test("sends the grant with the client's credentials and counts the lifetime from the request", async () => {
    const { deps, sent } = answering({
      access_token: "access-1",
      expires_in: 3599,
      token_type: "Bearer",
      scope: "a b",
    });
    expect(await requestToken(deps, CLIENT, grant, classify)).toEqual({
      grant: {
        accessToken: "access-1",
        accessTokenExpiresAt: NOW + 3_599_000,
        refreshToken: null,
        scopes: ["a", "b"],
      },
      idToken: null,
    });
    expect(sent).toEqual([
      { url: CLIENT.tokenUrl, form: { ...grant, client_id: "client-1", client_secret: "canary-secret" } },
    ]);
  });

  test("classifies a refusal by the provider's table", async () => {
    const { deps } = answering({ error: "invalid_grant" }, 400);
    await expect(requestToken(deps, CLIENT, grant, classify)).rejects.toMatchObject({
      kind: "reauth",
      code: "refused_400",
      status: 400,
    });
  });

  test("takes a success without a token for a bug of ours", async () => {
    const { deps } = answering({ ok: true });
    await expect(requestToken(deps, CLIENT, grant, classify)).rejects.toMatchObject({
      kind: "bug",
      code: "unexpected_answer",
    });
  });
});

describe("readIdToken", () => {
  const expected = {
    isIssuer: (issuer: string) => issuer === "https://id.example",
    clientId: "client-1",
    nonce: "nonce-1",
    now: NOW,
  };
  const claims = {
    iss: "https://id.example",
    aud: "client-1",
    sub: "person-1",
    email: "ana@example.com",
    nonce: "nonce-1",
    exp: NOW / 1000 + 3600,
  };
  const token = (changes: Record<string, unknown>) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32));

  test("gives the claims of the person who granted", async () => {
    expect(readIdToken(await token({}), expected)).toMatchObject({
      sub: "person-1",
      email: "ana@example.com",
    });
  });

  test("takes an audience list, and a clock two minutes off", async () => {
    const odd = await token({ aud: ["other", "client-1"], exp: NOW / 1000 - 119 });
    expect(readIdToken(odd, expected).sub).toBe("person-1");
  });

  test.each([
    ["another issuer", { iss: "https://evil.example" }],
    ["another audience", { aud: "client-2" }],
    ["another flow's nonce", { nonce: "nonce-2" }],
    ["no nonce", { nonce: undefined }],
    ["an expired token", { exp: NOW / 1000 - 121 }],
    ["no subject", { sub: undefined }],
  ])("refuses %s", async (_, changes) => {
    const idToken = await token(changes);
    expect(() => readIdToken(idToken, expected)).toThrow(
      new ProviderError({ kind: "bug", code: "id_token_invalid" }),
    );
  });

  test.each([[null], [""], ["a.b.c"]])("refuses %s for a token", (idToken) => {
    expect(() => readIdToken(idToken, expected)).toThrow("id_token_invalid");
  });
});
