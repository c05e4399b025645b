// Refusals: keeps a refused sale refused, even if its batch arrives a second time when the slot is free.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Statement } from "../db.ts";

/** SQL: this write was not refused before. */
export const unrefused = (writeId: string | SQL): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM refusals WHERE write_id = ${writeId})`;

/**
 * Statement: refuses the write for good unless it has succeeded, which `mine` says. A batch without an answer in time
 * is sent again, and the caller hears the second answer. The first sending must not sell afterwards.
 */
export const refuseUnless = (mine: SQL, writeId: string, now: Instant): Statement =>
  sql`INSERT INTO refusals (write_id, refused_at) SELECT ${writeId}, ${now} WHERE NOT ${mine} ON CONFLICT DO NOTHING`;
