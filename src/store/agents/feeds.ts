// Feeds: stores the hashes of feeds' secrets, and revokes feeds.
import { and, asc, eq, sql } from "drizzle-orm";
import { MAX_FEEDS } from "../../domain/feed.ts";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import { feeds } from "../schema/feeds.ts";
import { writeUnerased } from "./unerased.ts";

/** A feed as stored. */
export type FeedRow = typeof feeds.$inferSelect;

/** SQL: the feed's address opens. */
export const OPEN = sql.raw("revoked_at IS NULL");

/** How long a revoked feed is known. */
const REVOKED_KEPT_MS = 30 * DAY_MS;

/**
 * Stores a feed, and forgets those that were revoked long ago. False: the agent has as many as there may be.
 * @throws EngineError agent_being_erased
 */
export async function insertFeed(db: Database, feed: Omit<FeedRow, "revokedAt">): Promise<boolean> {
  const { id, agentId, secretHash, shows, createdAt } = feed;
  const [, , result] = await writeUnerased(db, { agentId, since: createdAt }, [
    sql`DELETE FROM feeds WHERE agent_id = ${agentId} AND revoked_at <= ${createdAt - REVOKED_KEPT_MS}`,
    sql`INSERT INTO feeds (id, agent_id, secret_hash, shows, created_at)
        SELECT ${id}, ${agentId}, ${secretHash}, ${shows}, ${createdAt}
        WHERE (SELECT COUNT(*) FROM feeds WHERE agent_id = ${agentId} AND ${OPEN}) < ${MAX_FEEDS}
        ON CONFLICT DO NOTHING`,
    sql`SELECT 1 FROM feeds WHERE id = ${id}`,
  ]);
  return (result?.rows.length ?? 0) > 0;
}

/** The agent's feeds whose addresses open, oldest first. */
export async function listFeeds(db: Database, agentId: string): Promise<FeedRow[]> {
  const [result] = await db.read([
    db.build
      .select()
      .from(feeds)
      .where(and(eq(feeds.agentId, agentId), OPEN))
      .orderBy(asc(feeds.createdAt), asc(feeds.id)),
  ]);
  return rowsOf(feeds, result);
}

/**
 * Revokes a feed, once or again.
 * @param input.ownedBy the agent whose feed it must be; null: anybody's
 * @returns the agent whose feed it was; null: there is no such feed
 */
export async function revokeFeedRow(
  db: Database,
  input: { id: string; ownedBy: string | null; now: Instant },
): Promise<string | null> {
  const { id, ownedBy, now } = input;
  const owned = ownedBy === null ? sql`` : sql`AND agent_id = ${ownedBy}`;
  const [, result] = await db.write([
    sql`UPDATE feeds SET revoked_at = ${now} WHERE id = ${id} ${owned} AND ${OPEN}`,
    sql`SELECT agent_id FROM feeds WHERE id = ${id} ${owned}`,
  ]);
  const agentId = result?.rows[0]?.["agent_id"];
  return agentId === undefined ? null : String(agentId);
}
