// Graph's push: subscriptions opened, renewed in place and closed, and the notifications they bring.
import { formatInstant, MINUTE_MS } from "../../domain/instant.ts";
import { parseCleanJson } from "../../encoding/clean-text.ts";
import { ProviderError } from "../error.ts";
import type {
  CalendarRef,
  ChannelRequest,
  Notification,
  NotificationReading,
  NotificationRequest,
  OpenedChannel,
} from "../provider.ts";
import type { GraphApi } from "./api.ts";
import { NotificationBody, NotificationEntry, type Subscription } from "./wire.ts";

/**
 * The lifetimes to ask for, longest first, until Graph accepts one. Graph states its limit only in an error's text,
 * which the engine doesn't read (M34). The first is within today's limit (B.7.1). The last is the shortest that Graph
 * takes.
 */
const LIFETIMES_MS = [10_000, 4_200, 1_400, 45].map((minutes) => minutes * MINUTE_MS);

/** See `ProviderAccount.openChannel`. */
export async function openChannel(
  api: GraphApi,
  calendar: CalendarRef,
  request: ChannelRequest,
): Promise<OpenedChannel> {
  const resource = `/me/calendars/${calendar.calendarId}/events`;
  const subscribe = () =>
    shortening(api, (expirationDateTime) =>
      api.createSubscription({
        changeType: "created,updated,deleted",
        notificationUrl: request.address,
        // It can't be added later (B.7.1).
        lifecycleNotificationUrl: request.address,
        resource,
        clientState: request.secret,
        expirationDateTime,
      }),
    );
  try {
    return openedOf(await subscribe());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "unsupported" && error.status === 403 && (await isOwn(api, calendar.calendarId))) {
      // The mailbox has too many subscriptions. That passes (M36).
      throw new ProviderError({ kind: "pause", code: error.code, status: error.status });
    }
    if (error.kind !== "adopt") throw error;
  }
  // Graph allows one subscription for a calendar (M35), and we don't know the secret of this one. So it is closed.
  for (const { id, resource: watched } of await api.listSubscriptions()) {
    if (bare(watched) === bare(resource)) await closeChannel(api, { notificationKey: id });
  }
  return openedOf(await subscribe());
}

/** See `ProviderAccount.renewChannel`. With a fresh token this is also a reauthorisation (B.7.5). */
export async function renewChannel(api: GraphApi, channel: OpenedChannel): Promise<OpenedChannel> {
  const renew = (expirationDateTime: string) =>
    api.renewSubscription(channel.notificationKey, { expirationDateTime });
  return openedOf(await shortening(api, renew));
}

/** See `ProviderAccount.closeChannel`. */
export async function closeChannel(
  api: GraphApi,
  channel: Pick<OpenedChannel, "notificationKey">,
): Promise<void> {
  try {
    await api.deleteSubscription(channel.notificationKey);
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === "ignore")) throw error;
  }
}

/** A validation call, or a body with entries of any number of subscriptions (`docs/providers/microsoft.md` B.7.3). */
export function readNotification({ url, body }: NotificationRequest): NotificationReading {
  const echo = url.searchParams.get("validationToken");
  if (echo !== null) {
    return echo === ""
      ? { kind: "malformed", reason: "validation_token_empty" }
      : { kind: "challenge", echo };
  }
  const parsed = NotificationBody.safeParse(parseCleanJson(body));
  if (!parsed.success) return { kind: "malformed", reason: "no_notification_body" };
  const entries = parsed.data.value.flatMap((entry) => NotificationEntry.safeParse(entry).data ?? []);
  if (entries.length === 0) return { kind: "malformed", reason: "no_notification_entry" };
  const notifications = new Map<string, Notification>();
  for (const { subscriptionId, clientState, lifecycleEvent } of entries) {
    const meaning = lifecycleEvent == null ? "changed" : MEANINGS.get(lifecycleEvent);
    if (meaning === undefined) continue;
    // One change by a person makes several equal entries (B.7.3).
    notifications.set(JSON.stringify([subscriptionId, clientState, meaning]), {
      notificationKey: subscriptionId,
      secret: clientState ?? "",
      resourceId: null,
      meaning,
    });
  }
  return { kind: "notifications", notifications: [...notifications.values()] };
}

/** L18. Lifecycle events that Graph may add later are ignored. */
const MEANINGS: ReadonlyMap<string, Notification["meaning"]> = new Map([
  ["reauthorizationRequired", "renew"],
  ["subscriptionRemoved", "removed"],
  ["missed", "lost"],
]);

async function shortening(
  api: GraphApi,
  ask: (expirationDateTime: string) => Promise<Subscription>,
): Promise<Subscription> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(formatInstant(api.now() + (LIFETIMES_MS[attempt] ?? 0)));
    } catch (error) {
      const tooLong =
        error instanceof ProviderError &&
        error.status === 400 &&
        error.code.toLowerCase() === "extensionerror";
      if (!tooLong || attempt + 1 === LIFETIMES_MS.length) throw error;
    }
  }
}

/** Whether the calendar is the person's own, by its owner. A calendar that somebody shares can't be watched. */
async function isOwn(api: GraphApi, calendarId: string): Promise<boolean> {
  const calendars = await api.listCalendars();
  const main = calendars.find(({ isDefaultCalendar }) => isDefaultCalendar === true)?.owner?.address;
  return main != null && calendars.find(({ id }) => id === calendarId)?.owner?.address === main;
}

/** Resources come with a leading slash and without it. */
const bare = (resource: string | null | undefined) => resource?.replace(/^\//, "");

const openedOf = ({ id, expirationDateTime }: Subscription): OpenedChannel => ({
  notificationKey: id,
  resourceId: null,
  expiresAt: Date.parse(expirationDateTime),
});
