// An export holds everything about an agent that is stored, and no secret.
import { getTableColumns } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { exportAgent } from "../../src/erasure/export-agent.ts";
import { AGENT_TABLES } from "../../src/store/erasure/agent-data.ts";
import { apiOf } from "../http/api.ts";
import { useGoogleWorld, watchedDatabase } from "../support/google-world.ts";
import { furnish, TEXTS } from "./full-agent.ts";

const newWorld = useGoogleWorld();

/** Names of columns that sound like secrets. */
const SECRET = /secret|sealed|credentials|password|token$|hash/i;

describe("an export", () => {
  test("holds the rows of every table with data about agents, and each of their columns", async () => {
    const world = newWorld();
    await furnish(world);
    const agent = apiOf(world, await world.token("agent"));
    const { status, body, headers } = await agent("exportAgent", { params: { agentId: world.agentId } });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("application/json");
    expect(Object.keys(body.tables)).toEqual(AGENT_TABLES.map(({ name }) => name));
    for (const { name, table, leftOut } of AGENT_TABLES) {
      if (name === "erasures") continue;
      const [row] = body.tables[name];
      const columns = Object.keys(getTableColumns(table)).filter((column) => !(column in leftOut));
      expect(row, name).toBeDefined();
      expect(Object.keys(row), name).toEqual(expect.arrayContaining(columns));
    }
    const booking = (body.tables["bookings"] as Record<string, unknown>[]).find(
      ({ bookingId }) => bookingId === "erasure-b-1",
    );
    expect(booking).toMatchObject({ ...TEXTS, startsAt: "2026-03-05T14:00:00.000Z", state: "confirmed" });
    expect(body.tables["busy"].length).toBeGreaterThan(2);
  });

  test("holds everything else where no key opens a booking's texts, and says so", async () => {
    const world = newWorld();
    await furnish(world);
    await world.query(
      "UPDATE bookings SET sealed_texts = replace(sealed_texts, 'v1.', 'v1.x') WHERE booking_id = 'erasure-b-1'",
    );
    const text = await new Response(await exportAgent(world.deps, { agentId: world.agentId })).text();
    const rows: Record<string, unknown>[] = JSON.parse(text).tables.bookings;
    const nothing = { title: null, description: null, location: null, clientName: null, clientEmail: null };
    expect(rows.find(({ bookingId }) => bookingId === "erasure-b-1")).toMatchObject({
      ...nothing,
      ...{ state: "confirmed", unreadable: true },
    });
    const other = rows.find(({ bookingId }) => bookingId === "erasure-b-2");
    expect(other).toMatchObject(TEXTS);
    expect(other).not.toHaveProperty("unreadable");
  });

  test("says of each column that it leaves out why, and leaves out whatever sounds like a secret", () => {
    for (const { name, table, leftOut } of AGENT_TABLES) {
      const columns = Object.keys(getTableColumns(table));
      for (const [column, reason] of Object.entries(leftOut)) {
        expect(columns, name).toContain(column);
        expect(reason.length).toBeGreaterThan(5);
      }
      expect(
        columns.filter((column) => SECRET.test(column) && !(column in leftOut)),
        name,
      ).toEqual([]);
    }
  });

  test("holds no secret and nothing that a person wrote into an outside event", async () => {
    const world = newWorld();
    await furnish(world);
    const text = await new Response(await exportAgent(world.deps, { agentId: world.agentId })).text();
    const rows = await world.query(
      `SELECT sealed_credentials AS secret FROM accounts UNION SELECT secret_hash FROM channels
       UNION SELECT secret_hash FROM connect_links UNION SELECT sealed_texts FROM bookings`,
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { secret } of rows) expect(text.includes(String(secret))).toBe(false);
    expect(text).not.toMatch(/outside-canary|Outside/);
  });

  test("of many rows is sent page by page", async () => {
    const database = watchedDatabase();
    const world = newWorld(database);
    const { connectionId } = await world.connect();
    await world.query(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1700)
       INSERT INTO busy (agent_number, connection_number, starts_at, ends_at, event_key, status, all_day, generation)
       SELECT a.number, c.number, i, i + 1, 'k-' || i, 'busy', 0, 0 FROM n, agents a, connections c
       WHERE a.agent_id = ? AND c.id = ?`,
      [world.agentId, connectionId],
    );
    const before = database.requests;
    const stream = await exportAgent(world.deps, { agentId: world.agentId });
    // Only what is read is fetched: the first page, and one that waits.
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(database.requests - before).toBeLessThan(4);
    const { tables } = JSON.parse(await new Response(stream).text());
    expect(tables.busy).toHaveLength(1_700);
    expect(new Set(tables.busy.map(({ eventKey }: { eventKey: string }) => eventKey)).size).toBe(1_700);
    expect(database.requests - before).toBe(AGENT_TABLES.length + 3);
  });

  test("of an agent of whom nothing is known holds nothing, and is for that agent and services only", async () => {
    const world = newWorld();
    const service = apiOf(world, await world.token("service"));
    const { body } = await service("exportAgent", { params: { agentId: "nobody" } });
    // The export itself is on record by the time that the trail is read.
    const { acts, ...tables } = body.tables;
    expect(Object.values(tables).flat()).toEqual([]);
    expect(acts).toMatchObject([{ action: "exportAgent" }]);
    const stranger = apiOf(world, await world.token("agent", "stranger"));
    expect((await stranger("exportAgent", { params: { agentId: world.agentId } })).status).toBe(403);
  });

  test("that the database breaks off isn't whole", async () => {
    const database = watchedDatabase();
    const world = newWorld(database);
    await world.connect();
    const stream = await exportAgent(world.deps, { agentId: world.agentId });
    database.before = async () => {
      throw new Error("reset");
    };
    await expect(new Response(stream).text()).rejects.toThrow();
    expect(world.logged("export.broken_off")).toHaveLength(1);
  });
});
