// Connect links: stores the hashes of links to agents' pages, and opens a link of a single use once.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import { connectLinks } from "../schema/connect-links.ts";
import { writeUnerased } from "./unerased.ts";

/** A link as stored. */
export type ConnectLinkRow = typeof connectLinks.$inferSelect;

/**
 * Stores a link, and forgets those that have ended.
 * @throws EngineError agent_being_erased
 */
export async function insertConnectLink(db: Database, link: Omit<ConnectLinkRow, "openedBy">): Promise<void> {
  await writeUnerased(db, { agentId: link.agentId, since: link.createdAt }, [
    sql`DELETE FROM connect_links WHERE expires_at <= ${link.createdAt}`,
    db.build.insert(connectLinks).values(link).onConflictDoNothing(),
  ]);
}

/** The link with this hash, opened or not; null: there is none, or it has ended. */
export async function findConnectLink(
  db: Database,
  input: { secretHash: string; now: Instant },
): Promise<ConnectLinkRow | null> {
  const [result] = await db.read([
    sql`SELECT * FROM connect_links WHERE secret_hash = ${input.secretHash} AND expires_at > ${input.now}`,
  ]);
  return rowsOf(connectLinks, result)[0] ?? null;
}

/**
 * Opens a link. The same page may send its form twice; for any other page a link of a single use is over then.
 * @param input.openedBy the page that opens it
 * @returns null where it doesn't open
 */
export async function openConnectLink(
  db: Database,
  input: { secretHash: string; openedBy: string; now: Instant },
): Promise<ConnectLinkRow | null> {
  const { secretHash, openedBy, now } = input;
  const [, result] = await db.write([
    sql`UPDATE connect_links SET opened_by = ${openedBy}
        WHERE secret_hash = ${secretHash} AND opened_by IS NULL AND expires_at > ${now}`,
    sql`SELECT * FROM connect_links WHERE secret_hash = ${secretHash} AND expires_at > ${now}
          AND (single_use = 0 OR opened_by = ${openedBy})`,
  ]);
  return rowsOf(connectLinks, result)[0] ?? null;
}
