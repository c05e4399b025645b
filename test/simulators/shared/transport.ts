// Transport: how a simulator's app is reached, in this process or over HTTP, and how its answers are lost.
import { createServer, type ServerResponse } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

/** How an answer is lost. A header carries this to the code that stands for the socket. */
const LOST_HEADER = "x-simulated-network";

/** An answer that never arrives: the connection breaks, or hangs until the caller gives up. */
export const lost = (how: "reset" | "hang"): Response =>
  new Response(null, { status: 599, headers: { [LOST_HEADER]: how } });

/** The first half of an answer. */
export async function truncated(response: Response): Promise<Response> {
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return new Response(text.slice(0, Math.floor(text.length / 2)), { status: response.status, headers });
}

function hangUntilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

const LOCAL = ["127.0.0.1", "localhost"];

/**
 * Replaces the global fetch. `serves` decides about a host and path: true means served, false means that host's
 * 404, undefined means that the host doesn't exist. This machine's own names reach every path.
 */
export function inProcessFetch(
  app: Hono,
  serves: (hostname: string, path: string) => boolean | undefined,
  notFound: () => Response = () => new Response(null, { status: 404 }),
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    const served = LOCAL.includes(url.hostname) || serves(url.hostname, url.pathname);
    if (served === undefined)
      throw new TypeError("fetch failed", { cause: new Error(`ENOTFOUND ${url.hostname}`) });
    if (!served) return notFound();
    const response = await app.fetch(request);
    const how = response.headers.get(LOST_HEADER);
    if (how === "reset") throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    return how === "hang" ? hangUntilGivenUp(request.signal) : response;
  };
}

/** Real randomness, unless a test gives its own. */
export function systemRandom(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 4_294_967_296;
}

/** Sends the app's answer, or loses it: it closes the socket, or keeps it open without an answer. */
async function answerOverHttp(app: Hono, request: Request, outgoing: ServerResponse): Promise<Response> {
  const response = await app.fetch(request);
  const how = response.headers.get(LOST_HEADER);
  if (how === null) return response;
  if (how === "reset") outgoing.destroy();
  return new Promise(() => undefined);
}

/** A simulator that can be served: an app, and a way to deliver the notifications that are due. */
export interface Servable {
  readonly app: Hono;
  flush(): Promise<number>;
}

export interface Served<Simulator> {
  readonly url: string;
  readonly simulator: Simulator;
  close(): Promise<void>;
}

/** Serves a simulator on 127.0.0.1. It is created once its origin is known. Port 0 picks a free port. */
export async function listen<Simulator extends Pick<Servable, "app">>(
  port: number,
  create: (origin: string) => Simulator,
): Promise<Served<Simulator>> {
  let simulator: Simulator | null = null;
  const server = createAdaptorServer({
    createServer,
    fetch(request, env) {
      if (simulator === null) throw new Error("not listening yet");
      return answerOverHttp(simulator.app, request, (env as HttpBindings).outgoing);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  const url = `http://127.0.0.1:${bound}`;
  simulator = create(url);
  return {
    url,
    simulator,
    close() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Serves a simulator as `listen` does, and delivers its notifications in the background. */
export async function serve<Simulator extends Servable>(
  port: number,
  now: () => number,
  create: (onPending: (dueAt: number) => void) => Simulator,
): Promise<Served<Simulator>> {
  const timers = new Set<NodeJS.Timeout>();
  const simulator: Simulator = create((dueAt) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        void simulator.flush();
      },
      // Timers may fire a moment early. Nothing would be due yet then.
      Math.max(0, dueAt - now()) + 1,
    );
    timers.add(timer);
  });
  const served = await listen(port, () => simulator);
  return {
    ...served,
    close() {
      for (const timer of timers) clearTimeout(timer);
      return served.close();
    },
  };
}
