// Sealed rows: finds the secrets under a key, and replaces a sealed text by the same under another key.
import { sql } from "drizzle-orm";
import type { SealedTexts } from "../encoding/booking-texts.ts";
import { setTexts } from "./booking-texts.ts";
import { type Database, rowsOf } from "./db.ts";
import type { AccountRow, BookingRow } from "./rows.ts";
import { bookings } from "./schema/bookings.ts";
import { accounts } from "./schema/calendars.ts";
import { ACCOUNT_SEALED_UNDER, BOOKING_SEALED_UNDER } from "./sealed-under.ts";

/** A row by its place in the order of the search. The next piece begins after it. */
export interface Placed<Row> {
  readonly place: number;
  readonly row: Row;
}

interface Piece {
  /** For bookings also the empty id: their texts aren't sealed yet. */
  readonly keyId: string;
  /** 0: the first piece. */
  readonly after: number;
  readonly limit: number;
}

type Result = Awaited<ReturnType<Database["read"]>>[number] | undefined;

const placed = <Row>(result: Result, rows: readonly Row[]): Placed<Row>[] =>
  rows.map((row, index) => ({ place: Number(result?.rows[index]?.["place"]), row }));

/** The accounts whose credentials are under this key. */
export async function listAccountsUnder(
  db: Database,
  { keyId, after, limit }: Piece,
): Promise<Placed<AccountRow>[]> {
  const [result] = await db.read([
    sql`SELECT rowid AS place, * FROM accounts INDEXED BY accounts_sealed_under
        WHERE ${ACCOUNT_SEALED_UNDER} = ${keyId} AND rowid > ${after} ORDER BY rowid LIMIT ${limit}`,
  ]);
  return placed(result, rowsOf(accounts, result));
}

/** The bookings whose texts are under this key. */
export async function listBookingsUnder(
  db: Database,
  { keyId, after, limit }: Piece,
): Promise<Placed<BookingRow>[]> {
  const [result] = await db.read([
    sql`SELECT rowid AS place, * FROM bookings INDEXED BY bookings_sealed_under
        WHERE ${BOOKING_SEALED_UNDER} = ${keyId} AND rowid > ${after} ORDER BY rowid LIMIT ${limit}`,
  ]);
  return placed(result, rowsOf(bookings, result));
}

/** Stores credentials that were sealed anew. An account that got others meanwhile keeps those. */
export async function resealAccounts(
  db: Database,
  resealed: readonly { readonly row: AccountRow; readonly sealedCredentials: string }[],
): Promise<void> {
  if (resealed.length === 0) return;
  await db.write(
    resealed.map(
      ({ row, sealedCredentials }) => sql`UPDATE accounts SET sealed_credentials = ${sealedCredentials}
        WHERE id = ${row.id} AND sealed_credentials = ${row.sealedCredentials}`,
    ),
  );
}

/**
 * Stores texts that were sealed anew. A booking that got others meanwhile, or whose texts were forgotten, keeps that.
 */
export async function resealBookings(
  db: Database,
  resealed: readonly { readonly row: BookingRow; readonly texts: SealedTexts }[],
): Promise<void> {
  if (resealed.length === 0) return;
  await db.write(
    resealed.map(
      ({ row, texts }) => sql`UPDATE bookings SET ${setTexts(texts)}
        WHERE agent_id = ${row.agentId} AND booking_id = ${row.bookingId} AND sealed_texts IS ${row.sealedTexts}
          AND title = ${row.plainTitle} AND description IS ${row.plainDescription}
          AND location IS ${row.plainLocation} AND client_name IS ${row.plainClientName}
          AND client_email IS ${row.plainClientEmail}`,
    ),
  );
}
