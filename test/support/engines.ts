// Engines: the database engines that run in this process, for the simulation and for `npm run test:turso`.
import Libsql from "libsql";

/** `libsql` is SQLite's own; `turso` is its successor in Rust. Turso Cloud offers both. */
export type EngineName = "libsql" | "turso";

/** The engine of this run. */
export const ENGINE: EngineName = process.env["DATABASE_ENGINE"] === "turso" ? "turso" : "libsql";

/** Values by place, or by name where the statement names them. */
export type Args = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A prepared statement, as far as both engines agree. */
interface Statement {
  /** Whether it answers with rows. */
  readonly reader: boolean;
  columns(): readonly { readonly name: string }[];
  raw(on: boolean): unknown;
  all(args: Args): unknown[];
  run(args: Args): { readonly changes: number };
}

/** A connection to a database. */
export interface Engine {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  close(): unknown;
}

// Loaded only where it is asked for: it has no build for some machines that the project runs on.
const Chosen = ENGINE === "turso" ? (await import("@tursodatabase/database/compat")).Database : Libsql;

/** Opens a database of this run's engine at `path`, by default one in memory. */
export const openEngine = (path = ":memory:"): Engine => new Chosen(path) as unknown as Engine;
