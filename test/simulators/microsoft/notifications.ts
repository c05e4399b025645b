// Notifications: the entries for subscriptions, genuine or by knobs (`docs/providers/microsoft.md` B.7.3, B.7.5).
import { delayFor } from "./endpoint-health.ts";
import { newUuid } from "./ids.ts";
import {
  changeKeyOf,
  type EventRecord,
  type MicrosoftState,
  type SimulatedCalendar,
  type Subscription,
} from "./state.ts";

const LARGE = 1_100_000;

export type ChangeType = "created" | "updated" | "deleted";
export type LifecycleEvent = "reauthorizationRequired" | "subscriptionRemoved" | "missed";
type Entry = Readonly<Record<string, unknown>>;

const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`;

function tenantOf(state: MicrosoftState, subscription: Subscription): string {
  const user = state.users.get(subscription.email);
  return user === undefined || user.kind === "personal" ? "" : user.tid;
}

function changeEntry(
  state: MicrosoftState,
  subscription: Subscription,
  changeType: ChangeType,
  event: Pick<EventRecord, "id" | "regularId" | "revision">,
): Entry {
  const id = subscription.immutableIds ? event.id : event.regularId;
  const resource = `Users/${state.users.get(subscription.email)?.graphId ?? ""}/Events/${id}`;
  return {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: stamp(subscription.expiresAt),
    changeType,
    resource,
    resourceData: {
      "@odata.type": "#Microsoft.Graph.Event",
      "@odata.id": resource,
      "@odata.etag": `W/"${changeKeyOf(event.revision)}"`,
      id,
    },
    clientState: subscription.clientState,
    tenantId: tenantOf(state, subscription),
  };
}

interface Sending {
  readonly raw?: string;
  readonly delayMs?: number;
}

/** Queues an entry, unless its host's notifications are dropped now. */
function enqueue(
  state: MicrosoftState,
  subscription: Subscription,
  url: string,
  entry: Entry,
  sending: Sending = {},
): void {
  const held = delayFor(state, url);
  if (held === null) return;
  const dueAt = state.now() + held + (sending.delayMs ?? 0);
  const raw = sending.raw ?? null;
  state.pending.push({
    subscriptionId: subscription.id,
    url,
    entry,
    raw,
    firstAt: dueAt,
    attempts: 0,
    dueAt,
  });
  state.options.onPending?.(dueAt);
}

/** Queues a lifecycle notification; false when the subscription has no address for them. */
export function notifyLifecycle(
  state: MicrosoftState,
  subscription: Subscription,
  event: LifecycleEvent,
): boolean {
  if (subscription.lifecycleNotificationUrl === null) return false;
  enqueue(state, subscription, subscription.lifecycleNotificationUrl, {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: stamp(subscription.expiresAt),
    tenantId: tenantOf(state, subscription),
    clientState: subscription.clientState,
    lifecycleEvent: event,
  });
  return true;
}

const GARBAGE = {
  json: '{"value":[{"subscriptionId":',
  shape: '{"value":{"subscriptionId":7}}',
  large: JSON.stringify({ value: [{ subscriptionId: "x".repeat(LARGE) }] }),
  empty: "",
} as const;

/** The entries that knobs add to a genuine notification, or send instead. */
function takeLifecycle(
  state: MicrosoftState,
  subscription: Subscription,
  place: { user: string; calendar: string },
): boolean {
  if (state.knobs.take("life.reauth", place)) notifyLifecycle(state, subscription, "reauthorizationRequired");
  if (state.knobs.take("life.missed", place)) return notifyLifecycle(state, subscription, "missed");
  if (!state.knobs.take("life.removed", place)) return false;
  notifyLifecycle(state, subscription, "subscriptionRemoved");
  state.subscriptions.delete(subscription.id);
  return true;
}

function forge(
  state: MicrosoftState,
  subscription: Subscription,
  entry: Entry,
  place: { user: string; calendar: string },
): void {
  const url = subscription.notificationUrl;
  if (state.knobs.take("push.orphan", place)) {
    enqueue(state, subscription, url, { ...entry, subscriptionId: newUuid(state.random) });
  }
  if (state.knobs.take("push.badState", place)) {
    enqueue(state, subscription, url, { ...entry, clientState: "forged" });
  }
  const garbage = state.knobs.take("push.garbage", place);
  if (garbage !== undefined)
    enqueue(state, subscription, url, entry, { raw: GARBAGE[garbage === true ? "json" : garbage] });
}

function notifySubscription(
  state: MicrosoftState,
  subscription: Subscription,
  entry: Entry,
  calendarId: string,
): void {
  const place = { user: subscription.email, calendar: calendarId };
  if (takeLifecycle(state, subscription, place)) return;
  forge(state, subscription, entry, place);
  if (state.knobs.take("push.drop", place)) return;
  const { clientState: _, ...bare } = entry;
  const sent = state.knobs.take("push.noState", place) ? bare : entry;
  const delayMs = state.knobs.take("push.delay", place) ?? 0;
  const copies = 1 + (state.knobs.take("push.dup", place) ?? 0);
  for (let copy = 0; copy < copies; copy += 1) {
    enqueue(state, subscription, subscription.notificationUrl, sent, { delayMs });
  }
}

/** Subscriptions that still send. Expired ones vanish. Bound ones stop with their token, where a knob says so. */
export function liveSubscriptions(state: MicrosoftState): Subscription[] {
  for (const [id, { expiresAt }] of state.subscriptions) {
    if (expiresAt <= state.now()) state.subscriptions.delete(id);
  }
  return [...state.subscriptions.values()];
}

function isSilent(state: MicrosoftState, subscription: Subscription): boolean {
  if (subscription.boundUntil > state.now()) return false;
  return state.knobs.take("sub.boundToken", { user: subscription.email }) !== undefined;
}

/** Notifies the subscriptions on a calendar, or on its whole mailbox, of a changed event. */
export function notifyChange(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  changeType: ChangeType,
  event: Pick<EventRecord, "id" | "regularId" | "revision">,
): void {
  for (const subscription of liveSubscriptions(state)) {
    const concerned =
      subscription.email === calendar.userEmail &&
      (subscription.calendarId === null || subscription.calendarId === calendar.id) &&
      subscription.changeTypes.includes(changeType);
    if (!concerned || isSilent(state, subscription)) continue;
    notifySubscription(state, subscription, changeEntry(state, subscription, changeType, event), calendar.id);
  }
}
