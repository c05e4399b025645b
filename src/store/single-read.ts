// Single read: one statement as one request. The client makes a stream for it, which costs more than the statement.
import { LibsqlError, type ResultSet, type Row } from "@libsql/client/http";

/** A statement as it is sent. */
export interface SentStatement {
  readonly sql: string;
  readonly args: readonly (string | number | null)[];
}

/** A value in the protocol (Hrana 2 over HTTP). Integers come as text. */
interface WireValue {
  readonly type: string;
  readonly value?: string | number;
}

interface WireResult {
  readonly cols: readonly { readonly name: string | null; readonly decltype?: string | null }[];
  readonly rows: readonly (readonly WireValue[])[];
  readonly affected_row_count: number;
}

type WireAnswer =
  | { readonly type: "ok"; readonly response: { readonly result: WireResult } }
  | { readonly type: "error"; readonly error: { readonly message: string; readonly code?: string } };

// The client binds every number as a float, and so do we: JSON that SQL builds of a parameter stays the same.
const toWire = (value: string | number | null): WireValue =>
  value === null ? { type: "null" } : { type: typeof value === "string" ? "text" : "float", value };

/** @throws RangeError for an integer that fits no number */
function fromWire({ type, value = "" }: WireValue): string | number | null {
  if (type === "null") return null;
  if (type === "text") return String(value);
  const number = Number(value);
  if (type === "integer" && !Number.isSafeInteger(number)) {
    throw new RangeError("an integer in the answer fits no number");
  }
  return number;
}

/** A row as the client makes it: values by name and by position. */
function rowOf(names: readonly string[], values: readonly WireValue[]): Row {
  const row: Record<string, unknown> = {};
  for (const [index, value] of values.entries()) {
    const read = fromWire(value);
    Object.defineProperty(row, index, { value: read });
    row[names[index] ?? ""] = read;
  }
  return Object.defineProperty(row, "length", { value: values.length }) as Row;
}

function resultOf({ cols, rows, affected_row_count }: WireResult): ResultSet {
  const columns = cols.map(({ name }) => name ?? "");
  return {
    columns,
    columnTypes: cols.map(({ decltype }) => decltype ?? ""),
    rows: rows.map((values) => rowOf(columns, values)),
    rowsAffected: affected_row_count,
    lastInsertRowid: undefined,
    toJSON: () => ({ columns, rows }),
  };
}

/** Where single statements go, for the database at `url`. */
export const pipelineOf = (url: string): string =>
  new URL("v2/pipeline", `${url.replace(/^libsql:/, "https:").replace(/\/$/, "")}/`).href;

/**
 * Runs one statement that only reads.
 * @param send sends the request, within a time limit
 * @throws LibsqlError as the client throws them: the server's refusal with its code, or `SERVER_ERROR` with the status
 */
export async function readOne(
  to: { readonly pipeline: string; readonly authToken: string | null },
  send: (url: string, init: RequestInit) => Promise<Response>,
  { sql, args }: SentStatement,
): Promise<ResultSet> {
  const stmt = { sql, args: args.map(toWire), want_rows: true };
  const response = await send(to.pipeline, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(to.authToken === null ? {} : { authorization: `Bearer ${to.authToken}` }),
    },
    body: JSON.stringify({ requests: [{ type: "execute", stmt }, { type: "close" }] }),
  });
  if (!response.ok) {
    const { status } = response;
    await response.body?.cancel();
    const cause = Object.assign(new Error(`status ${status}`), { status });
    throw new LibsqlError(
      `The server answered with status ${status}.`,
      "SERVER_ERROR",
      undefined,
      undefined,
      cause,
    );
  }
  const { results } = (await response.json()) as { results?: readonly WireAnswer[] };
  const answer = results?.[0];
  if (answer?.type === "error") {
    const { code = "UNKNOWN", message } = answer.error;
    throw new LibsqlError(message, code);
  }
  const result = answer?.response?.result;
  if (result === undefined) throw new LibsqlError("The answer is no database's.", "HRANA_PROTO_ERROR");
  return resultOf(result);
}
