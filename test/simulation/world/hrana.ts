// Hrana: a real database engine in this process behind the pipeline protocol of the HTTP client.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Args, ENGINE, type Engine, openEngine } from "../../support/engines.ts";

type Value =
  | { readonly type: "null" }
  | { readonly type: "integer"; readonly value: string }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "text"; readonly value: string };

interface Stmt {
  readonly sql?: string;
  readonly sql_id?: number;
  readonly args?: readonly Value[];
  readonly named_args?: readonly { readonly name: string; readonly value: Value }[];
}

type Condition =
  | { readonly type: "ok" | "error"; readonly step: number }
  | { readonly type: "not"; readonly cond: Condition }
  | { readonly type: "and" | "or"; readonly conds: readonly Condition[] };

interface Step {
  readonly stmt: Stmt;
  readonly condition?: Condition;
}

type PipelineRequest =
  | { readonly type: "close" }
  | { readonly type: "store_sql" | "close_sql"; readonly sql_id: number; readonly sql?: string }
  | { readonly type: "execute"; readonly stmt: Stmt }
  | { readonly type: "batch"; readonly batch: { readonly steps: readonly Step[] } };

interface StepError {
  readonly message: string;
  readonly code: string;
}

/** A statement that ran and was not a query. */
export interface Written {
  readonly sql: string;
  readonly args: Args;
}

/** The result of one pipeline request. */
export interface Done {
  /** The answer as JSON. */
  readonly body: string;
  /** Empty when the transaction was rolled back. */
  readonly written: readonly Written[];
}

/** The database of one process. It is emptied for each seed. */
export interface LocalDatabase {
  /** Runs a pipeline request as the server would, without interruption. `alter` replaces statements. */
  pipeline(body: string, alter?: (sql: string) => string): Done;
  /** Queries the database directly. Returns rows as objects. */
  query<Row>(sql: string, args?: readonly (string | number | null)[]): Row[];
  /** Empties all tables. */
  clear(): void;
}

const MIGRATIONS = join(import.meta.dirname, "../../../migrations");
const READING = /^\s*(?:select|with)\b/i;
const EXPLAINING = /^\s*explain\b/i;
const CONTROL = /^\s*(?:begin|commit|rollback)\b/i;

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

export function migrationTexts(): string[] {
  const journal: Journal = JSON.parse(readFileSync(join(MIGRATIONS, "meta/_journal.json"), "utf8"));
  return journal.entries.map(({ tag }) => readFileSync(join(MIGRATIONS, `${tag}.sql`), "utf8"));
}

const argOf = (value: Value): string | number | bigint | null => {
  if (value.type === "null") return null;
  return value.type === "integer" ? BigInt(value.value) : value.value;
};

const argsOf = ({ args = [], named_args: named = [] }: Stmt): Args =>
  named.length === 0
    ? args.map(argOf)
    : Object.fromEntries(named.map(({ name, value }) => [name.replace(/^[:@$]/, ""), argOf(value)]));

function protocolValue(cell: unknown): Value {
  if (cell === null || cell === undefined) return { type: "null" };
  if (typeof cell === "string") return { type: "text", value: cell };
  if (typeof cell === "number" && Number.isInteger(cell)) return { type: "integer", value: String(cell) };
  if (typeof cell === "number") return { type: "float", value: cell };
  throw new TypeError(`a value of type ${typeof cell} is not expected here`);
}

/** Runs one statement. Returns the protocol's result. */
type Run = (args: Args) => unknown;

/** Prepares each statement once for all seeds, because the engine has a fixed set of statements. */
function prepared(database: Engine, known: Map<string, Run>, sql: string): Run {
  const found = known.get(sql);
  if (found !== undefined) return found;
  const statement = database.prepare(sql);
  const cols = statement.reader ? statement.columns().map(({ name }) => ({ name, decltype: null })) : [];
  if (statement.reader) statement.raw(true);
  const run: Run = statement.reader
    ? (args) => {
        const rows = (statement.all(args) as unknown[][]).map((row) => row.map(protocolValue));
        return { cols, rows, affected_row_count: 0, last_insert_rowid: null };
      }
    : (args) => {
        const { changes } = statement.run(args);
        return { cols: [], rows: [], affected_row_count: changes, last_insert_rowid: null };
      };
  known.set(sql, run);
  return run;
}

function holds(
  condition: Condition | undefined,
  results: readonly unknown[],
  errors: readonly unknown[],
): boolean {
  if (condition === undefined) return true;
  const met = (inner: Condition) => holds(inner, results, errors);
  if (condition.type === "not") return !met(condition.cond);
  if ("conds" in condition)
    return condition.type === "and" ? condition.conds.every(met) : condition.conds.some(met);
  return (condition.type === "ok" ? results : errors)[condition.step] !== null;
}

function errorOf(error: unknown): StepError {
  const { message, code = "SQLITE_UNKNOWN" } = error as Error & { code?: string };
  return { message: `SQLite error: ${message}`, code };
}

function runBatch(prepare: (sql: string) => Run, steps: readonly Step[], textOf: (stmt: Stmt) => string) {
  const results: unknown[] = [];
  const errors: (StepError | null)[] = [];
  let written: Written[] = [];
  for (const { stmt, condition } of steps) {
    results.push(null);
    errors.push(null);
    if (!holds(condition, results, errors)) continue;
    const sql = textOf(stmt);
    const args = argsOf(stmt);
    try {
      results[results.length - 1] = prepare(sql)(args);
      if (/^\s*rollback/i.test(sql)) written = [];
      else if (!READING.test(sql) && !CONTROL.test(sql)) written.push({ sql, args });
    } catch (error) {
      errors[errors.length - 1] = errorOf(error);
    }
  }
  return { result: { step_results: results, step_errors: errors }, written };
}

/** A new database with all migrations applied. */
export function openLocalDatabase(): LocalDatabase {
  const database = openEngine();
  for (const text of migrationTexts()) database.exec(text.replaceAll("--> statement-breakpoint", ""));
  return localDatabase(database);
}

/** An engine with the same tables and indexes, all empty. */
function schemaCopy(database: Engine): Engine {
  const copy = openEngine();
  const made = database.prepare(
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
  );
  for (const { sql } of made.all([]) as { sql: string }[]) copy.exec(sql);
  return copy;
}

/** The database behind the protocol. */
export function localDatabase(database: Engine): LocalDatabase {
  const names = database.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%turso_internal%'",
  );
  const tables = (names.all([]) as { name: string }[]).map(({ name }) => name);
  const known = new Map<string, Run>();
  let explainer: Engine | null = null;
  // libsql 0.5.29 never ends an EXPLAIN, and nothing can be committed beside it: a copy of the schema answers those.
  const engineFor = (sql: string): Engine => {
    if (ENGINE !== "libsql" || !EXPLAINING.test(sql)) return database;
    explainer ??= schemaCopy(database);
    return explainer;
  };
  const prepare = (sql: string) => prepared(engineFor(sql), known, sql);
  const asking = new Map<string, ReturnType<Engine["prepare"]>>();
  return {
    pipeline(body, alter = (sql) => sql) {
      const { requests } = JSON.parse(body) as { requests: readonly PipelineRequest[] };
      const texts = new Map<number, string>();
      const written: Written[] = [];
      const results = requests.map((request) => {
        if (request.type === "store_sql") texts.set(request.sql_id, request.sql ?? "");
        if (request.type === "execute") {
          const { sql, sql_id } = request.stmt;
          try {
            const run = prepare(alter(sql ?? texts.get(sql_id ?? -1) ?? ""));
            return { type: "ok", response: { type: "execute", result: run(argsOf(request.stmt)) } };
          } catch (error) {
            return { type: "error", error: errorOf(error) };
          }
        }
        if (request.type !== "batch") return { type: "ok", response: { type: request.type } };
        const textOf = (stmt: Stmt) => alter(stmt.sql ?? texts.get(stmt.sql_id ?? -1) ?? "");
        const batch = runBatch(prepare, request.batch.steps, textOf);
        written.push(...batch.written);
        return { type: "ok", response: { type: "batch", result: batch.result } };
      });
      return { body: JSON.stringify({ baton: null, base_url: null, results }), written };
    },
    query<Row>(sql: string, args: readonly (string | number | null)[] = []) {
      const statement = asking.get(sql) ?? database.prepare(sql);
      asking.set(sql, statement);
      return statement.all([...args]) as Row[];
    },
    clear() {
      for (const table of tables) database.exec(`DELETE FROM "${table}"`);
      database.exec("DELETE FROM sqlite_sequence");
    },
  };
}
