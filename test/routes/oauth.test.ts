import { describe, expect, test } from "vitest";
import { ALLOWED_ORIGIN, BASE_URL, createClosedWorld, token } from "../http/closed-world.ts";

const BASE = `${BASE_URL}/api/calendar`;

async function start(
  world: ReturnType<typeof createClosedWorld>,
  query: Record<string, string>,
  accept = "text/html",
) {
  const headers = { authorization: `Bearer ${await token({ role: "agent", sub: "agent-1" })}`, accept };
  return world.app.request(`${BASE}/google/auth?${new URLSearchParams(query)}`, { headers });
}

const cookieOf = (answer: Response) => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

/** Starts a consent and comes back from it with an error, which needs neither provider nor database. */
async function comeBack(returnTo: string | null, accept: string) {
  const world = createClosedWorld();
  const begun = await start(world, returnTo === null ? {} : { returnTo }, "application/json");
  const { authorizationUrl } = (await begun.json()) as { authorizationUrl: string };
  const state = new URL(authorizationUrl).searchParams.get("state") ?? "";
  const back = `${BASE}/google/callback?error=access_denied&state=${state}&iss=x`;
  const answer = await world.app.request(back, { headers: { cookie: cookieOf(begun), accept } });
  return { answer, world, cookie: cookieOf(begun), back };
}

describe("The way to consent", () => {
  test("redirects a browser to Google with PKCE, tied to the browser by a cookie", async () => {
    const answer = await start(createClosedWorld(), {});
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.searchParams.get("code_challenge_method")).toBe("S256");
    expect(location.searchParams.get("redirect_uri")).toBe(`${BASE}/google/callback`);
    expect(answer.headers.get("set-cookie")).toMatch(
      /^calendar_consent_[0-9a-f]{16}=.+; Max-Age=600; Path=\/api\/calendar; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("lets consents in two tabs stand side by side", async () => {
    const world = createClosedWorld();
    const [one, two] = [await start(world, {}), await start(world, {})];
    expect(cookieOf(one).split("=")[0]).not.toBe(cookieOf(two).split("=")[0]);
  });

  test.each(["/account", `${ALLOWED_ORIGIN}/settings?tab=calendars`, `${BASE_URL}/x`])(
    "may return to %s",
    async (returnTo) => {
      expect((await start(createClosedWorld(), { returnTo })).status).toBe(302);
    },
  );

  test.each([
    "https://evil.test/",
    "//evil.test/",
    "/\\evil.test/",
    "\\\\evil.test",
    "https:evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    `${ALLOWED_ORIGIN}.evil.test/`,
    "https://app.marketplace.test@evil.test/",
    "https://user@app.marketplace.test/",
    "https://:secret@app.marketplace.test/",
    `blob:${ALLOWED_ORIGIN}/x`,
    "http://app.marketplace.test/",
    "\thttps://evil.test",
  ])("never returns to %j", async (returnTo) => {
    const answer = await start(createClosedWorld(), { returnTo }, "application/json");
    if (answer.status === 200) {
      const { answer: back } = await comeBack(returnTo, "text/html");
      const { origin, username, password, protocol } = new URL(back.headers.get("location") ?? "");
      expect([BASE_URL, ALLOWED_ORIGIN]).toContain(origin);
      expect({ username, password, protocol }).toEqual({ username: "", password: "", protocol: "https:" });
    } else {
      expect(await answer.json()).toMatchObject({ code: "invalid_request", errors: [{ path: "returnTo" }] });
    }
  });
});

describe("The way back from consent", () => {
  test("goes where the agent came from, saying what went wrong", async () => {
    const { answer } = await comeBack(`${ALLOWED_ORIGIN}/settings?tab=1`, "text/html");
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe(`${ALLOWED_ORIGIN}/settings?tab=1&error=oauth_denied`);
  });

  test("goes to the connect page when nothing else was asked", async () => {
    const { answer } = await comeBack(null, "text/html");
    expect(answer.headers.get("location")).toBe(`${BASE}/connect?error=oauth_denied`);
  });

  test("answers a program with a problem", async () => {
    const { answer } = await comeBack(null, "application/json");
    expect(await answer.json()).toMatchObject({ status: 400, code: "oauth_denied" });
  });

  test("takes the cookie away, whatever the outcome", async () => {
    const { answer, cookie } = await comeBack(null, "text/html");
    expect(answer.headers.get("set-cookie")).toMatch(new RegExp(`^${cookie.split("=")[0]}=; Max-Age=0;`));
  });

  test("is refused to a browser that did not begin it", async () => {
    const { world, back } = await comeBack(null, "text/html");
    const answer = await world.app.request(back.replace("error=access_denied", "code=c"), {
      headers: { accept: "application/json" },
    });
    expect(await answer.json()).toMatchObject({ status: 400, code: "oauth_state_invalid" });
    expect(world.touched).toEqual([]);
  });

  test("is refused with the cookie of another consent", async () => {
    const { world, back } = await comeBack(null, "text/html");
    const other = cookieOf(await start(world, {}));
    const name = back.match(/state=([^&]+)/)?.[1] ?? "";
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
    const hex = [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const forged = `calendar_consent_${hex}=${other.split("=")[1]}`;
    const answer = await world.app.request(back.replace("error=access_denied", "code=c"), {
      headers: { accept: "application/json", cookie: forged },
    });
    expect(await answer.json()).toMatchObject({ code: "oauth_state_invalid" });
    expect(world.touched).toEqual([]);
  });
});
