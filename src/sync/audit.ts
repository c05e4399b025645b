// Audit: lists a calendar anew and compares it with the cache, because a provider's deltas may leave changes out.
import { calendarRefOf } from "../accounts/calendar-ref.ts";
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { jittered } from "../domain/backoff.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import type { CalendarRef, ProviderAccount, Way } from "../providers/provider.ts";
import { readCachedEvents } from "../store/busy/cached-events.ts";
import { applyPage, countRows } from "../store/busy/pages.ts";
import { claimAudit, driftNotice } from "../store/calendars/audits.ts";
import {
  claimConnection,
  dropCursor,
  type OpenableConnection,
  releaseUnfinished,
} from "../store/calendars/leases.ts";
import { failAudit } from "./audit-failure.ts";
import { type Changes, takeChanges } from "./changes.ts";
import { type Drift, driftOf } from "./drift.ts";
import { logUnreadable, startFollowUp } from "./follow-up.ts";
import { LEASE_MS } from "./lease.ts";
import { addPage, emptyListing, type Listing } from "./listing.ts";
import { pullConnection } from "./pull.ts";
import { hasMovedZone, MANY_ROWS } from "./pull-steps.ts";
import { planNextPull } from "./round-end.ts";
import { afterPage, answersWith, NOTHING_SEEN, STANDSTILL, standsStill } from "./standstill.ts";

/** An audit without an end by then, or without a quiet moment, is tried again. Longer than any listing takes. */
const AGAIN_MS = 20 * MINUTE_MS;
/** How soon a calendar with drift is audited again. */
const DRIFTED_MS = DAY_MS;

/** An audit on its way. */
interface Audit {
  /** The connection as it was when the audit began. */
  readonly work: OpenableConnection;
  readonly calendar: CalendarRef;
  readonly window: Interval;
  readonly leaseId: string;
  readonly runId: string;
}

/**
 * Audits a calendar, if that is due. It lists the window beside the cursor without holding the calendar. Then it takes
 * the lease, reads what changed since the last pull, and compares: what differs and wasn't just changed is drift. The
 * round of changes ends with one more page, which heals the cache. A pull that came in between spoils the comparison,
 * and the audit is tried again later.
 */
export async function auditCalendar(deps: Deps, input: { connectionId: string }): Promise<void> {
  const leaseId = deps.newId();
  const startedAt = deps.now();
  const work = (await claim(deps, input)) ?? (await claimAfterPull(deps, input));
  if (work === null) return;
  const { connection } = work;
  const { windowStartsAt, windowEndsAt } = connection;
  if (windowStartsAt === null || windowEndsAt === null) return;
  const audit: Audit = {
    work,
    calendar: calendarRefOf(work),
    window: { startsAt: windowStartsAt, endsAt: windowEndsAt },
    leaseId,
    runId: deps.newId(),
  };
  try {
    await withAccount(
      deps,
      work.account,
      async (opened) => {
        const listing = await listTwiceIfEmpty(deps, opened, audit);
        await compare(deps, opened, audit, listing);
      },
      { reads: connection.calendarId },
    );
  } catch (error) {
    await failAudit(deps, { connection, leaseId, startedAt, runId: audit.runId }, providerErrorOf(error));
  }
}

const claim = (deps: Deps, { connectionId }: { connectionId: string }) =>
  claimAudit(deps.db, { id: connectionId, againAt: deps.now() + AGAIN_MS, now: deps.now() });

/** A pull that is due would spoil the audit, so it comes first. */
async function claimAfterPull(deps: Deps, input: { connectionId: string }) {
  const { kind } = await pullConnection(deps, { ...input, verifiedSince: null });
  return kind === "pulled" ? claim(deps, input) : null;
}

/** Lists the window, in the other way where this one leads nowhere. */
async function list(deps: Deps, opened: ProviderAccount, audit: Audit): Promise<Listing> {
  const { listsUntil } = audit.work.connection;
  if (listsUntil > deps.now()) return listBy("listings", deps, opened, audit);
  try {
    return await listBy("changes", deps, opened, audit);
  } catch (error) {
    const isDeadEnd =
      error instanceof ProviderError && (error.code === STANDSTILL || error.kind === "unsupported");
    if (!isDeadEnd) throw error;
    return listBy("listings", deps, opened, audit);
  }
}

/** A part that fails alone is left out: it says nothing about the rest, nor about its own rows. */
async function listBy(
  way: Way,
  deps: Deps,
  opened: ProviderAccount,
  { calendar, window }: Audit,
): Promise<Listing> {
  const listing = emptyListing(deps.now());
  let seen = NOTHING_SEEN;
  let answers = 0;
  for await (const page of opened.pull(calendar, null, window, { way, leavesFailing: true })) {
    if (standsStill(seen, page, { answers, kept: window }))
      throw new ProviderError({ kind: "retry", code: STANDSTILL });
    seen = afterPage(seen, page);
    answers = answersWith(page, answers);
    addPage(listing, page);
  }
  return listing;
}

/** A listing without any event, of a calendar that has many rows, is asked for once more. */
async function listTwiceIfEmpty(deps: Deps, opened: ProviderAccount, audit: Audit): Promise<Listing> {
  const listing = await list(deps, opened, audit);
  if (listing.events.size > 0) return listing;
  const { id: connectionId, generation } = audit.work.connection;
  const { current, older } = await countRows(deps.db, { connectionId, generation });
  return current + older < MANY_ROWS ? listing : list(deps, opened, audit);
}

/** Takes the lease and the changes since the last pull, compares, and heals. */
async function compare(deps: Deps, opened: ProviderAccount, audit: Audit, listing: Listing): Promise<void> {
  const { leaseId } = audit;
  const { id, verifiedAt } = audit.work.connection;
  const now = deps.now();
  const claim = await claimConnection(deps.db, {
    ...{ id, leaseId, leaseUntil: now + LEASE_MS, now },
    wanted: { kind: "audit", verifiedAt },
  });
  if (claim.kind !== "claimed") {
    deps.log.debug("audit.overtaken", { connectionId: id });
    return;
  }
  const { connection } = claim.work;
  if (hasMovedZone(connection.timeZone, listing)) {
    // All-day rows were placed by the old zone, and no delta says so (L27).
    const { resyncs, listsUntil } = connection;
    await dropCursor(deps.db, { id, leaseId, resyncs, listsUntil, hint: true, now });
    await leaveToPull(deps, audit);
    return;
  }
  const changes =
    connection.roundStartedAt === null
      ? await takeChanges(deps, opened, audit.calendar, { connection, leaseId })
      : null;
  if (changes === null) {
    await leaveToPull(deps, audit);
    return;
  }
  await heal(deps, audit, listing, changes);
}

/** The calendar needs a pull before it can be compared. */
async function leaveToPull(deps: Deps, { work: { connection }, leaseId }: Audit): Promise<void> {
  await releaseUnfinished(deps.db, { id: connection.id, leaseId, run: null });
  await deps.queue.send("background", [{ kind: "pull", connectionId: connection.id }]);
}

/** Ends the round of changes with the page that heals the cache, and records the audit in the same transaction. */
async function heal(deps: Deps, audit: Audit, listing: Listing, changes: Changes): Promise<void> {
  const { leaseId, window } = audit;
  const { connection, round, last } = changes;
  const now = deps.now();
  const cached = await readCachedEvents(deps.db, {
    ...{ connectionId: connection.id, window, since: listing.startedAt, now },
  });
  const drift = driftOf({
    listing,
    cached,
    changed: changes.named,
    window: overlapOf(window, round.covered),
  });
  const { missing, extra } = drift;
  const applied = await applyPage(deps.db, {
    ...{ connection, leaseId, leaseUntil: now + LEASE_MS, doubtAfterMs: deps.config.sync.doubtAfterMs, now },
    page: { ...drift.cure, mode: "delta", next: last.next, last: true, timeZone: last.timeZone },
    generation: round.generation,
    roundStartedAt: round.startedAt,
    roundPages: round.answers + changes.pages,
    kept: round.kept,
    covered: round.covered,
    also: missing > 0 ? [driftNotice({ id: connection.id, leaseId, missing, extra, now })] : [],
    end: {
      seen: round.seen,
      pull: planNextPull(deps, {
        connection,
        askedAt: audit.work.askedAt,
        mode: "delta",
        tally: changes,
      }),
      audit: { auditedAt: listing.startedAt, nextAt: nextAuditAt(deps, drift, now) },
      run: {
        ...{ id: audit.runId, agentId: connection.agentId, connectionId: connection.id },
        ...{ mode: "audit", outcome: "ok", missing, extra },
        ...{ pages: listing.pages + changes.pages, upserts: changes.upserts, removals: changes.removals },
        ...{ startedAt: listing.startedAt, finishedAt: now },
      },
    },
  });
  if (applied.connection === null) return;
  const told = { connectionId: connection.id, provider: connection.provider, events: listing.events.size };
  if (missing + extra > 0) deps.log.warn("audit.drift", { ...told, missing, extra });
  deps.log.debug("audit.ended", { ...told, missing, extra, undecided: drift.undecided });
  logUnreadable(deps, connection.id, applied.appeared);
  await startFollowUp(deps, connection.id, applied.followUp);
  // Hints came meanwhile, so the last page kept the lease.
  if (applied.connection.leaseId === leaseId) await leaveToPull(deps, audit);
}

/** A roll may have moved the window since the listing. Only what both cover can be compared. */
const overlapOf = (a: Interval, b: Interval): Interval => ({
  startsAt: Math.max(a.startsAt, b.startsAt),
  endsAt: Math.min(a.endsAt, b.endsAt),
});

/** Once in each interval, with room for the audit itself. Sooner after drift, or where something was left undecided. */
function nextAuditAt(deps: Deps, { missing, extra, undecided }: Drift, now: Instant): Instant {
  const { auditIntervalMs } = deps.config.sync;
  const soonMs = undecided > 0 ? HOUR_MS : missing + extra > 0 ? DRIFTED_MS : auditIntervalMs;
  return now + jittered(Math.min(soonMs, auditIntervalMs) * 0.75, deps.random());
}
