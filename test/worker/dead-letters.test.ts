// Dead letters in workerd, with queues that really carry messages: what a queue gives up lands in the list of failures.
import { createMessageBatch, env, SELF } from "cloudflare:test";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { signToken } from "../../scripts/local/secrets.ts";
import type Worker from "../../src/worker.ts";

const API = "https://calendar.test/api/calendar";
/** Each queue tries a message four times. */
const GIVEN_UP = { timeout: 40_000, interval: 250 };

interface Failure {
  readonly id: string;
  readonly kind: string;
  readonly agentId: string | null;
  readonly lane: string;
  readonly job: unknown;
}

let token: string;
const failed = vi.spyOn(console, "error");

beforeAll(async () => {
  failed.mockReturnValue();
  vi.spyOn(console, "info").mockReturnValue();
  const secrets = { jwtSecret: env["JWT_SECRET"] ?? "" };
  token = await signToken(secrets, { role: "service", subject: "tests", hours: 1 });
});

afterAll(() => {
  vi.restoreAllMocks();
});

const ask = (method: string, path: string) =>
  SELF.fetch(API + path, { method, headers: { authorization: `Bearer ${token}` } });

const sendTo = (queue: "URGENT_QUEUE" | "BACKGROUND_QUEUE", body: unknown) =>
  (env as unknown as Record<typeof queue, { send(body: unknown): Promise<void> }>)[queue].send(body);

/** The failure whose job is this poison, or undefined. */
async function failureOf(poison: unknown): Promise<Failure | undefined> {
  const { failures } = (await (await ask("GET", "/failures")).json()) as { failures: Failure[] };
  return failures.find(({ job }) => JSON.stringify(job) === JSON.stringify(poison));
}

async function untilGivenUp(poison: unknown): Promise<Failure> {
  return vi.waitFor(async () => {
    const failure = await failureOf(poison);
    expect(failure).toBeDefined();
    return failure as Failure;
  }, GIVEN_UP);
}

it("P3: a job that fails each time lands in the list, and again after its retry", {
  timeout: 90_000,
}, async () => {
  const poison = { kind: "no-such-kind", connectionId: crypto.randomUUID() };
  await sendTo("URGENT_QUEUE", poison);
  const failure = await untilGivenUp(poison);
  expect(failure).toMatchObject({ kind: "job", lane: "urgent", agentId: null });
  const tries = failed.mock.calls.filter(([line]) => String(line).includes("no-such-kind"));
  expect(tries.length).toBe(4);

  expect((await ask("POST", `/failures/${failure.id}/retry`)).status).toBe(202);
  expect(await failureOf(poison)).toBeUndefined();
  expect((await ask("POST", `/failures/${failure.id}/retry`)).status).toBe(404);
  const again = await untilGivenUp(poison);
  expect(again.id).not.toBe(failure.id);
});

it("messages that are no jobs at all are written down too", { timeout: 60_000 }, async () => {
  const bodies = ["a text", null, [1, 2]];
  await Promise.all(bodies.map((body) => sendTo("BACKGROUND_QUEUE", body)));
  for (const body of bodies) {
    expect(await untilGivenUp(body)).toMatchObject({ kind: "job", lane: "background", agentId: null });
  }
});

it("a dead message that comes twice is one failure, and none of its work is done", async () => {
  const worker = ((await import(inject("workerBundle"))) as { default: typeof Worker }).default;
  const id = crypto.randomUUID();
  const body = { kind: "no-such-kind", twice: id };
  for (let time = 0; time < 2; time += 1) {
    const message = { id, timestamp: new Date(), attempts: 1, body: body as never };
    await worker.queue(createMessageBatch("calendar-sync-background-dead", [message]), env as never);
  }
  const { failures } = (await (await ask("GET", "/failures")).json()) as { failures: Failure[] };
  expect(failures.filter(({ job }) => JSON.stringify(job).includes(id))).toHaveLength(1);
});
