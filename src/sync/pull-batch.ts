// Pull batch: the pulls of one queue batch. They are read with one request, and settled together where nothing changed.
import type { Deps } from "../deps.ts";
import type { OpenableConnection } from "../store/calendars/leases.ts";
import { readDue } from "../store/calendars/unchanged.ts";
import { pullDue } from "./pull-due.ts";
import { createSettlement } from "./settlement.ts";

/** A job that has done its part and may wait for others of its batch. */
export interface Begun {
  /** Ends when nothing is left to do. Rejects only when the database fails. */
  readonly settled: Promise<unknown>;
}

/** Pulls one calendar of a batch, if it is due. Ends once its provider needn't be asked any more. */
export type PullOfBatch = (connectionId: string) => Promise<Begun>;

/** The pulls of these calendars. A calendar that comes twice is pulled once. */
export function pullBatch(deps: Deps, connectionIds: readonly string[]): PullOfBatch {
  const ids = [...new Set(connectionIds)];
  const settlement = createSettlement(deps);
  const begun = new Map<string, Promise<Begun>>();
  let reading: Promise<ReadonlyMap<string, OpenableConnection>> | null = null;
  let left = ids.length;

  async function read() {
    const due = await readDue(deps.db, { ids, now: deps.now() });
    return new Map(due.map((work) => [work.connection.id, work]));
  }

  async function begin(connectionId: string): Promise<Begun> {
    try {
      reading ??= read();
      const work = (await reading).get(connectionId);
      const unchanged = work === undefined ? null : await pullDue(deps, work);
      return { settled: unchanged === null ? Promise.resolve() : settlement.add(unchanged) };
    } finally {
      left -= 1;
      if (left === 0) void settlement.settle();
    }
  }

  return (connectionId) => {
    const pulling = begun.get(connectionId) ?? begin(connectionId);
    begun.set(connectionId, pulling);
    return pulling;
  };
}
