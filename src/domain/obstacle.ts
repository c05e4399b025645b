// Obstacle: what keeps a calendar from being known, what ends that, and what it means for sales.
import { type Doubtful, doubtOf, isFresh, type StaleReason } from "./freshness.ts";
import type { Instant } from "./instant.ts";
import type { AgentSettings } from "./settings.ts";

/**
 * What ends it. `consent`: the agent connects the account again. `service`: whoever manages the account switches
 * calendars on. `gone`: the agent says what became of the calendar. `events`: the agent looks at events that can't be
 * read. `access`: the provider lets us read again. `ours`: it is our fault. `reading`: the first reading ends. `trying`:
 * a passing fault ends.
 */
export type Remedy = "consent" | "service" | "gone" | "events" | "access" | "ours" | "reading" | "trying";

/** Is the whole account meant? Then one act ends it for all of the account's calendars, and it is said once. */
export const isOfAccount = (remedy: Remedy): boolean => remedy === "consent" || remedy === "service";

/** What it means for sales: none are made, or they may lie over newer events. */
export type Harm = "refused" | "risky";

const REMEDIES: Partial<Record<StaleReason, Remedy>> = {
  needs_reauth: "consent",
  reauth: "consent",
  "no-service": "service",
  calendar_gone: "gone",
  unreadable: "events",
  operator: "ours",
};

/** What ends the doubt; without one, the failure of the last attempt or the first reading. */
export function remedyFor(doubt: StaleReason | null, hasFailed: boolean): Remedy {
  if (doubt !== null) return REMEDIES[doubt] ?? "access";
  return hasFailed ? "trying" : "reading";
}

/** What the agent's policy makes of a calendar that counts and isn't known. */
export const harmUnder = (onStale: AgentSettings["onStale"]): Harm =>
  onStale === "refuse" ? "refused" : "risky";

/** What ends by itself needs nobody's eye, unless nothing can be sold meanwhile. */
export const needsAnEye = (remedy: Remedy, isRefused: boolean): boolean =>
  isRefused || !(remedy === "reading" || remedy === "trying" || remedy === "ours");

/** What is known of a calendar. */
export interface Known extends Doubtful {
  readonly verifiedAt: Instant | null;
}

/**
 * By what is known of it now, could a booking be confirmed, or could it be after a pull that needs nobody?
 * @param maxAgeMs how old the truth behind a sale may be
 */
export const isKnown = (calendar: Known, maxAgeMs: number, now: Instant): boolean =>
  doubtOf(calendar) === null &&
  calendar.verifiedAt !== null &&
  (calendar.failureKind === null || isFresh(calendar.verifiedAt, maxAgeMs, now));

/** A calendar that stands in the way of sales. */
export interface Obstacle {
  readonly connectionId: string;
  readonly name: string;
  readonly remedy: Remedy;
  readonly harm: Harm;
}

/**
 * What stands in the way of sales among calendars that count for availability, in their order.
 * @param terms.confirmMaxAgeMs how old the truth behind a sale may be
 */
export function obstaclesOf(
  calendars: readonly (Known & Pick<Obstacle, "connectionId" | "name">)[],
  terms: { onStale: AgentSettings["onStale"]; confirmMaxAgeMs: number; now: Instant },
): Obstacle[] {
  const harm = harmUnder(terms.onStale);
  return calendars.flatMap((calendar) => {
    if (isKnown(calendar, terms.confirmMaxAgeMs, terms.now)) return [];
    const { connectionId, name, failureKind } = calendar;
    const remedy = remedyFor(doubtOf(calendar), failureKind !== null);
    return needsAnEye(remedy, harm === "refused") ? [{ connectionId, name, remedy, harm }] : [];
  });
}

/** `unknown`: nothing was connected or set for the agent. `erased`: everything about the agent is being deleted. */
export type Standing = "known" | "unknown" | "erased";

/** How the agent of a free-busy stands. */
export function standingOf(found: { settings: AgentSettings | null; isBeingErased: boolean }): Standing {
  if (found.isBeingErased) return "erased";
  return found.settings === null ? "unknown" : "known";
}
