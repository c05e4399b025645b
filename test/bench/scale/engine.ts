// The engine in this process over a database of its own, with no provider: what upkeep alone costs.
import { type Client, createClient, type InArgs } from "@libsql/client/web";
import * as z from "zod";
import { applyMigrations } from "../../../scripts/local/migrations.ts";
import { makeSecrets, workerBindings } from "../../../scripts/local/secrets.ts";
import { startSqld } from "../../../scripts/local/sqld.ts";
import { readConfig } from "../../../src/config.ts";
import { createDeps, type Deps, type Job } from "../../../src/deps.ts";
import { seedStatements } from "../../support/seed.ts";

/** What one statement cost in the database. */
export interface Cost {
  readonly sql: string;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** An engine with its database. */
export interface UpkeepEngine {
  readonly deps: Deps;
  readonly client: Client;
  /** Jobs that were sent. */
  readonly jobs: Job[];
  wait(ms: number): void;
  /** What each statement of `work` cost, by the database's own account. */
  costs(work: () => Promise<unknown>): Promise<Cost[]>;
  /** Copies row `model` of a table, all columns alike but the named ones, which are SQL of `i` from 1 to `count`. */
  copy(table: string, model: string, count: number, changed: Readonly<Record<string, string>>): Promise<void>;
  run(sql: string, args?: InArgs): Promise<number>;
  stop(): Promise<void>;
}

/** A statement by its text, or by the number under which this exchange has stored it. */
const Statement = z.object({ sql: z.string().optional(), sql_id: z.number().optional() });
const Asked = z.object({
  requests: z.array(
    z.object({
      ...Statement.shape,
      stmt: Statement.optional(),
      batch: z.object({ steps: z.array(z.object({ stmt: Statement })) }).optional(),
    }),
  ),
});
const Counted = z.object({ rows_read: z.number().default(0), rows_written: z.number().default(0) });
const Answered = z.object({
  results: z.array(
    z.object({
      response: z
        .object({
          result: z
            .object({ ...Counted.shape, step_results: z.array(Counted.nullable()).default([]) })
            .optional(),
        })
        .optional(),
    }),
  ),
});

/** What each statement of one exchange with the database cost. */
function costsOf(asked: string, answered: string): Cost[] {
  const { requests } = Asked.parse(JSON.parse(asked));
  const { results } = Answered.parse(JSON.parse(answered));
  const stored = new Map(requests.map(({ sql_id, sql }) => [sql_id, sql]));
  return requests.flatMap((request, index) => {
    const result = results[index]?.response?.result;
    const statements = request.batch?.steps.map(({ stmt }) => stmt) ?? [request.stmt];
    const counts = request.batch === undefined ? [result] : (result?.step_results ?? []);
    return statements.flatMap((stmt, step) => {
      const counted = counts[step];
      if (stmt === undefined || counted == null) return [];
      const sql = stmt.sql ?? stored.get(stmt.sql_id) ?? "";
      return [{ sql, rowsRead: counted.rows_read, rowsWritten: counted.rows_written }];
    });
  });
}

/** Starts an empty database with one agent `a` and one connection `model`, of which nothing is due. */
export async function startUpkeepEngine(): Promise<UpkeepEngine> {
  const sqld = await startSqld();
  await applyMigrations({ url: sqld.url, authToken: null });
  const jobs: Job[] = [];
  const silent = () => {};
  const config = readConfig(
    workerBindings(makeSecrets(), { baseUrl: "http://127.0.0.1", databaseUrl: sqld.url }),
  );
  let waitedMs = 0;
  let tape: Cost[] | null = null;
  const listening: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const asked = await request.clone().text();
    const response = await realFetch(request);
    if (tape !== null && asked !== "") tape.push(...costsOf(asked, await response.clone().text()));
    return response;
  };
  const realFetch = globalThis.fetch;
  globalThis.fetch = listening;
  const real = createDeps(config, { send: async (_, sent) => void jobs.push(...sent) }, (work) => {
    work.catch(silent);
  });
  globalThis.fetch = realFetch;
  const deps: Deps = {
    ...real,
    now: () => real.now() + waitedMs,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  const client = createClient({ url: sqld.url });
  await deps.db.write(
    seedStatements(deps.db, { agentId: "a", now: deps.now(), connections: [{ id: "model" }] }),
  );
  return {
    deps,
    client,
    jobs,
    wait(ms) {
      waitedMs += ms;
    },
    async costs(work) {
      const costs: Cost[] = [];
      tape = costs;
      try {
        await work();
      } finally {
        tape = null;
      }
      return costs;
    },
    async copy(table, model, count, changed) {
      const { rows } = await client.execute(`SELECT name FROM pragma_table_info('${table}')`);
      const own: Readonly<Record<string, string>> = { number: "NULL", ...changed };
      const columns = rows.map((row) => String(row["name"]));
      const step = 50_000;
      for (let from = 1; from <= count; from += step) {
        const to = Math.min(from + step, count + 1);
        await client.execute({
          // Written into the text: numbers are bound as REAL, and would make ids like "idle-1.0".
          sql: `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to})
            INSERT INTO ${table} (${columns.join(", ")})
            SELECT ${columns.map((column) => own[column] ?? `t.${column}`).join(", ")}
            FROM n, ${table} t WHERE t.id = :model`,
          args: { model },
        });
      }
    },
    run: async (sql, args = []) => Number((await client.execute({ sql, args })).rows[0]?.[0] ?? 0),
    async stop() {
      client.close();
      await sqld.stop();
    },
  };
}
