// What developers meet first: `npm run dev`, the lines that it and the documents say, and the examples.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { type Dev, startDev } from "../../scripts/dev/start.ts";
import { caller } from "../../scripts/local/client.ts";
import { freePort, type Running, start, waitFor } from "../../scripts/local/process.ts";
import { AUDIENCE, ISSUER } from "../../scripts/local/secrets.ts";
import { API } from "../../scripts/local/stack.ts";
import { NOTICE_WEBHOOKS } from "../../src/routes/notices-wire.ts";
import { pastedOf, run, runLines, shellOf } from "../support/shell-lines.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TYPESCRIPT = join(ROOT, "examples/typescript");
const FRONT_END = "http://localhost:4200";
const readText = (path: string) => readFileSync(join(ROOT, path), "utf8");

let folder: string;
let port: number;
let noticePort: number;
let dev: Dev;
let receiver: Running | null = null;

const begin = () =>
  startDev({
    ...{ folder: join(folder, "kept"), port, origins: [FRONT_END], watch: false },
    logFile: join(folder, "worker.log"),
    settings: { NOTICE_URL: `http://127.0.0.1:${noticePort}/` },
  });

const settings = () => ({
  API: dev.stack.worker.url + API,
  DAY: /^export DAY='(.*)'$/m.exec(dev.text)?.[1] ?? "",
  JWT_SECRET: dev.stack.secrets.jwtSecret,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
});

/** Starts an example's receiver in place of the one before. */
async function receive(command: string, args: readonly string[]): Promise<Running> {
  await receiver?.stop();
  const env = { PORT: String(noticePort), NOTICE_SECRET: dev.stack.secrets.noticeSecret };
  const started = start(command, args, { cwd: ROOT, env: { ...process.env, ...env } });
  receiver = started;
  await waitFor("the receiver", 20_000, () => started.tail().includes("receiving"));
  return started;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "calendar-sync-developers-"));
  port = await freePort();
  noticePort = await freePort();
  dev = await begin();
});

afterAll(async () => {
  await receiver?.stop();
  await dev?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("npm run dev", () => {
  test("listens where it was told to, for front ends that it was told of", async () => {
    expect(dev.stack.worker.url).toBe(`http://127.0.0.1:${port}`);
    for (const origin of [FRONT_END, "http://localhost:5173", "http://elsewhere.example"]) {
      const answer = await fetch(`${settings().API}/health`, { headers: { origin } });
      const allowed = origin === "http://elsewhere.example" ? null : origin;
      expect(answer.headers.get("access-control-allow-origin")).toBe(allowed);
    }
  });

  test("prints lines that can be run twice, with those of README and docs/api.md after them", async () => {
    await receive(process.execPath, [join(TYPESCRIPT, "receiver.ts")]);
    const lines = [
      pastedOf(dev.text),
      shellOf(readText("README.md"), "First requests"),
      shellOf(readText("README.md"), "The agent's page"),
      shellOf(readText("docs/api.md"), "Try it"),
    ].join("\n\n");
    expect(lines.match(/^(?:\w+=\$\()?curl /gm)?.length).toBeGreaterThan(25);
    for (let round = 1; round <= 2; round += 1) {
      const { code, out } = await runLines(lines);
      expect(code, `round ${round}:\n${out.slice(-2_000)}`).toBe(0);
    }
  });
});

describe("The page for trying calls", () => {
  test("finds its files beside the Worker", async () => {
    const { API: api } = settings();
    const page = await (await fetch(`${api}/docs/try`)).text();
    const files = [...page.matchAll(/(?:src|href)="\/api\/calendar(\/docs\/assets\/[\w.-]+)"/g)];
    expect(files.length).toBe(4);
    for (const [, path] of files) {
      const answer = await fetch(`${api}${path}`);
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get("x-content-type-options"), path).toBe("nosniff");
      expect((await answer.arrayBuffer()).byteLength, path).toBeGreaterThan(100);
    }
  });
});

describe("The receivers of the examples", () => {
  test.each([
    ["TypeScript", () => [process.execPath, join(TYPESCRIPT, "receiver.ts")]],
    ["Python", () => ["python3", join(ROOT, "examples/python/receiver.py")]],
  ])("in %s take what the Worker sends, once, and refuse what it didn't sign", async (_, commandOf) => {
    const [command = "", ...args] = commandOf();
    const started = await receive(command, args);
    const { API: api } = settings();
    const service = caller(api, { authorization: `Bearer ${dev.token}` });
    await service("POST", "/notices/replay", { since: "2020-01-01T00:00:00Z" });
    await waitFor("a notice", 30_000, async () => {
      await dev.stack.worker.cron("* * * * *");
      return started.tail().includes("booking.delivered");
    });
    const [sample] = NOTICE_WEBHOOKS;
    const body = JSON.stringify({ ...(sample?.sample as object), data: { bookingId: "told-twice" } });
    const shown = () => started.tail().split("told-twice").length - 1;
    const now = new Date();
    const signature = new Webhook(dev.stack.secrets.noticeSecret).sign("ntc_twice", now, body);
    const send = async (headers: Record<string, string>, sent = body) => {
      const answer = await fetch(`http://127.0.0.1:${noticePort}/`, { method: "POST", headers, body: sent });
      return answer.status;
    };
    const headers = {
      "webhook-id": "ntc_twice",
      "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "webhook-signature": signature,
    };
    expect([await send(headers), await send(headers)]).toEqual([204, 204]);
    await waitFor("it to be shown", 5_000, () => shown() > 0);
    expect(await send(headers, `${body} `)).toBe(401);
    expect(await send({ ...headers, "webhook-id": "ntc_other" })).toBe(401);
    expect(await send({ ...headers, "webhook-timestamp": "1700000000" })).toBe(401);
    expect(await send({})).toBe(401);
    expect(shown()).toBe(1);
  });
});

const STATES =
  /^free: .*\n(?:.*\n)*booked: .*\n(?:.*\n)*moved: .*T18:00:00\.000Z\nlisted: .*\nstate: +cancelled\n$/;

describe("The booking flow", () => {
  test("in curl runs to its end", async () => {
    const { code, out } = await run("bash", [join(ROOT, "examples/curl/booking.sh")], { env: settings() });
    expect(out).toMatch(STATES);
    expect(code).toBe(0);
  });

  test("in Python runs to its end", async () => {
    const { code, out } = await run("python3", [join(ROOT, "examples/python/booking.py")], {
      env: settings(),
    });
    expect(out).toMatch(STATES);
    expect(out).toContain("slot_taken");
    expect(code).toBe(0);
  });

  test("in TypeScript fits the types of the running document, and runs to its end", async () => {
    const options = { cwd: TYPESCRIPT, env: settings() };
    const types = await run("npm", ["run", "--silent", "types"], options);
    expect(types.code, types.out).toBe(0);
    const checked = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], options);
    expect(checked.code, checked.out).toBe(0);
    const { code, out } = await run(process.execPath, ["booking.ts"], options);
    expect(out).toMatch(STATES);
    expect(out).toContain("slot_taken");
    expect(code).toBe(0);
  });
});

describe("npm run dev -- --keep", () => {
  test("goes on with data, token, addresses and connected calendars", async () => {
    const before = {
      token: dev.token,
      urls: [dev.stack.worker.url, dev.stack.google.url],
      day: settings().DAY,
    };
    const listed = async () => {
      const service = caller(settings().API, { authorization: `Bearer ${before.token}` });
      const { body } = await service("GET", "/connections?agentId=agent-ada");
      return z.object({ connections: z.array(z.looseObject({ id: z.string() })) }).parse(body).connections;
    };
    const connections = await listed();
    expect(connections.length).toBeGreaterThanOrEqual(3);
    await receiver?.stop();
    await dev.stop();
    dev = await begin();
    expect({
      token: dev.token,
      urls: [dev.stack.worker.url, dev.stack.google.url],
      day: settings().DAY,
    }).toEqual(before);
    expect((await listed()).map(({ id }) => id)).toEqual(connections.map(({ id }) => id));
    const service = caller(settings().API, { authorization: `Bearer ${before.token}` });
    for (const { id } of connections) {
      const { body } = await service("POST", `/sync/${id}`);
      expect(body).toMatchObject({ outcome: expect.stringMatching(/^(?:ok|partial)$/), failure: null });
    }
  });

  test("says what to do where its port is taken", async () => {
    await expect(
      startDev({ ...{ folder: null, port, origins: [], watch: false }, logFile: "" }),
    ).rejects.toThrow(`Port ${port} is taken.`);
  });
});
