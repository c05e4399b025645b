// Database: each batch is one request, happens wholly or not at all, and is tried again when that can help.

import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { EngineError } from "../../src/domain/errors.ts";
import { type Database, demand, openDatabase } from "../../src/store/db.ts";
import { agents } from "../../src/store/schema/calendars.ts";
import { type Exchange, isWrite } from "../bench/wiretap.ts";
import { atMost } from "../support/at-most.ts";
import { seedStatements } from "../support/seed.ts";
import { startDatabase, type TestDatabase } from "../support/start-database.ts";

type Fetch = typeof fetch;

/** The parts of an answer that the tests change. */
const Answer = z.looseObject({
  results: z.array(
    z.looseObject({
      response: z.looseObject({
        type: z.string(),
        result: z
          .looseObject({ step_results: z.array(z.unknown()), step_errors: z.array(z.unknown()) })
          .optional(),
      }),
    }),
  ),
});

/** What is tested here is the way to a server, so one is there in each run. */
let server: TestDatabase;
beforeAll(async () => {
  server = await startDatabase();
});
afterAll(() => server.stop());

/** A database whose requests and answers `way` can change. Pauses between attempts are recorded, not slept. */
function openVia(way: (inner: Fetch) => Fetch, random = 0.5) {
  const pauses: number[] = [];
  let requests = 0;
  const sent = way(fetch);
  const counted: Fetch = (input, init) => {
    requests += 1;
    return sent(input, init);
  };
  const db = openDatabase(
    { url: server.url, authToken: null },
    {
      fetch: counted,
      sleep: async (ms) => {
        pauses.push(ms);
      },
      random: () => random,
    },
  );
  return { db, pauses, requests: () => requests };
}

/** Fails the first `times` requests. */
const failing = (times: number, fail: (inner: Promise<Response>) => Promise<Response> | Response) => {
  let left = times;
  return (inner: Fetch): Fetch =>
    async (input, init) => {
      if (left === 0) return inner(input, init);
      left -= 1;
      return fail(inner(input, init));
    };
};

const one = (db: Database) => db.read([sql`SELECT 1 AS one`]);

const answered = (status: number) => async (inner: Promise<Response>) => {
  await (await inner).arrayBuffer();
  return new Response("no", { status });
};

/** On a busy database the first step of a batch, BEGIN, fails, and the other steps are skipped. */
const busy = async (inner: Promise<Response>) => {
  const answer = Answer.parse(await (await inner).json());
  for (const { response } of answer.results) {
    if (response.type !== "batch" || response.result === undefined) continue;
    const { step_results, step_errors } = response.result;
    step_results.fill(null);
    step_errors.fill({ message: "SQLite error: database is locked", code: "SQLITE_BUSY" }, 0, 1);
  }
  return Response.json(answer);
};

const broken = async (inner: Promise<Response>): Promise<Response> => {
  await (await inner).arrayBuffer();
  throw new TypeError("fetch failed");
};

const timedOut = async (inner: Promise<Response>): Promise<Response> => {
  await (await inner).arrayBuffer();
  throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
};

const cutOff = async (inner: Promise<Response>) => new Response((await (await inner).text()).slice(0, 20));

const somebodyElses = async (inner: Promise<Response>) => {
  await (await inner).arrayBuffer();
  return Response.json({ hello: "portal" });
};

test("a batch is one request, however many statements it has", async () => {
  const { db, requests } = openVia((inner) => inner);
  const results = await db.read(Array.from({ length: 40 }, (_, index) => sql`SELECT ${index} AS n`));
  expect(results.map(({ rows }) => rows[0]?.["n"])).toEqual(Array.from({ length: 40 }, (_, index) => index));
  expect(requests()).toBe(1);
});

test.each([
  ["throttling (429)", answered(429)],
  ["a failing server (500)", answered(500)],
  ["a gateway without its server (503)", answered(503)],
  ["a busy database", busy],
  ["a broken connection", broken],
  ["an answer that is cut off", cutOff],
  ["an answer that comes from no database", somebodyElses],
])("%s is tried again, with growing pauses", async (_, fail) => {
  const { db, pauses, requests } = openVia(failing(3, fail));
  expect((await one(db))[0]?.rows[0]?.["one"]).toBe(1);
  expect(requests()).toBe(4);
  expect(pauses).toEqual([80, 160, 320]);
});

test("a request that takes too long is sent only once more, because the first may still run", async () => {
  const once = openVia(failing(1, timedOut));
  expect((await one(once.db))[0]?.rows[0]?.["one"]).toBe(1);
  const always = openVia(failing(99, timedOut));
  await expect(one(always.db)).rejects.toMatchObject({ code: "database_unavailable" });
  expect(always.requests()).toBe(2);
});

test("it gives up after five attempts, within seconds, and the error names the database as the reason", async () => {
  const { db, pauses, requests } = openVia(failing(99, broken), 0.999);
  const error = await one(db).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ code: "database_unavailable" });
  expect(requests()).toBe(5);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(2_000);
});

test.each([
  ["a wrong token", answered(401)],
  ["a request the server calls wrong", answered(400)],
])("%s isn't tried again", async (_, fail) => {
  const { db, requests } = openVia(failing(1, fail));
  await expect(one(db)).rejects.toThrow();
  expect(requests()).toBe(1);
});

test("a statement that is refused isn't tried again, and its batch leaves nothing behind", async () => {
  const { db, requests } = openVia((inner) => inner);
  const seed = seedStatements(db, { agentId: `db-${crypto.randomUUID()}`, now: 1 });
  const [first, ...rest] = seed;
  if (first === undefined) throw new Error("a seed begins with the agent");
  await expect(db.write([first, ...rest, first])).rejects.toThrow(/constraint/i);
  expect(requests()).toBe(1);
  await db.write(seed);
  expect(requests()).toBe(2);
});

test.each([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["an infinite number", Number.POSITIVE_INFINITY],
  ["an object", { secret: "canary" }],
  ["a date", new Date(0)],
  ["a function", () => 1],
])(
  "our own mistake doesn't look like one of the database: %s as a parameter fails at once and isn't sent",
  async (_, value) => {
    const { db, requests, pauses } = openVia((inner) => inner);
    for (const ask of [db.read, db.write]) {
      const error: unknown = await ask([sql`SELECT 1`, sql`SELECT ${1}, ${sql.param(value)}`]).catch(
        (e) => e,
      );
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toMatch(/parameter 2/);
      expect(String(error)).not.toContain("canary");
    }
    await expect(db.read([sql`SELECT ${sql.param(value)}`])).rejects.toThrow(TypeError);
    expect([requests(), pauses]).toEqual([0, []]);
  },
);

test("an answer with an integer too large for a number is not asked for again", async () => {
  const { db, requests } = openVia((inner) => inner);
  await expect(db.read([sql`SELECT 9007199254740993 AS large`])).rejects.toThrow(RangeError);
  await expect(db.write([sql`SELECT 9007199254740993 AS large`])).rejects.toThrow(RangeError);
  expect(requests()).toBe(2);
});

test("every request carries a time limit", async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  const { db } = openVia((inner) => (input, init) => {
    signals.push(init?.signal);
    return inner(input, init);
  });
  await one(db);
  await db.write([sql`SELECT 1`]);
  expect(signals).toHaveLength(2);
  for (const signal of signals) expect(signal).toBeInstanceOf(AbortSignal);
});

test("writers that meet wait for each other: no update is lost, and no write fails", async () => {
  const { db } = openVia((inner) => atMost(8, inner));
  const agentId = `db-${crypto.randomUUID()}`;
  await db.write(seedStatements(db, { agentId, now: 1 }));
  const raise = () =>
    db.write([
      sql`SELECT revision FROM agents WHERE agent_id = ${agentId}`,
      sql`UPDATE agents SET revision = revision + 1 WHERE agent_id = ${agentId}`,
      sql`SELECT revision FROM agents WHERE agent_id = ${agentId}`,
    ]);
  const seen = await Promise.all(Array.from({ length: 60 }, raise));
  for (const [before, , after] of seen) {
    expect(Number(after?.rows[0]?.["revision"])).toBe(Number(before?.rows[0]?.["revision"]) + 1);
  }
  const [total] = await db.read([sql`SELECT revision FROM ${agents} WHERE agent_id = ${agentId}`]);
  expect(total?.rows[0]?.["revision"]).toBe(61);
});

describe("a write under a condition", () => {
  const conditional = async (key: string) => {
    const { db, requests } = openVia((inner) => inner);
    const agentId = `db-${crypto.randomUUID()}`;
    await db.write(seedStatements(db, { agentId, now: 1 }));
    const before = requests();
    const results = await db.writeIf(sql`SELECT 1 FROM agents WHERE agent_id = ${`${agentId}${key}`}`, [
      sql`UPDATE agents SET revision = revision + 1 WHERE agent_id = ${agentId} RETURNING revision`,
      sql`SELECT 2 AS two`,
    ]);
    const [stored] = await db.read([sql`SELECT revision FROM agents WHERE agent_id = ${agentId}`]);
    const rows = results?.map((result) => Number(Object.values(result.rows[0] ?? {})[0]));
    return { rows, stored: Number(stored?.rows[0]?.["revision"]), requests: requests() - before - 1 };
  };

  test("happens in one request where a row is found", async () => {
    expect(await conditional("")).toEqual({ rows: [2, 2], stored: 2, requests: 1 });
  });

  test("is one request that changes nothing where none is found", async () => {
    expect(await conditional("-else")).toEqual({ rows: undefined, stored: 1, requests: 1 });
  });

  test("begins no write transaction where none is found, so it waits for no writer", async () => {
    const exchanges: Exchange[] = [];
    const { db } = openVia((inner) => async (input, init) => {
      const request = new Request(input, init);
      const asked = await request.clone().text();
      const answer = await inner(request, init);
      const answered = await answer.clone().text();
      exchanges.push({ method: "POST", path: "", asked, answered, status: answer.status });
      return answer;
    });
    const agentId = `db-${crypto.randomUUID()}`;
    await db.write(seedStatements(db, { agentId, now: 1 }));
    for (const id of ["nobody", agentId]) {
      await db.writeIf(sql`SELECT 1 FROM agents WHERE agent_id = ${id}`, [sql`SELECT 1`]);
    }
    expect(exchanges.map(isWrite)).toEqual([true, false, true]);
  });

  test("meets other writers without losing an update", async () => {
    const { db } = openVia((inner) => atMost(8, inner));
    const agentId = `db-${crypto.randomUUID()}`;
    await db.write(seedStatements(db, { agentId, now: 1 }));
    const mine = sql`SELECT 1 FROM agents WHERE agent_id = ${agentId}`;
    const raise = sql`UPDATE agents SET revision = revision + 1 WHERE agent_id = ${agentId}`;
    await Promise.all(Array.from({ length: 40 }, () => db.writeIf(mine, [raise])));
    const [total] = await db.read([sql`SELECT revision FROM agents WHERE agent_id = ${agentId}`]);
    expect(total?.rows[0]?.["revision"]).toBe(41);
  });

  test("fails where the condition itself or a statement does", async () => {
    const { db } = openVia((inner) => inner);
    await expect(db.writeIf(sql`SELECT 1 FROM nowhere`, [sql`SELECT 1`])).rejects.toThrow(/no such table/);
    await expect(db.writeIf(sql`SELECT 1`, [sql`SELECT 1 LIMIT 'x'`])).rejects.toThrow(/mismatch/);
  });
});

describe("A write with demands", () => {
  const raised = async (db: Database, agentId: string, named: string) => {
    const results = await db.writeOrUndo([
      sql`UPDATE agents SET revision = revision + 1 WHERE agent_id = ${agentId}`,
      demand(sql`SELECT 1 FROM agents WHERE agent_id = ${agentId} AND revision = 2`),
      demand(sql`SELECT 1 FROM agents WHERE agent_id = ${named}`),
      sql`UPDATE agents SET buffer_before_ms = 5 WHERE agent_id = ${agentId} RETURNING buffer_before_ms`,
    ]);
    const [stored] = await db.read([
      sql`SELECT revision, buffer_before_ms FROM agents WHERE agent_id = ${agentId}`,
    ]);
    return { done: results?.at(-1)?.rows.length ?? null, stored: Object.values(stored?.rows[0] ?? {}) };
  };

  test("stays where each finds a row, and is undone where one finds none, in one request", async () => {
    const { db, requests } = openVia((inner) => inner);
    const agentId = `db-${crypto.randomUUID()}`;
    await db.write(seedStatements(db, { agentId, now: 1 }));
    const before = requests();
    expect(await raised(db, agentId, "nobody")).toEqual({ done: null, stored: [1, 0] });
    expect(requests() - before).toBe(2);
    expect(await raised(db, agentId, agentId)).toEqual({ done: 1, stored: [2, 5] });
  });

  test("fails where a statement does", async () => {
    const { db } = openVia((inner) => inner);
    await expect(db.writeOrUndo([sql`SELECT 1 FROM nowhere`, demand(sql`SELECT 1`)])).rejects.toThrow(
      /no such table/,
    );
  });
});
