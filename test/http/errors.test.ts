import { describe, expect, test } from "vitest";
import { EngineError, type ErrorCode } from "../../src/domain/errors.ts";
import { asEngineError, PROBLEMS, problemOf } from "../../src/http/errors.ts";
import {
  ALLOWED_ORIGIN,
  BASE_URL,
  BINDINGS,
  createClosedWorld,
  type Line,
  sessionCookie,
  token,
} from "./closed-world.ts";
import { SAMPLES } from "./samples.ts";

const BASE = "/api/calendar";
const CANARIES = {
  title: "canary-title",
  description: "canary-description",
  location: "canary-location",
  clientName: "canary-name",
  clientEmail: "canary@mail.test",
};

/** All log lines as text. */
const textOf = (lines: readonly Line[]) => JSON.stringify(lines);

describe("Problems", () => {
  test("are each explained on the docs page", async () => {
    const page = await (await createClosedWorld().app.request(`${BASE}/docs`)).text();
    for (const code of Object.keys(PROBLEMS) as ErrorCode[]) {
      const problem = problemOf(new EngineError(code, "What to do."));
      expect(problem).toMatchObject({ code, status: PROBLEMS[code].status, detail: "What to do." });
      expect(problem.type).toBe(`${BASE}/docs#${code}`);
      expect(page).toContain(`id="${code}"`);
    }
  });

  test("can't be overwritten by what an error adds", () => {
    const error = new EngineError("slot_taken", "Taken.", {
      extra: { status: 200, code: "ok", conflicts: [] },
    });
    expect(problemOf(error)).toMatchObject({ status: 409, code: "slot_taken", conflicts: [] });
  });

  test("say nothing of what an unexpected error said", () => {
    const problem = problemOf(asEngineError(new TypeError("canary: token abc")));
    expect(problem).toMatchObject({ status: 500, code: "internal_error" });
    expect(JSON.stringify(problem)).not.toContain("canary");
  });

  test("name when to ask again where that helps", async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    const answer = await createClosedWorld().app.request(`${BASE}/settings?agentId=a`, { headers });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("Unknown paths and methods", () => {
  test("an unknown path is not found", async () => {
    for (const path of ["/", "/api", `${BASE}/nothing`, `${BASE}/events/a/b`]) {
      const answer = await createClosedWorld().app.request(path);
      expect(await answer.json()).toMatchObject({ status: 404, code: "not_found" });
    }
  });

  test("a path with several methods names them all", async () => {
    const answer = await createClosedWorld().app.request(`${BASE}/connections`, { method: "PUT" });
    expect(answer.headers.get("allow")).toBe("GET, POST");
  });

  test("an unconfigured provider is named as such", async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    const answer = await createClosedWorld().app.request(`${BASE}/outlook/auth?agentId=a`, { headers });
    expect(await answer.json()).toMatchObject({ status: 404, code: "provider_not_configured" });
  });
});

describe("The log", () => {
  test("has one line a request: pattern, not path; no query", async () => {
    const world = createClosedWorld();
    const headers = { authorization: `Bearer ${await token()}` };
    await world.app.request(`${BASE}/events/canary-booking?agentId=canary-agent`, { headers });
    expect(world.lines).toMatchObject([
      {
        level: "info",
        event: "request",
        fields: {
          method: "GET",
          route: `${BASE}/events/:bookingId`,
          status: 503,
          code: "database_unavailable",
          durationMs: 0,
          requestId: expect.any(String),
        },
      },
    ]);
    expect(textOf(world.lines)).not.toContain("canary");
  });

  test("P8: holds no token, title, name or address, whatever goes wrong", async () => {
    const jwt = await token();
    const explode = async (): Promise<never> => {
      throw new Error(`canary-message ${jwt}`, { cause: new Error("canary-cause canary@mail.test") });
    };
    const closed = createClosedWorld();
    const world = createClosedWorld(BINDINGS, { db: { ...closed.deps.db, read: explode, write: explode } });
    const headers = { authorization: `Bearer ${jwt}`, "content-type": "application/json" };
    const send = (body: unknown) =>
      world.app.request(`${BASE}/events`, { method: "POST", headers, body: JSON.stringify(body) });
    const good = { ...SAMPLES["createBooking"]?.body, ...CANARIES };

    const answers = [
      await send(good),
      await send({ ...good, clientEmail: "canary no address" }),
      await send({ ...good, title: `canary-${"x".repeat(400)}` }),
      await send({ ...good, start: "canary-start" }),
      await world.app.request(`${BASE}/connect?token=${jwt}x`),
      await world.app.request(`${BASE}/canary-path`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([500, 400, 400, 400, 400, 404]);
    for (const answer of answers) expect(await answer.text()).not.toMatch(/canary|eyJ/);
    expect(textOf(world.lines)).not.toMatch(/canary|eyJ/);
    const failed = world.lines.find(({ event }) => event === "request.failed");
    expect(failed?.level).toBe("error");
    expect(failed?.fields["stack"]).toContainEqual(expect.stringMatching(/^at /));
    // The line's own time has this name.
    expect(failed?.fields).not.toHaveProperty("at");
  });

  test("takes a caller's request id over, unless it is no id", async () => {
    const { app } = createClosedWorld();
    const ask = async (id: string) =>
      (await app.request(`${BASE}/health`, { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await ask("trace-123")).toBe("trace-123");
    expect(await ask("no id at all")).not.toBe("no id at all");
    expect(await ask("x".repeat(65))).toHaveLength(36);
  });
});

describe("A person with a browser", () => {
  test.each([
    ["the consent without a session", "/google/auth", 401],
    ["the password form without a session", "/apple/auth", 401],
    ["a page that isn't there", "/connect/nowhere", 404],
    ["a page that only takes a form", "/connect/time-zone", 405],
    ["a part of the API without a token", "/settings?agentId=agent-1", 401],
  ])("gets a page for %s, and a program gets a problem", async (_, path, status) => {
    const { app } = createClosedWorld();
    const ask = async (accept: string) => {
      const answer = await app.request(`${BASE}${path}`, { headers: { accept } });
      return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
    };
    const page = await ask("text/html,application/xhtml+xml,*/*;q=0.8");
    expect(page).toMatchObject({ status, type: expect.stringContaining("text/html") });
    expect(page.text).toContain("</html>");
    expect(await ask("*/*")).toMatchObject({ status, type: "application/problem+json" });
  });
});

describe("Text that isn't UTF-8", () => {
  test.each([
    ["half of a character", "%ED%A0%BD"],
    ["a byte that begins nothing", "%FF"],
    ["a character that is cut off", "%C3"],
    ["an overlong zero", "%C0%80"],
    ["no percent-encoding", "%zz"],
  ])("is refused in an address and in a form: %s", async (_, text) => {
    const world = createClosedWorld();
    const authorization = `Bearer ${await token()}`;
    for (const path of [
      `/settings?agentId=${text}`,
      `/events/${text}?agentId=a`,
      `/connections?agentId=a&${text}=b`,
    ]) {
      const answer = await world.app.request(`${BASE}${path}`, { headers: { authorization } });
      expect(await answer.json()).toMatchObject({ status: 400, code: "invalid_request" });
    }
    const cookie = await sessionCookie(world.deps, "agent-1");
    for (const path of ["/apple/auth", "/connect/accounts/a1", "/connect/open"]) {
      const answer = await world.app.request(`${BASE}${path}`, {
        method: "POST",
        headers: { cookie, origin: BASE_URL, "content-type": "application/x-www-form-urlencoded" },
        body: `username=${text}&password=x`,
      });
      expect(await answer.json()).toMatchObject({ status: 400, code: "invalid_request" });
    }
    expect(world.touched).toEqual([]);
  });

  test("is refused in a form of another charset", async () => {
    const { app, deps } = createClosedWorld();
    const answer = await app.request(`${BASE}/connect/time-zone`, {
      method: "POST",
      headers: {
        ...{ cookie: await sessionCookie(deps, "agent-1"), origin: BASE_URL },
        "content-type": "application/x-www-form-urlencoded; charset=iso-8859-1",
      },
      body: "timeZone=UTC",
    });
    expect(answer.status).toBe(415);
  });
});

describe("Browsers of other origins", () => {
  const ask = (origin: string) =>
    createClosedWorld().app.request(`${BASE}/availability`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });

  test("may call from an allowed origin", async () => {
    const answer = await ask(ALLOWED_ORIGIN);
    expect(answer.headers.get("access-control-allow-origin")).toBe(ALLOWED_ORIGIN);
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
  });

  test("may not from any other", async () => {
    expect((await ask("https://evil.test")).headers.get("access-control-allow-origin")).toBeNull();
  });
});
