// Rate limits: each caller and operation has a budget of its own, and beyond it the answer is 429.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { ConfigError } from "../../src/config.ts";
import { cloudflareRateLimits, type RateLimits } from "../../src/deps.ts";
import { BUDGET_WINDOW_SECONDS, BUDGETS, type Budget } from "../../src/domain/budget.ts";
import { countedAddress } from "../../src/http/limit-by-address.ts";
import { errorsOf } from "../../src/http/openapi.ts";
import { BASE_PATH, type Operation } from "../../src/http/operation.ts";
import {
  BASE_URL,
  BINDINGS,
  createClosedWorld,
  operatorCookie,
  sessionCookie,
  token,
} from "./closed-world.ts";
import { requestOf } from "./every-operation.ts";
import { SAMPLES } from "./samples.ts";

const operationOf = (id: string): Operation => {
  const found = OPERATIONS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`No operation is called ${id}.`);
  return found;
};

/** A closed world with limits that note what is counted, and allow `allowed` requests under each key. */
function limitedWorld(allowed: number) {
  const counted: { budget: Budget; key: string }[] = [];
  const limits: RateLimits = {
    async spend(budget, key) {
      counted.push({ budget, key });
      return counted.filter((one) => one.budget === budget && one.key === key).length <= allowed;
    },
  };
  const world = createClosedWorld(BINDINGS, { limits });
  const send = (id: string, headers: Record<string, string> = {}) =>
    world.app.request(requestOf(operationOf(id), SAMPLES[id] ?? {}, headers));
  return { ...world, counted, send };
}

const bearer = async (role: string, sub?: string) => ({
  authorization: `Bearer ${await token({ role, ...(sub === undefined ? {} : { sub }) })}`,
});

const NOT_COUNTED = ["receiveNotifications"];

describe.each(OPERATIONS.filter(({ id }) => !NOT_COUNTED.includes(id)))("$method $path", (declared) => {
  test("beyond the budget the answer is 429, with Retry-After, before anything is asked", async () => {
    const world = limitedWorld(0);
    const credentials =
      declared.access === "session"
        ? { cookie: await sessionCookie(world.deps, "agent-1") }
        : declared.access === "operator"
          ? { cookie: await operatorCookie(world.deps) }
          : declared.access === "open"
            ? {}
            : await bearer("agent", "agent-1");
    const answer = await world.send(declared.id, { ...credentials, accept: "application/json" });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe(String(BUDGET_WINDOW_SECONDS));
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ code: "rate_limited", status: 429 });
    expect(world.touched).toEqual([]);
    expect(errorsOf(declared)).toContain("rate_limited");
  });
});

test("P4: a provider's notification is never refused by number, from whatever address it comes", async () => {
  const world = limitedWorld(0);
  const headers = {
    "x-goog-channel-id": "channel-1",
    "x-goog-channel-token": "a-token",
    "x-goog-resource-state": "exists",
    "cf-connecting-ip": "192.0.2.1",
  };
  const answer = await world.send("receiveNotifications", headers);
  expect(answer.status).not.toBe(429);
  expect(world.counted).toEqual([]);
  expect(errorsOf(operationOf("receiveNotifications"))).not.toContain("rate_limited");
});

describe("a budget", () => {
  const budgetsOf = async (id: string, headers: Record<string, string>) => {
    const world = limitedWorld(1);
    await world.send(id, headers);
    return world.counted.map(({ budget }) => budget);
  };

  test.each([
    ["checkAvailability", "LIMIT_AGENT_READS", "LIMIT_SERVICE_READS"],
    ["checkManyAvailabilities", "LIMIT_AGENT_READS", "LIMIT_SERVICE_READS"],
    ["findSlots", "LIMIT_AGENT_READS", "LIMIT_SERVICE_READS"],
    ["getBooking", "LIMIT_AGENT_READS", "LIMIT_SERVICE_READS"],
    ["createBooking", "LIMIT_AGENT_WRITES", "LIMIT_SERVICE_WRITES"],
    ["cancelBooking", "LIMIT_AGENT_WRITES", "LIMIT_SERVICE_WRITES"],
    ["syncNow", "LIMIT_AGENT_WRITES", "LIMIT_SERVICE_WRITES"],
    ["putSettings", "LIMIT_AGENT_WRITES", "LIMIT_SERVICE_WRITES"],
  ])("%s: %s of an agent, %s of a service", async (id, agents, services) => {
    expect(await budgetsOf(id, await bearer("agent", "agent-1"))).toEqual([agents]);
    expect(await budgetsOf(id, await bearer("service"))).toEqual([services]);
  });

  test("is spent by each caller alone, and by each operation alone", async () => {
    const world = limitedWorld(1);
    const statuses = async (id: string, headers: Record<string, string>) => {
      const answers = [await world.send(id, headers), await world.send(id, headers)];
      return answers.map(({ status }) => status === 429);
    };
    expect(await statuses("getSettings", await bearer("agent", "agent-1"))).toEqual([false, true]);
    expect(await statuses("listConnections", await bearer("agent", "agent-1"))).toEqual([false, true]);
    expect(await statuses("getSettings", await bearer("agent", "agent-2"))).toEqual([false, true]);
    expect(await statuses("getSettings", await bearer("service", "agent-1"))).toEqual([false, true]);
    expect(await statuses("getSettings", await bearer("service", "checkout"))).toEqual([false, true]);
    expect(await statuses("getSettings", await bearer("service"))).toEqual([false, true]);
  });

  test("is the same for an agent's token and their page", async () => {
    const world = limitedWorld(1);
    const cookie = await sessionCookie(world.deps, "agent-1");
    const page = { cookie, accept: "application/json" };
    expect((await world.send("startConsent", await bearer("agent", "agent-1"))).status).not.toBe(429);
    expect((await world.send("startConsent", page)).status).toBe(429);
  });

  test("isn't spent by a caller whose token is refused", async () => {
    const world = limitedWorld(1);
    expect((await world.send("getSettings", { authorization: "Bearer nonsense" })).status).toBe(401);
    expect(world.counted).toEqual([]);
  });

  test("of an open operation is counted by the address that Cloudflare saw, whatever else is claimed", async () => {
    const world = limitedWorld(1);
    const from = (address: string) => ({
      "cf-connecting-ip": address,
      "x-forwarded-for": crypto.randomUUID(),
      "x-real-ip": crypto.randomUUID(),
    });
    expect((await world.send("health", from("192.0.2.1"))).status).toBe(200);
    expect((await world.send("health", from("192.0.2.1"))).status).toBe(429);
    expect((await world.send("health", from("192.0.2.2"))).status).toBe(200);
    expect((await world.send("health")).status).toBe(200);
    expect((await world.send("health")).status).toBe(429);
  });

  test("counts a HEAD with the GETs", async () => {
    const world = limitedWorld(1);
    const url = `${BASE_URL}${BASE_PATH}/health`;
    expect((await world.app.request(url, { method: "HEAD" })).status).toBe(200);
    expect((await world.app.request(url)).status).toBe(429);
  });

  test("that can't be counted lets everybody pass, and says so", async () => {
    const limits: RateLimits = { spend: () => Promise.reject(new TypeError("down")) };
    const { app, lines } = createClosedWorld(BINDINGS, { limits });
    expect((await app.request(`${BASE_URL}${BASE_PATH}/health`)).status).toBe(200);
    expect(lines).toContainEqual({
      level: "error",
      event: "limit.failed",
      fields: { budget: "LIMIT_OPEN", error: "TypeError" },
    });
  });

  test("that is spent shows a person a page, with Retry-After as well", async () => {
    const world = limitedWorld(0);
    const answer = await world.send("connectLinkPage", { accept: "text/html" });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe(String(BUDGET_WINDOW_SECONDS));
    expect(await answer.text()).toContain("Please wait ten seconds");
  });

  test("leaves no address in the log", async () => {
    const world = limitedWorld(0);
    await world.send("health", { "cf-connecting-ip": "198.51.100.77" });
    expect(JSON.stringify(world.lines)).toContain("rate_limited");
    expect(JSON.stringify(world.lines)).not.toContain("198.51.100.77");
  });
});

describe("an address is counted", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:0001:0002::9", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8:0:0:ffff::", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
    ["1::2:3:4:5:6:7", "1:0:2:3"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["", ""],
  ])("%s as %s", (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });
});

describe("the bindings", () => {
  const binding = (success: boolean) => ({ limit: async () => ({ success }) });
  const all = Object.fromEntries(BUDGETS.map((budget) => [budget, binding(false)]));

  test("may all be missing: then nothing is limited", () => {
    expect(cloudflareRateLimits({ ...BINDINGS })).toBeNull();
  });

  test("say whether a request is within its budget", async () => {
    const limits = cloudflareRateLimits({ ...all, LIMIT_OPEN: binding(true) });
    expect(await limits?.spend("LIMIT_OPEN", "a")).toBe(true);
    expect(await limits?.spend("LIMIT_AGENT_READS", "a")).toBe(false);
  });

  test.each(BUDGETS)("without %s alone are a fault that names it", (missing) => {
    const { [missing]: _, ...others } = all;
    expect(() => cloudflareRateLimits(others)).toThrow(ConfigError);
    expect(() => cloudflareRateLimits(others)).toThrow(missing);
    expect(() => cloudflareRateLimits({ ...others, [missing]: "text" })).toThrow(missing);
  });

  test("are those of wrangler.toml, with namespaces of their own and the window of Retry-After", () => {
    const toml = readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    const tables = toml.split("[[ratelimits]]").slice(1);
    const settingOf = (table: string, name: string) =>
      new RegExp(`\\b${name} = "?(\\w+)`).exec(table)?.[1] ?? "";
    expect(tables.map((table) => settingOf(table, "name")).sort()).toEqual([...BUDGETS].sort());
    expect(new Set(tables.map((table) => settingOf(table, "namespace_id"))).size).toBe(BUDGETS.length);
    for (const table of tables) expect(Number(settingOf(table, "period"))).toBe(BUDGET_WINDOW_SECONDS);
  });
});
