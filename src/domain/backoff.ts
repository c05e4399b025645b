// Backoff: computes when to try again from the failure kind, the number of failures, the clock and a random number.
import { DEMANDS, type FailureKind } from "./failure.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from "./instant.ts";

const SCHEDULE = {
  now: { baseMs: SECOND_MS, capMs: MINUTE_MS },
  backoff: { baseMs: 5 * SECOND_MS, capMs: HOUR_MS },
  // At least ten seconds where the provider throttles and names no time (`docs/providers/README.md` D, WAIT).
  throttled: { baseMs: 20 * SECOND_MS, capMs: HOUR_MS },
  slow: { baseMs: 5 * MINUTE_MS, capMs: 6 * HOUR_MS },
  hours: { baseMs: HOUR_MS, capMs: 6 * HOUR_MS },
  rarely: { baseMs: HOUR_MS, capMs: DAY_MS },
  never: { baseMs: 24 * HOUR_MS, capMs: 24 * HOUR_MS },
} as const;

/**
 * The earliest instant of the next attempt. The pause grows exponentially from the kind's base to its cap and is drawn
 * from the upper half of its span. It never ends before `retryAt`, the time that the provider named, and up to 10 % of
 * that wait is added. The pause is capped, and the work is never given up (L14).
 * @param failures consecutive failures so far, counting this one (1 or more)
 * @param dice a random number in [0, 1)
 */
export function nextAttemptAt(input: {
  kind: FailureKind;
  failures: number;
  retryAt: Instant | null;
  now: Instant;
  dice: number;
}): Instant {
  const { baseMs, capMs } = SCHEDULE[DEMANDS[input.kind].again];
  const spanMs = Math.min(capMs, baseMs * 2 ** Math.min(input.failures - 1, 30));
  const ownAt = input.now + Math.round(spanMs * (0.5 + input.dice / 2));
  if (input.retryAt === null) return ownAt;
  const waitMs = Math.max(0, input.retryAt - input.now);
  // The later of both counts, so that a provider that keeps saying "in a second" isn't asked every second for ever.
  return Math.max(input.now + Math.round(waitMs * (1 + input.dice / 10)), ownAt);
}

/** Spreads a period by ±25 %, so that work planned together isn't due together (`docs/providers/google.md` A.10). */
export function jittered(periodMs: number, dice: number): number {
  return Math.round(periodMs * (0.75 + dice / 2));
}
