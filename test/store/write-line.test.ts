// Write line: few of an event's writes go at once, in their order, and every wait ends.
import { sql } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import type { Database } from "../../src/store/db.ts";
import { inLine } from "../../src/store/write-line.ts";

afterEach(() => vi.restoreAllMocks());

/** A database whose writes end when they are told to. */
function gatedDatabase() {
  const gates: { end(): void; fail(): void }[] = [];
  const write: Database["write"] = () =>
    new Promise((resolve, reject) =>
      gates.push({ end: () => resolve([]), fail: () => reject(new Error("refused")) }),
    );
  return { gates, database: { write, read: async () => [] } as unknown as Database };
}

/** Lets all that can go on go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("two writes go at once, the others in their order as places get free, whether a write succeeds or fails", async () => {
  const { gates, database } = gatedDatabase();
  const line = inLine(database, 2);
  const ends: string[] = [];
  const writes = ["a", "b", "c", "d"].map((name) =>
    line.write([sql`SELECT 1`]).then(
      () => ends.push(name),
      () => ends.push(`${name} failed`),
    ),
  );
  await settle();
  expect(gates).toHaveLength(2);
  gates[1]?.fail();
  await settle();
  expect(gates).toHaveLength(3);
  gates[0]?.end();
  gates[2]?.end();
  await settle();
  gates[3]?.end();
  await Promise.all(writes);
  expect(ends).toEqual(["b failed", "a", "c", "d"]);
});

test("reads don't stand in line", async () => {
  const { database } = gatedDatabase();
  const line = inLine(database, 1);
  void line.write([]);
  expect(await line.read([])).toEqual([]);
});

test("who waits too long is told that the database is unavailable, and takes no place", async () => {
  const limit = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(limit.signal);
  const { gates, database } = gatedDatabase();
  const line = inLine(database, 1);
  const first = line.write([]);
  const second = line.write([]);
  limit.abort();
  await expect(second).rejects.toMatchObject({ code: "database_unavailable" });
  gates[0]?.end();
  await first;
  const third = line.write([]);
  await settle();
  expect(gates).toHaveLength(2);
  gates[1]?.end();
  await third;
});
