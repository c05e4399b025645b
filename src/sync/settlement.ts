// Settlement: settles pulls that found nothing new, many with one write.
import type { Deps } from "../deps.ts";
import { SECOND_MS } from "../domain/instant.ts";
import { settleUnchanged, type UnchangedPull } from "../store/calendars/unchanged.ts";
import { pullConnection } from "./pull.ts";

/** A pull waits for others this long at most, so a slow provider delays nobody else. */
const SETTLE_WITHIN_MS = 2 * SECOND_MS;

/** Collects pulls and settles them in groups. */
export interface Settlement {
  /** Ends when the calendar is settled. Rejects only when the database fails. */
  add(pull: UnchangedPull): Promise<void>;
  /** Settles those that wait. */
  settle(): Promise<void>;
}

interface Waiting {
  readonly pull: UnchangedPull;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * A settlement for one event of the Worker. A calendar that can't be settled with the others, because hints wait or
 * something came in between, is pulled by itself under a lease, if it is still due.
 */
export function createSettlement(deps: Deps): Settlement {
  let group: Waiting[] = [];

  async function settle(): Promise<void> {
    const settling = group;
    group = [];
    if (settling.length === 0) return;
    try {
      const pulls = settling.map(({ pull }) => pull);
      const settled = await settleUnchanged(deps.db, { pulls, runId: deps.newId(), now: deps.now() });
      for (const { pull, resolve, reject } of settling) {
        const connectionId = pull.read.id;
        if (settled.has(connectionId)) resolve();
        else pullConnection(deps, { connectionId, verifiedSince: null }).then(() => resolve(), reject);
      }
    } catch (error) {
      for (const { reject } of settling) reject(error);
    }
  }

  return {
    settle,
    add(pull) {
      if (group.length === 0) void deps.sleep(SETTLE_WITHIN_MS).then(settle);
      return new Promise((resolve, reject) => void group.push({ pull, resolve, reject }));
    },
  };
}
