// Seal anew: brings every secret under the first key, piece by piece, so that an old key can go.
import type { Deps, Job } from "../deps.ts";
import { openTexts, sealTexts } from "../encoding/booking-texts.ts";
import { accountRow, SealError, seal, unseal } from "../encoding/seal.ts";
import type { AccountRow, BookingRow } from "../store/rows.ts";
import {
  listAccountsUnder,
  listBookingsUnder,
  type Placed,
  resealAccounts,
  resealBookings,
} from "../store/sealed-rows.ts";

/** The rows of one piece. They may hold 40 KB each. */
const PIECE_ROWS = 100;
/**
 * The most pieces of one run: each asks the database twice, and a Worker may send so many requests
 * (`docs/providers/cloudflare-turso.md` 1.1). A job goes on with the rest.
 */
const PIECES = 50;

/** The secrets of one table under one key, from the row after `after` on. An empty key id: texts that aren't sealed. */
type SealPlace = Omit<Extract<Job, { readonly kind: "seal-anew" }>, "kind">;

/** Where the next piece begins; null: nothing is left. */
type Next = number | null;

const TABLES: Record<SealPlace["table"], (deps: Deps, place: SealPlace) => Promise<Next>> = {
  async accounts(deps, place) {
    const found = await listAccountsUnder(deps.db, { ...place, limit: PIECE_ROWS });
    const resealed = await eachReadable(deps, place, found, async (row: AccountRow) => {
      const { tokenKeys } = deps.config;
      const credentials = await unseal(tokenKeys, accountRow(row.id), row.sealedCredentials);
      return { row, sealedCredentials: await seal(tokenKeys, accountRow(row.id), credentials) };
    });
    await resealAccounts(deps.db, resealed);
    return nextOf(found);
  },
  async bookings(deps, place) {
    const found = await listBookingsUnder(deps.db, { ...place, limit: PIECE_ROWS });
    const resealed = await eachReadable(deps, place, found, async (row: BookingRow) => {
      const { tokenKeys } = deps.config;
      const texts = await openTexts(tokenKeys, row);
      return texts && { row, texts: await sealTexts(tokenKeys, row, texts) };
    });
    await resealBookings(deps.db, resealed);
    return nextOf(found);
  },
};

const nextOf = (found: readonly Placed<unknown>[]): Next =>
  found.length < PIECE_ROWS ? null : (found.at(-1)?.place ?? null);

/** Seals each row anew. What can't be opened stays as it is, and stops no other. */
async function eachReadable<Row, Resealed>(
  deps: Deps,
  { table, keyId }: SealPlace,
  found: readonly Placed<Row>[],
  reseal: (row: Row) => Promise<Resealed | null>,
): Promise<Resealed[]> {
  const resealed: Resealed[] = [];
  let unreadable = 0;
  for (const { row } of found) {
    try {
      const fresh = await reseal(row);
      if (fresh !== null) resealed.push(fresh);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      unreadable += 1;
    }
  }
  if (unreadable > 0) deps.log.error("seal.unreadable", { table, keyId, unreadable });
  return resealed;
}

/** All places at which something may be that isn't under the first key. */
const placesOf = ([, ...old]: Deps["config"]["tokenKeys"]): SealPlace[] => [
  { table: "bookings", keyId: "", after: 0 },
  ...old.map(({ id }) => ({ table: "accounts" as const, keyId: id, after: 0 })),
  ...old.map(({ id }) => ({ table: "bookings" as const, keyId: id, after: 0 })),
];

/**
 * Seals under the first key whatever is under another one, or isn't sealed yet, from `from` on (null: from the
 * beginning). Nobody notices it: each text is replaced only where it is still the one that was read, and all keys open.
 * A piece that fails is logged and stops no other; the next day finds what is left.
 */
export async function sealAnew(deps: Deps, from: SealPlace | null): Promise<void> {
  const places = placesOf(deps.config.tokenKeys);
  const isFrom = ({ table, keyId }: SealPlace) => table === from?.table && keyId === from.keyId;
  const start = places.findIndex(isFrom);
  let pieces = 0;
  for (const place of from === null ? places : start === -1 ? [] : places.slice(start)) {
    let next: Next = from !== null && isFrom(place) ? from.after : 0;
    while (next !== null) {
      if (pieces === PIECES) {
        await deps.queue.send("background", [{ kind: "seal-anew", ...place, after: next }]);
        return;
      }
      pieces += 1;
      const startedAt = deps.now();
      next = await pieceOf(deps, { ...place, after: next });
      // As long as the piece took, the database is free for others.
      if (next !== null) await deps.sleep(deps.now() - startedAt);
    }
  }
}

async function pieceOf(deps: Deps, place: SealPlace): Promise<Next> {
  try {
    return await TABLES[place.table](deps, place);
  } catch (error) {
    const { table, keyId } = place;
    deps.log.error("seal.failed", { table, keyId, error: error instanceof Error ? error.name : "unknown" });
    return null;
  }
}
