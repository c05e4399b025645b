// Pull: brings the cache of one calendar up to date, under a lease, page by page.

import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { jittered } from "../domain/backoff.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { wakeNotices } from "../notices/wake.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import type { Page, ProviderAccount, Way } from "../providers/provider.ts";
import { applyPage, countRows, noteEmptySnapshot } from "../store/busy/pages.ts";
import {
  claimConnection,
  dropCursor,
  type OpenableConnection,
  releaseUnfinished,
} from "../store/calendars/leases.ts";
import { type BegunRound, beginRound } from "./begin-round.ts";
import { logUnreadable, startFollowUp } from "./follow-up.ts";
import { LEASE_MS } from "./lease.ts";
import { failPull } from "./pull-failure.ts";
import { type PullReport, report, runOf } from "./pull-report.ts";
import type { Round } from "./pull-round.ts";
import {
  afterDrop,
  afterEmptySnapshot,
  afterRead,
  afterWrite,
  isUpToDate,
  type PullState,
  startedPull,
} from "./pull-state.ts";
import { type Answer, goesOnInRound, looksEmpty, type Step, stepFor, wantsRound } from "./pull-steps.ts";
import { auditAfter, planNextPull } from "./round-end.ts";
import { answersWith, STANDSTILL } from "./standstill.ts";

/** How long a calendar is listed before its changes are tried again. */
const LISTING_MS = DAY_MS;

/** How a request for a pull ended. */
export type Pulled =
  | { readonly kind: "pulled"; readonly report: PullReport }
  /** `leased`: another worker has it. `unwanted`: fresh enough, held off after a failure, or not synced at all. */
  | { readonly kind: "leased" | "unwanted" }
  /** It was pulled only just now. Callers who ask again then share one pull. */
  | { readonly kind: "soon"; readonly at: Instant };

/** Another worker took the lease over: whatever we still hold is worthless, and we must write nothing. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/**
 * Pulls one calendar, if that is wanted and no other worker has it. The report and the connection's row tell what the
 * provider did. Only failures of the database are thrown.
 * @param input.verifiedSince the instant since which the truth must have been verified; null: only if a pull is due
 * @param input.askedAt when that was asked for; now by default
 */
export async function pullConnection(
  deps: Deps,
  input: { connectionId: string; verifiedSince: Instant | null; askedAt?: Instant },
): Promise<Pulled> {
  const startedAt = deps.now();
  const leaseId = deps.newId();
  const { verifiedSince, askedAt = startedAt } = input;
  const claim = await claimConnection(deps.db, {
    id: input.connectionId,
    leaseId,
    leaseUntil: startedAt + LEASE_MS,
    wanted:
      verifiedSince === null ? { kind: "due" } : { kind: "verified-since", since: verifiedSince, askedAt },
    now: startedAt,
  });
  if (claim.kind !== "claimed") return claim;
  const start = startedPull(claim.work.connection, leaseId, startedAt, claim.work.askedAt);
  return { kind: "pulled", report: await pullUnderLease(deps, claim.work, start) };
}

async function pullUnderLease(
  deps: Deps,
  claimed: OpenableConnection,
  start: PullState,
): Promise<PullReport> {
  // Kept here, because a failed pull must report how far it came, and one whose token was refused goes on from there.
  let state = start;
  try {
    await withAccount(
      deps,
      claimed.account,
      async (opened) => {
        for await (const next of pullRounds(deps, opened, claimed, state)) state = next;
      },
      { reads: claimed.connection.calendarId },
    );
    return report(deps, state, isUpToDate(state) ? "ok" : "partial", null);
  } catch (error) {
    if (error instanceof LeaseLost) return report(deps, state, "partial", null);
    return failPull(deps, claimed, state, providerErrorOf(error));
  }
}

/**
 * Rounds until the calendar is up to date or the pull is long enough; another job goes on with what is left. Yields
 * each state that the pull comes to.
 * @param begun the first round, where it has begun before the lease was taken
 */
export async function* pullRounds(
  deps: Deps,
  opened: ProviderAccount,
  claimed: OpenableConnection,
  start: PullState,
  begun?: BegunRound,
): AsyncGenerator<PullState> {
  let state = start;
  for (let rounds = 0; wantsRound(state, rounds); rounds += 1) {
    const { round, answers } =
      rounds === 0 && begun ? begun : beginRound(deps, opened, { ...claimed, ...state });
    let answered = round.answers;
    for await (const answer of answers) {
      const asked = { ...round, answers: answered };
      const step = stepFor(state, answer, await rowCounts(deps, state, answer, asked), asked);
      for await (const next of take(deps, state, step, asked)) {
        state = next;
        yield next;
      }
      if (!(answer instanceof ProviderError)) answered = answersWith(answer, answered);
      if (!goesOnInRound(step, state)) break;
    }
  }
  if (!isUpToDate(state)) await handOver(deps, state);
}

async function rowCounts(deps: Deps, state: PullState, answer: Answer, { generation }: Round) {
  if (!looksEmpty(state, answer)) return null;
  return countRows(deps.db, { connectionId: state.connection.id, generation });
}

/** Takes a step and yields each state that it leads to. */
async function* take(deps: Deps, state: PullState, step: Step, round: Round): AsyncGenerator<PullState> {
  const { connection, leaseId } = state;
  switch (step.kind) {
    case "apply":
      yield* apply(deps, afterRead(state, step.page), step.page, round);
      return;
    case "ask-again":
      await noteEmptySnapshot(deps.db, { connectionId: connection.id, leaseId, now: deps.now() });
      yield afterEmptySnapshot(state, round);
      return;
    case "restart":
      deps.log.info("pull.resync", { connectionId: connection.id, code: step.code });
      yield turnTo(deps, state, round, step.way);
      return;
    case "stop":
      yield turnTo(deps, state, round, step.way, STANDSTILL);
      wakeNotices(deps);
      throw new ProviderError({ kind: "retry", code: STANDSTILL });
    case "fail":
      throw step.error;
  }
}

/**
 * Drops the cursor. The next round begins anew, in this way.
 * @param reason why people must be told of it; null: they needn't
 */
async function turnTo(
  deps: Deps,
  state: PullState,
  round: Round,
  way: Way,
  reason: string | null = null,
): Promise<PullState> {
  const { connection, leaseId } = state;
  const { id } = connection;
  const now = deps.now();
  if (way === round.way) {
    const stored = { resyncs: connection.resyncs + 1, listsUntil: connection.listsUntil };
    // A new cursor is tried at once after its round.
    await dropCursor(deps.db, { id, leaseId, ...stored, hint: way === "changes", now });
    return afterDrop(state, stored);
  }
  const listsUntil = way === "listings" ? now + jittered(LISTING_MS, deps.random()) : 0;
  deps.log.warn("pull.way_changed", { connectionId: id, provider: connection.provider, way });
  const told = reason === null ? null : { reason, from: round.way, to: way };
  await dropCursor(deps.db, { id, leaseId, resyncs: 0, listsUntil, hint: false, told, now });
  return afterDrop(state, { resyncs: 0, listsUntil });
}

/** Writes a page that was read. */
async function* apply(deps: Deps, state: PullState, page: Page, round: Round): AsyncGenerator<PullState> {
  yield state;
  const now = deps.now();
  const { connection, followUp, appeared } = await applyPage(deps.db, {
    page,
    generation: round.generation,
    roundStartedAt: round.startedAt,
    roundPages: answersWith(page, round.answers),
    kept: round.kept,
    // A window that has moved on is covered once all of it has been listed, and not with the first page.
    covered: page.last && page.mode === "snapshot" ? round.wanted : round.covered,
    connection: state.connection,
    leaseId: state.leaseId,
    leaseUntil: now + LEASE_MS,
    doubtAfterMs: deps.config.sync.doubtAfterMs,
    end: page.last ? roundEnd(deps, state, page, round, now) : null,
    now,
  });
  if (connection === null) throw new LeaseLost();
  yield afterWrite(state, page, connection, now);
  logUnreadable(deps, connection.id, appeared);
  await startFollowUp(deps, connection.id, followUp);
}

function roundEnd(deps: Deps, state: PullState, page: Page, round: Round, now: Instant) {
  const { seen, startedAt } = round;
  return {
    seen,
    pull: planNextPull(deps, { ...state, tally: state.unrecorded }),
    run: { ...runOf(state, "ok", now), id: deps.newId() },
    audit: auditAfter(deps, page, startedAt),
  };
}

/** Gives the lease back with work left, and lets another job go on with it. */
async function handOver(deps: Deps, state: PullState): Promise<void> {
  const { connection, leaseId, unrecorded } = state;
  const run = unrecorded.pages > 0 ? { ...runOf(state, "partial", deps.now()), id: deps.newId() } : null;
  await releaseUnfinished(deps.db, { id: connection.id, leaseId, run });
  await deps.queue.send("urgent", [{ kind: "pull", connectionId: connection.id }]);
}
