// P8: no text of outside events and no secret is stored, logged or asked for.
import { expect, test } from "vitest";
import { changeConnection, connectCalendar } from "../../src/accounts/connections.ts";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { listRemoteCalendars } from "../../src/accounts/remote-calendars.ts";
import { type GoogleWorld, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const TABLES = [
  "agents",
  "accounts",
  "connections",
  "channels",
  "busy",
  "bookings",
  "deliveries",
  "sync_runs",
  "sync_days",
  "notices",
];
const TOKENS = /ya29\.|1\/\/0g|canary/i;

async function dump(world: GoogleWorld): Promise<string> {
  const tables = await Promise.all(
    TABLES.map(async (table) => [table, await world.query(`SELECT * FROM ${table}`)]),
  );
  return JSON.stringify(tables);
}

const logsOf = (world: GoogleWorld) => JSON.stringify(world.logs);

/** Makes the engine log everything that it can log, with a canary in every text of the agent's own events. */
async function eventfulLife() {
  const world = newWorld({ bindings: { DEBUG_CALENDAR_SYNC: "true" } });
  const canaries = {
    summary: "Canary title",
    description: "canary description",
    location: "canary location",
    attendees: [
      { email: "canary-guest@example.com", displayName: "Canary Guest", responseStatus: "accepted" },
    ],
    extendedProperties: { private: { secret: "canary property" } },
  };
  const id = world.add("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z", canaries);
  world.add("2026-03-11", "2026-03-12", canaries);
  const ids = await world.connect();
  world.google.patchEvent(world.email, id, { summary: "Canary again" });
  await world.drain();
  for (const [name, value] of [
    ["api.status", 503],
    ["sync.expire", true],
    ["net.truncate", true],
    ["api.expireAccess", true],
    ["limit.usage", true],
    ["push.badToken", true],
    ["push.orphan", true],
  ] as const) {
    world.google.knobs.set(name, value as never, { times: 1 });
    world.google.patchEvent(world.email, id, { summary: `Canary ${name}` });
    await world.drain();
    world.advance(MINUTE);
    await world.cron();
  }
  world.google.knobs.clear();
  world.advance(2 * HOUR);
  await world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
  await world.drain();
  return { world, ...ids };
}

test("P8: titles, guests and places of outside events, and tokens in the clear, are in no table", async () => {
  const { world, connectionId } = await eventfulLife();
  expect(await world.rows(connectionId)).not.toEqual([]);
  expect(await dump(world)).not.toMatch(TOKENS);
  const secrets = world.google.channels().map(({ token }) => token);
  for (const secret of secrets) expect(await dump(world)).not.toContain(secret);
});

test("P8: logs name no people, no titles and no secrets, even with DEBUG_CALENDAR_SYNC", async () => {
  const { world, connectionId } = await eventfulLife();
  world.google.removeAccess(world.email);
  world.advance(2 * HOUR);
  await world.pull(connectionId);
  await disconnect(world.deps, { ownedBy: world.agentId, connectionId });
  const logs = logsOf(world);
  expect(new Set(world.logs.map(({ level }) => level))).toEqual(new Set(["debug", "info", "warn"]));
  expect(logs).not.toMatch(TOKENS);
  expect(logs).not.toMatch(/@example|Consultation|Client/);
  expect(logs).not.toContain(world.secrets.googleClientSecret);
  for (const { token } of world.google.channels()) expect(logs).not.toContain(token);
});

test("P8: Google is asked for no title, no description, no place and no guest's name", async () => {
  const { world } = await eventfulLife();
  for (const { query } of world.requests("events.list")) {
    expect(query["fields"]).toBeTruthy();
    expect(query["fields"]).not.toMatch(/summary|description|location|displayName|email|creator|organizer/);
  }
});

test("P8: an agent can't name another agent's account or calendar", async () => {
  const world = newWorld();
  const { accountId, connectionId } = await world.connect();
  const ownedBy = "agent-stranger";
  await expect(listRemoteCalendars(world.deps, { ownedBy, accountId })).rejects.toMatchObject({
    code: "account_not_found",
  });
  await expect(
    changeConnection(world.deps, { ownedBy, connectionId, patch: { blocksAvailability: false } }),
  ).rejects.toMatchObject({ code: "connection_not_found" });
  const choice = { calendarId: world.email, blocksAvailability: true, receivesBookings: true };
  await expect(connectCalendar(world.deps, { ownedBy, accountId, ...choice })).rejects.toMatchObject({
    code: "account_not_found",
  });
});
