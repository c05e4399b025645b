// Latency: the availability check against a bare route, interleaved request by request in one process.
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { basename } from "node:path";
import { Miniflare } from "miniflare";
import type { Bundle } from "./bundle.ts";
import { type Sample, sampleOf } from "./report.ts";

/** A POST that is sent again and again. */
export interface Shot {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends it once. Milliseconds until the whole answer is there. */
function fire(shot: Shot): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(shot.url, { method: "POST", headers: shot.headers, agent }, (answer) => {
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(performance.now() - startedAt);
        else reject(new Error(`${shot.url} answered ${answer.statusCode}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(shot.body);
  });
}

/** The times of two requests, and their ratio. */
export interface Comparison {
  /** Round by round: p50 of the first over p50 of the second. */
  readonly ratio: Sample;
  readonly firstMs: Sample;
  readonly secondMs: Sample;
}

/** Fires both in turn, in so many lanes at once. The first round warms up and is discarded. */
export async function compare(
  first: Shot,
  second: Shot,
  input: { rounds: number; pairs: number; lanes: number },
): Promise<Comparison> {
  const p50s: { first: number; second: number }[] = [];
  for (let round = 0; round <= input.rounds; round += 1) {
    const times = { first: [] as number[], second: [] as number[] };
    let left = input.pairs;
    const lane = async () => {
      for (; left > 0; left -= 1) {
        times.first.push(await fire(first));
        times.second.push(await fire(second));
      }
    };
    await Promise.all(Array.from({ length: input.lanes }, lane));
    if (round > 0) p50s.push({ first: sampleOf(times.first).median, second: sampleOf(times.second).median });
  }
  return {
    ratio: sampleOf(p50s.map((p50) => p50.first / p50.second)),
    firstMs: sampleOf(p50s.map((p50) => p50.first)),
    secondMs: sampleOf(p50s.map((p50) => p50.second)),
  };
}

/** Runs a production bundle in workerd without wrangler's development proxy in front, which would blur ratios. */
export async function serveBundle(
  bundle: Bundle,
  bindings: Readonly<Record<string, string>>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const main = basename(bundle.script);
  const texts = Object.entries(bindings).map(([name, value]) => [name, { type: "text" as const, value }]);
  const miniflare = new Miniflare({
    workers: [
      {
        config: {
          name: "bench",
          compatibilityDate: bundle.compatibilityDate,
          compatibilityFlags: ["nodejs_compat"],
          manifest: {
            mainModule: main,
            modules: { [main]: { type: "esm", contents: await readFile(bundle.script, "utf8") } },
          },
          env: {
            ...Object.fromEntries(texts),
            URGENT_QUEUE: { type: "queue", name: "calendar-sync-urgent" },
            BACKGROUND_QUEUE: { type: "queue", name: "calendar-sync-background" },
          },
        },
      },
    ],
    host: "127.0.0.1",
    port: 0,
    cf: false,
    enableDevRegistry: false,
    // The Worker logs every request: written, as in production, but not here.
    handleStructuredLogs: () => {},
  });
  const url = await miniflare.ready;
  return { url: url.origin, stop: () => miniflare.dispose() };
}
