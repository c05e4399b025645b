// Erase client: forgets what was written into a client's bookings that are past or cancelled.
import type { Deps } from "../deps.ts";
import { NEUTRAL_TEXTS } from "../domain/booking.ts";
import { clientHashes, normalised } from "../encoding/client-hash.ts";
import { bookingRow, seal } from "../encoding/seal.ts";
import {
  type Client,
  countBookingsOf,
  forgetClient,
  listOverBookings,
  rewriteClient,
} from "../store/bookings/client-texts.ts";
import { PIECE_ROWS } from "../store/old-rows.ts";

/** The pieces of one request. Repeating it goes on with the rest. */
const PIECES = 20;
/** Bookings that are sealed anew in one piece. */
const REWRITTEN = 100;

/** How an erasure of a client ended. */
export interface ClientErasure {
  /** Bookings whose texts were forgotten, here or in calendars. */
  readonly bookings: number;
  /** Events in calendars that are being rewritten. */
  readonly copies: number;
  /** Past or cancelled ones that this request didn't come to. */
  readonly left: number;
  /** Confirmed ones that aren't over: they are needed until then. */
  readonly toCome: number;
}

/**
 * Erases a client, found by their address, at every agent. Of bookings that are past or cancelled all texts are
 * forgotten.
 * @param input.calendars the events in calendars are rewritten with neutral texts too, also those of bookings whose
 *   texts were forgotten before
 */
export async function eraseClient(
  deps: Deps,
  { email, calendars }: { email: string; calendars: boolean },
): Promise<ClientErasure> {
  const client = {
    hashes: await clientHashes(deps.config.tokenKeys, email),
    address: normalised(email),
  };
  let [bookings, copies] = [0, 0];
  for (let piece = 0; piece < PIECES; piece += 1) {
    const done = calendars ? await rewritePiece(deps, client) : await forgetPiece(deps, client);
    if (done.bookings === 0) break;
    bookings += done.bookings;
    copies += done.copies;
  }
  const { over: left, toCome } = await countBookingsOf(deps.db, {
    ...{ client, calendars },
    now: deps.now(),
  });
  return { bookings, copies, left, toCome };
}

const forgetPiece = async ({ db, now }: Deps, client: Client) => ({
  bookings: await forgetClient(db, { client, limit: PIECE_ROWS, now: now() }),
  copies: 0,
});

/** Cron finds the events that are to be rewritten, within a minute. */
async function rewritePiece(deps: Deps, client: Client): Promise<{ bookings: number; copies: number }> {
  const { tokenKeys } = deps.config;
  const found = await listOverBookings(deps.db, { client, limit: REWRITTEN, now: deps.now() });
  if (found.length === 0) return { bookings: 0, copies: 0 };
  const bookings = await Promise.all(
    found.map(async (booking) => ({
      ...booking,
      sealedTexts: await seal(tokenKeys, bookingRow(booking), NEUTRAL_TEXTS),
    })),
  );
  return rewriteClient(deps.db, { client, bookings, writeId: deps.newId(), now: deps.now() });
}
