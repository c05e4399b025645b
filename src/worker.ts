// The Worker: fetch, scheduled and queue. Wiring only.
import { waitUntil } from "cloudflare:workers";
import type { MessageBatch, Queue, ScheduledController } from "@cloudflare/workers-types";
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { runCron } from "./cron.ts";
import { DEAD_QUEUES, recordDeadLetters } from "./dead-letters/record.ts";
import { cloudflareQueues, cloudflareRateLimits, createDeps, type Deps, type Job } from "./deps.ts";
import { runJobs } from "./jobs.ts";
import type { Mcp } from "./mcp/protocol.ts";

/** The bindings that are used as they are. `deps.ts` reads those of rate limits, and `config.ts` the others, which are texts. */
interface Bindings {
  readonly URGENT_QUEUE: Queue<Job>;
  readonly BACKGROUND_QUEUE: Queue<Job>;
  readonly MCP?: Mcp;
}

interface Running {
  readonly deps: Deps;
  readonly app: ReturnType<typeof createApp>;
}

const running = new WeakMap<Bindings, Running>();

/** This isolate keeps configuration, clients and routes between events, and no other state. */
function run(bindings: Bindings): Running {
  const known = running.get(bindings);
  if (known !== undefined) return known;
  const queues = cloudflareQueues({ urgent: bindings.URGENT_QUEUE, background: bindings.BACKGROUND_QUEUE });
  const limits = cloudflareRateLimits({ ...bindings });
  const mcp = bindings.MCP ?? null;
  const deps = createDeps(readConfig({ ...bindings }), queues, waitUntil, { limits, mcp });
  if (limits === null) deps.log.warn("limits.off");
  if (mcp === null) deps.log.warn("mcp.off");
  const started = { deps, app: createApp(deps) };
  running.set(bindings, started);
  return started;
}

export default {
  fetch(request: Request, bindings: Bindings): Response | Promise<Response> {
    return run(bindings).app.fetch(request);
  },

  async scheduled(controller: ScheduledController, bindings: Bindings): Promise<void> {
    await runCron(run(bindings).deps, controller.cron);
  },

  async queue(batch: MessageBatch<Job>, bindings: Bindings): Promise<void> {
    const { deps } = run(bindings);
    const lane = DEAD_QUEUES[batch.queue];
    if (lane !== undefined) return recordDeadLetters(deps, { lane, messages: batch.messages });
    await runJobs(deps, batch.messages);
  },
};
