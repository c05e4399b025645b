// Lost sales: a refused sale says by which reason it counts, and is counted behind the answer.
import type { Deps } from "../deps.ts";
import { EngineError, type ErrorCode } from "../domain/errors.ts";
import type { LostSale } from "../domain/lost-sales.ts";
import { identityDigest } from "../encoding/digest.ts";
import { type CountedSale, countLostSales } from "../store/bookings/lost-sales.ts";

/** The error of a slot that isn't sold, with the sale that its agent loses by it. */
export class SlotRefused extends EngineError {
  readonly lost: LostSale;

  constructor(code: ErrorCode, detail: string, extra: Record<string, unknown>, lost: LostSale) {
    super(code, detail, { extra });
    this.lost = lost;
  }
}

/**
 * Counts the sales that these errors refuse, in one write behind the answer. The batch that refused them couldn't: only
 * the agent's time zone and hours say on which day and why, and SQL knows neither. A refused move isn't lost, so its
 * caller counts none. A caller who asks for the same booking or hold again on that day is refused the same sale: it
 * counts once for each reason.
 */
export function countLost(deps: Deps, errors: readonly unknown[]): void {
  const lost = errors.flatMap((error) => (error instanceof SlotRefused ? [error.lost] : []));
  if (lost.length === 0) return;
  deps.defer(
    count(deps, lost).catch((error: unknown) =>
      deps.log.warn("lost_sales.not_counted", { error: error instanceof Error ? error.name : "unknown" }),
    ),
  );
}

/** Counts the sales lost among many operations. Only new bookings are lost: one that can't be moved stays. */
export function countLostAmong(
  deps: Deps,
  refused: readonly { readonly action: string; readonly error: unknown }[],
): void {
  countLost(
    deps,
    refused.filter(({ action }) => action === "create").map(({ error }) => error),
  );
}

async function count({ db, now }: Deps, lost: readonly LostSale[]): Promise<void> {
  await countLostSales(db, { lost: await Promise.all(lost.map(named)), now: now() });
}

/** A booking that comes from a hold is named by itself. Agents of one request are named apart. */
async function named({ own, ...sale }: LostSale): Promise<CountedSale> {
  const what = own.bookingId === undefined ? ["hold", own.holdId ?? ""] : ["booking", own.bookingId];
  const { agentId, day, reason } = sale;
  return { ...sale, countId: await identityDigest("lost", agentId, ...what, day, reason) };
}

/**
 * What the sale gives.
 * @throws whatever the sale throws, and counts it
 */
export async function countingLost<T>(deps: Deps, sale: () => Promise<T>): Promise<T> {
  try {
    return await sale();
  } catch (error) {
    countLost(deps, [error]);
    throw error;
  }
}
