import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { Deps } from "../../src/deps.ts";
import { AUDIENCE, BINDINGS, createClosedWorld, ISSUER, NOW, sessionCookie, token } from "./closed-world.ts";

const PATH = "/api/calendar/settings?agentId=agent-1";
const JWKS_URL = "https://login.marketplace.test/jwks";

/** Past authentication the closed world's database refuses, so 503 means: the caller was let in. */
const LET_IN = 503;

async function ask(world: ReturnType<typeof createClosedWorld>, jwt: string, path = PATH) {
  const answer = await world.app.request(path, { headers: { authorization: `Bearer ${jwt}` } });
  return { status: answer.status, problem: (await answer.json()) as Record<string, unknown> };
}

describe("Bearer tokens with a shared secret", () => {
  test("of a service open any agent, of an agent their own", async () => {
    expect((await ask(createClosedWorld(), await token())).status).toBe(LET_IN);
    const own = await token({ role: "agent", sub: "agent-1" });
    expect((await ask(createClosedWorld(), own)).status).toBe(LET_IN);
  });

  test("of an agent need no agentId: the token says it", async () => {
    const own = await token({ role: "agent", sub: "agent-1" });
    expect((await ask(createClosedWorld(), own, "/api/calendar/settings")).status).toBe(LET_IN);
  });

  test("may be a few seconds past their end, since clocks differ, but not more", async () => {
    const late = await token({ expiresAt: NOW - 3_000 });
    expect((await ask(createClosedWorld(), late)).status).toBe(LET_IN);
    const tooLate = await ask(createClosedWorld(), await token({ expiresAt: NOW - 7_000 }));
    expect(tooLate.problem).toMatchObject({ status: 401, detail: expect.stringContaining("expired") });
  });

  test("name the claim that is wrong, not its value", async () => {
    const { problem } = await ask(createClosedWorld(), await token({ audience: "canary-audience" }));
    expect(problem["detail"]).toContain('"aud"');
    expect(JSON.stringify(problem)).not.toContain("canary-audience");
  });

  test("that are overlong are refused without being read", async () => {
    const { status } = await ask(createClosedWorld(), "a".repeat(9_000));
    expect(status).toBe(401);
  });
});

describe("Bearer tokens with keys at a URL", () => {
  async function createKeyWorld(alg: string) {
    const pair = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "key-1", alg };
    const state = { requests: 0, up: true };
    const serve = async () => {
      state.requests += 1;
      return state.up ? Response.json({ keys: [jwk] }) : new Response("no", { status: 500 });
    };
    const { JWT_SECRET: _, ...bindings } = BINDINGS;
    const parts: Partial<Deps> = { fetch: serve as typeof fetch };
    const create = () => createClosedWorld({ ...bindings, JWT_JWKS_URL: JWKS_URL }, parts);
    const sign = (header: { alg: string; kid?: string }, key: CryptoKey | Uint8Array) =>
      new SignJWT({ role: "service" })
        .setProtectedHeader(header)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime(NOW / 1_000 + 60)
        .sign(key);
    return { ...pair, jwk, state, create, sign };
  }

  test.each(["RS256", "ES256", "EdDSA"])("are verified with %s, the keys read once", async (alg) => {
    const { privateKey, state, create, sign } = await createKeyWorld(alg);
    const world = create();
    const jwt = await sign({ alg, kid: "key-1" }, privateKey);
    expect((await ask(world, jwt)).status).toBe(LET_IN);
    expect((await ask(world, jwt)).status).toBe(LET_IN);
    expect(state.requests).toBe(1);
  });

  test("signed by HMAC with the public key are refused", async () => {
    const { publicKey, create, sign } = await createKeyWorld("RS256");
    const spki = new TextEncoder().encode(await exportSPKI(publicKey));
    expect((await ask(create(), await sign({ alg: "HS256", kid: "key-1" }, spki))).status).toBe(401);
  });

  test("of an unknown key are refused", async () => {
    const { privateKey, create, sign } = await createKeyWorld("ES256");
    const jwt = await sign({ alg: "ES256", kid: "key-2" }, privateKey);
    expect((await ask(create(), jwt)).status).toBe(401);
  });

  test("by a key that is too weak are refused: nobody else can be at fault", async () => {
    const { create, sign, jwk } = await createKeyWorld("RS256");
    const weak = await crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 1_024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: "SHA-256",
      },
      true,
      ["sign", "verify"],
    );
    const strong = await generateKeyPair("RS256");
    Object.assign(jwk, await exportJWK(weak.publicKey));
    const { problem } = await ask(create(), await sign({ alg: "RS256", kid: "key-1" }, strong.privateKey));
    expect(problem).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  test("can't be judged while the keys can't be read: that is our fault, not the caller's", async () => {
    const { privateKey, state, create, sign } = await createKeyWorld("ES256");
    state.up = false;
    const { problem } = await ask(create(), await sign({ alg: "ES256", kid: "key-1" }, privateKey));
    expect(problem).toMatchObject({ status: 503, code: "authentication_unavailable" });
  });
});

describe("The page session", () => {
  test("lasts four hours", async () => {
    const cookie = await sessionCookie(createClosedWorld().deps, "agent-1");
    const statusAt = async (passedMs: number) => {
      const { app } = createClosedWorld(BINDINGS, { now: () => NOW + passedMs });
      return (await app.request("/api/calendar/connect", { headers: { cookie } })).status;
    };
    expect(await statusAt(4 * 3_600_000 - 1_000)).toBe(LET_IN);
    expect(await statusAt(4 * 3_600_000 + 1_000)).toBe(401);
  });

  test.each([
    ["an agent's token", () => token({ role: "agent", sub: "agent-1" })],
    ["a service's token", () => token()],
    ["anything that looks like one", async () => "nonsense"],
  ])("never comes from %s in an address: a page says what to do", async (_, make) => {
    const world = createClosedWorld();
    const jwt = await make();
    const own = await sessionCookie(world.deps, "agent-1");
    for (const cookie of ["", own]) {
      const headers = { accept: "text/html", cookie };
      const answer = await world.app.request(`/api/calendar/connect?token=${jwt}`, { headers });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("set-cookie")).toBeNull();
      const page = await answer.text();
      expect(page).toContain("Go back to the marketplace");
      expect(page).not.toMatch(/POST|GET|JWT/);
      expect(page).not.toContain(jwt);
    }
    const problem = await world.app.request(`/api/calendar/connect?token=${jwt}`);
    const { detail, ...rest } = (await problem.json()) as Record<string, unknown>;
    expect(rest).toMatchObject({ status: 400, code: "token_in_address" });
    expect(detail).toContain("POST /connect-links");
    expect(world.touched).toEqual([]);
  });

  test("tells a person what to do when it is missing", async () => {
    const { app } = createClosedWorld();
    const answer = await app.request("/api/calendar/connect", { headers: { accept: "text/html" } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(await answer.text()).toContain("Open this page from the marketplace again");
  });

  test.each([
    ["another site", { origin: "https://evil.test" }],
    ["no named site", {}],
    ["another site by the browser's word", { "sec-fetch-site": "cross-site", origin: "null" }],
  ])("does nothing for a form from %s", async (_, headers) => {
    const world = createClosedWorld();
    const cookie = await sessionCookie(world.deps, "agent-1");
    for (const path of [
      "/connections/c1/disconnect",
      "/connections/c1",
      "/accounts/a1",
      "/time-zone",
      "/open",
    ]) {
      const answer = await world.app.request(`/api/calendar/connect${path}`, {
        method: "POST",
        headers: { ...headers, cookie, "content-type": "application/x-www-form-urlencoded" },
        body: "timeZone=UTC",
      });
      expect(answer.status).toBe(403);
    }
    expect(world.touched).toEqual([]);
  });
});
