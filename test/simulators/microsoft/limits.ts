// Limits: one app in one mailbox, four requests at once, 10,000 in ten minutes (`docs/providers/microsoft.md` B.8).
import type { KnobPlace } from "../shared/knob-board.ts";
import { throttled } from "./errors.ts";
import type { MicrosoftState } from "./state.ts";

const WINDOW_MS = 600_000;
const DEFAULT_RETRY_S = 10;

const MESSAGES = {
  ApplicationThrottled: "Application is over its MailboxConcurrency limit.",
  TooManyRequests: "Too many requests.",
  activityLimitReached: "The app has been throttled.",
} as const;

function refusal(state: MicrosoftState, code: keyof typeof MESSAGES, place: KnobPlace) {
  const retryAfter = state.knobs.take("limit.retryAfter", place);
  return throttled(code, MESSAGES[code], retryAfter === undefined ? DEFAULT_RETRY_S : retryAfter);
}

// Captured when the module loads, so that a test's fake timers don't stop the simulator.
const nextTurn = setImmediate;

/** Refuses with 429 where a knob says so (M14), for subscriptions too. */
export function pretendLimit(state: MicrosoftState, place: KnobPlace): void {
  const pretended = state.knobs.take("limit.mailbox", place);
  if (pretended === undefined) return;
  throw refusal(state, pretended === true ? "ApplicationThrottled" : pretended, place);
}

/**
 * Runs one request of a mailbox within its limits. Each request takes at least one turn of the event loop, so that
 * requests sent together are in progress together.
 * @throws MicrosoftError 429 over a limit
 */
export async function withinLimits<T>(
  state: MicrosoftState,
  mailbox: string,
  place: KnobPlace,
  work: () => Promise<T>,
): Promise<T> {
  const running = state.inFlight.get(mailbox) ?? 0;
  const recent = (state.recentCalls.get(mailbox) ?? []).filter((at) => at > state.now() - WINDOW_MS);
  if (state.limits !== null) {
    if (running >= state.limits.concurrent) throw refusal(state, "ApplicationThrottled", place);
    if (recent.length >= state.limits.perTenMinutes) throw refusal(state, "TooManyRequests", place);
    state.recentCalls.set(mailbox, [...recent, state.now()]);
  }
  state.inFlight.set(mailbox, running + 1);
  try {
    await new Promise<void>((resolve) => nextTurn(resolve));
    return await work();
  } finally {
    state.inFlight.set(mailbox, (state.inFlight.get(mailbox) ?? 1) - 1);
  }
}
