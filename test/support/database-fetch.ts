// The way to the database: to one in this process, or to sqld by `fetch` over Node's plain HTTP client. A test's time goes mostly into its requests to the database,
// and Node's own `fetch` takes twice the processor time for each (5 ms against 2.5 ms).
import { Agent, type IncomingMessage, request as send } from "node:http";
import { atMost } from "./at-most.ts";
import { answerInProcess, isInProcess } from "./in-process-database.ts";

const agent = new Agent({ keepAlive: true });

async function bodyOf(message: IncomingMessage): Promise<string> {
  message.setEncoding("utf8");
  let text = "";
  for await (const chunk of message) text += chunk;
  return text;
}

/**
 * Requests to the database at once from one process. Two test files run side by side on a small machine, and sqld
 * stopped answering altogether with more than twice as many (`docs/providers/cloudflare-turso.md` 2.1).
 */
const REQUESTS_AT_ONCE = 8;

/** Answers when the whole body has arrived. Fails as `fetch` does: with the signal's reason, or with a TypeError. */
export const databaseFetch: typeof fetch = atMost(REQUESTS_AT_ONCE, async (input, init) => {
  const request = input instanceof Request ? input : new Request(input, init);
  const signal = init?.signal ?? request.signal;
  if (isInProcess(new URL(request.url).hostname)) {
    signal.throwIfAborted();
    return answerInProcess(request);
  }
  const { method } = request;
  const body = method === "GET" ? "" : await request.text();
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { ...Object.fromEntries(request.headers), "content-length": Buffer.byteLength(body) };
      send(request.url, { agent, method, headers, signal }, resolve).on("error", reject).end(body);
    });
    const headers = { "content-type": message.headers["content-type"] ?? "" };
    return new Response(await bodyOf(message), { status: message.statusCode ?? 0, headers });
  } catch (error) {
    signal.throwIfAborted();
    throw new TypeError("fetch failed", { cause: error });
  }
});
