// Freshen: calendars whose truth is too old are pulled now, side by side, within a time budget.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import { pullConnection } from "../sync/pull.ts";

/** Between two looks whether somebody else's pull has ended. */
const RETRY_MS = 100;

/** A calendar and the instant since which its truth must have been verified. */
export interface Staleness {
  readonly connectionId: string;
  readonly verifiedSince: Instant;
}

/** When the time is up that somebody waits for calendars from now on. */
export const freshenDeadline = (deps: Deps): Instant => deps.now() + deps.config.freshness.pullBudgetMs;

/**
 * Pulls these calendars side by side and returns when all have been pulled, or the time is up; what is still running
 * then goes on behind the answer. Whether it helped is for the caller to read from the database.
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
 * Pulls once, or waits for whoever is at it already: if that verifies the calendar recently enough, or fails after
 * the question was asked, there is nothing more to do. Never throws: a calendar that breaks the pull is one that
 * couldn't be verified, and the others have their answer.
 */
async function pullSoon(
  deps: Deps,
  calendar: Staleness & { readonly askedAt: Instant },
  deadline: Instant,
): Promise<void> {
  try {
    while (deps.now() < deadline) {
      const pulled = await pullConnection(deps, calendar);
      if (pulled.kind !== "leased") return;
      await deps.sleep(RETRY_MS);
    }
  } catch (error) {
    const { connectionId } = calendar;
    deps.log.error("freshen.failed", {
      connectionId,
      error: error instanceof Error ? error.name : "unknown",
    });
  }
}
