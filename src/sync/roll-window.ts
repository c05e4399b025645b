// Roll window: adds the strip of time that entered the window since yesterday, and drops what left it.
import { calendarRefOf } from "../accounts/calendar-ref.ts";
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { jittered, nextAttemptAt } from "../domain/backoff.ts";
import { DAY_MS } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { enteredStrip, windowAt } from "../domain/window.ts";
import { ProviderError } from "../providers/error.ts";
import type { CalendarRef, Page, ProviderAccount } from "../providers/provider.ts";
import { applyStrip, finishRoll } from "../store/busy/pages.ts";
import { readStoredSeries } from "../store/busy/stored-series.ts";
import { claimConnection, type OpenableConnection, releaseFailed } from "../store/calendars/leases.ts";
import type { SyncRun } from "../store/calendars/sync-runs.ts";
import { logUnreadable, startFollowUp } from "./follow-up.ts";
import { LEASE_MS } from "./lease.ts";
import { isListOld } from "./refresh-calendar-list.ts";

/** How far a window that is fixed in its cursor may fall behind before everything is listed anew. */
const REBASE_MS = 7 * DAY_MS;

/**
 * Lists the strip that entered the window since the last roll. Providers don't send unchanged events again, so without
 * this an event that enters the window would stay unknown (L3). Changes neither the cursor nor the freshness. If the
 * window is fixed in the cursor, a new snapshot is due once it has fallen a week behind. If the clock was set back, a
 * new snapshot is due for every provider, because the cache has dropped time that is in the window again.
 */
export async function rollWindow(deps: Deps, input: { connectionId: string }): Promise<void> {
  const startedAt = deps.now();
  const leaseId = deps.newId();
  const claim = await claimConnection(deps.db, {
    id: input.connectionId,
    leaseId,
    leaseUntil: startedAt + LEASE_MS,
    wanted: { kind: "roll" },
    now: startedAt,
  });
  if (claim.kind !== "claimed") return;
  const claimed = claim.work;
  const { connection } = claimed;
  const run = {
    id: deps.newId(),
    agentId: connection.agentId,
    connectionId: connection.id,
    mode: "roll" as const,
    removals: 0,
    startedAt,
  };
  try {
    await listStrip(deps, claimed, leaseId, run);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const now = deps.now();
    const failed = { failureKind: error.kind, failureCode: error.code };
    await releaseFailed(deps.db, {
      id: connection.id,
      leaseId,
      kind: error.kind,
      code: error.code,
      nextAttemptAt: nextAttemptAt({
        kind: error.kind,
        failures: connection.failures + 1,
        retryAt: error.retryAt,
        now,
        dice: deps.random(),
      }),
      gone: false,
      run: { ...run, outcome: "failed", pages: 0, upserts: 0, finishedAt: now, ...failed },
      now,
    });
  }
}

/** Lists the strip and ends the roll. Where the lease is lost on the way, whoever has it now goes on. */
async function listStrip(
  deps: Deps,
  claimed: OpenableConnection,
  leaseId: string,
  run: Omit<SyncRun, "outcome" | "pages" | "upserts" | "unreadable" | "finishedAt">,
): Promise<void> {
  const { connection } = claimed;
  const wanted = windowAt(deps.now(), deps.config.window);
  const { windowStartsAt, windowEndsAt } = connection;
  const old = { startsAt: windowStartsAt ?? wanted.startsAt, endsAt: windowEndsAt ?? wanted.endsAt };
  const fixed = deps.providers.get(connection.provider).can.window === "cursor";
  const endsAt = fixed ? old.endsAt : Math.max(wanted.endsAt, old.endsAt);
  // A round in progress ends with the window with which it began: that window is kept until then.
  const startsAt = connection.roundStartedAt === null ? Math.min(wanted.startsAt, endsAt) : old.startsAt;
  // Never back, even after a clock ran ahead: to move the bounds doesn't bring dropped events back.
  const rolled = { startsAt: Math.max(startsAt, old.startsAt), endsAt };
  const strip = fixed ? null : enteredStrip(old, wanted);
  const listed = { pages: 0, upserts: 0, unreadable: 0 };
  const calendar = calendarRefOf(claimed);
  const take = async (opened: ProviderAccount, strip: Interval): Promise<boolean> => {
    for await (const page of stripPages(deps, opened, connection.id, calendar, strip)) {
      const applied = await applyStrip(deps.db, {
        connection,
        leaseId,
        doubtAfterMs: deps.config.sync.doubtAfterMs,
        page,
        generation: connection.generation,
        leaseUntil: deps.now() + LEASE_MS,
        window: rolled,
        now: deps.now(),
      });
      if (applied.connection === null) return false;
      logUnreadable(deps, connection.id, applied.appeared);
      await startFollowUp(deps, connection.id, applied.followUp);
      listed.pages += 1;
      listed.upserts += page.upserts.length;
      listed.unreadable += page.unreadable?.length ?? 0;
    }
    return true;
  };
  // Where nothing is listed, no token is needed.
  const held =
    strip === null ||
    (await withAccount(deps, claimed.account, (opened) => take(opened, strip), {
      reads: connection.calendarId,
    }));
  if (!held) return;
  const now = deps.now();
  const hinted = await finishRoll(deps.db, {
    connection,
    leaseId,
    doubtAfterMs: deps.config.sync.doubtAfterMs,
    window: rolled,
    strip,
    since: run.startedAt,
    restart: wanted.startsAt < old.startsAt || (fixed && wanted.endsAt - old.endsAt >= REBASE_MS),
    nextRollAt: now + jittered(DAY_MS * 0.8, deps.random()),
    run: { ...run, outcome: "ok", ...listed, finishedAt: now },
    now,
  });
  if (hinted) await deps.queue.send("urgent", [{ kind: "pull", connectionId: connection.id }]);
  if (isListOld(claimed.account, deps.now())) {
    await deps.queue.send("background", [{ kind: "list-calendars", accountId: claimed.account.id }]);
  }
}

/** The events of a strip: listed by the provider, or expanded from stored series if it can't list a strip. */
async function* stripPages(
  deps: Deps,
  opened: ProviderAccount,
  connectionId: string,
  calendar: CalendarRef,
  strip: Interval,
): AsyncGenerator<Pick<Page, "upserts" | "unreadable">> {
  if (opened.expand === undefined) {
    yield* opened.pull(calendar, null, strip);
    return;
  }
  const series = await readStoredSeries(deps.db, connectionId);
  yield await opened.expand(calendar, series, strip);
}
