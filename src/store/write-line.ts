// Write line: lets only a few of one event's writes go to the database at once. The others wait their turn.
import { EngineError } from "../domain/errors.ts";
import { SECOND_MS } from "../domain/instant.ts";
import type { Database } from "./db.ts";

/** Who waits longer is told that the database doesn't answer. Shorter than any lease that may be held meanwhile. */
const LONGEST_WAIT_MS = 8 * SECOND_MS;

/**
 * The same database, with at most `places` writes at once. Concurrent writers gain nothing, and very many can starve
 * the database (`docs/providers/cloudflare-turso.md` 2.1). The line belongs to one event of the Worker, because workerd
 * ends an event that waits for another event's promise.
 */
export function inLine(db: Database, places: number): Database {
  const waiting: (() => void)[] = [];
  let writing = 0;

  function enter(): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        writing += 1;
        resolve();
      };
      if (writing < places) {
        start();
        return;
      }
      waiting.push(start);
      AbortSignal.timeout(LONGEST_WAIT_MS).addEventListener("abort", () => {
        const place = waiting.indexOf(start);
        if (place === -1) return;
        waiting.splice(place, 1);
        reject(new EngineError("database_unavailable", "The database is slow. Try again shortly."));
      });
    });
  }

  return {
    ...db,
    async write(statements) {
      await enter();
      try {
        return await db.write(statements);
      } finally {
        writing -= 1;
        waiting.shift()?.();
      }
    },
  };
}
