// Notifications: entries queued a change and subscription, grouped into POSTs, retried as Graph does (`providers.md` B.7).
import { delayFor, recordAnswer } from "./endpoint-health.ts";
import { newUuid } from "./ids.ts";
import {
  changeKeyOf,
  type EventRecord,
  type MicrosoftState,
  type PendingNotification,
  type SimulatedCalendar,
  type Subscription,
} from "./state.ts";

const FIRST_TIMEOUT_MS = 3_000;
const RETRY_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 1_800_000;
const GIVE_UP_MS = 4 * 3_600_000;
const MOST_IN_ONE_POST = 20;
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

/** Queues an entry, unless its host is being dropped. */
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

/** What knobs put beside, or in place of, an honest notification. */
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

function tell(state: MicrosoftState, subscription: Subscription, entry: Entry, calendarId: string): void {
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

/** Subscriptions that live: expired ones vanish; bound ones fall silent with their token, where a knob says so. */
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

/** Tells the subscriptions on a calendar, or on its whole mailbox, that an event changed. */
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
    tell(state, subscription, changeEntry(state, subscription, changeType, event), calendar.id);
  }
}

interface Attempt {
  readonly status: number | null;
  readonly contentType: string;
  readonly text: string;
  readonly tookMs: number;
}

/** POSTs to a webhook; an answer later than `timeoutMs` is no answer. Time is measured by the simulator's clock. */
export async function post(
  state: MicrosoftState,
  url: string,
  content: { readonly type: string; readonly body: string | null },
  timeoutMs: number,
): Promise<Attempt> {
  const began = state.now();
  const nothing = { status: null, contentType: "", text: "" };
  try {
    const request = new Request(url, {
      method: "POST",
      headers: { "content-type": content.type },
      body: content.body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = await state.options.deliver(request);
    const text = await answer.text();
    const tookMs = state.now() - began;
    if (tookMs > timeoutMs) return { ...nothing, tookMs };
    return { status: answer.status, contentType: answer.headers.get("content-type") ?? "", text, tookMs };
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === "TimeoutError";
    return { ...nothing, tookMs: timedOut ? timeoutMs + 1 : state.now() - began };
  }
}

function retry(state: MicrosoftState, sent: PendingNotification): void {
  const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** sent.attempts);
  const dueAt = state.now() + wait;
  if (dueAt - sent.firstAt > GIVE_UP_MS) return;
  state.pending.push({ ...sent, attempts: sent.attempts + 1, dueAt });
  state.options.onPending?.(dueAt);
}

async function send(state: MicrosoftState, group: readonly PendingNotification[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const entries = group.map(({ entry }) => entry);
  if (state.knobs.take("push.reorder", {})) entries.reverse();
  const body = first.raw ?? JSON.stringify({ value: entries });
  const type = "application/json; charset=utf-8";
  const timeoutMs = first.attempts === 0 ? FIRST_TIMEOUT_MS : RETRY_TIMEOUT_MS;
  // Late answers still count as slow or very slow ones: they are waited for.
  const { status, tookMs } = await post(
    state,
    first.url,
    { type, body },
    Math.max(timeoutMs, RETRY_TIMEOUT_MS),
  );
  recordAnswer(state, first.url, tookMs);
  const kind =
    first.raw !== null ? "garbage" : "lifecycleEvent" in first.entry ? "lifecycle" : "notification";
  const inTime = tookMs <= timeoutMs ? status : null;
  state.deliveries.push({ at: state.now(), url: first.url, kind, entries, status: inTime, tookMs });
  if (inTime === null || inTime < 200 || inTime > 299) for (const each of group) retry(state, each);
}

/** The next POST: due entries for one address, first attempts apart from retries. */
function nextGroup(state: MicrosoftState): PendingNotification[] {
  const first = state.pending.find(({ dueAt }) => dueAt <= state.now());
  if (first === undefined) return [];
  const most = first.raw === null ? (state.knobs.take("push.group", {}) ?? MOST_IN_ONE_POST) : 1;
  const group: PendingNotification[] = [first];
  for (const other of state.pending) {
    const alike = other.url === first.url && (other.attempts === 0) === (first.attempts === 0);
    const lifecycle = "lifecycleEvent" in other.entry === "lifecycleEvent" in first.entry;
    const fits = other !== first && alike && lifecycle && other.raw === null && other.dueAt <= state.now();
    if (fits && group.length < most) group.push(other);
  }
  for (const each of group) state.pending.splice(state.pending.indexOf(each), 1);
  return group;
}

/** Asks for reauthorisation where a bound token has ended, once each. */
function remindBound(state: MicrosoftState): void {
  for (const subscription of liveSubscriptions(state)) {
    if (subscription.boundUntil > state.now() || subscription.reminded) continue;
    if (state.knobs.take("sub.boundToken", { user: subscription.email }) === undefined) continue;
    subscription.reminded = true;
    notifyLifecycle(state, subscription, "reauthorizationRequired");
  }
}

/** Delivers what is due, in order, until nothing due is left. Returns the number of POSTs. */
export async function flush(state: MicrosoftState): Promise<number> {
  remindBound(state);
  for (let posts = 0; ; posts += 1) {
    const group = nextGroup(state);
    if (group.length === 0) return posts;
    await send(state, group);
  }
}
