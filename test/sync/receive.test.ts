// Receive: a notification is a hint that leads to a pull, and a forged one changes nothing.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { finishConsent, startConsent } from "../../src/accounts/consent.ts";
import { sweep } from "../../src/cron.ts";
import { runJob } from "../../src/jobs.ts";
import { type Exchange, isWrite } from "../bench/wiretap.ts";
import {
  DAY,
  type GoogleWorld,
  MINUTE,
  useGoogleWorld,
  watchedDatabase,
  watchedNetwork,
} from "../support/google-world.ts";

const newWorld = useGoogleWorld();
const WEBHOOK = "https://sync.example.org/api/calendar/webhooks/google";

/** The headers of a genuine notification, which tests change. */
function honest(world: GoogleWorld): Record<string, string> {
  const [channel] = world.google.channels();
  return {
    "x-goog-channel-id": channel?.id ?? "",
    "x-goog-channel-token": channel?.token ?? "",
    "x-goog-resource-id": channel?.resourceId ?? "",
    "x-goog-resource-state": "exists",
    "x-goog-message-number": "42",
  };
}

const notify = (world: GoogleWorld, headers: Record<string, string>) =>
  world.app.request(WEBHOOK, { method: "POST", headers });

describe("a notification", () => {
  test("L17: of any state but `sync` leads to a delta, and its body is ignored", async () => {
    for (const state of ["exists", "not_exists", "something_new"]) {
      const world = newWorld();
      const { connectionId } = await world.connect();
      world.google.knobs.set("push.drop", true);
      world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
      const headers = { ...honest(world), "x-goog-resource-state": state };
      const answer = await world.app.request(WEBHOOK, { method: "POST", headers, body: '{"drop":"tables"}' });
      expect(answer.status).toBe(204);
      await world.drain();
      expect(await world.rows(connectionId)).toHaveLength(1);
    }
  });

  test("G35: of the state `sync`, even before watch is answered, is accepted and leads to no pull", async () => {
    const world = newWorld();
    world.google.knobs.set("push.syncFirst", true);
    const { connectionId } = await world.connect();
    expect(world.google.deliveries).toMatchObject([{ state: "sync", status: 204 }]);
    expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
    const { dirty } = await world.connection(connectionId);
    await notify(world, { ...honest(world), "x-goog-resource-state": "sync" });
    expect(await world.connection(connectionId)).toMatchObject({ dirty });
    expect(world.jobs.urgent).toEqual([]);
  });

  test("G33, G34, P4: forged or unknown changes nothing, is counted, and gets an answer that says nothing", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const before = await world.connection(connectionId);
    const bent: Record<string, string>[] = [
      { "x-goog-channel-id": "unknown" },
      { "x-goog-channel-token": "wrong" },
      { "x-goog-channel-token": "a".repeat(64) },
      { "x-goog-resource-id": "another" },
      { "x-goog-channel-id": "' OR 1=1 --" },
    ];
    for (const change of bent) {
      expect((await notify(world, { ...honest(world), ...change })).status).toBe(204);
    }
    expect(await world.connection(connectionId)).toEqual(before);
    expect(world.jobs).toEqual({ urgent: [], background: [] });
    expect(world.logged("notification.unknown")).toHaveLength(bent.length);
    for (const missing of ["x-goog-channel-id", "x-goog-channel-token"]) {
      const { [missing]: _, ...rest } = honest(world);
      expect((await notify(world, rest)).status).toBe(400);
    }
    expect(await world.connection(connectionId)).toEqual(before);
  });

  test("G33, G34, P4: forged ones beside the genuine one do no harm", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.orphan", true);
    world.google.knobs.set("push.badToken", true);
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    expect(await world.rows(connectionId)).toHaveLength(1);
    expect(world.logged("notification.unknown")).toHaveLength(2);
  });

  test("G36, P4: lost ones are made up for by the periodic pull", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.drop", true);
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    for (let minute = 0; minute < 13; minute += 1) {
      world.advance(MINUTE);
      await world.cron();
    }
    expect(await world.rows(connectionId)).toHaveLength(1);
  });

  test("G36, P4: doubled and late ones do nothing twice", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.dup", true);
    world.google.knobs.set("push.delay", 5 * MINUTE);
    const id = world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.pull(connectionId);
    world.google.deleteEvent(world.email, id);
    await world.pull(connectionId);
    // The notification of the creation arrives after the deletion has been pulled.
    world.advance(6 * MINUTE);
    await world.drain();
    expect(await world.rows(connectionId)).toEqual([]);
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
  });

  test("G36: after the channel was stopped is still a hint", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.afterStop", true);
    for (const channel of world.google.channels()) channel.stopped = true;
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    expect(world.google.deliveries.at(-1)?.status).toBe(204);
    expect(await world.rows(connectionId)).toHaveLength(1);
  });

  test("for a calendar whose sync is disabled is accepted and does nothing", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET sync_enabled = 0");
    const asked = world.requests("events.list").length;
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    expect(world.requests("events.list")).toHaveLength(asked);
    expect(await world.rows(connectionId)).toEqual([]);
  });

  test("P4: is answered 503 while the database is unreachable, and Google sends it again", async () => {
    const database = watchedDatabase();
    const world = newWorld(database);
    const { connectionId } = await world.connect();
    database.before = async () => {
      throw new TypeError("fetch failed");
    };
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.google.flush();
    expect(world.google.deliveries.at(-1)).toMatchObject({ status: 503 });
    expect(world.jobs.urgent).toEqual([]);
    database.before = async () => {};
    world.advance(2_000);
    await world.drain();
    expect(world.google.deliveries.at(-1)).toMatchObject({ status: 204 });
    expect(await world.rows(connectionId)).toHaveLength(1);
  });
});

describe("strangers' notifications", () => {
  const forged = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      subscriptionId: `unknown-${first + index}`,
      clientState: "guess",
    }));
  const flood = async (world: GoogleWorld, entries: readonly object[]) => {
    const url = "https://sync.example.org/api/calendar/webhooks/microsoft";
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ value: entries });
    return (await world.app.request(url, { method: "POST", headers, body })).status;
  };

  test("cost one read for each body, and begin no write transaction", async () => {
    const exchanges: Exchange[] = [];
    const world = newWorld({
      databaseFetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        const asked = await request.clone().text();
        const answer = await inner(request, init);
        const answered = await answer.clone().text();
        exchanges.push({ method: "POST", path: "", asked, answered, status: answer.status });
        return answer;
      },
    });
    await world.connect();
    exchanges.splice(0);
    for (let first = 0; first < 1_000; first += 100) {
      expect(await flood(world, forged(first, 100))).toBe(204);
    }
    const answers = [{ "x-goog-channel-token": "wrong" }, { "x-goog-resource-id": "another" }].map((bent) =>
      notify(world, { ...honest(world), ...bent }),
    );
    for (const { status } of await Promise.all(answers)) expect(status).toBe(204);
    expect(exchanges.map(isWrite)).toEqual(Array(12).fill(false));
  });

  test("are refused where a body holds more than a hundred channels, and equal ones count once", async () => {
    const world = newWorld();
    expect(await flood(world, forged(0, 101))).toBe(400);
    expect(await flood(world, Array(500).fill(forged(0, 1)[0]))).toBe(204);
  });

  test("beside a genuine one in a body don't hide it", async () => {
    const world = newWorld();
    await world.connect({ provider: "OFFICE365" });
    const [subscription] = world.microsoft.subscriptions();
    const genuine = { subscriptionId: subscription?.id, clientState: subscription?.clientState };
    expect(await flood(world, [...forged(0, 50), genuine])).toBe(204);
    expect(world.jobs.urgent).toMatchObject([{ kind: "pull" }]);
  });
});

describe("many notifications", () => {
  test("P4: a thousand at once cost one database request each, one job, and at most two pulls", async () => {
    const database = watchedDatabase();
    const world = newWorld(database);
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.drop", true);
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    const headers = honest(world);
    const [requests, lists] = [database.requests, world.requests("events.list").length];
    // Few at a time: many waiting writers can bring sqld to a stand (`docs/providers/cloudflare-turso.md` 2.1).
    for (let sent = 0; sent < 1_000; sent += 4) {
      const answers = await Promise.all(Array.from({ length: 4 }, () => notify(world, headers)));
      for (const { status } of answers) expect(status).toBe(204);
    }
    expect(database.requests - requests).toBe(1_000);
    expect(world.jobs.urgent).toEqual([{ kind: "pull", connectionId }]);
    await world.drain();
    expect(world.requests("events.list").length - lists).toBeLessThanOrEqual(2);
    expect(await world.rows(connectionId)).toHaveLength(1);
    const { dirty, clean } = await world.connection(connectionId);
    expect(clean).toBe(dirty);
  });

  test("one that comes while a pull runs is pulled for by the same Worker", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    const lists = world.requests("events.list").length;
    let once = true;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events") || !once) return;
      once = false;
      await notify(world, honest(world));
    };
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    expect(world.requests("events.list").length - lists).toBe(2);
    const { dirty, clean } = await world.connection(connectionId);
    expect(clean).toBe(dirty);
    expect(await world.query("SELECT lease_id FROM connections")).toEqual([{ lease_id: null }]);
  });

  test("P4: cron makes up for a lost queue message within a minute", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.google.flush();
    world.jobs.urgent.splice(0);
    await world.cron();
    expect(await world.rows(connectionId)).toHaveLength(1);
  });

  test("P4: a job that comes twice, or too late, asks Google nothing", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    const asked = world.google.requests.length;
    for (const kind of ["pull", "pull", "roll-window", "open-channel", "close-connection"] as const) {
      await runJob(world.deps, { kind, connectionId });
    }
    await runJob(world.deps, { kind: "pull", connectionId: "no-such-connection" });
    expect(world.google.requests).toHaveLength(asked);
  });
});

test("L21: each queue has a consumer of its own, and the urgent one waits for no batch", () => {
  const toml = readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8");
  const consumers = new Map(
    toml.split("[[queues.consumers]]").map((text) => {
      const setting = (key: string) => new RegExp(`^${key} = "?([^"\n]*)`, "m").exec(text)?.[1];
      return [setting("queue"), setting("max_batch_timeout")];
    }),
  );
  expect(consumers.get("calendar-sync-urgent")).toBe("0");
  expect(consumers.has("calendar-sync-background")).toBe(true);
});

test("L21: a notification's pull goes to the urgent queue, polls and daily work go to the other", async () => {
  const world = newWorld();
  const { accountId, connectionId } = await world.connect();
  await world.addConnection(accountId, "Second");
  world.advance(DAY + 12 * 60 * MINUTE);
  await sweep(world.deps);
  expect(world.jobs.urgent).toEqual([]);
  expect(world.jobs.background.filter(({ kind }) => kind === "pull")).toHaveLength(2);
  expect(world.jobs.background.filter(({ kind }) => kind === "roll-window")).toHaveLength(2);
  world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
  await world.google.flush();
  expect(world.jobs.urgent).toEqual([{ kind: "pull", connectionId }]);
});

test("L25: two agents who share one Google account each get their own rows and channel", async () => {
  const world = newWorld();
  const first = await world.connect();
  const started = await startConsent(world.deps, {
    agentId: "agent-two",
    provider: "GOOGLE",
    returnTo: null,
    accountId: null,
  });
  const callback = new URL(world.google.consent(started.authorizationUrl, { user: world.email }));
  const second = await finishConsent(world.deps, {
    provider: "GOOGLE",
    code: callback.searchParams.get("code"),
    state: callback.searchParams.get("state"),
    error: null,
    sealedState: started.sealedState,
  });
  await world.drain();
  const [secondId = ""] = second.connectionIds;
  expect(second.accountId).not.toBe(first.accountId);
  world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
  await world.drain();
  expect(await world.rows(first.connectionId)).toHaveLength(1);
  expect(await world.rows(secondId)).toHaveLength(1);
  expect(world.google.channels().filter(({ stopped }) => !stopped)).toHaveLength(2);
});
