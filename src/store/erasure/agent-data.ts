// Agent data: where anything about an agent is stored. Erasure and export both read this list; a test compares it with
// the schema, so that no new table is forgotten.
import { getTableName, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { ACT_OF_ERASURE } from "../agents/acts.ts";
import { numberOfAgent } from "../conditions.ts";
import { acts } from "../schema/acts.ts";
import { bookings, deliveries, holds, lostSales, orphanedEvents } from "../schema/bookings.ts";
import { busy, storedSeries } from "../schema/busy.ts";
import { accounts, agents, channels, connections, passwordAttempts } from "../schema/calendars.ts";
import { connectLinks } from "../schema/connect-links.ts";
import { erasures } from "../schema/erasures.ts";
import { feeds } from "../schema/feeds.ts";
import { deadJobs, notices } from "../schema/outbox.ts";
import { syncDays, syncRuns } from "../schema/syncs.ts";
import { unreadableObjects } from "../schema/unreadable.ts";

/** A table with data about agents. */
export interface AgentTable {
  /** Its name in an export. */
  readonly name: string;
  readonly sqlName: string;
  readonly table: SQLiteTable;
  /** SQL: the row is about this agent. */
  readonly whose: (agentId: string) => SQL;
  /** `at once`: nothing needs it. `at the end`: the calendars can't be closed without it, or other rows found. */
  readonly erased: "at once" | "at the end";
  /** SQL: rows that outlive an erasure. */
  readonly kept: SQL;
  /** The columns that an export leaves out, each with the reason. */
  readonly leftOut: Readonly<Record<string, string>>;
}

const byAgent = (agentId: string): SQL => sql`agent_id = ${agentId}`;
const byConnection = (agentId: string): SQL =>
  sql`connection_id IN (SELECT id FROM connections WHERE agent_id = ${agentId})`;
const byNumber = (agentId: string): SQL => sql`agent_number = ${numberOfAgent(agentId)}`;

const SECRET = "a secret";

function about(name: string, table: SQLiteTable, change: Partial<AgentTable> = {}): AgentTable {
  return {
    name,
    sqlName: getTableName(table),
    table,
    whose: byAgent,
    erased: "at once",
    kept: sql`0`,
    leftOut: {},
    ...change,
  };
}

/** Every table with data about agents. Rows by which those of other tables are found come after these. */
export const AGENT_TABLES: readonly AgentTable[] = [
  about("busy", busy, { whose: byNumber }),
  about("storedSeries", storedSeries, { whose: byConnection }),
  about("unreadableObjects", unreadableObjects, { whose: byConnection }),
  about("bookings", bookings, {
    leftOut: {
      sealedTexts: "exported as the texts themselves",
      clientHash: "made of the client's address by a secret key",
      plainTitle: "exported as the texts themselves",
      plainDescription: "exported as the texts themselves",
      plainLocation: "exported as the texts themselves",
      plainClientName: "exported as the texts themselves",
      plainClientEmail: "exported as the texts themselves",
    },
  }),
  about("holds", holds),
  about("lostSales", lostSales),
  about("syncRuns", syncRuns),
  about("syncDays", syncDays),
  about("deadJobs", deadJobs),
  about("connectLinks", connectLinks, { leftOut: { secretHash: SECRET } }),
  about("feeds", feeds, { leftOut: { secretHash: SECRET } }),
  about("passwordAttempts", passwordAttempts),
  about("notices", notices, { kept: sql`kind = 'agent.erased'` }),
  about("acts", acts, { kept: sql`action = ${ACT_OF_ERASURE}` }),
  about("deliveries", deliveries, { erased: "at the end" }),
  about("orphanedEvents", orphanedEvents, { erased: "at the end" }),
  about("channels", channels, { erased: "at the end", whose: byConnection, leftOut: { secretHash: SECRET } }),
  about("connections", connections, { erased: "at the end" }),
  about("accounts", accounts, { erased: "at the end", leftOut: { sealedCredentials: SECRET } }),
  about("agents", agents, { erased: "at the end" }),
  about("erasures", erasures, { kept: sql`1` }),
];

/** Tables that hold nothing about an agent, by the reason. */
export const TABLES_OF_NOBODY: Readonly<Record<string, string>> = {
  refusals: "random ids of writes and their times, for a day",
  disabled_endpoints: "addresses of the marketplace",
};

/** SQL: the rows of a table that an erasure deletes. */
export const erasable = ({ whose, kept }: AgentTable, agentId: string): SQL =>
  sql`${whose(agentId)} AND NOT (${kept})`;
