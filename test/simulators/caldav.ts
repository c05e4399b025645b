// Simulated CalDAV: iCloud's hosts and any other server's in one Hono app, in-process or over HTTP (`providers.md` C.12).
import { createServer, type ServerResponse } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { type CaldavControl, createControl } from "./caldav/control.ts";
import { controlRoutes } from "./caldav/control-routes.ts";
import { LOST_HEADER } from "./caldav/network.ts";
import { serve } from "./caldav/server.ts";
import {
  type CaldavSimulatorOptions,
  type CaldavState,
  createState,
  ICLOUD_HOST,
  PARTITION_HOST,
} from "./caldav/state.ts";

export type { CaldavControl, StoredEvent } from "./caldav/control.ts";
export type { Profile } from "./caldav/state.ts";

export interface CaldavSimulator extends CaldavControl {
  /** The app with all routes, `/_control` included. */
  readonly app: Hono;
  /** Stands in for the global fetch: knows iCloud's hosts, its own and this machine, refuses all others. */
  readonly fetch: typeof fetch;
}

/** What `/_control/state` shows. Passwords stay hidden. */
function describe(state: CaldavState): unknown {
  return {
    users: [...state.users.values()].map(({ passwords, ...user }) => ({
      ...user,
      passwords: passwords.size,
    })),
    calendars: [...state.calendars.values()].map(({ path, owner, name, timeZone, resources, revision }) => ({
      ...{ path, owner, name, timeZone, revision },
      events: resources.size,
    })),
    knobs: state.knobs.list(),
  };
}

function createApp(state: CaldavState, control: CaldavControl): Hono {
  const app = new Hono();
  app.route(
    "/_control",
    controlRoutes(control, () => describe(state)),
  );
  app.all("*", (context) => serve(state, context.req.raw));
  return app;
}

function hangUntilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function inProcessFetch(app: Hono, state: CaldavState): typeof fetch {
  const hosts = [ICLOUD_HOST, PARTITION_HOST, new URL(state.origin).hostname, "127.0.0.1"];
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { hostname } = new URL(request.url);
    if (!hosts.includes(hostname))
      throw new TypeError("fetch failed", { cause: new Error(`ENOTFOUND ${hostname}`) });
    // A real fetch says who it is, as far as nobody said so before.
    if (!request.headers.has("user-agent")) request.headers.set("user-agent", "node");
    const response = await app.fetch(request);
    const lost = response.headers.get(LOST_HEADER);
    if (lost === "reset") throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    return lost === "hang" ? hangUntilGivenUp(request.signal) : response;
  };
}

/** A simulated server for tests: reads no clock but the one it is given. */
export function createCaldavSimulator(options: CaldavSimulatorOptions): CaldavSimulator {
  const state = createState(options);
  const control = createControl(state);
  const app = createApp(state, control);
  return { ...control, app, fetch: inProcessFetch(app, state) };
}

export interface ServedCaldavSimulator {
  readonly url: string;
  readonly simulator: CaldavSimulator;
  close(): Promise<void>;
}

/** Sends the app's answer, or loses it by closing or keeping the socket. */
async function answerOverHttp(app: Hono, request: Request, outgoing: ServerResponse): Promise<Response> {
  const response = await app.fetch(request);
  const lost = response.headers.get(LOST_HEADER);
  if (lost === null) return response;
  if (lost === "reset") outgoing.destroy();
  return new Promise(() => undefined);
}

/** Serves it on 127.0.0.1, where every profile is at home. Port 0 picks a free one. */
export async function serveCaldavSimulator(options: {
  port: number;
  now?: () => number;
}): Promise<ServedCaldavSimulator> {
  let simulator: CaldavSimulator | null = null;
  const server = createAdaptorServer({
    createServer,
    fetch: (request, env) => {
      if (simulator === null) throw new Error("not listening yet");
      return answerOverHttp(simulator.app, request, (env as HttpBindings).outgoing);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const url = `http://127.0.0.1:${port}`;
  simulator = createCaldavSimulator({ now: options.now ?? Date.now, origin: url });
  return {
    url,
    simulator,
    close() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
