// MCP, driven by the SDK's clients of both generations: tools are the operations, with their limits and audit trail.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { beforeEach, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { BASE_PATH } from "../../src/http/operation.ts";
import { type Mcp, mcp } from "../../src/mcp/protocol.ts";
import { apiOf, connected } from "../http/api.ts";
import { createClosedWorld, token } from "../http/closed-world.ts";
import { requestOf } from "../http/every-operation.ts";
import { SAMPLES } from "../http/samples.ts";
import { createWorld, type World } from "../support/world.ts";

interface Called {
  readonly isError?: boolean;
  readonly structuredContent?: Record<string, unknown>;
  readonly content: { readonly type: string; readonly text: string }[];
}

interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: { properties?: Record<string, unknown>; required?: string[] };
  readonly annotations?: Record<string, unknown>;
}

/** What this file needs of a client of either generation. */
interface AnyClient {
  tools(): Promise<ListedTool[]>;
  call(name: string, given: Record<string, unknown>): Promise<Called>;
  close(): Promise<void>;
}

type App = { request(request: Request): Response | Promise<Response> };
const ABOUT = { name: "tests", version: "1" };
const ADDRESS = new URL(`https://sync.example.org${BASE_PATH}/mcp`);

const CLIENTS = {
  "of 2025": async (app: App, jwt: string): Promise<AnyClient> => {
    const client = new OldClient(ABOUT);
    await client.connect(new OldTransport(ADDRESS, wayTo(app, jwt)) as never);
    return {
      tools: async () => (await client.listTools()).tools as ListedTool[],
      call: async (name, given) => (await client.callTool({ name, arguments: given })) as unknown as Called,
      close: () => client.close(),
    };
  },
  "of 2026": async (app: App, jwt: string): Promise<AnyClient> => {
    const client = new Client(ABOUT, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    await client.connect(new StreamableHTTPClientTransport(ADDRESS, wayTo(app, jwt)));
    return {
      tools: async () => (await client.listTools()).tools as ListedTool[],
      call: async (name, given) => (await client.callTool({ name, arguments: given })) as unknown as Called,
      close: () => client.close(),
    };
  },
};

const wayTo = (app: App, jwt: string) => ({
  requestInit: { headers: { authorization: `Bearer ${jwt}` } },
  fetch: async (input: string | URL | Request, init?: RequestInit) => app.request(new Request(input, init)),
});

const TOOLS = ["book", "cancel", "check", "hold", "list", "move", "slots"];
const TAKEN = { start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" };
const FREE = { start: "2026-03-05T10:00:00Z", end: "2026-03-05T11:00:00Z" };
const LATER = { start: "2026-03-05T14:00:00Z", end: "2026-03-05T15:00:00Z" };

/** The problem that a refused call tells. */
function problemIn(called: Called): Record<string, unknown> {
  expect(called.isError).toBe(true);
  return JSON.parse(called.content[0]?.text ?? "") as Record<string, unknown>;
}

describe.each(Object.entries(CLIENTS))("A client %s", (_, open) => {
  let world: World;
  let client: AnyClient;

  const begin = async (role: "agent" | "service") => {
    world = createWorld();
    await connected(world);
    client = await open(world.app, await world.token(role));
  };

  test("finds, holds, books, lists, moves and cancels as the operations do", async () => {
    await begin("service");
    const { agentId } = world;
    const tools = await client.tools();
    expect(tools.map(({ name }) => name).sort()).toEqual(TOOLS);
    expect((await client.call("check", { agentId, ...TAKEN })).structuredContent).toMatchObject({
      available: false,
      conflicts: [{ reason: "busy" }],
    });
    const found = await client.call("slots", {
      ...{ agentId, durationMinutes: 60, stepMinutes: 60 },
      ...{ from: FREE.start, to: FREE.end },
    });
    expect(found.structuredContent).toMatchObject({
      slots: [{ start: expect.stringContaining("2026-03-05T10:00") }],
    });
    const held = await client.call("hold", { agentId, holdId: "h-1", minutes: 10, ...FREE });
    expect(held.structuredContent).toMatchObject({ holdId: "h-1", state: "held" });
    const wanted = { agentId, bookingId: "b-1", title: "First talk", ...FREE };
    expect(problemIn(await client.call("book", wanted))).toMatchObject({ code: "slot_taken", status: 409 });
    const booked = await client.call("book", { ...wanted, holdId: "h-1" });
    expect(booked.structuredContent).toMatchObject({ created: true, booking: { bookingId: "b-1" } });
    const again = await client.call("book", { ...wanted, holdId: "h-1" });
    expect(again.structuredContent).toMatchObject({ created: false });
    const moved = await client.call("move", { agentId, bookingId: "b-1", ...LATER });
    expect(moved.structuredContent).toMatchObject({ booking: { revision: 2 } });
    const listed = await client.call("list", { agentId, state: "confirmed", limit: 5 });
    expect(listed.structuredContent).toMatchObject({ bookings: [{ bookingId: "b-1" }], nextCursor: null });
    const cancelled = await client.call("cancel", { agentId, bookingId: "b-1" });
    expect(cancelled.structuredContent).toMatchObject({ booking: { state: "cancelled" } });
    expect(JSON.parse(cancelled.content[0]?.text ?? "")).toEqual(cancelled.structuredContent);
    await client.close();
  });

  test("is refused in the operations' words, and by its own role", async () => {
    await begin("agent");
    const refusals: [string, Record<string, unknown>, Record<string, unknown>][] = [
      ["check", { agentId: "somebody-else", ...FREE }, { code: "forbidden" }],
      ["book", { bookingId: "b-1", title: "Talk", ...FREE, force: true }, { code: "forbidden" }],
      ["check", { start: FREE.start }, { code: "invalid_request", errors: [{ path: "end" }] }],
      ["move", { ...LATER }, { code: "invalid_request", errors: [{ path: "bookingId" }] }],
      ["move", { bookingId: "..", ...LATER }, { code: "invalid_request", errors: [{ path: "bookingId" }] }],
      ["cancel", { bookingId: "b/../b" }, { code: "booking_not_found" }],
      ["list", { canaryField: "x" }, { code: "invalid_request" }],
      ["list", { state: null }, { code: "invalid_request", errors: [{ path: "state" }] }],
      ["slots", { from: FREE.start, to: FREE.end }, { errors: [{ path: "durationMinutes" }] }],
    ];
    for (const [tool, given, problem] of refusals) {
      expect(problemIn(await client.call(tool, given)), `${tool} ${JSON.stringify(given)}`).toMatchObject({
        ...problem,
        detail: expect.any(String),
        requestId: expect.any(String),
      });
    }
    await expect(client.call("canaryTool", {})).rejects.toThrow("There is no such tool");
    await client.close();
  });

  test("leaves the trail that the operation leaves, under its own request", async () => {
    await begin("service");
    const { agentId } = world;
    const forced = { agentId, bookingId: "b-forced", title: "Talk", ...TAKEN, force: true };
    expect((await client.call("book", forced)).structuredContent).toMatchObject({ created: true });
    await client.call("book", { agentId, bookingId: "b-1", title: "Talk", ...FREE });
    const { body } = await apiOf(world, await world.token("service"))("readAuditTrail", {
      query: { agentId },
    });
    expect(body.acts).toMatchObject([{ action: "createBooking", role: "service", target: "b-forced" }]);
    const idsOf = (route: string) =>
      world.logs
        .filter(({ event, fields }) => event === "request" && fields["route"] === BASE_PATH + route)
        .map(({ fields }) => fields["requestId"]);
    expect(idsOf("/mcp")).toEqual(expect.arrayContaining(idsOf("/events")));
    expect(idsOf("/events")).toHaveLength(2);
    await client.close();
  });

  test("learns nothing of an error that nobody expected", async () => {
    const closed = createClosedWorld(undefined, {
      db: new Proxy({} as World["deps"]["db"], {
        get: () => () => {
          throw new TypeError("canary: a secret inside");
        },
      }),
    });
    client = await open(closed.app, await token({ role: "agent", sub: "agent-1" }));
    const called = await client.call("cancel", { bookingId: "b-1" });
    expect(problemIn(called)).toMatchObject({ code: "internal_error" });
    expect(JSON.stringify(called)).not.toContain("canary");
    expect(closed.lines.filter(({ event }) => event === "request.failed")).toHaveLength(1);
    await client.close();
  });
});

describe("POST /mcp", () => {
  const sample = SAMPLES["mcp"] ?? {};
  const speak = OPERATIONS.find(({ id }) => id === "mcp");
  const both = { accept: "application/json, text/event-stream" };
  let bearer: { authorization: string };

  beforeEach(async () => {
    bearer = { authorization: `Bearer ${await token()}` };
  });

  async function send(
    body: Record<string, unknown>,
    headers: Record<string, string> = {},
    parts: Partial<World["deps"]> = {},
  ) {
    if (speak === undefined) throw new Error("There is no operation mcp.");
    const world = createClosedWorld(undefined, parts);
    const request = requestOf(speak, { ...sample, body }, { ...both, ...bearer, ...headers });
    const answer = await world.app.request(request);
    const text = await answer.text();
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
    return { status: answer.status, body: (data === "" ? null : JSON.parse(data)) as never, world };
  }
  const listing = { jsonrpc: "2.0", id: 1, method: "tools/list" };

  test("describes each tool by its operation, and says which of them write", async () => {
    const { body } = await send(listing);
    const { tools } = (body as { result: { tools: ListedTool[] } }).result;
    const reading = { readOnlyHint: true, destructiveHint: false, idempotentHint: true };
    const adding = { readOnlyHint: false, destructiveHint: false, idempotentHint: true };
    const changing = { readOnlyHint: false, destructiveHint: true, idempotentHint: true };
    expect(Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]))).toEqual({
      ...{ check: reading, slots: reading, list: reading },
      ...{ hold: adding, book: adding, move: changing, cancel: changing },
    });
    for (const { name, description, inputSchema } of tools) {
      const declared = OPERATIONS.find(({ tool }) => tool === name);
      expect(description).toContain(declared?.summary);
      expect(description).toContain(declared?.description ?? "");
      const fields = [declared?.params, declared?.query, declared?.body].flatMap((schema) =>
        Object.keys((schema as { shape?: object } | undefined)?.shape ?? {}),
      );
      expect(Object.keys(inputSchema.properties ?? {}).sort()).toEqual(fields.sort());
      // Models' interfaces refuse variants at the root, and a pattern of a date costs more than all words.
      expect(Object.keys(inputSchema)).not.toContain("anyOf");
      expect(JSON.stringify(inputSchema)).not.toMatch(/"pattern":"[^"]{80}/);
    }
    const required = tools.map(({ name, inputSchema }) => [name, inputSchema.required]);
    expect(Object.fromEntries(required)).toMatchObject({
      ...{ hold: ["holdId"], move: ["bookingId"], cancel: ["bookingId"] },
    });
  });

  test("refuses pages of other origins before anything else", async () => {
    for (const origin of ["https://elsewhere.test", "null", "https://calendar.test.elsewhere.test"]) {
      const { status, body } = await send(listing, { origin, authorization: "" });
      expect({ origin, status, body }).toMatchObject({ status: 403, body: { code: "forbidden" } });
    }
    const origin = "https://app.marketplace.test";
    expect((await send(listing, { origin })).status).toBe(200);
    const asked = "authorization, content-type, mcp-method, mcp-name, mcp-protocol-version";
    const headers = {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": asked,
    };
    const { app } = createClosedWorld();
    const preflight = await app.request(`${BASE_PATH}/mcp`, { method: "OPTIONS", headers });
    const allowed = preflight.headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
    expect(asked.split(", ").filter((name) => !allowed.split(",").includes(name))).toEqual([]);
  });

  test("takes one message at a time, and no subscriptions, which would keep a request open", async () => {
    expect(await send([listing] as never)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "tests", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const params = { _meta: meta, notifications: { toolsListChanged: true } };
    const listening = { jsonrpc: "2.0", id: 2, method: "subscriptions/listen", params };
    const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen" };
    const { body } = await send(listening, headers);
    expect(body).toMatchObject({ error: { message: "Subscription limit reached" } });
  });

  test("counts a call as one of its own and as one of the operation", async () => {
    const spent: string[] = [];
    const limits = {
      spend: async (_: string, key: string) => {
        spent.push(key);
        return !key.includes("cancelBooking");
      },
    };
    const params = { name: "cancel", arguments: { agentId: "agent-1", bookingId: "b-1" } };
    const calling = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const { body, world } = await send(calling, {}, { limits });
    expect(spent).toEqual(["service mcp ", "service cancelBooking "]);
    const { result } = body as { result: Called };
    expect(problemIn(result)).toMatchObject({ code: "rate_limited" });
    expect(world.touched).toEqual([]);
  });

  test("hands the protocol what can travel between Workers, and no credentials", async () => {
    const asked: Parameters<typeof mcp.answer>[] = [];
    const spy: Mcp = {
      answer: (message, offer) => {
        asked.push([message, offer]);
        return mcp.answer(structuredClone(message), offer);
      },
    };
    const others = { cookie: "session=canary", "x-api-key": "canary", "cf-connecting-ip": "canary" };
    expect((await send(listing, others, { mcp: spy })).status).toBe(200);
    const [[message, offer] = []] = asked;
    expect(message?.body).toEqual(listing);
    expect(message?.headers).toMatchObject(both);
    const told = JSON.stringify([message, await offer?.list(), await offer?.call("list", {})]);
    expect(told).not.toContain("canary");
    expect(told).not.toContain(bearer.authorization.replace("Bearer ", ""));
    const { call: _, list: __, ...words } = offer ?? {};
    expect(structuredClone(words)).toEqual(words);
  });

  test("logs by name what the protocol refuses, and nothing that was sent", async () => {
    const params = { _meta: { "io.modelcontextprotocol/protocolVersion": "1999-01-01" }, canary: "canary" };
    const { status, world } = await send({ ...listing, params });
    expect(status).toBe(400);
    expect(world.lines.filter(({ event }) => event === "mcp.refused")).toMatchObject([
      { level: "info", fields: { error: expect.any(String), requestId: expect.any(String) } },
    ]);
    expect(JSON.stringify(world.lines)).not.toContain("canary");
  });

  test("tells nothing of what fails in the main Worker, and asks to try again", async () => {
    const fail = async () => {
      throw new TypeError("canary: a secret inside");
    };
    const failing: Mcp = {
      answer: (message, offer) => mcp.answer(message, { ...offer, list: fail, call: fail }),
    };
    const calling = { ...listing, method: "tools/call", params: { name: "list", arguments: {} } };
    for (const sent of [listing, calling]) {
      const { body, world } = await send(sent, {}, { mcp: failing });
      expect(body).toMatchObject({
        error: { code: -32_603, message: expect.stringContaining("try again") },
      });
      expect(JSON.stringify([body, world.lines])).not.toContain("canary");
      expect(world.lines.filter(({ event }) => event === "mcp.refused")).toMatchObject([
        { fields: { error: "TypeError" } },
      ]);
    }
  });

  test("asks to try again where the Worker that speaks the protocol fails, and logs it", async () => {
    const failing: Mcp = { answer: () => Promise.reject(new RangeError("canary: it hit a limit")) };
    const { status, body, world } = await send(listing, {}, { mcp: failing });
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { code: "mcp_unavailable", detail: expect.stringContaining("again") },
    });
    expect(JSON.stringify([body, world.lines])).not.toContain("canary");
    expect(world.lines.filter(({ event }) => event === "mcp.failed")).toMatchObject([
      { level: "error", fields: { error: "RangeError", requestId: expect.any(String) } },
    ]);
  });

  test("says what to deploy where nobody speaks the protocol", async () => {
    const { status, body } = await send(listing, {}, { mcp: null });
    expect({ status, body }).toMatchObject({
      status: 404,
      body: { code: "mcp_not_configured", detail: expect.stringContaining("src/mcp/wrangler.toml") },
    });
  });
});
