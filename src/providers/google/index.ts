// Google Calendar as a provider.
import { ProviderError } from "../error.ts";
import { endingBy } from "../http.ts";
import type { Provider, ProviderDeps } from "../provider.ts";
import { createApi } from "./api.ts";
import { createOAuth, type GoogleConfig } from "./auth.ts";
import { closeChannel, openChannel, readNotification } from "./push.ts";
import { listCalendars, pull } from "./read.ts";
import { putBooking, readBooking, removeBooking } from "./write.ts";

/** Google Calendar API v3 (`docs/providers/google.md` A). */
export function createGoogle(config: GoogleConfig, deps: ProviderDeps): Provider {
  return {
    name: "GOOGLE",
    can: { push: "channel", window: "listing", revoke: true },
    webhook: "google",
    oauth: createOAuth(config, deps),
    password: null,
    readNotification,
    open({ accessToken }, until) {
      const api = createApi(endingBy(deps, until), config.origin, accessToken);
      return {
        listCalendars: () => listCalendars(api),
        pull: (calendar, cursor, window, manner) => pull(api, calendar, cursor, window, manner),
        putBooking: (calendar, event, known) => putBooking(api, calendar.calendarId, event, known),
        removeBooking: (calendar, identity, known) =>
          removeBooking(api, calendar.calendarId, identity, known),
        readBooking: (calendar, _identity, known) => readBooking(api, calendar, known),
        openChannel: (calendar, request) => openChannel(api, calendar, request),
        // Google can't renew a channel: a new one replaces it (A.9.6).
        renewChannel: () =>
          Promise.reject(new ProviderError({ kind: "recreate-channel", code: "renewal_unsupported" })),
        closeChannel: (channel) => closeChannel(api, channel),
      };
    },
  };
}
