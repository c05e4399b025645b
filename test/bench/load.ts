// Other agents' load: cached calendars in bulk, so that a measure shows which counts depend on the cache's size.
import { type Client, createClient } from "@libsql/client/web";
import { DAY_MS, type Instant, MINUTE_MS } from "../../src/domain/instant.ts";

/** Busy rows of one filler agent. The measured agent's rows stay as they are. */
export const ROWS_PER_AGENT = 100;

const CHUNK_ROWS = 50_000;
/** The number of the first filler agent, and of its calendar. The measured agents have smaller ones. */
const FIRST_FILLER = 1_000;
/** Between two events of one agent. */
export const SPACING_MS = 4 * DAY_MS;

/** The numbers from `:from` up to but not including `:to`. */
const SEQUENCE = "WITH RECURSIVE n(i) AS (SELECT :from UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :to)";

/** Copies the measured agent's row in `table` for filler agents, all columns alike but the named ones. */
async function copies(client: Client, table: string, overrides: Record<string, string>): Promise<string> {
  const { rows } = await client.execute(`SELECT name FROM pragma_table_info('${table}')`);
  const columns = rows.map((row) => String(row["name"]));
  const values = columns.map((column) => overrides[column] ?? `t.${column}`);
  return `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) ${SEQUENCE}
    SELECT ${values.join(", ")} FROM n, (SELECT * FROM ${table} WHERE agent_id = :agent LIMIT 1) t`;
}

/**
 * Fills the cache until it holds `total` busy rows.
 * @param input.agentId the measured agent, whose rows are the model
 * @param input.from where the fillers' first event starts
 */
export async function fillCache(
  databaseUrl: string,
  input: { agentId: string; total: number; from: Instant },
): Promise<void> {
  const client = createClient({ url: databaseUrl });
  const name = "printf('filler-%d', i)";
  const number = `i + ${FIRST_FILLER}`;
  const perAgent = [
    await copies(client, "agents", { agent_id: name, number }),
    await copies(client, "accounts", { id: name, agent_id: name, provider_user_id: name }),
    await copies(client, "connections", {
      ...{ id: name, number, agent_id: name, account_id: name, calendar_id: name },
    }),
  ];
  const filler = `i / ${ROWS_PER_AGENT} + ${FIRST_FILLER}`;
  const busy = `INSERT OR IGNORE INTO busy
    (agent_number, connection_number, starts_at, ends_at, event_key, status, all_day, generation) ${SEQUENCE}
    SELECT ${filler}, ${filler}, :first + (i % ${ROWS_PER_AGENT}) * ${SPACING_MS},
      :first + (i % ${ROWS_PER_AGENT}) * ${SPACING_MS} + ${30 * MINUTE_MS},
      printf('event-%06d', i % ${ROWS_PER_AGENT}), 'busy', 0, 1 FROM n`;
  try {
    const counted = await client.execute("SELECT count(*) AS rows FROM busy");
    const missing = input.total - Number(counted.rows[0]?.["rows"] ?? 0);
    const present = await client.execute(
      `SELECT count(*) AS rows FROM busy WHERE agent_number >= ${FIRST_FILLER}`,
    );
    const start = Number(present.rows[0]?.["rows"] ?? 0);
    for (let at = start; at < start + missing; at += CHUNK_ROWS) {
      const to = Math.min(at + CHUNK_ROWS, start + missing);
      const agents = { from: Math.floor(at / ROWS_PER_AGENT), to: Math.ceil(to / ROWS_PER_AGENT) };
      await client.batch(
        [
          ...perAgent.map((sql) => ({ sql, args: { ...agents, agent: input.agentId } })),
          { sql: busy, args: { from: at, to, first: input.from } },
        ],
        "write",
      );
    }
  } finally {
    client.close();
  }
}
