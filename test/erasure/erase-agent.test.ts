// Erasure: nothing of an agent is left, whatever fails or comes meanwhile, and what can't be ended is told.
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { finishConsent, startConsent } from "../../src/accounts/consent.ts";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { EngineError } from "../../src/domain/errors.ts";
import { eraseAgent } from "../../src/erasure/erase-agent.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { AGENT_TABLES, TABLES_OF_NOBODY } from "../../src/store/erasure/agent-data.ts";
import { ACCIDENTS, recover, STEP, unluckyWorker } from "../bookings/accidents.ts";
import { bookingRequest } from "../bookings/requests.ts";
import { apiOf } from "../http/api.ts";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedNetwork,
} from "../support/google-world.ts";
import { furnish } from "./full-agent.ts";

const newWorld = useGoogleWorld();

/** A database that takes every write, and loses the first answer to it. */
function lossyDatabase() {
  const answered = new Set<string>();
  return {
    databaseFetch:
      (inner: typeof fetch): typeof fetch =>
      async (input, init) => {
        const request = new Request(input, init);
        const body = await request.clone().text();
        const response = await inner(request);
        if (!body.includes("BEGIN IMMEDIATE") || answered.has(body)) return response;
        answered.add(body);
        await response.arrayBuffer();
        throw new TypeError("terminated");
      },
  };
}

/** Everything that the database holds, by table. */
async function dump(world: GoogleWorld): Promise<Map<string, string>> {
  const tables = await world.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '__*'",
  );
  const found = new Map<string, string>();
  for (const { name } of tables)
    found.set(String(name), JSON.stringify(await world.query(`SELECT * FROM "${name}"`)));
  return found;
}

const erasureOf = async (world: GoogleWorld) =>
  (await world.query("SELECT * FROM erasures WHERE agent_id = ?", [world.agentId]))[0];

const erase = async (world: GoogleWorld, events: "keep" | "remove" = "keep") =>
  apiOf(world, await world.token("service"))("eraseAgent", {
    params: { agentId: world.agentId },
    query: { events },
  });

const ourEvents = (world: GoogleWorld, calendarId = world.email) =>
  world.google
    .events(calendarId)
    .filter((event) => event["summary"] !== "Outside" && event["status"] !== "cancelled");

/** The agent may be named only by what outlives an erasure. */
const OUTLIVES = ["erasures", "acts", "notices"];

/** @param secrets texts that no random id can hold by chance, as "b-9" is held by one of 64 */
async function expectNothingLeft(world: GoogleWorld, secrets: readonly string[]): Promise<void> {
  for (const [table, text] of await dump(world)) {
    for (const secret of secrets) expect(text.includes(secret) ? secret : null, table).toBeNull();
    if (!OUTLIVES.includes(table)) expect(text.includes(world.agentId), table).toBe(false);
  }
  const kept = await world.query(
    "SELECT action AS what FROM acts WHERE agent_id = ?1 UNION SELECT kind FROM notices WHERE agent_id = ?1",
    [world.agentId],
  );
  expect(
    kept.map(({ what }) => what).filter((what) => what !== "eraseAgent" && what !== "agent.erased"),
  ).toEqual([]);
}

describe("the list of agents' data", () => {
  test("names every table of the schema, or says why it holds nothing about agents", async () => {
    const tables = [...(await dump(newWorld())).keys()];
    const listed = [...AGENT_TABLES.map(({ sqlName }) => sqlName), ...Object.keys(TABLES_OF_NOBODY)];
    expect(listed.sort()).toEqual(tables.sort());
  });

  test("says of no table with a column about agents that it holds nothing about them", async () => {
    const world = newWorld();
    for (const table of Object.keys(TABLES_OF_NOBODY)) {
      const columns = await world.query(`SELECT name FROM pragma_table_info('${table}')`);
      expect(
        columns
          .map(({ name }) => String(name))
          .filter((name) => /agent|account|connection|booking|client/.test(name)),
      ).toEqual([]);
    }
  });

  test("is true: a furnished agent has rows in every table", async () => {
    const world = newWorld();
    await furnish(world);
    for (const { sqlName, whose, name } of AGENT_TABLES) {
      if (name === "erasures") continue;
      const [found] = await world.deps.db.read([
        sql`SELECT 1 FROM ${sql.raw(sqlName)} WHERE ${whose(world.agentId)}`,
      ]);
      expect(found?.rows.length, name).toBeGreaterThan(0);
    }
  });
});

describe("an erasure", () => {
  test("leaves nothing of the agent, stops channels, ends grants, and is told once", async () => {
    const world = newWorld({ notices: true });
    const { secrets } = await furnish(world);
    await world.drain();
    const answer = await erase(world);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      agentId: world.agentId,
      events: "keep",
      left: { connections: 0, accounts: 0, events: 0 },
      eventsLeft: 0,
    });
    expect(answer.body.unrevoked).toEqual(
      expect.arrayContaining([
        { provider: "OFFICE365", reason: "not_revocable" },
        { provider: "CALDAV", reason: "not_revocable" },
      ]),
    );
    expect(answer.body.unrevoked).toHaveLength(2);
    await expectNothingLeft(world, secrets);
    expect(world.google.channels().filter(({ stopped }) => !stopped)).toEqual([]);
    expect(world.requests("revoke")).toHaveLength(1);
    expect(ourEvents(world).length).toBeGreaterThan(0);
    await world.drain();
    const told = world.maraplace.arrivals.filter(({ type }) => type === "agent.erased");
    expect(told).toMatchObject([
      { data: { agentId: world.agentId, events: "keep", eventsLeft: 0, unrevoked: answer.body.unrevoked } },
    ]);
    const repeated = await erase(world);
    expect(repeated).toMatchObject({ status: 200, body: { requestedAt: answer.body.requestedAt } });
    await world.drain();
    expect(world.maraplace.arrivals.filter(({ type }) => type === "agent.erased")).toHaveLength(1);
    await expectNothingLeft(world, secrets);
  });

  test("removes our events where that is asked for, past ones and orphaned ones too", async () => {
    const world = newWorld();
    const { secrets, leftCalendarId } = await furnish(world);
    world.advance(10 * DAY);
    for (const id of [world.email, leftCalendarId])
      expect(ourEvents(world, id).length, id).toBeGreaterThan(0);
    const answer = await erase(world, "remove");
    expect(answer).toMatchObject({ status: 200, body: { events: "remove", eventsLeft: 0 } });
    for (const id of [world.email, leftCalendarId]) expect(ourEvents(world, id), id).toEqual([]);
    await expectNothingLeft(world, secrets);
  });

  test("leaves every other agent as they were", async () => {
    const world = newWorld();
    await furnish(world);
    const before = await dump(world);
    await apiOf(world, await world.token("service"))("eraseAgent", { params: { agentId: "somebody-else" } });
    const after = await dump(world);
    for (const [table, text] of before)
      if (!OUTLIVES.includes(table)) expect(after.get(table), table).toBe(text);
    expect(after.get("acts")).toContain('"agent_id":"somebody-else"');
  });

  test("lets the same id begin anew, and can be asked for again then", async () => {
    const world = newWorld();
    await furnish(world);
    await erase(world);
    world.advance(MINUTE);
    const { connectionId } = await world.connect();
    expect(await world.connection(connectionId)).toMatchObject({ closingAt: null });
    await world.book("b-new", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    const again = await erase(world, "remove");
    expect(again).toMatchObject({ status: 200, body: { left: { connections: 0 }, eventsLeft: 0 } });
    await expectNothingLeft(world, [connectionId, "b-new"]);
  });

  test("of an agent of whom nothing is known ends at once", async () => {
    const world = newWorld();
    expect(await erase(world)).toMatchObject({ status: 200, body: { left: { connections: 0 } } });
  });

  test("isn't for agents", async () => {
    const world = newWorld();
    const agent = apiOf(world, await world.token("agent"));
    expect((await agent("eraseAgent", { params: { agentId: world.agentId } })).status).toBe(403);
    expect(await erasureOf(world)).toBeUndefined();
  });
});

describe("while an erasure goes on", () => {
  /** A world in which Google doesn't answer when a grant is to be ended. */
  async function stuckWorld() {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch, notices: true });
    const agent = await furnish(world);
    network.before = async (url) => {
      if (url.pathname.endsWith("revoke")) throw new Error("reset");
    };
    return { world, network, ...agent };
  }

  test("everything but the account is gone, and it is tried again", async () => {
    const { world, network, secrets } = await stuckWorld();
    const answer = await erase(world);
    expect(answer).toMatchObject({
      status: 202,
      body: { doneAt: null, left: { connections: 1, accounts: 1 } },
    });
    for (const table of ["bookings", "holds", "busy", "connect_links", "dead_jobs", "sync_runs"])
      expect(await world.query(`SELECT 1 FROM ${table}`), table).toEqual([]);
    network.before = async () => {};
    world.advance(10 * MINUTE);
    await world.cron();
    world.advance(10 * MINUTE);
    await world.cron();
    expect(await erase(world)).toMatchObject({ status: 200 });
    await expectNothingLeft(world, secrets);
    expect(world.maraplace.arrivals.filter(({ type }) => type === "agent.erased")).toHaveLength(1);
  });

  test("a provider that never answers is given up after a week, and that is told", async () => {
    const { world, secrets } = await stuckWorld();
    await erase(world);
    for (let day = 0; day < 6; day += 1) {
      world.advance(DAY);
      await world.cron();
      expect((await erase(world)).status).toBe(202);
    }
    for (let step = 0; step < 4; step += 1) {
      world.advance(12 * HOUR);
      await world.cron();
    }
    const answer = await erase(world);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body.unrevoked).toContainEqual({ provider: "GOOGLE", reason: "network" });
    await expectNothingLeft(world, secrets);
  });

  test("a calendar that was disconnected long before is tried for as long as any other", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    network.before = async (url) => {
      if (url.hostname.includes("google")) throw new Error("reset");
    };
    await disconnect(world.deps, { ownedBy: world.agentId, connectionId });
    world.advance(20 * DAY);
    expect(await erase(world)).toMatchObject({ status: 202, body: { left: { connections: 1 } } });
    network.before = async () => {};
    world.advance(DAY);
    await world.cron();
    expect(await erase(world)).toMatchObject({ status: 200, body: { unrevoked: [] } });
    expect(world.requests("revoke")).toHaveLength(1);
  });

  /** A world whose deployment has lost its registration at Google. */
  async function unregisteredWorld() {
    const world = newWorld({ notices: true });
    const agent = await furnish(world);
    const { providers } = world.deps;
    Object.assign(world.deps, {
      providers: {
        ...providers,
        get: (name: ProviderName) => {
          if (name !== "GOOGLE") return providers.get(name);
          throw new EngineError("provider_not_configured", "There is no registration.");
        },
      },
    });
    return { world, ...agent };
  }

  test.each(["keep", "remove"] as const)(
    "a provider without a registration is given up at once, and that is told (events: %s)",
    async (events) => {
      const { world, secrets } = await unregisteredWorld();
      const answer = await erase(world, events);
      expect(answer).toMatchObject({ status: 200, body: { left: { connections: 0, accounts: 0 } } });
      expect(answer.body.unrevoked).toContainEqual({ provider: "GOOGLE", reason: "provider_not_configured" });
      if (events === "remove") expect(answer.body.eventsLeft).toBeGreaterThan(0);
      await expectNothingLeft(world, secrets);
    },
  );

  test("an account without calendars at a provider without a registration is forgotten, and that is told", async () => {
    const { world } = await unregisteredWorld();
    await world.query("DELETE FROM deliveries");
    await world.query("DELETE FROM connections");
    const answer = await erase(world);
    expect(answer).toMatchObject({ status: 200, body: { left: { accounts: 0 } } });
    expect(answer.body.unrevoked).toContainEqual({ provider: "GOOGLE", reason: "provider_not_configured" });
    expect(await world.query("SELECT 1 FROM accounts")).toEqual([]);
  });

  test("an unforeseen error at a provider doesn't keep it from ending, and that is told", async () => {
    const world = newWorld();
    const { secrets } = await furnish(world);
    const { providers } = world.deps;
    const broken = { revoke: async () => Promise.reject(new RangeError("unforeseen")) };
    Object.assign(world.deps, {
      providers: {
        ...providers,
        get: (name: ProviderName) => {
          const provider = providers.get(name);
          return name === "GOOGLE" ? { ...provider, oauth: { ...provider.oauth, ...broken } } : provider;
        },
      },
    });
    const answer = await erase(world, "remove");
    expect(answer).toMatchObject({ status: 200, body: { left: { connections: 0 }, eventsLeft: 0 } });
    expect(answer.body.unrevoked).toContainEqual({ provider: "GOOGLE", reason: "unexpected_error" });
    await expectNothingLeft(world, secrets);
  });

  test("the daily purge keeps the list of orphaned events that are to be removed", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { leftCalendarId, secrets } = await furnish(world);
    network.before = async (url) => {
      if (url.hostname.includes("google")) throw new Error("reset");
    };
    expect(await erase(world, "remove")).toMatchObject({ status: 202 });
    world.advance(DAY);
    await world.cron("17 3 * * *");
    expect(await world.query("SELECT calendar_id FROM left_behind")).toContainEqual({
      calendar_id: leftCalendarId,
    });
    network.before = async () => {};
    world.advance(12 * HOUR);
    await world.cron();
    expect(await erase(world, "remove")).toMatchObject({ status: 200, body: { eventsLeft: 0 } });
    expect(ourEvents(world, leftCalendarId)).toEqual([]);
    await expectNothingLeft(world, secrets);
  });

  test("nothing is sold, reserved, connected or stored for the agent", async () => {
    const { world, connectionId } = await stuckWorld();
    const before = await startConsent(world.deps, {
      ...{ agentId: world.agentId, provider: "GOOGLE", returnTo: null, accountId: null },
    });
    const callback = new URL(world.google.consent(before.authorizationUrl, { user: world.email }));
    const [account] = await world.query("SELECT id FROM accounts WHERE provider = 'GOOGLE'");
    await erase(world);
    const service = apiOf(world, await world.token("service"));
    const { agentId } = world;
    const slot = { start: "2026-03-25T10:00:00Z", end: "2026-03-25T11:00:00Z" };
    const settings = (await service("getSettings", { query: { agentId } })).body;
    const { revision: _, ...unconditional } = settings;
    const attempts = {
      createBooking: { body: { agentId, bookingId: "late", title: "Late", ...slot } },
      placeHold: { body: { agentId, holdId: "late", minutes: 5, ...slot } },
      putSettings: { query: { agentId }, body: unconditional },
      createConnectLink: { body: { agentId, minutes: 5 } },
      connectCalendar: { body: { accountId: String(account?.["id"]), calendarId: world.email } },
      checkAvailability: { body: { agentId, ...slot } },
    };
    const codes: Record<string, unknown> = {};
    for (const [id, sample] of Object.entries(attempts)) codes[id] = (await service(id, sample)).body.code;
    expect(codes).toEqual({
      createBooking: "agent_not_found",
      placeHold: "agent_not_found",
      putSettings: "agent_being_erased",
      createConnectLink: "agent_being_erased",
      connectCalendar: "agent_being_erased",
      checkAvailability: "agent_not_found",
    });
    await expect(
      createBooking(world.deps, { ...bookingRequest(world, { bookingId: "late" }), force: true }),
    ).rejects.toMatchObject({
      code: "agent_not_found",
    });
    await expect(
      finishConsent(world.deps, {
        provider: "GOOGLE",
        code: callback.searchParams.get("code"),
        state: callback.searchParams.get("state"),
        error: null,
        sealedState: before.sealedState,
      }),
    ).rejects.toMatchObject({ code: "agent_being_erased" });
    await expect(world.connectByPassword()).rejects.toMatchObject({ code: "agent_being_erased" });
    expect(await world.query("SELECT id FROM connections")).toEqual([{ id: connectionId }]);
    expect(await world.query("SELECT 1 FROM bookings UNION ALL SELECT 1 FROM holds")).toEqual([]);
  });

  test("a consent that began before it is refused afterwards too, and its grant ended", async () => {
    const world = newWorld();
    await world.connect();
    const started = await startConsent(world.deps, {
      ...{ agentId: world.agentId, provider: "GOOGLE", returnTo: null, accountId: null },
    });
    const callback = new URL(world.google.consent(started.authorizationUrl, { user: world.email }));
    expect((await erase(world)).status).toBe(200);
    const revoked = world.requests("revoke").length;
    await expect(
      finishConsent(world.deps, {
        provider: "GOOGLE",
        code: callback.searchParams.get("code"),
        state: callback.searchParams.get("state"),
        error: null,
        sealedState: started.sealedState,
      }),
    ).rejects.toMatchObject({ code: "agent_being_erased" });
    expect(world.requests("revoke")).toHaveLength(revoked + 1);
    await expectNothingLeft(world, []);
  });
});

test("a consent that is refused doesn't end the grant by which the erasure still removes events", async () => {
  const network = watchedNetwork();
  const world = newWorld({ fetch: network.fetch });
  await world.connect();
  await world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
  const started = await startConsent(world.deps, {
    ...{ agentId: world.agentId, provider: "GOOGLE", returnTo: null, accountId: null },
  });
  const callback = new URL(world.google.consent(started.authorizationUrl, { user: world.email }));
  network.before = async (_, method) => {
    if (method === "DELETE") throw new Error("reset");
  };
  expect(await erase(world, "remove")).toMatchObject({ status: 202 });
  await expect(
    finishConsent(world.deps, {
      provider: "GOOGLE",
      code: callback.searchParams.get("code"),
      state: callback.searchParams.get("state"),
      error: null,
      sealedState: started.sealedState,
    }),
  ).rejects.toMatchObject({ code: "agent_being_erased" });
  expect(world.requests("revoke")).toEqual([]);
  network.before = async () => {};
  world.advance(HOUR);
  await world.cron();
  expect(await erase(world)).toMatchObject({ status: 200, body: { eventsLeft: 0, unrevoked: [] } });
  expect(ourEvents(world)).toEqual([]);
  expect(world.requests("revoke")).toHaveLength(1);
});

describe("the event of a create without an answer, whose attempts were counted anew,", () => {
  async function doubtfulWorld() {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.query(
      `UPDATE deliveries SET state = 'pending', external_id = NULL, etag = NULL, delivered_revision = 0, attempts = 0,
         failure_kind = 'retry', failure_code = 'network', next_attempt_at = ?`,
      [world.deps.now() + DAY],
    );
    return { world, connectionId };
  }

  test("is removed by an erasure", async () => {
    const { world } = await doubtfulWorld();
    expect(await erase(world, "remove")).toMatchObject({ status: 202 });
    world.advance(HOUR);
    await world.cron();
    expect(await erase(world)).toMatchObject({ status: 200, body: { eventsLeft: 0 } });
    expect(ourEvents(world)).toEqual([]);
  });

  test("is noted when its calendar is disconnected", async () => {
    const { world, connectionId } = await doubtfulWorld();
    await disconnect(world.deps, { ownedBy: world.agentId, connectionId });
    expect(await world.query("SELECT booking_id FROM left_behind")).toEqual([{ booking_id: "b-1" }]);
  });
});

describe("an erasure in the middle of other work", () => {
  test("a pull in flight writes nothing afterwards", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    world.addDaily(3);
    let erased = false;
    network.before = async (url) => {
      if (erased || !url.pathname.endsWith("/events")) return;
      erased = true;
      expect((await erase(world)).status).toBe(200);
    };
    await world.pullNow(connectionId).catch(() => null);
    await world.drain();
    expect(erased).toBe(true);
    await expectNothingLeft(world, [connectionId]);
  });

  test("a write in flight is waited for, so its event doesn't come back", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    await world.connect();
    let erasing: Promise<unknown> | null = null;
    network.before = async (url, method) => {
      if (erasing !== null || method !== "POST" || !url.pathname.endsWith("/events")) return;
      erasing = erase(world, "remove");
      expect(await erasing).toMatchObject({ status: 202 });
    };
    await world.book("booking-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    expect(erasing).not.toBeNull();
    await recover(world);
    world.advance(10 * MINUTE);
    await world.cron();
    expect(await erase(world, "remove")).toMatchObject({ status: 200, body: { eventsLeft: 0 } });
    expect(ourEvents(world)).toEqual([]);
    await expectNothingLeft(world, ["booking-1"]);
  });

  test("the answer of every write is lost once, and nothing is left all the same", async () => {
    const lossy = lossyDatabase();
    const world = newWorld({ databaseSleep: async () => {}, databaseFetch: lossy.databaseFetch });
    const { secrets } = await furnish(world);
    await erase(world, "remove");
    await recover(world);
    expect(await erase(world)).toMatchObject({ status: 200, body: { eventsLeft: 0 } });
    expect(ourEvents(world)).toEqual([]);
    await expectNothingLeft(world, secrets);
  });
});

test.each(ACCIDENTS)(
  "an erasure survives an accident at any request: %o",
  { timeout: 240_000 },
  async (accident) => {
    const world = newWorld();
    for (let request = 1; request < 80; request += STEP * 2) {
      world.advance(MINUTE);
      const { connectionId } = await world.connect();
      await world.book(`booking-${request}`, "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
      const { worker, wasHit } = unluckyWorker(world, { ...accident, request });
      await eraseAgent(worker, { agentId: world.agentId, events: "remove" }).catch(() => null);
      // Its client asks again, as everybody does without an answer.
      if ((await erasureOf(world)) === undefined) await erase(world, "remove");
      await recover(world);
      world.advance(10 * MINUTE);
      await world.cron();
      const label = `accident at request ${request}`;
      expect((await erasureOf(world))?.["done_at"], label).not.toBeNull();
      expect(ourEvents(world), label).toEqual([]);
      await expectNothingLeft(world, [connectionId, `booking-${request}`]);
      if (!wasHit()) return;
    }
    throw new Error("the erasure needs more requests than this test allows");
  },
);
