// Booking texts in the store: the columns that hold them, always sealed.
import { type SQL, sql } from "drizzle-orm";
import { UNSEALED } from "./sealed-under.ts";

/** SQL for the SET of an update of `bookings`: the texts are these now, and the old columns hold nothing. */
export const setTexts = (texts: {
  readonly sealedTexts: string | SQL | null;
  readonly clientHash: string | SQL | null;
}): SQL =>
  sql`sealed_texts = ${texts.sealedTexts}, client_hash = ${texts.clientHash}, title = '', description = NULL,
    location = NULL, client_name = NULL, client_email = NULL`;

/**
 * SQL for the SET of an update of `bookings`: the texts are forgotten. As long as a calendar shows the event, the
 * client's hash stays: only by it can a later erasure of this client take their name out of the event.
 * @param hash SQL: the client's hash, where it isn't the stored one
 */
export const setForgotten = (hash: SQL = sql`client_hash`): SQL =>
  setTexts({
    sealedTexts: null,
    clientHash: sql`IIF(EXISTS (SELECT 1 FROM deliveries d WHERE d.agent_id = bookings.agent_id
      AND d.booking_id = bookings.booking_id AND d.external_id IS NOT NULL), ${hash}, NULL)`,
  });

/** SQL: the booking's texts were forgotten. */
export const FORGOTTEN: SQL = sql.raw(`(sealed_texts IS NULL AND NOT ${UNSEALED})`);

/** SQL: the booking's texts are still there. An index of the bookings that retention looks at is made of it. */
export const REMEMBERED: SQL = sql.raw(`(sealed_texts IS NOT NULL OR ${UNSEALED})`);
