// A proxy in front of the database or the provider: counts requests, keeps their content, holds requests back.
import {
  Agent,
  createServer,
  request as forward,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import * as z from "zod";
import { waitFor } from "../../scripts/local/process.ts";

/** One request with its answer. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The request's body: to the database, the very SQL the Worker sent. */
  readonly asked: string;
  readonly answered: string;
  readonly status: number;
}

/** A proxy that listens. */
export interface Wiretap {
  readonly url: string;
  /** Runs `work` and returns every exchange that ended meanwhile. */
  record(work: () => Promise<unknown>): Promise<Exchange[]>;
  /** Waits until nothing has passed for so long that no queue holds a message back. What went before is over then. */
  rested(): Promise<void>;
  /** Holds back requests whose path and query match until released. `arrived`: the first one is held. */
  hold(match: RegExp): { readonly arrived: Promise<void>; release(): void };
  stop(): Promise<void>;
}

/**
 * Longer than a queue waits for more messages (`max_batch_timeout` in `wrangler.toml`), and than a busy machine pauses.
 */
const REST_MS = 4_000;
const REST_WITHIN_MS = 400_000;

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Starts a proxy in front of `target`.
 * @param places how many requests go on to it at once; further ones wait
 */
export async function startWiretap(target: string, places = 128): Promise<Wiretap> {
  const upstream = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: places });
  let tape: Exchange[] | null = null;
  let lastAt = performance.now();
  let gate: { match: RegExp; opened: Promise<void>; onArrival: () => void } | null = null;

  const passOn = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = "GET", url: path = "/", headers } = incoming;
    const body = await bodyOf(incoming);
    lastAt = performance.now();
    if (gate?.match.test(path)) {
      gate.onArrival();
      await gate.opened;
    }
    const { hostname, port, host } = upstream;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      // Node's fetch asks for compressed answers, which no measure could read.
      const plain = { ...headers, host, "accept-encoding": "identity" };
      const options = { hostname, port, method, path, headers: plain, agent };
      forward(options, resolve).on("error", reject).end(body);
    });
    const answer = await bodyOf(response);
    const status = response.statusCode ?? 502;
    lastAt = performance.now();
    tape?.push({ method, path, asked: body.toString(), answered: answer.toString(), status });
    outgoing.writeHead(status, response.headers).end(answer);
  };
  const server = createServer((incoming, outgoing) => {
    // One side hung up: close the other one too.
    passOn(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");

  return {
    url: `http://127.0.0.1:${address.port}`,
    async record(work) {
      const exchanges: Exchange[] = [];
      tape = exchanges;
      try {
        await work();
      } finally {
        tape = null;
      }
      return exchanges;
    },
    async rested() {
      await waitFor("the Worker to rest", REST_WITHIN_MS, async () => performance.now() - lastAt > REST_MS);
    },
    hold(match) {
      let release = () => {};
      let onArrival = () => {};
      const opened = new Promise<void>((resolve) => {
        release = resolve;
      });
      const arrived = new Promise<void>((resolve) => {
        onArrival = resolve;
      });
      gate = { match, opened, onArrival };
      return {
        arrived,
        release: () => {
          gate = null;
          release();
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const Stmt = z.object({ sql: z.string().optional(), sql_id: z.number().optional() });
const Asked = z.object({
  requests: z.array(
    z.object({
      sql_id: z.number().optional(),
      sql: z.string().optional(),
      batch: z.object({ steps: z.array(z.object({ stmt: Stmt })) }).optional(),
    }),
  ),
});
const Steps = z.object({ step_results: z.array(z.unknown()).default([]) });
const Answered = z.object({
  results: z.array(z.object({ response: z.object({ result: Steps.optional() }).optional() })),
});

const BEGIN_WRITE = "BEGIN IMMEDIATE";

/**
 * Did the request to the database open a write transaction? A batch that writes under a condition asks for one only
 * where the condition holds, so the answer counts.
 */
export function isWrite({ asked, answered }: Exchange): boolean {
  if (!asked.includes(BEGIN_WRITE)) return false;
  const { requests } = Asked.parse(JSON.parse(asked));
  const { results } = Answered.parse(JSON.parse(answered));
  const stored = new Map(requests.map(({ sql_id, sql }) => [sql_id, sql]));
  return requests.some(({ batch }, index) => {
    const done = results[index]?.response?.result?.step_results ?? [];
    return (batch?.steps ?? []).some(
      ({ stmt }, step) => (stmt.sql ?? stored.get(stmt.sql_id)) === BEGIN_WRITE && done[step] != null,
    );
  });
}

/** Did the database refuse it because others were writing? Then nothing was done, and it is sent again. */
export function isLocked(exchange: Exchange): boolean {
  return exchange.answered.includes("database is locked");
}

const Rows = z.object({ rows_read: z.number().default(0) });
const Result = z.object({
  rows_read: z.number().default(0),
  step_results: z.array(Rows.nullable()).default([]),
});
const Pipeline = z.object({
  results: z.array(z.object({ response: z.object({ result: Result.optional() }).optional() })),
});

/** Sends a recorded pipeline to the database once more and adds up the `rows_read` of its statements. */
export async function replayRowsRead(databaseUrl: string, exchange: Exchange): Promise<number> {
  const answer = await fetch(databaseUrl + exchange.path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: exchange.asked,
  });
  if (!answer.ok) throw new Error(`The database answered ${answer.status} to a replayed pipeline.`);
  const { results } = Pipeline.parse(await answer.json());
  return results
    .flatMap(({ response }) => [response?.result, ...(response?.result?.step_results ?? [])])
    .reduce((sum, part) => sum + (part?.rows_read ?? 0), 0);
}
