// Keys: the operator rotates the keys under which the engine seals, one step and one Worker at a time.
import type { SealKey, SealKeys } from "../../../src/encoding/seal.ts";
import type { LocalDatabase } from "./hrana.ts";

const KEYS = 24;

const keyAt = (index: number): SealKey => {
  const letter = String.fromCharCode("a".charCodeAt(0) + index);
  return { id: `sim-${letter}`, key: Uint8Array.from(Buffer.from(letter.repeat(32))) };
};

/** All keys of a life. Whoever checks it opens everything. */
export const allKeys: SealKeys = Array.from({ length: KEYS }, (_, index) => keyAt(index));

/** One key; a second one that opens; the second one that seals; the second one alone, and so on. */
const STEPS = 3;

/** The keys after so many steps. They are new objects, because a Worker keeps what it has imported of its own. */
export function keysAfter(steps: number): SealKeys {
  const [old, fresh] = [Math.floor(steps / STEPS), Math.floor(steps / STEPS) + 1].map((index) =>
    keyAt(index % KEYS),
  );
  if (old === undefined || fresh === undefined) return [];
  return [[old], [old, fresh], [fresh, old]][steps % STEPS] ?? [];
}

/** How often the operator takes a step, if it may be taken. Longer than any work goes on. */
export const STEP_MS = 70 * 60_000;

/**
 * May a Worker take its next step? Not before the other one has taken the one before, and a key only goes when nothing
 * is sealed under it.
 */
export function mayStep(database: LocalDatabase, own: number, other: number): boolean {
  if (own > other || own + 1 >= STEPS * (KEYS - 1)) return false;
  const [old] = keysAfter(own - (own % STEPS));
  if (own % STEPS < STEPS - 1 || old === undefined) return true;
  const left = database.query(
    `SELECT 1 FROM accounts WHERE sealed_credentials LIKE ?1
     UNION ALL SELECT 1 FROM bookings WHERE sealed_texts LIKE ?1 LIMIT 1`,
    [`v1.${old.id}.%`],
  );
  return left.length === 0;
}
