// Limits: sliding windows by user and project, and knobs that fill them (`docs/providers/google.md` A.10).

import type { KnobPlace } from "../shared/knob-board.ts";
import { GoogleError, usageLimit } from "./errors.ts";
import type { GoogleState } from "./state.ts";

const WINDOW_MS = 60_000;
const WRITES = new Set(["events.insert", "events.patch", "events.update", "events.delete"]);

function withRetryAfter(error: GoogleError, seconds: number | undefined): GoogleError {
  if (seconds === undefined) return error;
  return new GoogleError(error.status, error.body, { "retry-after": String(seconds) });
}

const userLimit = () => usageLimit(403, "userRateLimitExceeded", "User Rate Limit Exceeded");
const projectLimit = (status: 403 | 429) => usageLimit(status, "rateLimitExceeded", "Rate Limit Exceeded");

function checkKnobs(state: GoogleState, place: KnobPlace): void {
  const user = state.knobs.take("limit.user", place);
  if (user !== undefined) throw withRetryAfter(userLimit(), user === true ? undefined : user.retryAfter);
  const project = state.knobs.take("limit.project", place);
  if (typeof project === "number") throw projectLimit(project);
  if (project !== undefined) throw withRetryAfter(projectLimit(project.status), project.retryAfter);
  if (WRITES.has(place.operation ?? "") && state.knobs.take("limit.usage", place)) {
    throw usageLimit(403, "quotaExceeded", "Calendar usage limits exceeded.");
  }
}

/** Counts a call in both windows. Throws 403 or 429 with Google's body. */
export function countCall(state: GoogleState, user: string, place: KnobPlace): void {
  checkKnobs(state, place);
  if (state.limits === null) return;
  const calls = state.recentCalls;
  while (calls[0] !== undefined && calls[0].at <= state.now() - WINDOW_MS) calls.shift();
  if (calls.length >= state.limits.perProjectPerMinute) throw projectLimit(429);
  const own = calls.reduce((count, call) => count + (call.user === user ? 1 : 0), 0);
  if (own >= state.limits.perUserPerMinute) throw userLimit();
  calls.push({ at: state.now(), user });
}
