// Notices leave the deployed Worker: signed in workerd, sent by its queue, and again by cron.
import { randomBytes } from "node:crypto";
import { createAdaptorServer } from "@hono/node-server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort, waitFor } from "../../scripts/local/process.ts";
import { type LocalStack, startStack } from "../../scripts/local/stack.ts";
import { createMaraPlaceSimulator, type MaraPlaceSimulator } from "../simulators/maraplace.ts";
import { type Agent, createAgent, untilSwept } from "./agent.ts";

let maraplace: MaraPlaceSimulator;
let server: ReturnType<typeof createAdaptorServer>;
let stack: LocalStack;
let agent: Agent;

beforeAll(async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/hooks/calendar`;
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  maraplace = createMaraPlaceSimulator({ now: Date.now, url, secret });
  server = createAdaptorServer({
    fetch: async (request: Request) =>
      maraplace.fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body: await request.text(),
        redirect: "manual",
      }),
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  stack = await startStack({ settings: { NOTICE_URL: url, NOTICE_SECRET: secret } });
  agent = await createAgent(stack, "told", 5);
  await agent.connect();
  await agent.settled();
});

afterAll(async () => {
  await stack?.stop();
  server?.close();
});

it("sends that consent is needed, and sends it again after a refusal", async () => {
  const [connection] = await agent.connections();
  maraplace.react({ status: 503 });
  stack.google.simulator.knobs.set("api.scopeCheck", true);
  await agent.api("POST", `/sync/${connection?.id}`);
  await waitFor("the first attempt", 20_000, () => maraplace.arrivals.length > 0);
  maraplace.react({ status: 204 });
  await untilSwept(stack, "the second attempt", () => maraplace.taken().length > 0);
  expect(maraplace.faults).toEqual([]);
  expect(maraplace.arrivals).toHaveLength(2);
  expect(new Set(maraplace.arrivals.map(({ id }) => id)).size).toBe(1);
  expect(maraplace.arrivals[1]).toMatchObject({
    type: "connection.needs_consent",
    data: { agentId: agent.agentId, connectionIds: [connection?.id], reason: "insufficientPermissions" },
  });
});
