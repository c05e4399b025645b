// Booking texts in the store: the columns that hold them, always sealed.
import { type SQL, sql } from "drizzle-orm";
import type { SealedTexts } from "../encoding/booking-texts.ts";
import { UNSEALED } from "./sealed-under.ts";

/**
 * SQL for the SET of an update of `bookings`: the texts are these now, and the old columns hold nothing. Null: they are
 * forgotten.
 */
export const setTexts = (texts: SealedTexts | null): SQL =>
  sql`sealed_texts = ${texts?.sealedTexts ?? null}, client_hash = ${texts?.clientHash ?? null}, title = '',
    description = NULL, location = NULL, client_name = NULL, client_email = NULL`;

/** SQL: the booking's texts were forgotten. */
export const FORGOTTEN: SQL = sql.raw(`(sealed_texts IS NULL AND NOT ${UNSEALED})`);
