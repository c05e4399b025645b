// Google's push: channels opened and closed, and the notifications they bring.
import { DAY_MS, SECOND_MS } from "../../domain/instant.ts";
import { ProviderError } from "../error.ts";
import type {
  CalendarRef,
  ChannelRequest,
  NotificationReading,
  NotificationRequest,
  OpenedChannel,
} from "../provider.ts";
import type { GoogleApi } from "./api.ts";

/** The life that is asked for. The expiration in Google's answer counts (G31). */
const LIFETIME_MS = 7 * DAY_MS;

/** See `ProviderAccount.openChannel`. */
export async function openChannel(
  api: GoogleApi,
  calendar: CalendarRef,
  request: ChannelRequest,
): Promise<OpenedChannel> {
  const channel = await api.watchEvents(calendar.calendarId, {
    id: request.channelId,
    type: "web_hook",
    address: request.address,
    token: request.secret,
    params: { ttl: String(LIFETIME_MS / SECOND_MS) },
  });
  return {
    notificationKey: request.channelId,
    resourceId: channel.resourceId,
    expiresAt: channel.expiration,
  };
}

/**
 * See `ProviderAccount.closeChannel`. A channel without a resource id, because the answer to `watch` was lost, can't be
 * stopped. Its notifications are ignored until it lapses (G30).
 */
export async function closeChannel(
  api: GoogleApi,
  channel: Pick<OpenedChannel, "notificationKey" | "resourceId">,
): Promise<void> {
  if (channel.resourceId === null) return;
  try {
    await api.stopChannel({ id: channel.notificationKey, resourceId: channel.resourceId });
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === "ignore")) throw error;
  }
}

/** Reads the headers only. A body would mean nothing (`docs/providers/google.md` A.9.1, L17). */
export function readNotification({ headers }: NotificationRequest): NotificationReading {
  const notificationKey = headers.get("x-goog-channel-id");
  const secret = headers.get("x-goog-channel-token");
  if (!notificationKey) return { kind: "malformed", reason: "channel_id_missing" };
  if (!secret) return { kind: "malformed", reason: "channel_token_missing" };
  const meaning = headers.get("x-goog-resource-state") === "sync" ? "opened" : "changed";
  const resourceId = headers.get("x-goog-resource-id");
  return { kind: "notifications", notifications: [{ notificationKey, secret, resourceId, meaning }] };
}
