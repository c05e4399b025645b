// Access notices: MaraPlace gets one notice when access to an account is lost, and one when it is restored.
import { describe, expect, test } from "vitest";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { markActive, markNeedsReauth } from "../../src/store/accounts/accounts.ts";
import { stored } from "../notices/notice-rows.ts";
import { type GoogleWorld, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";

const open = useGoogleWorld();
const newWorld = () => open({ notices: true });

const kinds = (world: GoogleWorld) => world.maraplace.arrivals.map(({ type }) => type);
const retryNow = (world: GoogleWorld) => world.query("UPDATE connections SET next_attempt_at = 0");

/** Connected, and the provider refuses the grant. */
async function lost() {
  const world = newWorld();
  const ids = await world.connect();
  world.advance(2 * HOUR);
  world.google.knobs.set("token.invalidGrant", true);
  await world.pull(ids.connectionId);
  await world.drain();
  return { world, ...ids };
}

describe("access that is lost", () => {
  test("L24: makes a notice with the account, its calendars and the reason, and nothing about the person", async () => {
    const { world, accountId, connectionId } = await lost();
    expect(world.maraplace.arrivals).toMatchObject([
      {
        type: "connection.needs_consent",
        data: {
          agentId: world.agentId,
          accountId,
          provider: "GOOGLE",
          connectionIds: [connectionId],
          reason: "invalid_grant",
        },
      },
    ]);
    expect(world.maraplace.faults).toEqual([]);
    expect(JSON.stringify(world.maraplace.arrivals)).not.toMatch(/@|ya29/);
  });

  test("makes one notice, however often the provider refuses", async () => {
    const { world, connectionId } = await lost();
    for (let round = 0; round < 3; round += 1) {
      world.advance(6 * HOUR);
      await retryNow(world);
      await world.pull(connectionId);
      await world.cron();
    }
    expect(kinds(world)).toEqual(["connection.needs_consent"]);
  });

  test("is restored with the agent's consent, and the notices come in order", async () => {
    const { world, accountId, connectionId } = await lost();
    world.google.knobs.clear();
    await world.connect({ accountId });
    expect(kinds(world)).toEqual(["connection.needs_consent", "connection.restored"]);
    expect(world.maraplace.arrivals[1]?.data).toEqual({
      agentId: world.agentId,
      accountId,
      provider: "GOOGLE",
      connectionIds: [connectionId],
    });
    expect(world.maraplace.faults).toEqual([]);
  });

  test("isn't assumed when a working account gets consent again: no notice is made", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    await world.connect({ accountId });
    await world.cron();
    expect(kinds(world)).toEqual([]);
  });

  test("L22: by a false verdict is restored once a refresh succeeds", async () => {
    const { world, connectionId } = await lost();
    world.google.knobs.clear();
    await retryNow(world);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    await world.drain();
    expect(kinds(world)).toEqual(["connection.needs_consent", "connection.restored"]);
  });

  test("L22: by a false verdict is restored once the same token is accepted, and again the next time", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    for (let round = 0; round < 2; round += 1) {
      // The pull and the list of calendars are refused.
      world.google.knobs.set("api.scopeCheck", true, { times: 2 });
      await world.pull(connectionId);
      await retryNow(world);
      await world.pull(connectionId);
      await world.drain();
    }
    expect(kinds(world)).toEqual([
      ...["connection.needs_consent", "connection.restored"],
      ...["connection.needs_consent", "connection.restored"],
    ]);
  });

  test("by a refused password makes a notice once it is believed, and is restored with a new password", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connectByPassword();
    const { email, password } = world.apple;
    world.dav.revoke(email);
    await world.pull(connectionId);
    await world.drain();
    expect(kinds(world)).toEqual([]);
    world.advance(2 * MINUTE);
    await retryNow(world);
    await world.pull(connectionId);
    await world.drain();
    expect(kinds(world)).toEqual(["connection.needs_consent"]);
    world.dav.addPassword(email, "wxyz-wxyz-wxyz-wxyz");
    await world.connectByPassword({ accountId, password: "wxyz-wxyz-wxyz-wxyz" });
    expect(kinds(world)).toEqual(["connection.needs_consent", "connection.restored"]);
    expect(JSON.stringify(world.maraplace.arrivals)).not.toMatch(new RegExp(`@|${password}|wxyz`));
  });

  test("of an account whose calendars are being disconnected makes no notice", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.advance(2 * HOUR);
    world.google.knobs.set("token.invalidGrant", true);
    await disconnect(world.deps, { ownedBy: world.agentId, connectionId });
    await world.drain();
    expect(kinds(world)).toEqual([]);
  });

  test("makes a notice without a receiver too, which is kept for later", async () => {
    const world = open();
    const { connectionId } = await world.connect();
    world.advance(2 * HOUR);
    world.google.knobs.set("token.invalidGrant", true);
    await world.pull(connectionId);
    expect(await stored(world)).toMatchObject([{ kind: "connection.needs_consent", state: "pending" }]);
    expect(world.jobs).toEqual({ urgent: [], background: [] });
  });
});

test("a calendar that is gone makes one notice", async () => {
  const world = newWorld();
  const { accountId } = await world.connect();
  const connectionId = await world.addConnection(accountId, "Second");
  const { calendarId } = await world.connection(connectionId);
  world.google.removeCalendar(calendarId);
  await world.pull(connectionId);
  await world.cron();
  expect((await world.connection(connectionId)).goneAt).not.toBeNull();
  expect(world.maraplace.arrivals).toMatchObject([
    {
      type: "connection.lost",
      data: { agentId: world.agentId, accountId, connectionId, provider: "GOOGLE", reason: "calendar_gone" },
    },
  ]);
  expect(world.maraplace.faults).toEqual([]);
});

test("P3: a change that is sent again because its answer was lost makes one notice", async () => {
  const answered = new Set<string>();
  const world = open({
    databaseSleep: async () => {},
    databaseFetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const body = await request.clone().text();
      const response = await inner(request);
      if (!body.includes("INSERT INTO notices") || answered.has(body)) return response;
      answered.add(body);
      await response.arrayBuffer();
      throw new TypeError("terminated");
    },
  });
  const { accountId, connectionId } = await world.connect();
  const { credentialVersion } = await world.account(connectionId);
  const version = { id: accountId, credentialVersion, now: world.deps.now() };
  await markNeedsReauth(world.deps.db, { ...version, reason: "invalid_grant", claims: null });
  await markActive(world.deps.db, version);
  expect(answered.size).toBeGreaterThanOrEqual(2);
  expect((await stored(world)).map(({ kind }) => kind)).toEqual([
    "connection.needs_consent",
    "connection.restored",
  ]);
});
