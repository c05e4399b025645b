// Simulated Google: one Hono app for all of Google's hosts, in-process or over HTTP (`docs/providers/google.md` A.12).
import { Hono } from "hono";
import { calendarRoutes } from "./google/calendar-list.ts";
import { channelRoutes } from "./google/channels.ts";
import { consentRoutes } from "./google/consent.ts";
import { createControl, type GoogleControl } from "./google/control.ts";
import { controlRoutes } from "./google/control-routes.ts";
import { notFound } from "./google/errors.ts";
import { eventRoutes } from "./google/events-routes.ts";
import { googleNetwork } from "./google/network.ts";
import { createState, type GoogleSimulatorOptions, type GoogleState } from "./google/state.ts";
import { tokenRoutes } from "./google/token-endpoint.ts";
import { refuse } from "./shared/refusal.ts";
import { type Keepable, keeping } from "./shared/saved-state.ts";
import { inProcessFetch, type Served, serve, systemRandom } from "./shared/transport.ts";

export interface GoogleSimulator extends GoogleControl, Keepable {
  /** The app with all routes, `/_control` included. */
  readonly app: Hono;
  /** Replaces the global fetch. It serves Google's hosts and this machine, and refuses all others. */
  readonly fetch: typeof fetch;
}

const PATHS_OF: Readonly<Record<string, readonly string[]>> = {
  "accounts.google.com": ["/o/oauth2/", "/.well-known/"],
  "oauth2.googleapis.com": ["/token", "/revoke"],
  "www.googleapis.com": ["/calendar/v3/", "/oauth2/v3/certs"],
};

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
  app.use(googleNetwork(state));
  app.route("/", consentRoutes(state));
  app.route("/", tokenRoutes(state));
  app.route("/calendar/v3", channelRoutes(state));
  app.route("/calendar/v3", calendarRoutes(state));
  app.route("/calendar/v3/calendars/:calendarId/events", eventRoutes(state));
  return app;
}

/** Simulated Google for tests. It uses only the clock and the randomness that it is given. */
export function createGoogleSimulator(options: GoogleSimulatorOptions): GoogleSimulator {
  const state = createState(options);
  const control = createControl(state);
  const app = createApp(state, control);
  const serves = (hostname: string, path: string) =>
    PATHS_OF[hostname]?.some((beginning) => path.startsWith(beginning));
  return { ...control, ...keeping(state), app, fetch: inProcessFetch(app, serves, () => refuse(notFound())) };
}

export interface ServeOptions extends Partial<Omit<GoogleSimulatorOptions, "clients" | "onPending">> {
  /** 0 picks a free port. */
  readonly port: number;
  readonly clients: GoogleSimulatorOptions["clients"];
}

export type ServedGoogleSimulator = Served<GoogleSimulator>;

/** Serves simulated Google on 127.0.0.1 with the real clock. Notifications are delivered in the background. */
export function serveGoogleSimulator(options: ServeOptions): Promise<ServedGoogleSimulator> {
  const now = options.now ?? Date.now;
  return serve(options.port, now, (onPending) =>
    createGoogleSimulator({
      deliver: (request) => fetch(request),
      random: systemRandom,
      ...options,
      now,
      onPending,
    }),
  );
}
