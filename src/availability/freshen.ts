// Freshen: pulls calendars whose truth is too old, side by side, within a time budget.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import { pullConnection } from "../sync/pull.ts";

/** How long to wait before asking again whether another worker's pull has ended. */
const RETRY_MS = 100;

/** A calendar, and the instant at or after which it must have been verified. */
export interface Staleness {
  readonly connectionId: string;
  readonly verifiedSince: Instant;
}

/** The instant until which a caller who asks now waits for calendars. */
export const freshenDeadline = (deps: Deps): Instant => deps.now() + deps.config.freshness.pullBudgetMs;

/**
 * Pulls these calendars side by side. Returns when all pulls have ended, or at the deadline; pulls that still run then
 * go on behind the answer. The caller must read the database for the result.
 */
export async function freshen(
  deps: Deps,
  stale: readonly Staleness[],
  { askedAt, deadline }: { askedAt: Instant; deadline: Instant },
): Promise<void> {
  const pulls = sideBySide(stale, PROVIDERS_AT_ONCE, (calendar) =>
    pullSoon(deps, { ...calendar, askedAt }, deadline),
  );
  deps.defer(pulls);
  await Promise.race([pulls, deps.sleep(deadline - deps.now())]);
}

/**
 * Pulls once, or waits for the worker that pulls already, or until the calendar may be asked again. If the pull of
 * another worker verifies it recently enough, or fails after the question was asked, nothing more is done. Never
 * throws: a calendar whose pull breaks counts as not verified, and the pulls of the other calendars go on.
 */
async function pullSoon(
  deps: Deps,
  calendar: Staleness & { readonly askedAt: Instant },
  deadline: Instant,
): Promise<void> {
  try {
    while (deps.now() < deadline) {
      const pulled = await pullConnection(deps, calendar);
      if (pulled.kind !== "leased" && pulled.kind !== "soon") return;
      await deps.sleep(pulled.kind === "soon" ? Math.max(pulled.at - deps.now(), 0) : RETRY_MS);
    }
  } catch (error) {
    const { connectionId } = calendar;
    deps.log.error("freshen.failed", {
      connectionId,
      error: error instanceof Error ? error.name : "unknown",
    });
  }
}
