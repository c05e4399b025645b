// Delivery: grouped POSTs to webhooks, retried as Graph does (`docs/providers/microsoft.md` B.7.4).
import { recordAnswer } from "./endpoint-health.ts";
import { liveSubscriptions, notifyLifecycle } from "./notifications.ts";
import type { MicrosoftState, PendingNotification } from "./state.ts";

const FIRST_TIMEOUT_MS = 3_000;
const RETRY_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 1_800_000;
const GIVE_UP_MS = 4 * 3_600_000;
const MOST_IN_ONE_POST = 20;

interface Attempt {
  readonly status: number | null;
  readonly contentType: string;
  readonly text: string;
  readonly tookMs: number;
}

/** POSTs to a webhook. An answer after `timeoutMs` counts as none. The simulator's clock measures time. */
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
  // Late answers still count as slow or very slow, so they are awaited.
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

/** The next POST: entries that are due for one address. First attempts and retries aren't mixed. */
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

/** Asks once for reauthorisation when a bound token has ended. */
function remindBound(state: MicrosoftState): void {
  for (const subscription of liveSubscriptions(state)) {
    if (subscription.boundUntil > state.now() || subscription.reminded) continue;
    if (state.knobs.take("sub.boundToken", { user: subscription.email }) === undefined) continue;
    subscription.reminded = true;
    notifyLifecycle(state, subscription, "reauthorizationRequired");
  }
}

/** Delivers the entries that are due, in order. Returns the number of POSTs. */
export async function flush(state: MicrosoftState): Promise<number> {
  remindBound(state);
  for (let posts = 0; ; posts += 1) {
    const group = nextGroup(state);
    if (group.length === 0) return posts;
    await send(state, group);
  }
}
