// Simulated CalDAV: one Hono app for iCloud's hosts and any other server (`docs/providers/caldav.md` C.12).
import { Hono } from "hono";
import { type CaldavControl, createControl } from "./caldav/control.ts";
import { controlRoutes } from "./caldav/control-routes.ts";
import { serve } from "./caldav/server.ts";
import {
  type CaldavSimulatorOptions,
  type CaldavState,
  createState,
  ICLOUD_HOST,
  PARTITION_HOST,
} from "./caldav/state.ts";
import { type Keepable, keeping } from "./shared/saved-state.ts";
import { inProcessFetch, listen, type Served } from "./shared/transport.ts";

export type { CaldavControl, StoredEvent } from "./caldav/control.ts";
export type { Profile } from "./caldav/state.ts";

export interface CaldavSimulator extends CaldavControl, Keepable {
  /** The app with all routes, `/_control` included. */
  readonly app: Hono;
  /** Replaces the global fetch. It serves iCloud's hosts, its own host and this machine, and refuses all others. */
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

/** Adds a user agent where the caller has set none, as a real fetch does. */
function sayingWho(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (!request.headers.has("user-agent")) request.headers.set("user-agent", "node");
    return send(request);
  };
}

/** A simulated server for tests. It reads only the clock that it is given. */
export function createCaldavSimulator(options: CaldavSimulatorOptions): CaldavSimulator {
  const state = createState(options);
  const control = createControl(state);
  const app = createApp(state, control);
  const hosts = [ICLOUD_HOST, PARTITION_HOST, new URL(state.origin).hostname];
  const send = inProcessFetch(app, (hostname) => hosts.includes(hostname) || undefined);
  return { ...control, ...keeping(state), app, fetch: sayingWho(send) };
}

export type ServedCaldavSimulator = Served<CaldavSimulator>;

/** Serves it on 127.0.0.1, which stands for the host of every profile. Port 0 picks a free port. */
export const serveCaldavSimulator = (options: {
  port: number;
  now?: () => number;
}): Promise<ServedCaldavSimulator> =>
  listen(options.port, (origin) => createCaldavSimulator({ now: options.now ?? Date.now, origin }));
