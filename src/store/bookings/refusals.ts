// Refusals: a sale that was refused stays so, even if a copy of its batch reaches the database when the slot is free.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Database, Statement } from "../db.ts";

/** SQL: this write hasn't been refused before. */
export const unrefused = (writeId: string): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM refusals WHERE write_id = ${writeId})`;

/**
 * Statement: the write is refused for good unless it has succeeded, which `mine` tells. A batch that got no answer in
 * time is sent again, and the answer to its second copy is what the caller hears: the first mustn't sell afterwards.
 */
export const refuseUnless = (mine: SQL, writeId: string, now: Instant): Statement =>
  sql`INSERT INTO refusals (write_id, refused_at) SELECT ${writeId}, ${now} WHERE NOT ${mine} ON CONFLICT DO NOTHING`;

/** Forgets refusals so old that no copy is under way any more. */
export async function purgeRefusals(db: Database, before: Instant): Promise<void> {
  await db.write([sql`DELETE FROM refusals WHERE refused_at < ${before}`]);
}
