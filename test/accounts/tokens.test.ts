// Tokens: refreshed once between all Workers, and lost consent is noticed and ends with the first success.
import { describe, expect, test } from "vitest";
import { at, DAY, expectHeldOff, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

/** Connected, with three cached events and an expired access token. */
async function withEndedToken() {
  const world = newWorld();
  world.addDaily(3);
  const ids = await world.connect();
  world.advance(2 * HOUR);
  return { world, ...ids };
}

describe("a dead grant", () => {
  for (const [row, knob, reason] of [
    ["G1", "token.invalidGrant", "invalid_grant"],
    ["G3", "token.rapt", "invalid_rapt"],
  ] as const) {
    test(`${row}: asks for the agent's consent, keeps the rows, and is tried again slowly`, async () => {
      const { world, connectionId } = await withEndedToken();
      const before = await world.rows(connectionId);
      world.google.knobs.set(knob, true);
      expect(await world.pull(connectionId)).toMatchObject({
        outcome: "failed",
        failure: { kind: "reauth", code: reason },
      });
      expect(await world.account(connectionId)).toMatchObject({
        status: "needs_reauth",
        statusReason: reason,
      });
      const connection = await world.connection(connectionId);
      expect(connection).toMatchObject({ failureKind: "reauth", failures: 1, leaseId: null, isActive: true });
      expectHeldOff(world, connection, HOUR / 2, HOUR);
      expect(await world.rows(connectionId)).toEqual(before);
    });
  }

  test("G8: a missing scope asks for consent at once, without a useless refresh", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    const tokens = world.requests("token").length;
    world.google.knobs.set("api.scopeCheck", true);
    expect(await world.pull(connectionId)).toMatchObject({
      failure: { kind: "reauth", code: "insufficientPermissions" },
    });
    expect(await world.account(connectionId)).toMatchObject({
      status: "needs_reauth",
      statusReason: "insufficientPermissions",
    });
    expect(world.requests("token")).toHaveLength(tokens);
    expect(await world.rows(connectionId)).toHaveLength(3);
  });

  test("L22: a false verdict ends with the first success, also while the old token is valid", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    // The pull and the list of calendars are refused.
    world.google.knobs.set("api.scopeCheck", true, { times: 2 });
    await world.pull(connectionId);
    expect((await world.account(connectionId)).status).toBe("needs_reauth");
    await world.query("UPDATE connections SET next_attempt_at = 0");
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(await world.account(connectionId)).toMatchObject({ status: "active", statusReason: null });
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0, failureKind: null });
  });

  test("L22: cron alone finds that a grant works again", async () => {
    const { world, connectionId } = await withEndedToken();
    world.google.knobs.set("token.invalidGrant", true);
    await world.cron();
    expect((await world.account(connectionId)).status).toBe("needs_reauth");
    world.google.knobs.clear();
    world.add("2026-03-09T10:00:00Z", "2026-03-09T11:00:00Z");
    world.advance(HOUR + MINUTE);
    await world.cron();
    expect((await world.account(connectionId)).status).toBe("active");
    expect(await world.rows(connectionId)).toHaveLength(4);
  });

  test("L24: the answer names the calendar that lost its consent, and nothing is confirmed on it", async () => {
    const { world, connectionId } = await withEndedToken();
    world.google.removeAccess(world.email);
    const answer = await world.ask("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z", "confirm");
    expect(answer).toMatchObject({
      available: false,
      reason: "unverified",
      complete: false,
      calendars: [{ connectionId, fresh: false, reason: "needs_reauth" }],
    });
    await expect(world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z")).rejects.toMatchObject({
      code: "slot_unverified",
    });
  });

  test("L24: consent given again by the same person wakes pulls, channels and bookings", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    await world.query("UPDATE agents SET on_stale = 'allow' WHERE agent_id = ?", [world.agentId]);
    world.google.removeAccess(world.email);
    world.advance(2 * HOUR);
    const booking = await world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    expect(booking.results).toMatchObject([{ status: "pending", reason: "invalid_grant" }]);
    const id = world.add("2026-03-09T10:00:00Z", "2026-03-09T11:00:00Z");
    await world.drain();
    await world.connect({ accountId });
    expect(await world.account(connectionId)).toMatchObject({ id: accountId, status: "active" });
    expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual([id]);
    const booked = world.google.events(world.email).filter((event) => event["summary"] === "Consultation");
    expect(booked).toHaveLength(1);
    const live = world.google.channels().filter((channel) => !channel.stopped);
    expect(live).toHaveLength(1);
  });

  test("D.4.13: another person's consent is refused for this account and changes nothing", async () => {
    const { world, accountId, connectionId } = await withEndedToken();
    world.google.addUser({ email: `other-${world.email}`, timeZone: "Europe/Lisbon" });
    const before = await world.account(connectionId);
    await expect(world.connect({ accountId, user: `other-${world.email}` })).rejects.toMatchObject({
      code: "account_mismatch",
    });
    expect(await world.account(connectionId)).toEqual(before);
    expect(await world.query("SELECT id FROM accounts")).toHaveLength(1);
    expect(await world.query("SELECT id FROM connections")).toHaveLength(1);
  });
});

describe("a fault of the deployment", () => {
  test("G2: a refused client alerts the operator, and the account stays active", async () => {
    const { world, connectionId } = await withEndedToken();
    world.google.knobs.set("token.invalidClient", true);
    expect(await world.pull(connectionId)).toMatchObject({
      failure: { kind: "operator", code: "invalid_client" },
    });
    expect(await world.account(connectionId)).toMatchObject({ status: "active", refreshLeaseId: null });
    expectHeldOff(world, await world.connection(connectionId), 2.5 * MINUTE, 5 * MINUTE);
    expect(world.logged("pull.failed")).toMatchObject([{ level: "error" }]);
    expect(await world.rows(connectionId)).toHaveLength(3);
  });

  test("G9: an API that isn't enabled alerts the operator, and the account stays active", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    world.google.knobs.set("api.notConfigured", true);
    expect(await world.pull(connectionId)).toMatchObject({
      failure: { kind: "operator", code: "accessNotConfigured" },
    });
    expect((await world.account(connectionId)).status).toBe("active");
    expect(world.logged("pull.failed")).toMatchObject([{ level: "error" }]);
    expect(await world.rows(connectionId)).toHaveLength(3);
  });
});

describe("a failing token endpoint", () => {
  for (const [name, status, kind] of [
    ["fails", 503, "retry"],
    ["throttles", 429, "wait"],
  ] as const) {
    test(`G4: that ${name} leaves the token as it was, and the next attempt uses it`, async () => {
      const { world, connectionId } = await withEndedToken();
      const before = await world.account(connectionId);
      world.google.knobs.set("token.status", status, { times: 1 });
      expect(await world.pull(connectionId)).toMatchObject({ failure: { kind, code: `http_${status}` } });
      const after = await world.account(connectionId);
      expect(after).toMatchObject({ status: "active", sealedCredentials: before.sealedCredentials });
      expect(after.refreshLeaseId).toBeNull();
      expect(await world.rows(connectionId)).toHaveLength(3);
      world.advance(25_000);
      await world.cron();
      expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
      expect((await world.account(connectionId)).credentialVersion).toBe(before.credentialVersion + 1);
    });
  }

  test("G40: an incomplete token answer keeps the token", async () => {
    const { world, connectionId } = await withEndedToken();
    for (const knob of ["net.truncate", "net.reset"] as const) {
      world.google.knobs.clear();
      if (knob === "net.reset") world.google.knobs.set(knob, "before", { operation: "token" });
      else world.google.knobs.set(knob, true, { operation: "token" });
      expect((await world.pullNow(connectionId)).failure).toMatchObject({ kind: "retry" });
    }
    world.google.knobs.clear();
    expect(await world.pullNow(connectionId)).toMatchObject({ outcome: "ok" });
  });
});

describe("refreshing", () => {
  test("G7: a token refused before it expires is refreshed once, and the call is repeated once", async () => {
    const world = newWorld();
    const id = world.addDaily(1)[0];
    const { connectionId } = await world.connect();
    const [tokens, lists] = [world.requests("token").length, world.requests("events.list").length];
    world.google.expireAccessTokens(world.email);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", mode: "delta" });
    expect(world.requests("token")).toHaveLength(tokens + 1);
    expect(world.requests("events.list").slice(lists)).toMatchObject([{ status: 401 }, { status: 200 }]);
    expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual([id]);
  });

  test("G7: a fresh token that is refused too asks for consent, and no pull asks again", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const [tokens, lists] = [world.requests("token").length, world.requests("events.list").length];
    world.google.knobs.set("api.expireAccess", true);
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "reauth", code: "authError" } });
    expect(world.requests("token")).toHaveLength(tokens + 1);
    expect(world.requests("events.list")).toHaveLength(lists + 2);
    expect(await world.account(connectionId)).toMatchObject({ status: "needs_reauth" });
    await world.drain();
    await world.cron();
    expect(world.requests("events.list")).toHaveLength(lists + 2);
  });

  test("L23: ten pulls that meet an expired token make one token request between them", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    const more = [];
    for (let n = 0; n < 9; n += 1) more.push(await world.addConnection(accountId, `Calendar ${n}`));
    const tokens = world.requests("token").length;
    world.google.knobs.set("token.rotateRefresh", true);
    world.advance(2 * HOUR);
    const reports = await Promise.all([connectionId, ...more].map((id) => world.pullNow(id)));
    expect(reports.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 10 }, () => "ok"));
    expect(world.requests("token")).toHaveLength(tokens + 1);
  });

  test("L23: ten pulls whose token is refused before it expires make one token request between them", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    const more = [];
    for (let n = 0; n < 9; n += 1) more.push(await world.addConnection(accountId, `Calendar ${n}`));
    const tokens = world.requests("token").length;
    world.google.expireAccessTokens(world.email);
    const reports = await Promise.all([connectionId, ...more].map((id) => world.pullNow(id)));
    expect(reports.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 10 }, () => "ok"));
    expect(world.requests("token")).toHaveLength(tokens + 1);
  });

  test("L23: a rotated refresh token replaces the old one, again and again", async () => {
    const { world, connectionId } = await withEndedToken();
    world.google.knobs.set("token.rotateRefresh", true);
    for (let hour = 0; hour < 3; hour += 1) {
      expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
      world.advance(2 * HOUR);
    }
    expect((await world.account(connectionId)).status).toBe("active");
  });

  test("a Worker that died while refreshing holds others off only as long as its lease", async () => {
    const { world, connectionId } = await withEndedToken();
    await world.query("UPDATE accounts SET refresh_lease_id = 'dead', refresh_lease_until = ?", [
      world.deps.now() + 200,
    ]);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
  });

  test("D.4.10: a token within two minutes of its end is refreshed before it is used", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const left = (await world.account(connectionId)).accessTokenExpiresAt - world.deps.now();
    const lists = world.requests("events.list").length;
    world.advance(left - 119_000);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(world.requests("events.list").slice(lists)).toMatchObject([{ status: 200 }]);
    expect((await world.account(connectionId)).accessTokenExpiresAt).toBeGreaterThan(
      world.deps.now() + 50 * MINUTE,
    );
  });

  test("D.4.10: a provider whose clock is two minutes ahead costs one more request", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.query("UPDATE accounts SET access_token_expires_at = access_token_expires_at + 121000");
    world.advance(HOUR);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect((await world.account(connectionId)).status).toBe("active");
  });

  test("an account that nothing used for two weeks is refreshed by the daily sweep", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET sync_enabled = 0");
    const tokens = world.requests("token").length;
    world.advance(13 * DAY);
    await world.cron("17 3 * * *");
    const afterFirstSweep = world.requests("token").length;
    world.advance(2 * DAY);
    await world.cron("17 3 * * *");
    expect(world.requests("token").length).toBeGreaterThan(tokens);
    expect(afterFirstSweep).toBeGreaterThanOrEqual(tokens);
    expect((await world.account(connectionId)).refreshedAt).toBeGreaterThan(at("2026-03-14T00:00:00Z"));
  });
});
