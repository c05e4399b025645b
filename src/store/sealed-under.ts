// Sealed under: by which key a row is sealed, read from the sealed text itself. Two indexes are made of these
// expressions. drizzle-kit cuts an expression at each comma, so their statements in the migration are corrected by
// hand.
import { type SQL, sql } from "drizzle-orm";

/** The key id of a sealed text `v1.<key id>.…`. */
const keyIdIn = (column: string) => `substr(${column}, 4, instr(substr(${column}, 4), '.') - 1)`;

/** SQL: the id of the key under which an account's credentials are sealed. */
export const ACCOUNT_SEALED_UNDER: SQL = sql.raw(keyIdIn("sealed_credentials"));

/** Some of a booking's texts stand in the old columns, where anybody can read them. */
export const UNSEALED =
  "(title <> '' OR description IS NOT NULL OR location IS NOT NULL OR client_name IS NOT NULL OR client_email IS NOT NULL)";

/**
 * SQL: the id of the key under which a booking's texts are sealed. Empty: they stand in the old columns, unsealed.
 * Null: they were forgotten.
 */
export const BOOKING_SEALED_UNDER: SQL = sql.raw(
  `CASE WHEN ${UNSEALED} THEN '' ELSE ${keyIdIn("sealed_texts")} END`,
);
