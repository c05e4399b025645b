// Endpoint health: how Graph treats slow webhook hosts (`docs/providers/microsoft.md` B.7.4).
import type { EndpointHealth, MicrosoftState } from "./state.ts";

const WINDOW_MS = 600_000;
const SLOW_MS = 3_000;
const VERY_SLOW_MS = 10_000;
const SLOW_SHARE = 0.1;
const DROP_SHARE = 0.15;

/** The health of the host that a webhook address names. */
function healthOf(state: MicrosoftState, address: string): EndpointHealth {
  const { host } = new URL(address);
  const known = state.endpoints.get(host);
  if (known !== undefined) return known;
  const health: EndpointHealth = { answers: [], slowUntil: 0, dropUntil: 0, dropped: 0 };
  state.endpoints.set(host, health);
  return health;
}

/**
 * Counts an answer. A host with too many slow answers is delayed, or dropped, for ten minutes, unless slow answers are
 * forgiven.
 */
export function recordAnswer(state: MicrosoftState, address: string, tookMs: number): void {
  const health = healthOf(state, address);
  const now = state.now();
  health.answers.push({ at: now, tookMs });
  while ((health.answers[0]?.at ?? now) <= now - WINDOW_MS) health.answers.shift();
  if (state.options.forgiveSlowAnswers === true) return;
  const share = (limit: number) =>
    health.answers.filter((answer) => answer.tookMs > limit).length / health.answers.length;
  if (share(SLOW_MS) > SLOW_SHARE) health.slowUntil = now + WINDOW_MS;
  if (share(VERY_SLOW_MS) > DROP_SHARE) health.dropUntil = now + WINDOW_MS;
}

/** The delay of a new notification to this address in ms; null when it is dropped for good. */
export function delayFor(state: MicrosoftState, address: string): number | null {
  const health = healthOf(state, address);
  if (health.dropUntil > state.now()) {
    health.dropped += 1;
    return null;
  }
  return health.slowUntil > state.now() ? WINDOW_MS : 0;
}
