// Pull due: pulls a calendar that a job says is due, without holding it as long as its provider has nothing new.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import type { Page } from "../providers/provider.ts";
import { claimConnection, type OpenableConnection } from "../store/calendars/leases.ts";
import type { UnchangedPull } from "../store/calendars/unchanged.ts";
import { type BegunRound, beginRound } from "./begin-round.ts";
import { LEASE_MS } from "./lease.ts";
import { LeaseLost, pullConnection, pullRounds } from "./pull.ts";
import { failPull } from "./pull-failure.ts";
import { report } from "./pull-report.ts";
import type { Round } from "./pull-round.ts";
import { isUpToDate, type PullState, startedPull } from "./pull-state.ts";
import { type Answer, saysUnchanged } from "./pull-steps.ts";
import { planNextPull } from "./round-end.ts";
import { STANDSTILL } from "./standstill.ts";

/** A pull that holds the lease. */
interface Held {
  readonly work: OpenableConnection;
  readonly state: PullState;
}

/**
 * Pulls a calendar that was read as due. As long as the provider has nothing new nothing is written, and the caller
 * settles the calendar together with others. Any other answer, or a failure, takes the lease first, if the calendar is
 * still as it was read, and goes on under it as every pull does. An answer to a calendar that isn't is worth nothing:
 * it is pulled anew, if it is still due. Only failures of the database are thrown.
 * @returns the pull to settle; null: there is nothing left to do
 */
export async function pullDue(deps: Deps, read: OpenableConnection): Promise<UnchangedPull | null> {
  const startedAt = deps.now();
  // Kept here, because a pull whose token was refused on its way goes on from there.
  const kept: { held: Held | null } = { held: null };
  const hold = async () => {
    kept.held ??= await claimAsRead(deps, read, startedAt);
    return kept.held;
  };
  try {
    const ended = await withAccount(
      deps,
      read.account,
      async (opened) => {
        const begun = kept.held === null ? await firstAnswer(beginRound(deps, opened, read)) : undefined;
        if (begun !== undefined && saysUnchanged(read.connection, begun.first, begun.round)) {
          return unchangedPull(deps, read, { page: begun.first, round: begun.round, startedAt });
        }
        const held = await hold();
        if (held === null) return "overtaken";
        for await (const state of pullRounds(deps, opened, held.work, held.state, begun)) {
          kept.held = { ...held, state };
        }
        const { state } = kept.held ?? held;
        report(deps, state, isUpToDate(state) ? "ok" : "partial", null);
        return null;
      },
      { reads: read.connection.calendarId },
    );
    if (ended !== "overtaken") return ended;
    await pullConnection(deps, { connectionId: read.connection.id, verifiedSince: null });
    return null;
  } catch (error) {
    if (error instanceof LeaseLost) return null;
    const failure = providerErrorOf(error);
    const held = await hold();
    if (held !== null) await failPull(deps, held.work, held.state, failure);
    return null;
  }
}

/** Takes the lease. Null: somebody has synced the calendar since it was read, or is at it. */
async function claimAsRead(deps: Deps, read: OpenableConnection, startedAt: Instant): Promise<Held | null> {
  const leaseId = deps.newId();
  const now = deps.now();
  const claim = await claimConnection(deps.db, {
    ...{ id: read.connection.id, leaseId, leaseUntil: now + LEASE_MS, now },
    wanted: { kind: "as-read", row: read.connection },
  });
  if (claim.kind !== "claimed") return null;
  return {
    work: claim.work,
    state: startedPull(claim.work.connection, leaseId, startedAt, claim.work.askedAt),
  };
}

/** Waits for the first answer of a round. The round's answers still begin with it. */
async function firstAnswer({ round, answers }: BegunRound): Promise<BegunRound & { readonly first: Answer }> {
  const rest = answers[Symbol.asyncIterator]();
  const { done, value: first } = await rest.next();
  if (done === true) throw new ProviderError({ kind: "retry", code: STANDSTILL });
  async function* all(): AsyncGenerator<Answer> {
    yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  return { round, first, answers: all() };
}

function unchangedPull(
  deps: Deps,
  { connection: read, askedAt }: OpenableConnection,
  { page, round, startedAt }: { page: Page & { readonly next: string }; round: Round; startedAt: Instant },
): UnchangedPull {
  const run = {
    mode: "delta",
    outcome: "ok",
    upserts: 0,
    removals: 0,
    startedAt,
    finishedAt: deps.now(),
  } as const;
  deps.log.debug("pull.ended", { connectionId: read.id, ...run });
  return {
    ...{ read, next: page.next, seen: round.seen, verifiedAt: round.startedAt, run },
    pull: planNextPull(deps, { connection: read, askedAt, mode: "delta", tally: run }),
  };
}
