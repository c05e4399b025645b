// A proxy between the Worker and sqld which counts requests and keeps what was said, to be read off the wire.
import { Agent, createServer, request as forward } from "node:http";
import * as z from "zod";

/** One pipeline request to the database, with its answer. */
export interface Exchange {
  /** The request body: the very SQL the Worker sent. */
  readonly pipeline: string;
  readonly answer: string;
  /** Did it open a write transaction? */
  readonly writes: boolean;
}

/** A running proxy. Counting is cheap; bodies are kept only while asked. */
export interface DatabaseProxy {
  readonly url: string;
  /** Runs `work` and returns every exchange that ended meanwhile. */
  record(work: () => Promise<unknown>): Promise<Exchange[]>;
  stop(): Promise<void>;
}

/** Starts the proxy in front of the database at `target`. */
export async function startDatabaseProxy(target: string): Promise<DatabaseProxy> {
  const upstream = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let tape: Exchange[] | null = null;

  const server = createServer(async (incoming, outgoing) => {
    const asked: Buffer[] = [];
    for await (const chunk of incoming) asked.push(chunk as Buffer);
    const body = Buffer.concat(asked);
    const { method, url: path, headers } = incoming;
    const passed = forward({
      host: upstream.hostname,
      port: upstream.port,
      method,
      path,
      headers: { ...headers, host: upstream.host },
      agent,
    });
    passed.on("error", () => outgoing.writeHead(502).end());
    passed.on("response", async (response) => {
      const said: Buffer[] = [];
      for await (const chunk of response) said.push(chunk as Buffer);
      const answer = Buffer.concat(said);
      if (tape !== null) {
        const pipeline = body.toString("utf8");
        tape.push({
          pipeline,
          answer: answer.toString("utf8"),
          writes: pipeline.includes("BEGIN IMMEDIATE"),
        });
      }
      outgoing.writeHead(response.statusCode ?? 502, response.headers).end(answer);
    });
    passed.end(body);
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
    async stop() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const StatementResult = z.object({ rows_read: z.number() }).nullish();
const Answer = z.object({
  results: z.array(
    z.object({
      response: z
        .object({
          result: z
            .object({
              rows_read: z.number().optional(),
              step_results: z.array(StatementResult).optional(),
            })
            .optional(),
        })
        .optional(),
    }),
  ),
});

/** Sends a recorded pipeline to the database again and adds up the `rows_read` of its statements. */
export async function replayRowsRead(databaseUrl: string, exchange: Exchange): Promise<number> {
  const answer = await fetch(`${databaseUrl}/v2/pipeline`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: exchange.pipeline,
  });
  if (!answer.ok) throw new Error(`The database answered ${answer.status} to a replayed pipeline.`);
  const { results } = Answer.parse(await answer.json());
  return results
    .flatMap(({ response }) => [
      response?.result?.rows_read ?? 0,
      ...(response?.result?.step_results ?? []).map((step) => step?.rows_read ?? 0),
    ])
    .reduce((sum, rows) => sum + rows, 0);
}
