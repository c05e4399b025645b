// Simulated Microsoft: one Hono app for sign-in and Graph (`docs/providers/microsoft.md` B.10).
import { Hono } from "hono";
import { batchRoutes } from "./microsoft/batch.ts";
import { calendarRoutes } from "./microsoft/calendars.ts";
import { consentRoutes } from "./microsoft/consent.ts";
import { createControl, type MicrosoftControl } from "./microsoft/control.ts";
import { controlRoutes } from "./microsoft/control-routes.ts";
import { graphError } from "./microsoft/errors.ts";
import { eventRoutes } from "./microsoft/events-routes.ts";
import { microsoftNetwork } from "./microsoft/network.ts";
import { createState, type MicrosoftSimulatorOptions, type MicrosoftState } from "./microsoft/state.ts";
import { subscriptionRoutes } from "./microsoft/subscriptions.ts";
import { tokenRoutes } from "./microsoft/token-endpoint.ts";
import { refuse } from "./shared/refusal.ts";
import { type Keepable, keeping } from "./shared/saved-state.ts";
import { inProcessFetch, type Served, serve, systemRandom } from "./shared/transport.ts";

export interface MicrosoftSimulator extends MicrosoftControl, Keepable {
  /** The app with all routes, `/_control` included. */
  readonly app: Hono;
  /** Replaces the global fetch. It serves Microsoft's hosts and this machine, and refuses all others. */
  readonly fetch: typeof fetch;
}

/** What `/_control/state` shows. */
function describe(state: MicrosoftState): unknown {
  return {
    users: [...state.users.values()],
    calendars: [...state.calendars.values()].map(
      ({ id, name, userEmail, owner, isDefault, canEdit, removed, revision, events }) => ({
        ...{ id, name, userEmail, owner, isDefault, canEdit, removed, revision },
        records: events.size,
      }),
    ),
    grants: [...state.grants].map(([key, scopes]) => ({ key, scopes: [...scopes] })),
    refreshTokens: state.refreshTokens.size,
    subscriptions: [...state.subscriptions.values()],
    endpoints: Object.fromEntries(state.endpoints),
    knobs: state.knobs.list(),
  };
}

const unknownPath = () =>
  graphError(400, "BadRequest", "Resource not found for the segment of the request URL.");

function createApp(state: MicrosoftState, control: MicrosoftControl): Hono {
  const app = new Hono();
  app.onError(refuse);
  app.notFound(() => refuse(unknownPath()));
  app.route(
    "/_control",
    controlRoutes(control, () => describe(state)),
  );
  app.use(microsoftNetwork(state));
  app.route(
    "/v1.0/$batch",
    batchRoutes(state, () => app),
  );
  app.route("/v1.0/subscriptions", subscriptionRoutes(state));
  for (const owner of ["/v1.0/me", "/v1.0/users/:userId"]) {
    app.route(owner, calendarRoutes(state));
    for (const home of ["", "/calendar", "/calendars/:calendarId"])
      app.route(owner + home, eventRoutes(state));
  }
  app.route("/", tokenRoutes(state));
  app.route("/", consentRoutes(state));
  return app;
}

/** Graph serves v1.0 only. Everything else, except the control API, belongs to sign-in. */
function serves(hostname: string, path: string): boolean | undefined {
  if (hostname === "graph.microsoft.com") return path.startsWith("/v1.0/");
  if (hostname === "login.microsoftonline.com") return !/^\/(v1\.0|_control)(\/|$)/.test(path);
  return undefined;
}

/** Simulated Microsoft for tests. It uses only the clock and the randomness that it is given. */
export function createMicrosoftSimulator(options: MicrosoftSimulatorOptions): MicrosoftSimulator {
  const state = createState(options);
  const control = createControl(state);
  const app = createApp(state, control);
  return {
    ...control,
    ...keeping(state),
    app,
    fetch: inProcessFetch(app, serves, () => refuse(unknownPath())),
  };
}

export interface ServeOptions extends Partial<Omit<MicrosoftSimulatorOptions, "clients" | "onPending">> {
  /** 0 picks a free port. */
  readonly port: number;
  readonly clients: MicrosoftSimulatorOptions["clients"];
}

export type ServedMicrosoftSimulator = Served<MicrosoftSimulator>;

/** Serves simulated Microsoft on 127.0.0.1 with the real clock. Notifications are delivered in the background. */
export function serveMicrosoftSimulator(options: ServeOptions): Promise<ServedMicrosoftSimulator> {
  const now = options.now ?? Date.now;
  return serve(options.port, now, (onPending) =>
    createMicrosoftSimulator({
      deliver: (request) => fetch(request),
      random: systemRandom,
      ...options,
      now,
      onPending,
    }),
  );
}
