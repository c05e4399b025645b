// CORS: what scripts of websites may read, and that other callers get the same answers without it.
import { expect, test } from "vitest";
import { createClosedWorld, token } from "./closed-world.ts";

const HEALTH = "/api/calendar/health";
const CHECK = "/api/calendar/availability";

const headersOf = async (path: string, init: RequestInit) => {
  const { app } = createClosedWorld();
  const answer = await app.request(path, init);
  return Object.fromEntries([...answer.headers].filter(([name]) => name !== "x-request-id"));
};

test("a request without an Origin gets the headers of one from a website that isn't allowed", async () => {
  const foreign = { origin: "https://elsewhere.test" };
  const authorization = `Bearer ${await token()}`;
  const sent = { method: "POST", body: "{}" };
  for (const [path, init] of [
    [HEALTH, {}],
    ["/api/calendar/nothing", {}],
    [CHECK, { ...sent, headers: { authorization, "content-type": "application/json" } }],
    [CHECK, { ...sent, headers: { "content-type": "application/json" } }],
    [CHECK, { ...sent, headers: { authorization: "Bearer x", "content-length": "99999999" } }],
  ] as const) {
    const plain = await headersOf(path, init);
    const named = await headersOf(path, {
      ...init,
      headers: { ...("headers" in init ? init.headers : {}), ...foreign },
    });
    expect(plain).toEqual(named);
    expect(plain).toMatchObject({
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "X-Request-Id,Retry-After",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      vary: expect.stringContaining("Origin"),
    });
  }
});
