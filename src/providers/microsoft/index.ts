// Outlook.com and Office 365 as providers: one Graph, two kinds of accounts.
import { endingBy } from "../http.ts";
import type { Provider, ProviderDeps, ProviderName, RemoteCalendar } from "../provider.ts";
import { createSemaphore } from "../semaphore.ts";
import { createApi, type GraphApi, PLACES } from "./api.ts";
import { createOAuth, type MicrosoftConfig, type Tenant } from "./auth.ts";
import { pull } from "./pull.ts";
import { closeChannel, openChannel, readNotification, renewChannel } from "./push.ts";
import type { CalendarsPage } from "./wire.ts";
import { putBooking, readBooking, removeBooking } from "./write.ts";

/** Personal accounts: outlook.com, hotmail.com, live.com. */
export const createOutlook = (config: MicrosoftConfig, deps: ProviderDeps): Provider =>
  createMicrosoft("OUTLOOK", "consumers", config, deps);

/** Accounts of work and school. */
export const createOffice365 = (config: MicrosoftConfig, deps: ProviderDeps): Provider =>
  createMicrosoft("OFFICE365", "organizations", config, deps);

/** Microsoft Graph v1.0 (`docs/providers/microsoft.md` B.2). */
function createMicrosoft(
  name: ProviderName,
  tenant: Tenant,
  config: MicrosoftConfig,
  deps: ProviderDeps,
): Provider {
  const atOnce = createSemaphore(deps, PLACES);
  return {
    name,
    can: { push: "subscription", window: "cursor", revoke: false },
    webhook: "microsoft",
    oauth: createOAuth(config, tenant, deps),
    password: null,
    readNotification,
    open({ accessToken }, until) {
      const api = createApi(endingBy(deps, until), { origin: config.origin, accessToken, atOnce });
      return {
        listCalendars: () => listCalendars(api),
        pull: (calendar, cursor, window, manner) => pull(api, calendar, cursor, window, manner),
        putBooking: (calendar, event, known) => putBooking(api, calendar.calendarId, event, known),
        removeBooking: (calendar, identity, known) =>
          removeBooking(api, calendar.calendarId, identity, known),
        readBooking: (calendar, identity, known) => readBooking(api, calendar, identity, known),
        openChannel: (calendar, request) => openChannel(api, calendar, request),
        renewChannel: (channel) => renewChannel(api, channel),
        closeChannel: (channel) => closeChannel(api, channel),
      };
    },
  };
}

/** All calendars of the account, including shared ones and holidays. Graph's calendars have no zone (B.3). */
async function listCalendars(api: GraphApi): Promise<RemoteCalendar[]> {
  const listed = await api.listCalendars();
  const owner = ownerOf(listed.find(({ isDefaultCalendar }) => isDefaultCalendar === true));
  return listed.map((entry) => {
    const isShared = owner !== undefined && ownerOf(entry) !== undefined && ownerOf(entry) !== owner;
    return { ...calendarOf(entry), ...(isShared && { shared: true }) };
  });
}

const ownerOf = (entry: CalendarsPage["value"][number] | undefined): string | undefined =>
  entry?.owner?.address?.toLowerCase();

/** A calendar's id may change, even the default one's (`docs/providers/microsoft.md` B.3). */
function recognitionOf(entry: CalendarsPage["value"][number]): Pick<RemoteCalendar, "recognisedBy"> {
  if (entry.isDefaultCalendar === true) return { recognisedBy: "default" };
  const owner = ownerOf(entry);
  return owner === undefined || entry.name == null
    ? {}
    : { recognisedBy: JSON.stringify([owner, entry.name]) };
}

const calendarOf = (entry: CalendarsPage["value"][number]): RemoteCalendar => ({
  calendarId: entry.id,
  name: entry.name ?? entry.id,
  timeZone: null,
  // Holidays, birthdays, and calendars that others share for reading only (B.1.4).
  role: entry.canEdit === true ? "writer" : "reader",
  primary: entry.isDefaultCalendar === true,
  ...recognitionOf(entry),
});
