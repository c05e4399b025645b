// Key use: counts the secrets under each key, so that an operator sees when an old one may go.
import { type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "./db.ts";
import { ACCOUNT_SEALED_UNDER, BOOKING_SEALED_UNDER } from "./sealed-under.ts";

/** Counting ends here: whoever asks may ask often, and of a million secrets nobody needs the exact number. */
const MOST = 10_000;

/** The secrets under each key. Every number ends at 10,000. */
export interface KeyUse {
  readonly keys: readonly { readonly id: string; readonly accounts: number; readonly bookings: number }[];
  /** Bookings whose texts aren't sealed yet. */
  readonly unsealed: number;
  /** Secrets under a key that isn't there. */
  readonly lost: number;
}

/** A count for each of the ids, which are sorted, and one for everything between and beside them. */
function countsOf(table: SQL, under: SQL, ids: readonly string[]): SQL {
  const count = (which: SQL) =>
    sql`(SELECT COUNT(*) FROM (SELECT 1 FROM ${table} WHERE ${which} LIMIT ${MOST}))`;
  const gaps = [
    ...ids.map((id, index) => {
      const before = ids[index - 1];
      return before === undefined
        ? count(sql`${under} < ${id}`)
        : count(sql`${under} > ${before} AND ${under} < ${id}`);
    }),
    count(sql`${under} > ${ids.at(-1) ?? ""}`),
  ];
  return sql`SELECT ${sql.join(
    ids.map((id, index) => sql`${count(sql`${under} = ${id}`)} AS ${sql.raw(`k${index}`)}`),
    sql`, `,
  )}, ${sql.join(gaps, sql` + `)} AS lost`;
}

const ACCOUNTS = sql.raw("accounts INDEXED BY accounts_sealed_under");
const BOOKINGS = sql.raw("bookings INDEXED BY bookings_sealed_under");

const sorted = (ids: readonly string[]): string[] => [...ids].sort();
/** Texts that aren't sealed count as under no key. */
const withNone = (ids: readonly string[]): string[] => ["", ...sorted(ids)];

/** Statements: the secrets under these keys. For `keyUseOf`. */
export const selectKeyUse = (keyIds: readonly string[]): [Statement, Statement] => [
  countsOf(ACCOUNTS, ACCOUNT_SEALED_UNDER, sorted(keyIds)),
  countsOf(BOOKINGS, BOOKING_SEALED_UNDER, withNone(keyIds)),
];

type Result = Awaited<ReturnType<Database["read"]>>[number] | undefined;

/** Reads the answers to `selectKeyUse` for the same keys. */
export function keyUseOf(keyIds: readonly string[], accounts: Result, bookings: Result): KeyUse {
  const number = (result: Result, name: string) => Number(result?.rows[0]?.[name] ?? 0);
  const under = (result: Result, ids: readonly string[], id: string) => number(result, `k${ids.indexOf(id)}`);
  return {
    keys: keyIds.map((id) => ({
      id,
      accounts: under(accounts, sorted(keyIds), id),
      bookings: under(bookings, withNone(keyIds), id),
    })),
    unsealed: under(bookings, withNone(keyIds), ""),
    lost: number(accounts, "lost") + number(bookings, "lost"),
  };
}
