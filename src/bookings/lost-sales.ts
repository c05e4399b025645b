// Lost sales: a refused sale says by which reason it counts, and is counted behind the answer.
import type { Deps } from "../deps.ts";
import { EngineError, type ErrorCode } from "../domain/errors.ts";
import type { LostSale } from "../domain/lost-sales.ts";
import { countLostSales } from "../store/bookings/lost-sales.ts";

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
 * caller counts none.
 */
export function countLost(deps: Deps, errors: readonly unknown[]): void {
  const lost = errors.flatMap((error) => (error instanceof SlotRefused ? [error.lost] : []));
  if (lost.length === 0) return;
  deps.defer(
    countLostSales(deps.db, { lost, countId: deps.newId(), now: deps.now() }).catch((error: unknown) =>
      deps.log.warn("lost_sales.not_counted", { error: error instanceof Error ? error.name : "unknown" }),
    ),
  );
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
