// The Worker in workerd: its three handlers, with queues that really carry messages.
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  env,
  getQueueResult,
  SELF,
} from "cloudflare:test";
import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { signToken } from "../../scripts/local/secrets.ts";
import type { Job } from "../../src/deps.ts";
import type Worker from "../../src/worker.ts";
import { createGoogleSimulator, type GoogleSimulator } from "../simulators/google.ts";

const BASE = "https://calendar.test";
const API = `${BASE}/api/calendar`;
const AGENT = "agent-in-workerd";
const EMAIL = "workerd@example.com";
const DAY_MS = 86_400_000;

let worker: typeof Worker;
let google: GoogleSimulator;
let token: string;

const slotAt = (hour: number) => {
  const start = Math.floor(Date.now() / DAY_MS) * DAY_MS + 2 * DAY_MS + hour * 3_600_000;
  return { start: new Date(start).toISOString(), end: new Date(start + 1_800_000).toISOString() };
};

async function api(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await SELF.fetch(API + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answer.json();
}

const availableAt = async (hour: number) =>
  ((await api("POST", "/availability", { agentId: AGENT, ...slotAt(hour) })) as { available: boolean })
    .available;

function addEvent(hour: number): void {
  const { start, end } = slotAt(hour);
  google.addEvent(EMAIL, { summary: "Busy", start: { dateTime: start }, end: { dateTime: end } });
}

async function connect(): Promise<void> {
  const start = await SELF.fetch(`${API}/google/auth?agentId=${AGENT}`, {
    headers: { authorization: `Bearer ${token}`, accept: "application/json" },
  });
  const cookie = (start.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const { authorizationUrl } = (await start.json()) as { authorizationUrl: string };
  const callback = google.consent(authorizationUrl, { user: EMAIL });
  const done = await SELF.fetch(callback, { headers: { cookie, accept: "application/json" } });
  expect(done.status).toBe(200);
}

beforeAll(async () => {
  // The very module that SELF runs.
  worker = ((await import(inject("workerBundle"))) as { default: typeof Worker }).default;
  google = createGoogleSimulator({
    now: () => Date.now(),
    deliver: (request) => SELF.fetch(request),
    clients: [
      {
        clientId: env["GOOGLE_CLIENT_ID"] ?? "",
        clientSecret: env["GOOGLE_CLIENT_SECRET"] ?? "",
        redirectUris: [`${API}/google/callback`],
      },
    ],
  });
  google.addUser({ email: EMAIL, timeZone: "Europe/Berlin" });
  vi.spyOn(console, "info").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
  const network = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const toGoogle = request.url.startsWith(env["GOOGLE_ORIGIN"] ?? "");
    return toGoogle ? google.app.fetch(request) : network(request);
  });
  const secrets = { jwtSecret: env["JWT_SECRET"] ?? "" };
  token = await signToken(secrets, { role: "service", subject: "tests", hours: 1 });
});

afterAll(() => {
  vi.restoreAllMocks();
});

describe("fetch", () => {
  it("answers its health", async () => {
    const answer = await SELF.fetch(`${API}/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "ok" });
  });

  it("says that it is ready with the migrations applied", async () => {
    expect(await api("GET", "/ready")).toMatchObject({
      ...{ ready: true, database: "ok", holidaysKnownUntil: "2030-12-31", limits: "on", mcp: "on" },
    });
  });

  it("refuses an address that asks too often, and nobody else", async () => {
    // An address of its own: windows follow the wall clock, and their counts outlive a restart.
    const ask = (address: string) =>
      SELF.fetch(`${API}/health`, { headers: { "cf-connecting-ip": address } });
    const stranger = `2001:db8:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}::`;
    let refused: Response | undefined;
    for (let round = 0; refused === undefined && round < 40; round += 1) {
      const addresses = Array.from({ length: 50 }, (_, index) => `${stranger}${round}:${index}`);
      const answers = await Promise.all(addresses.map(ask));
      refused = answers.find(({ status }) => status !== 200);
    }
    expect(refused?.status).toBe(429);
    expect(refused?.headers.get("retry-after")).toBe("10");
    expect(await refused?.json()).toMatchObject({ code: "rate_limited" });
    expect((await ask("2001:db8:ffff:ffff:1::")).status).toBe(200);
  });
});

describe("queue", () => {
  it("a connected calendar is read by the queue's consumer", async () => {
    addEvent(8);
    await connect();
    await vi.waitFor(async () => {
      const { connections } = (await api("GET", `/connections?agentId=${AGENT}`)) as {
        connections: { lastSyncAt: string | null; push: string }[];
      };
      expect(connections).toHaveLength(1);
      expect(connections[0]?.lastSyncAt).not.toBeNull();
      expect(connections[0]?.push).toBe("active");
    }, 10_000);
    expect(await availableAt(8)).toBe(false);
    expect(await availableAt(9)).toBe(true);
  });

  it("a notification reaches the consumer, and the answer follows", async () => {
    addEvent(9);
    await google.flush();
    await vi.waitFor(async () => expect(await availableAt(9)).toBe(false), 5_000);
  });

  it("a job that fails is tried again, and its neighbours in the batch are not", async () => {
    const message = (id: string, body: unknown) => ({
      id,
      timestamp: new Date(),
      attempts: 1,
      body: body as Job,
    });
    const batch = createMessageBatch("calendar-sync-urgent", [
      message("unheard-of", { kind: "no-such-kind" }),
      message("nothing-to-do", { kind: "pull", connectionId: "no-such-connection" }),
    ]);
    const context = createExecutionContext();
    await worker.queue(batch, env as never);
    const result = await getQueueResult(batch, context);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["unheard-of"]);
    expect(result.explicitAcks).toEqual(["nothing-to-do"]);
  });
});

describe("scheduled", () => {
  const fire = (cron: string) =>
    worker.scheduled(createScheduledController({ cron, scheduledTime: new Date() }), env as never);

  it("P4: the minute's sweep finds a change without a notification", async () => {
    google.knobs.set("push.drop", true);
    addEvent(10);
    await google.flush();
    const database = createClient({ url: inject("sqldUrl") });
    const due = { sql: "UPDATE connections SET poll_due_at = 0 WHERE agent_id = ?", args: [AGENT] };
    expect(await availableAt(10)).toBe(true);
    // A pull that is still under way may plan the next one after we do: come round again, as cron does.
    await vi.waitFor(
      async () => {
        await database.execute(due);
        await fire("* * * * *");
        expect(await availableAt(10)).toBe(false);
      },
      { timeout: 15_000, interval: 1_000 },
    );
  });

  it("the daily sweep runs", async () => {
    await expect(fire("17 3 * * *")).resolves.toBeUndefined();
  });

  it("an expression without a sweep is an error, not silence", async () => {
    await expect(fire("0 0 1 1 *")).rejects.toThrow("no sweep");
  });
});
