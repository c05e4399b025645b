// Notifications: one POST for each change and channel, retried as Google does (`docs/providers/google.md` A.9).
import { randomToken } from "../random.ts";
import type { Channel, GoogleState, PendingNotification } from "./state.ts";

const SUCCESS = new Set([102, 200, 201, 202, 204]);
const RETRIED = new Set([500, 502, 503, 504]);
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 600_000;
const MOST_ATTEMPTS = 10;

/** The parts in which a notification may differ from a genuine one. */
interface Forgery {
  readonly channelId?: string;
  readonly token?: string;
}

function headersOf(channel: Channel, state: "sync" | "exists", forged: Forgery): Record<string, string> {
  const token = forged.token ?? channel.token;
  return {
    "content-type": "application/json; utf-8",
    "content-length": "0",
    "user-agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
    "x-goog-channel-id": forged.channelId ?? channel.id,
    ...(token === null ? {} : { "x-goog-channel-token": token }),
    "x-goog-channel-expiration": new Date(channel.expiresAt).toUTCString(),
    "x-goog-resource-id": channel.resourceId,
    "x-goog-resource-uri": channel.resourceUri,
    "x-goog-resource-state": state,
    "x-goog-message-number": String(channel.messageNumber),
  };
}

/** The message that a channel would get now. Numbers rise by more than one. */
export function composeNotification(
  state: GoogleState,
  channel: Channel,
  kind: "sync" | "exists",
  forged: Forgery = {},
): PendingNotification {
  channel.messageNumber = kind === "sync" ? 1 : channel.messageNumber + 2 + Math.floor(state.random() * 20);
  return {
    channelId: forged.channelId ?? channel.id,
    calendarId: channel.calendarId,
    address: channel.address,
    headers: headersOf(channel, kind, forged),
    dueAt: state.now(),
    attempts: 0,
  };
}

/** Queues a notification. */
export function enqueue(state: GoogleState, notification: PendingNotification): void {
  state.pending.push(notification);
  state.options.onPending?.(notification.dueAt);
}

function listens(state: GoogleState, channel: Channel): boolean {
  if (channel.expiresAt <= state.now()) return false;
  return (
    !channel.stopped || state.knobs.take("push.afterStop", { calendar: channel.calendarId }) !== undefined
  );
}

/** Notifies the calendar's channels of a change. */
export function notifyChange(state: GoogleState, calendarId: string): void {
  for (const channel of state.channels.values()) {
    if (channel.calendarId !== calendarId || !listens(state, channel)) continue;
    const place = { user: channel.email, calendar: calendarId };
    if (state.knobs.take("push.orphan", place)) {
      const forged = { channelId: `orphan-${randomToken(state.random, 12)}` };
      enqueue(state, composeNotification(state, channel, "exists", forged));
    }
    if (state.knobs.take("push.badToken", place)) {
      enqueue(state, composeNotification(state, channel, "exists", { token: "forged" }));
    }
    if (state.knobs.take("push.drop", place)) continue;
    const notification = composeNotification(state, channel, "exists");
    notification.dueAt += state.knobs.take("push.delay", place) ?? 0;
    enqueue(state, notification);
    if (state.knobs.take("push.dup", place)) enqueue(state, { ...notification });
  }
}

/** Makes one attempt. Queues the next one where Google would try again. */
export async function attemptDelivery(state: GoogleState, notification: PendingNotification): Promise<void> {
  notification.attempts += 1;
  let status: number | null = null;
  try {
    // The client sets `content-length`. It sends 0 for an empty body.
    const { "content-length": _, ...headers } = notification.headers;
    const request = new Request(notification.address, { method: "POST", headers, redirect: "manual" });
    const answer = await state.options.deliver(request);
    await answer.arrayBuffer();
    status = answer.status;
  } catch {
    status = null;
  }
  state.deliveries.push({
    at: state.now(),
    channelId: notification.channelId,
    state: notification.headers["x-goog-resource-state"] ?? "",
    messageNumber: notification.headers["x-goog-message-number"] ?? "",
    status,
  });
  if (status !== null && (SUCCESS.has(status) || !RETRIED.has(status))) return;
  if (notification.attempts >= MOST_ATTEMPTS) return;
  const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (notification.attempts - 1));
  enqueue(state, { ...notification, dueAt: state.now() + wait });
}

/** Delivers the notifications that are due, in order. Returns the number of attempts. */
export async function flush(state: GoogleState): Promise<number> {
  let attempts = 0;
  for (;;) {
    const next = state.pending.findIndex((notification) => notification.dueAt <= state.now());
    const [notification] = next < 0 ? [] : state.pending.splice(next, 1);
    if (notification === undefined) return attempts;
    await attemptDelivery(state, notification);
    attempts += 1;
  }
}
