// CalDAV as a provider: iCloud under the name of Apple, and every other server by its address.
import { ProviderError } from "../error.ts";
import { endingBy } from "../http.ts";
import type { CalendarRef, Provider, ProviderDeps } from "../provider.ts";
import { createApi } from "./api.ts";
import { createPasswordFlow, NO_OAUTH, readAccess, readCalendars, type ServerConfig } from "./auth.ts";
import { closeChannel, openChannel, readNotification, renewChannel } from "./push.ts";
import { expand, pull } from "./read.ts";
import { putBooking, readBooking, removeBooking } from "./write.ts";

const ICLOUD = "https://caldav.icloud.com/";

/** Four groups of four letters (`docs/providers/caldav.md` C.2.2). */
const APPLE_APP_PASSWORD = {
  shape: /^[a-z]{4}(?:-[a-z]{4}){3}$/,
  madeAt: "account.apple.com, under Sign-In and Security",
};

/**
 * Apple Calendar: iCloud with an app-specific password.
 * @param config.origin replaces iCloud's origin; null for iCloud itself
 */
export function createApple(config: { readonly origin: string | null }, deps: ProviderDeps): Provider {
  const preset = new URL(config.origin ?? ICLOUD);
  const allowHttpHosts = config.origin === null ? [] : [preset.host];
  return createProvider(
    "APPLE",
    {
      preset,
      appPassword: APPLE_APP_PASSWORD,
      rules: { allowHttpHosts, ports: [443] },
      mayTakeDoubles: false,
    },
    deps,
  );
}

/**
 * Any CalDAV server.
 * @param config.allowHttpHosts hosts, each as `host` or `host:port`, that need neither be public nor speak https
 * @param config.ports the ports on which servers are asked
 */
export function createCaldav(
  config: { readonly allowHttpHosts: readonly string[]; readonly ports: readonly number[] },
  deps: ProviderDeps,
): Provider {
  return createProvider(
    "CALDAV",
    { preset: null, appPassword: null, rules: config, mayTakeDoubles: true },
    deps,
  );
}

function createProvider(name: "APPLE" | "CALDAV", config: ServerConfig, deps: ProviderDeps): Provider {
  return {
    name,
    can: { push: "poll", window: "listing", revoke: false },
    webhook: name.toLowerCase(),
    oauth: NO_OAUTH,
    password: createPasswordFlow(config, deps),
    readNotification,
    open({ accessToken }, until) {
      const { username, password, homes, addresses } = readAccess(accessToken);
      const urls = homes.map((home) => new URL(home));
      const home = urls[0];
      if (home === undefined) throw new ProviderError({ kind: "reauth", code: "unreadable_credentials" });
      const api = createApi(endingBy(deps, until), home, { username, password }, config.rules);
      const collection = ({ calendarId }: CalendarRef) => new URL(calendarId, home);
      const { mayTakeDoubles } = config;
      const target = (calendar: CalendarRef) => ({
        ...{ api, url: collection(calendar), mayTakeDoubles, now: deps.now },
      });
      return {
        listCalendars: () => readCalendars(api, urls),
        pull: (calendar, cursor, window, manner) =>
          pull({ api, url: collection(calendar), ownAddresses: addresses }, calendar, cursor, window, manner),
        expand,
        putBooking: (calendar, event, known) => putBooking(target(calendar), event, known),
        removeBooking: (calendar, identity, known) => removeBooking(target(calendar), identity, known),
        readBooking: (calendar, identity, known) => readBooking(target(calendar), calendar, identity, known),
        openChannel,
        renewChannel,
        closeChannel,
      };
    },
  };
}
