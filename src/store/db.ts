// Database: runs each batch of statements as one HTTP request and one transaction, with a time limit and few retries.
import {
  type Client,
  createClient,
  type InStatement,
  LibsqlBatchError,
  LibsqlError,
  type ResultSet,
} from "@libsql/client/http";
import {
  fillPlaceholders,
  getTableColumns,
  type InferSelectModel,
  type Query,
  type SQL,
  sql,
} from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql/http";
import { SQLiteSyncDialect, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { EngineError } from "../domain/errors.ts";
import { SECOND_MS } from "../domain/instant.ts";
import { pipelineOf, readOne, type SentStatement } from "./single-read.ts";

/** Anything drizzle can turn into SQL text: a query builder or a `sql` template. */
export type Statement = { toSQL(): { sql: string; params: unknown[] } } | SQL;

/**
 * The database as the store sees it. A batch is one HTTP request and one transaction: all of it happens or nothing.
 * A write is sent again when its outcome is unknown, so every write batch must be idempotent: a claim names its
 * claimant, an insert ignores conflicts, an update sets absolute values or names the state that it expects.
 */
export interface Database {
  /** Builds statements and never runs them. */
  readonly build: ReturnType<typeof drizzle>;
  /** @throws EngineError `database_unavailable` when the database doesn't answer within the retries */
  read(statements: readonly Statement[]): Promise<ResultSet[]>;
  /** Runs under BEGIN IMMEDIATE. drizzle's own batch begins deferred, and fails when two writers meet. */
  write(statements: readonly Statement[]): Promise<ResultSet[]>;
  /**
   * Like `write`, but only where the query `condition` finds a row. Where it finds none the batch ends as a read, which
   * waits for no writer and makes none wait.
   * @returns null where it found none
   */
  writeIf(condition: SQL, statements: readonly Statement[]): Promise<ResultSet[] | null>;
  /**
   * Like `write`, but all of it is undone where a `demand` among the statements finds no row.
   * @returns null where one found none
   */
  writeOrUndo(statements: readonly Statement[]): Promise<ResultSet[] | null>;
}

/** The parts of the outside world that the database needs. */
export interface DatabaseDeps {
  readonly fetch: typeof fetch;
  sleep(ms: number): Promise<void>;
  random(): number;
}

const ATTEMPTS = 5;
/** A request that timed out may still run in the database. Sending it often would only add to the load. */
const TIMEOUTS = 2;
const REQUEST_TIMEOUT_MS = 8 * SECOND_MS;
const RETRY_BASE_MS = 40;

const dialect = new SQLiteSyncDialect();

/**
 * A parameter in the form that the database takes. The client would turn an object into "[object Object]", and would
 * report a value that it can't send like a broken connection. The message hides the value, which may be secret.
 * @throws TypeError for any other value
 */
function toArgument(value: unknown, index: number): string | number | null {
  if (typeof value === "boolean") return Number(value);
  if (value === null || typeof value === "string" || Number.isFinite(value)) return value as string | number;
  throw new TypeError(`parameter ${index + 1} of a statement is neither text, finite number, flag nor null`);
}

function toStatement(statement: Statement): SentStatement {
  const { sql, params } = "toSQL" in statement ? statement.toSQL() : dialect.sqlToQuery(statement);
  return { sql, args: params.map(toArgument) };
}

/**
 * A statement whose text is built once, when it is first needed.
 * @param build gets what stands for each named value
 */
export function prepared<Name extends string>(
  build: (value: (name: Name) => SQL) => SQL,
): (values: Readonly<Record<Name, string | number | null>>) => Statement {
  let query: Query | undefined;
  return (values) => {
    query ??= dialect.sqlToQuery(build((name) => sql`${sql.placeholder(name)}`));
    const { sql: text, params } = query;
    return { toSQL: () => ({ sql: text, params: fillPlaceholders(params, values) }) };
  };
}

/** The Turso engine has no code for two writers that meet (`docs/providers/cloudflare-turso.md` 2.4). */
const CONFLICT = /write-write conflict|database is locked/i;

/**
 * Is another try worthwhile? Yes when the database was busy, throttled, unreachable or slow, or its answer was broken.
 * No when it refused a statement, or when an integer in its answer fits no number (RangeError). Any other error that
 * isn't the client's own comes from `fetch` or from reading the body, because the statements were checked before.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof LibsqlError)) return !(error instanceof RangeError);
  if (error.code === "SERVER_ERROR") {
    const status = (error.cause as { status?: number } | undefined)?.status ?? 500;
    return status === 429 || status >= 500;
  }
  if (CONFLICT.test(error.message)) return true;
  return /^(SQLITE_BUSY|SQLITE_LOCKED|STREAM_EXPIRED|HRANA_CLOSED|HRANA_PROTO|TRANSACTION_TIMEOUT)/.test(
    error.code,
  );
}

/**
 * Statement that fails where the query `condition` finds no row: a limit must be a number. A batch can't branch on
 * rows, only on a failed step.
 */
export const demand = (condition: SQL): SQL =>
  sql`SELECT 1 LIMIT CASE WHEN EXISTS (${condition}) THEN 1 ELSE 'none' END`;

/**
 * The beginning of a batch that writes only under a condition. The write transaction begins after the condition,
 * because a transaction that begins by reading fails when another writer comes between.
 */
const onlyIf = (condition: SQL): readonly SQL[] => [demand(condition), sql`COMMIT`, sql`BEGIN IMMEDIATE`];

/** The Turso engine has no code for this either. */
const MISMATCH = /datatype mismatch/i;

/** Did a `demand` fail? No other statement of the store ends with this code. */
const isUnmet = (error: unknown): error is LibsqlBatchError =>
  error instanceof LibsqlBatchError && (error.code === "SQLITE_MISMATCH" || MISMATCH.test(error.message));

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === "TimeoutError";

/** Opens the database at `url` (libsql:, https:, or http: for a local sqld). Opening sends no request. */
export function openDatabase(
  config: { url: string; authToken: string | null },
  deps: DatabaseDeps,
): Database {
  const send = (target: Request | string, init: RequestInit) =>
    deps.fetch(target, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const client: Client = createClient({
    url: config.url,
    ...(config.authToken === null ? {} : { authToken: config.authToken }),
    // The client's default limit of 20 makes one event wait for another event's promise, and workerd cancels such an
    // event as hung. So there is no limit here: the runtime limits each event. 0 won't do: the client reads it as 20.
    concurrency: Number.MAX_SAFE_INTEGER,
    fetch: (request: Request) => send(request, {}),
  });
  const single = { pipeline: pipelineOf(config.url), authToken: config.authToken };
  const run = async (
    mode: "read" | "write" | "deferred",
    statements: readonly Statement[],
  ): Promise<ResultSet[]> => {
    const batch = statements.map(toStatement);
    const only = batch.length === 1 ? batch[0] : undefined;
    let timeouts = 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        // One statement is a transaction by itself, so it needs no BEGIN and no COMMIT.
        if (mode === "read" && only !== undefined) return [await readOne(single, send, only)];
        return await client.batch(batch as InStatement[], mode);
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (isTimeout(error)) timeouts += 1;
        if (attempt === ATTEMPTS || timeouts === TIMEOUTS) {
          throw new EngineError("database_unavailable", "The database did not answer. Try again shortly.", {
            cause: error,
          });
        }
        await deps.sleep(RETRY_BASE_MS * 2 ** attempt * (0.5 + deps.random()));
      }
    }
  };
  return {
    build: drizzle({ client }),
    read: (statements) => run("read", statements),
    write: (statements) => run("write", statements),
    async writeIf(condition, statements) {
      const beginning = onlyIf(condition);
      try {
        return (await run("deferred", [...beginning, ...statements])).slice(beginning.length);
      } catch (error) {
        if (isUnmet(error) && error.statementIndex === 0) return null;
        throw error;
      }
    },
    async writeOrUndo(statements) {
      try {
        return await run("write", statements);
      } catch (error) {
        if (isUnmet(error)) return null;
        throw error;
      }
    },
  };
}

type Columns = ReturnType<typeof columnsOf>;

/** The columns of a table with their names in rows, in the order of `jsonOf`. */
const columnsOf = (table: SQLiteTable) => Object.entries(getTableColumns(table));

/** SQL: a row of the table as a JSON array, for `rowOfJson`. */
export const jsonOf = (table: SQLiteTable): SQL =>
  sql.raw(
    `json_array(${columnsOf(table)
      .map(([, { name }]) => name)
      .join(", ")})`,
  );

function typedRow<T extends SQLiteTable>(
  columns: Columns,
  valueAt: (index: number) => unknown,
): InferSelectModel<T> {
  const read = columns.map(([key, column], index) => {
    const value = valueAt(index);
    return [key, value === null || value === undefined ? null : column.mapFromDriverValue(value)];
  });
  return Object.fromEntries(read) as InferSelectModel<T>;
}

/** A row that `jsonOf` made, as drizzle types it. */
export const rowOfJson = <T extends SQLiteTable>(table: T, values: readonly unknown[]): InferSelectModel<T> =>
  typedRow(columnsOf(table), (index) => values[index]);

/** The rows of a `SELECT *` or `RETURNING *` on one table, as drizzle types them. */
export function rowsOf<T extends SQLiteTable>(
  table: T,
  result: ResultSet | undefined,
): InferSelectModel<T>[] {
  const columns = columnsOf(table);
  // The Turso engine gives names in RETURNING with their quotes (`docs/providers/cloudflare-turso.md` 2.4).
  const isQuoted = result?.columns?.[0]?.startsWith('"') === true;
  const names = columns.map(([, { name }]) => (isQuoted ? `"${name}"` : name));
  return (result?.rows ?? []).map((row) => typedRow(columns, (index) => row[names[index] ?? ""]));
}
