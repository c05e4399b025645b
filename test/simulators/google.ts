// Simulated Google: one Hono app for all of Google's hosts, in-process or over HTTP (`providers.md` A.12).
import { createServer, type ServerResponse } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { calendarRoutes } from "./google/calendar-list.ts";
import { channelRoutes } from "./google/channels.ts";
import { consentRoutes } from "./google/consent.ts";
import { createControl, type GoogleControl } from "./google/control.ts";
import { controlRoutes } from "./google/control-routes.ts";
import { notFound } from "./google/errors.ts";
import { eventRoutes } from "./google/events-routes.ts";
import { LOST_HEADER, network, refuse } from "./google/network.ts";
import { createState, type GoogleSimulatorOptions, type GoogleState } from "./google/state.ts";
import { tokenRoutes } from "./google/token-endpoint.ts";

export interface GoogleSimulator extends GoogleControl {
  /** The app with all routes, `/_control` included. */
  readonly app: Hono;
  /** Stands in for the global fetch: knows Google's hosts and this machine, refuses all others. */
  readonly fetch: typeof fetch;
}

const PATHS_OF: Readonly<Record<string, readonly string[]>> = {
  "accounts.google.com": ["/o/oauth2/", "/.well-known/"],
  "oauth2.googleapis.com": ["/token", "/revoke"],
  "www.googleapis.com": ["/calendar/v3/", "/oauth2/v3/certs"],
};
const LOCAL = ["127.0.0.1", "localhost"];

/** What `/_control/state` shows. */
function describe(state: GoogleState): unknown {
  return {
    users: [...state.users.values()],
    calendars: [...state.calendars.values()].map(
      ({ id, summary, timeZone, entries, events, revision, push }) => ({
        ...{ id, summary, timeZone, revision, push },
        entries: Object.fromEntries(entries),
        records: events.size,
      }),
    ),
    grants: [...state.grants].map(([key, scopes]) => ({ key, scopes: [...scopes] })),
    refreshTokens: state.refreshTokens.size,
    channels: [...state.channels.values()],
    knobs: state.knobs.list(),
  };
}

function createApp(state: GoogleState, control: GoogleControl): Hono {
  const app = new Hono();
  app.onError(refuse);
  app.notFound(() => refuse(notFound()));
  app.route(
    "/_control",
    controlRoutes(control, () => describe(state)),
  );
  app.use(network(state));
  app.route("/", consentRoutes(state));
  app.route("/", tokenRoutes(state));
  app.route("/calendar/v3", channelRoutes(state));
  app.route("/calendar/v3", calendarRoutes(state));
  app.route("/calendar/v3/calendars/:calendarId/events", eventRoutes(state));
  return app;
}

function hangUntilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function inProcessFetch(app: Hono): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    const paths = LOCAL.includes(url.hostname) ? ["/"] : PATHS_OF[url.hostname];
    if (paths === undefined)
      throw new TypeError("fetch failed", { cause: new Error(`ENOTFOUND ${url.hostname}`) });
    if (!paths.some((path) => url.pathname.startsWith(path))) return refuse(notFound());
    const response = await app.fetch(request);
    const lost = response.headers.get(LOST_HEADER);
    if (lost === "reset") throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    return lost === "hang" ? hangUntilGivenUp(request.signal) : response;
  };
}

/** Simulated Google for tests: reads no clock and no randomness but those it is given. */
export function createGoogleSimulator(options: GoogleSimulatorOptions): GoogleSimulator {
  const state = createState(options);
  const control = createControl(state);
  const app = createApp(state, control);
  return { ...control, app, fetch: inProcessFetch(app) };
}

export interface ServeOptions extends Partial<Omit<GoogleSimulatorOptions, "clients" | "onPending">> {
  /** 0 picks a free one. */
  readonly port: number;
  readonly clients: GoogleSimulatorOptions["clients"];
}

export interface ServedGoogleSimulator {
  readonly url: string;
  readonly simulator: GoogleSimulator;
  close(): Promise<void>;
}

/** Real randomness, unless a test hands in its own. */
function systemRandom(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 4_294_967_296;
}

/** Delivers each notification when it is due. */
function createPump(now: () => number): {
  schedule(simulator: () => GoogleControl, dueAt: number): void;
  stop(): void;
} {
  const timers = new Set<NodeJS.Timeout>();
  return {
    schedule(simulator, dueAt) {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          void simulator().flush();
        },
        // Timers may fire a moment early: then nothing would be due yet.
        Math.max(0, dueAt - now()) + 1,
      );
      timers.add(timer);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Sends the app's answer, or loses it by closing or keeping the socket. */
async function answerOverHttp(app: Hono, request: Request, outgoing: ServerResponse): Promise<Response> {
  const response = await app.fetch(request);
  const lost = response.headers.get(LOST_HEADER);
  if (lost === null) return response;
  if (lost === "reset") outgoing.destroy();
  return new Promise(() => undefined);
}

/** Serves simulated Google on 127.0.0.1, by the real clock, notifications delivered in the background. */
export async function serveGoogleSimulator(options: ServeOptions): Promise<ServedGoogleSimulator> {
  const now = options.now ?? Date.now;
  const pump = createPump(now);
  const simulator: GoogleSimulator = createGoogleSimulator({
    deliver: (request) => fetch(request),
    random: systemRandom,
    ...options,
    now,
    onPending: (dueAt) => pump.schedule(() => simulator, dueAt),
  });
  const server = createAdaptorServer({
    createServer,
    fetch: (request, env) => answerOverHttp(simulator.app, request, (env as HttpBindings).outgoing),
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    simulator,
    close() {
      pump.stop();
      if ("closeAllConnections" in server) server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
