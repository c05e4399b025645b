// The queues of Cloudflare as the engine uses them: any number of jobs, at once or spread over time.
import { expect, test } from "vitest";
import { cloudflareQueues, type Job } from "../src/deps.ts";
import { HOUR_MS } from "../src/domain/instant.ts";

type Message = { body: Job; delaySeconds?: number };

/** Two queues that keep the batches they are sent. */
function keptQueues() {
  const batches: Message[][] = [];
  const queue = { sendBatch: async (messages: Iterable<Message>) => void batches.push([...messages]) };
  return { queues: cloudflareQueues({ urgent: queue, background: queue } as never), batches };
}

const jobs = (count: number) =>
  Array.from({ length: count }, (_, n): Job => ({ kind: "list-calendars", accountId: `a-${n}` }));

test("jobs are sent in batches of at most 100, in their order, to be done at once", async () => {
  const { queues, batches } = keptQueues();
  await queues.send("background", jobs(250));
  expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(batches.flat().map(({ body }) => body)).toEqual(jobs(250));
  expect(batches.flat().filter(({ delaySeconds = 0 }) => delaySeconds > 0)).toEqual([]);
});

test("jobs that are spread come evenly over that time, and none later than Cloudflare can delay", async () => {
  const { queues, batches } = keptQueues();
  await queues.send("background", jobs(1_200), { spreadMs: 6 * HOUR_MS });
  const delays = batches.flat().map(({ delaySeconds }) => delaySeconds);
  expect(delays).toEqual(Array.from({ length: 1_200 }, (_, n) => n * 18));
  await queues.send("background", jobs(7), { spreadMs: 48 * HOUR_MS });
  const longest = Math.max(...batches.flat().map(({ delaySeconds = 0 }) => delaySeconds));
  expect(longest).toBeLessThanOrEqual(43_200);
});

test("no jobs are no message", async () => {
  const { queues, batches } = keptQueues();
  await queues.send("background", [], { spreadMs: HOUR_MS });
  expect(batches).toEqual([]);
});
