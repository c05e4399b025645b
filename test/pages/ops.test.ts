// The operators' page: a session of its own, one request to the database, and buttons for retry and replay.
import { beforeEach, describe, expect, test } from "vitest";
import { recordDeadLetters } from "../../src/dead-letters/record.ts";
import { type Api, connected } from "../http/api.ts";
import { createClosedWorld, operatorCookie, token } from "../http/closed-world.ts";
import { createBrowser, emptyBrowser } from "../support/browser.ts";
import { DAY, type GoogleWorld, HOUR, useGoogleWorld, watchedDatabase } from "../support/google-world.ts";

const newWorld = useGoogleWorld();
const OPS = "/api/calendar/ops";
const SIGN_IN = `${OPS}/sign-in`;

let database: ReturnType<typeof watchedDatabase>;
let world: GoogleWorld;
let agent: Api;
let service: Api;
let connectionId: string;
let browser: ReturnType<typeof emptyBrowser>;

beforeEach(async () => {
  database = watchedDatabase();
  world = newWorld(database);
  ({ agent, service, connectionId } = await connected(world));
  browser = emptyBrowser(world);
});

const signIn = async (jwt?: string) =>
  browser.go(SIGN_IN, { token: jwt ?? (await world.token("service", "ops-anna")) });

/** A booking that its calendar doesn't take, a job that was given up, and a notice that waits. */
async function trouble() {
  world.google.knobs.set("cal.role", "reader", { calendar: world.email });
  const slot = { start: "2026-03-12T14:00:00Z", end: "2026-03-12T15:00:00Z" };
  await agent("createBooking", { body: { bookingId: "booking-1", title: "canary-title", ...slot } });
  const messages = [{ id: "m-1", body: { kind: "pull", connectionId } }];
  await recordDeadLetters(world.deps, { lane: "background", messages });
  await world.query(
    "UPDATE connections SET failures = 3, failure_kind = 'wait', failure_code = 'rateLimitExceeded'",
  );
  await world.query(
    `INSERT INTO sync_runs (id, agent_id, connection_id, mode, outcome, failure_kind, failure_code, pages, upserts,
       removals, started_at, finished_at)
     VALUES ('r-1', ?1, ?2, 'delta', 'failed', 'wait', 'rateLimitExceeded', 0, 0, 0, ?3, ?3)`,
    [world.agentId, connectionId, world.deps.now() - DAY],
  );
  await world.query("UPDATE channels SET expires_at = ?", [world.deps.now() + 5 * HOUR]);
}

describe("The operators' page", () => {
  test("sends a browser without a session to the form, and is opened by a service token alone", async () => {
    expect(await browser.go(OPS)).toMatchObject({ status: 302, location: SIGN_IN });
    expect((await browser.go(SIGN_IN)).html).toContain('<input id="token" name="token" type="password"');
    for (const wrong of [
      await world.token("agent"),
      "nonsense",
      `${(await world.token("service")).slice(0, -4)}AAAA`,
    ]) {
      const { status, html } = await signIn(wrong);
      expect([status, browser.cookies.size]).toEqual([401, 0]);
      expect(html).toContain("This token is not valid");
      expect(html).not.toContain(wrong);
    }
    expect(await signIn()).toMatchObject({ status: 303, location: OPS });
    expect((await browser.go(OPS)).status).toBe(200);
    const acts = await world.query("SELECT role, subject, status FROM acts WHERE action = 'operatorSignIn'");
    expect(acts).toEqual([{ role: "service", subject: "ops-anna", status: 303 }]);
    await browser.go(`${OPS}/sign-out`, {});
    expect(await browser.go(OPS)).toMatchObject({ status: 302, location: SIGN_IN });
  });

  test("shows everything with one request to the database, and no text that a person wrote", async () => {
    await trouble();
    await signIn();
    const before = database.requests;
    const { html } = await browser.go(OPS);
    expect(database.requests - before).toBe(1);
    for (const text of ["rateLimitExceeded", "Booking booking-1", "Job pull", "none is configured"]) {
      expect(html).toContain(text);
    }
    expect(html).toMatch(/less than 6 h<\/th><td>Google Calendar<\/td><td>1<\/td>/);
    expect(html).toContain("Failed syncs of the last seven days: 1,");
    expect(html).toContain("The calendar lets us read, but not write.");
    expect(html).not.toContain("canary-title");
    expect(html).not.toContain(world.email);
    expect(html.length).toBeLessThanOrEqual(30 * 1_024);
  });

  test("tries again what failed for good, and the audit trail names the token's subject", async () => {
    await trouble();
    world.google.knobs.clear();
    await signIn();
    const actions = [...(await browser.go(OPS)).html.matchAll(/action="([^"]*\/retry)"/g)].map(
      ([, path = ""]) => path,
    );
    expect(actions).toHaveLength(2);
    for (const path of actions) {
      expect(await browser.go(path, {})).toMatchObject({ status: 303, location: `${OPS}?done=retried` });
    }
    await world.drain();
    expect((await service("listFailures")).body.failures).toEqual([]);
    expect((await browser.go(`${OPS}?done=retried`)).html).toContain("It is being tried again.");
    const { acts } = (await service("readAuditTrail")).body;
    const [newest] = acts;
    expect(newest).toMatchObject({ action: "retryFailureByForm", role: "service", subject: "ops-anna" });
    expect((await browser.go(actions[0] ?? "", {})).status).toBe(404);
  });

  test("sends a notice again", async () => {
    await world.query(
      `INSERT INTO notices (id, agent_id, kind, subject, data, state, attempts, next_attempt_at, lease_until,
         failure_code, created_at, updated_at)
       VALUES ('ntc_1', ?, 'booking.delivered', 'booking:b', '{}', 'pending', 9, 9000000000000, 0, 'http_500', 5, 5)`,
      [world.agentId],
    );
    await signIn();
    const { html } = await browser.go(OPS);
    expect(html).toContain("<code>http_500</code>");
    const path = `${OPS}/notices/ntc_1/replay`;
    expect(html).toContain(`action="${path}"`);
    expect(await browser.go(path, {})).toMatchObject({ status: 303, location: `${OPS}?done=replayed` });
    expect(
      await world.query("SELECT attempts, next_attempt_at FROM notices WHERE id = 'ntc_1'"),
    ).toMatchObject([{ attempts: 0, next_attempt_at: 0 }]);
  });

  test("is open to a service token in the header, and to no agent's", async () => {
    const ask = async (role: "agent" | "service") =>
      (
        await world.app.request(`https://sync.example.org${OPS}`, {
          headers: { authorization: `Bearer ${await world.token(role)}` },
        })
      ).status;
    expect([await ask("service"), await ask("agent")]).toEqual([200, 403]);
  });

  test("is closed again after an hour, and with the token if that ends sooner", async () => {
    await signIn();
    world.advance(59 * 60_000);
    expect((await browser.go(OPS)).status).toBe(200);
    world.advance(2 * 60_000);
    expect((await browser.go(OPS)).status).toBe(302);
    const closed = createClosedWorld();
    const jwt = await token({ role: "service", expiresAt: closed.deps.now() + 60_000 });
    const answer = await closed.app.request(`https://calendar.test${SIGN_IN}`, {
      method: "POST",
      headers: { origin: "https://calendar.test", "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token: jwt }).toString(),
    });
    const set = answer.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/^calendar_operator=.*Path=\/api\/calendar\/ops; HttpOnly; Secure; SameSite=Strict$/);
    const later = createClosedWorld(undefined, { now: () => closed.deps.now() + 61_000 });
    const [cookie = ""] = set.split(";");
    const asked = await later.app.request(`https://calendar.test${OPS}`, { headers: { cookie } });
    expect(asked.status).toBe(401);
  });

  test("believes no form from elsewhere, and an agent's browser opens nothing", async () => {
    const closed = createClosedWorld();
    for (const path of ["/sign-in", "/failures/f/retry", "/notices/n/replay", "/sign-out"]) {
      const answer = await closed.app.request(`https://calendar.test${OPS}${path}`, {
        method: "POST",
        headers: {
          ...{ origin: "https://evil.test", cookie: await operatorCookie(closed.deps) },
          "content-type": "application/x-www-form-urlencoded",
        },
        body: "token=x",
      });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect(closed.touched).toEqual([]);
    const hers = await createBrowser(world);
    expect(await hers.go(OPS)).toMatchObject({ status: 302, location: SIGN_IN });
    expect((await hers.go(`${OPS}/notices/ntc_1/replay`, {})).html).toContain(
      "Sign in again with a service token.",
    );
  });
});
