// Send: notices reach MaraPlace at least once, in order about each subject, for days, until a 410 stops them.
import { describe, expect, test } from "vitest";
import { runCron } from "../../src/cron.ts";
import { replayNotices } from "../../src/notices/replay.ts";
import { notify } from "../../src/notices/send.ts";
import { claimNotices } from "../../src/store/outbox/notices.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { workerOf } from "../support/worker.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";
import { about, deliveredNotice, stored } from "./notice-rows.ts";

const databaseUrl = useOwnDatabase();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const listening = (options: WorldOptions = {}) =>
  createWorld({ databaseUrl: databaseUrl(), notices: true, ...options });

const many = (count: number) => Array.from({ length: count }, (_, index) => `b-${index}`);

describe("a notice", () => {
  test("is sent signed, as documented, and is then sent", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1"]);
    await world.cron();
    const [notice] = await stored(world);
    expect(notice).toMatchObject({ state: "sent", attempts: 1, reason: null });
    expect(world.maraplace.faults).toEqual([]);
    expect(world.maraplace.arrivals).toMatchObject([
      {
        id: notice?.id,
        type: "booking.delivered",
        data: { agentId: world.agentId, bookingId: "b-1", revision: 1, state: "confirmed" },
        taken: true,
      },
    ]);
    world.advance(DAY);
    await world.cron();
    expect(world.maraplace.arrivals).toHaveLength(1);
  });

  test("is signed with each secret during an exchange of secrets", async () => {
    const world = listening();
    const older = `whsec_${btoa("an older secret of 24 byt")}`;
    const signatures: string[] = [];
    const { notices } = world.deps.config;
    if (notices === null) throw new Error("nobody listens");
    const worker = workerOf(world, {
      config: { notices: { ...notices, secrets: [older, ...notices.secrets] } },
      fetch: (inner) => (input, init) => {
        const request = new Request(input, init);
        signatures.push(request.headers.get("webhook-signature") ?? "");
        return inner(input, init);
      },
    });
    await deliveredNotice(world, ["b-1"]);
    await notify(worker);
    expect(world.maraplace.faults).toEqual([]);
    expect(world.maraplace.taken()).toHaveLength(1);
    expect(signatures[0]?.split(" ")).toHaveLength(2);
    expect(signatures[0]).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  test("is kept for 30 days without a receiver, and no job is sent for it", async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    await deliveredNotice(world, ["b-1"]);
    await world.cron();
    await notify(world.deps);
    expect(await stored(world)).toMatchObject([{ state: "pending", attempts: 0 }]);
    expect(world.maraplace.arrivals).toEqual([]);
    world.advance(29 * DAY);
    await world.cron("17 3 * * *");
    expect(await stored(world)).toHaveLength(1);
    world.advance(2 * DAY);
    await world.cron("17 3 * * *");
    expect(await stored(world)).toEqual([]);
  });

  test("is deleted after 30 days once it is sent, and not before it is sent", async () => {
    const world = listening();
    await deliveredNotice(world, ["sent"]);
    await world.cron();
    world.maraplace.react({ status: 500 });
    await deliveredNotice(world, ["waiting"]);
    await world.cron();
    world.advance(31 * DAY);
    await world.cron("17 3 * * *");
    expect((await stored(world)).map(({ data }) => data["bookingId"])).toEqual(["waiting"]);
  });
});

describe("many notices", () => {
  test("are sent by one job, six at once", async () => {
    const world = listening();
    await deliveredNotice(world, many(20));
    await world.cron();
    expect(world.maraplace.taken()).toHaveLength(20);
    expect(world.maraplace.mostAtOnce).toBe(6);
  });

  test("are each sent once by two Workers at once", async () => {
    const world = listening();
    await deliveredNotice(world, many(18));
    const [first, second] = [workerOf(world), workerOf(world)];
    await Promise.all([first, second, first, second].map((worker) => notify(worker)));
    await world.drain();
    expect(world.maraplace.arrivals).toHaveLength(18);
    expect(world.maraplace.taken()).toHaveLength(18);
  });

  test("about one booking arrive in order, also while the first is refused, and others don't wait", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1", "b-1", "b-2", "b-1", "b-2"]);
    await deliveredNotice(world, ["b-1"], `${world.agentId}-other`);
    const [firstId] = (await stored(world)).map(({ id }) => id);
    let refusals = 0;
    world.maraplace.react(({ id }) => {
      if (id !== firstId || refusals === 3) return { status: 200 };
      refusals += 1;
      return { status: 503 };
    });
    await world.cron();
    const soon = world.maraplace.arrivals.filter(({ taken }) => taken);
    expect(soon.map(({ data }) => `${data["agentId"]} ${data["bookingId"]}`).sort()).toEqual(
      [`${world.agentId} b-2`, `${world.agentId} b-2`, `${world.agentId}-other b-1`].sort(),
    );
    await deliveredNotice(world, ["b-1"]);
    for (let round = 0; round < 40; round += 1) {
      world.advance(5 * MINUTE);
      await world.cron();
    }
    const order = (await stored(world)).map(({ id }) => id);
    const ofFirst = world.maraplace.arrivals.filter(
      ({ taken, data }) => taken && data["bookingId"] === "b-1" && data["agentId"] === world.agentId,
    );
    expect(refusals).toBe(3);
    expect(ofFirst.map(({ id }) => order.indexOf(id))).toEqual([0, 1, 3, 6]);
    expect((await stored(world)).every(({ state }) => state === "sent")).toBe(true);
  });

  test("behind a refused notice of their subject cost no search until it is due", async () => {
    const world = listening();
    world.maraplace.react({ status: 500 });
    await deliveredNotice(world, ["b-1", "b-1", "b-1"]);
    await world.cron();
    const [first, ...behind] = await stored(world);
    expect(first?.nextAttemptAt).toBeGreaterThan(world.deps.now());
    for (const notice of behind) expect(notice.nextAttemptAt).toBe(first?.nextAttemptAt);
  });
});

describe("a receiver that fails", () => {
  test.each([
    [{ status: 500 }, "http_500"],
    [{ status: 404 }, "http_404"],
    [{ status: 302, headers: { location: "https://maraplace.example/elsewhere" } }, "http_302"],
    [{ status: 304 }, "http_304"],
    ["unreachable", "network"],
    ["silent", "timeout"],
  ] as const)("by %o is asked again later, and no redirect is followed", async (reaction, reason) => {
    const world = listening();
    await deliveredNotice(world, ["b-1"]);
    world.maraplace.react(reaction);
    await world.cron();
    expect(await stored(world)).toMatchObject([{ state: "pending", attempts: 1, reason }]);
    world.maraplace.react({ status: 200 });
    world.advance(MINUTE);
    await world.cron();
    expect(world.maraplace.arrivals.map(({ taken }) => taken)).toEqual([false, true]);
    expect(world.maraplace.faults).toEqual([]);
    expect(await stored(world)).toMatchObject([{ state: "sent", attempts: 2, reason: null }]);
  });

  test("for days is asked ten times, ever more rarely, and then the next notice is sent", async () => {
    const world = listening();
    const startedAt = world.deps.now();
    await deliveredNotice(world, ["b-1", "b-1"]);
    const [given, next] = await stored(world);
    world.maraplace.react(({ id }) => ({ status: id === given?.id ? 500 : 200 }));
    await world.cron();
    for (let attempt = 2; attempt <= 10; attempt += 1) {
      const [waiting] = await stored(world);
      expect(waiting).toMatchObject({ state: "pending", attempts: attempt - 1 });
      const waitMs = (waiting?.nextAttemptAt ?? 0) - world.deps.now();
      if (waitMs > 10_000) {
        world.advance(waitMs - 5_000);
        await world.cron();
        expect(world.maraplace.arrivals).toHaveLength(attempt - 1);
      }
      world.advance(10_000);
      await world.cron();
    }
    const attempts = world.maraplace.arrivals.filter(({ id }) => id === given?.id);
    expect(attempts).toHaveLength(10);
    const lastedMs = (attempts.at(-1)?.at ?? 0) - startedAt;
    expect(lastedMs).toBeGreaterThan(2 * DAY);
    expect(lastedMs).toBeLessThan(5 * DAY);
    expect(await stored(world)).toMatchObject([
      { state: "failed", attempts: 10, reason: "http_500" },
      { state: "sent", attempts: 1 },
    ]);
    expect(world.maraplace.taken()).toEqual([next?.id]);
    const errors = world.logs.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([{ event: "notice.not_taken", fields: { attempts: 10, code: "http_500" } }]);
  });

  test("and says when to come back isn't asked before that", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1", "b-2"]);
    const date = new Date(world.deps.now() + 2 * HOUR).toUTCString();
    world.maraplace.react(({ data }) => ({
      status: 429,
      headers: { "retry-after": data["bookingId"] === "b-1" ? "3600" : date },
    }));
    await world.cron();
    world.maraplace.react({ status: 200 });
    world.advance(59 * MINUTE);
    await world.cron();
    expect(world.maraplace.taken()).toEqual([]);
    world.advance(2 * MINUTE);
    await world.cron();
    expect(about(world.maraplace.arrivals.filter(({ taken }) => taken))).toEqual(["b-1"]);
    world.advance(HOUR);
    await world.cron();
    expect(world.maraplace.taken()).toHaveLength(2);
  });

  test("for every notice is asked six times a minute at most", async () => {
    const world = listening();
    world.maraplace.react("unreachable");
    await deliveredNotice(world, many(30));
    await world.cron();
    expect(world.maraplace.arrivals).toHaveLength(6);
    world.maraplace.react({ status: 200 });
    world.advance(MINUTE);
    await world.cron();
    expect(world.maraplace.taken()).toHaveLength(30);
  });
});

describe("a receiver that wants no more (410)", () => {
  async function disabled() {
    const world = listening();
    await deliveredNotice(world, many(8));
    world.maraplace.react({ status: 410 });
    await world.cron();
    world.maraplace.react({ status: 200 });
    const asked = world.maraplace.arrivals.length;
    return { world, asked };
  }

  const days = async (world: World, count: number) => {
    world.advance(count * DAY);
    await world.cron();
    await world.cron("17 3 * * *");
  };

  const forgotten = (world: World) =>
    world.logs.filter(({ event }) => event === "notices.forgotten_untold").map(({ fields }) => fields);

  test("gets no more notices, and nothing is lost", async () => {
    const { world, asked } = await disabled();
    expect(asked).toBe(6);
    await deliveredNotice(world, ["later"]);
    await days(world, 29);
    expect(world.maraplace.arrivals).toHaveLength(asked);
    expect((await stored(world)).map(({ state }) => state)).toEqual(Array(9).fill("pending"));
    expect(world.logs.filter(({ level }) => level === "error")).toMatchObject([
      { event: "notices.disabled" },
    ]);
  });

  test("has a month to want them again, and the log counts the notices deleted then", async () => {
    const { world } = await disabled();
    await days(world, 20);
    await deliveredNotice(world, ["later"]);
    await days(world, 11);
    expect(forgotten(world)).toEqual([{ count: 8 }]);
    expect(await stored(world)).toMatchObject([{ state: "pending", data: { bookingId: "later" } }]);
    await days(world, 20);
    expect(await stored(world)).toEqual([]);
    expect(forgotten(world)).toEqual([{ count: 8 }, { count: 1 }]);
  });

  test("has old notices kept that were replayed or refused less than a month ago", async () => {
    const world = listening();
    await deliveredNotice(world, many(2));
    await world.cron();
    await days(world, 29);
    const since = world.deps.now() - 30 * DAY;
    world.maraplace.react({ status: 410 });
    await replayNotices(world.deps, { since, agentId: world.agentId });
    await world.drain();
    await days(world, 29);
    expect((await stored(world)).map(({ state }) => state)).toEqual(["pending", "pending"]);
    world.maraplace.react({ status: 200 });
    await replayNotices(world.deps, { since, agentId: world.agentId });
    await world.drain();
    expect((await stored(world)).map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect(forgotten(world)).toEqual([]);
  });

  test("costs no jobs while it stays away", async () => {
    const { world } = await disabled();
    const sent: string[] = [];
    const queue = {
      send: async (_: unknown, jobs: readonly { kind: string }[]) =>
        void sent.push(...jobs.map(({ kind }) => kind)),
    };
    await runCron({ ...world.deps, queue }, "* * * * *");
    expect(sent).toEqual([]);
  });

  test("doesn't stop notices to another address", async () => {
    const { world } = await disabled();
    const received: string[] = [];
    const { notices } = world.deps.config;
    if (notices === null) throw new Error("nobody listens");
    const worker = workerOf(world, {
      config: { notices: { ...notices, url: "https://new.maraplace.example/" } },
      fetch: () => async (input, init) => {
        const request = new Request(input, init);
        received.push(`${request.url} ${JSON.parse(await request.text()).data.bookingId}`);
        return new Response(null, { status: 202 });
      },
    });
    await notify(worker);
    await notify(worker);
    expect(received.sort()).toEqual(
      many(8).map((bookingId) => `https://new.maraplace.example/ ${bookingId}`),
    );
  });
});

describe("P3: a notice survives", () => {
  test("a lost answer: it comes again under the same id", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1"]);
    world.maraplace.react("lost");
    await world.cron();
    world.maraplace.react({ status: 200 });
    world.advance(MINUTE);
    await world.cron();
    expect(world.maraplace.arrivals).toHaveLength(2);
    expect(new Set(world.maraplace.arrivals.map(({ id }) => id)).size).toBe(1);
    expect(await stored(world)).toMatchObject([{ state: "sent" }]);
  });

  test("a Worker that dies before it sends", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1", "b-1"]);
    const now = world.deps.now();
    const lease = { url: world.maraplace.url, leaseId: "dead", leaseUntil: now + MINUTE, limit: 6, now };
    expect(await claimNotices(world.deps.db, lease)).toHaveLength(1);
    await world.cron();
    expect(world.maraplace.arrivals).toEqual([]);
    world.advance(MINUTE);
    await world.cron();
    expect(world.maraplace.taken()).toEqual((await stored(world)).map(({ id }) => id));
  });

  test("a Worker that dies after sending and before recording that", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1", "b-1"]);
    let writes = 0;
    const dying = workerOf(world, {
      databaseFetch: (inner) => async (input, init) => {
        writes += 1;
        if (writes > 1) throw new TypeError("fetch failed");
        return inner(input, init);
      },
      sleep: async () => {},
    });
    await expect(notify(dying)).rejects.toMatchObject({ code: "database_unavailable" });
    expect(world.maraplace.taken()).toHaveLength(1);
    world.advance(2 * MINUTE);
    await world.cron();
    const ids = (await stored(world)).map(({ id }) => id);
    expect(world.maraplace.arrivals.map(({ id }) => ids.indexOf(id))).toEqual([0, 0, 1]);
    expect(world.maraplace.taken()).toEqual(ids);
  });

  test("a Worker that comes back after another took over: its record changes nothing", async () => {
    const world = listening();
    await deliveredNotice(world, ["b-1"]);
    const slow = workerOf(world, {
      fetch: (inner) => async (input, init) => {
        const answer = await inner(input, init);
        world.advance(2 * MINUTE);
        world.maraplace.react({ status: 200 });
        await notify(world.deps);
        return answer;
      },
    });
    world.maraplace.react({ status: 410 });
    await notify(slow);
    expect(await stored(world)).toMatchObject([{ state: "sent", attempts: 1 }]);
    expect(await world.query("SELECT * FROM disabled_endpoints")).toEqual([]);
  });

  test("a database whose answers to writes are lost, each once", async () => {
    const answered = new Set<string>();
    const world = listening({
      databaseSleep: async () => {},
      databaseFetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        const body = await request.clone().text();
        const response = await inner(request);
        if (!body.includes("BEGIN IMMEDIATE") || answered.has(body)) return response;
        answered.add(body);
        await response.arrayBuffer();
        throw new TypeError("terminated");
      },
    });
    // Four calls make four notices, though the answer to each write is lost once.
    const { db } = workerOf(world);
    await deliveredNotice({ ...world, deps: { ...world.deps, db } }, ["b-1", "b-1", "b-2", "b-3"]);
    let refused = false;
    world.maraplace.react(({ data }) => {
      if (data["bookingId"] !== "b-2" || refused) return { status: 200 };
      refused = true;
      return { status: 500 };
    });
    await world.cron();
    world.advance(MINUTE);
    await world.cron();
    expect(answered.size).toBeGreaterThan(3);
    expect(world.maraplace.arrivals).toHaveLength(5);
    expect((await stored(world)).map(({ state, attempts }) => [state, attempts])).toEqual([
      ["sent", 1],
      ["sent", 1],
      ["sent", 2],
      ["sent", 1],
    ]);
  });
});

test("P8: the log names a failed notice and its error, not its content or its secret", async () => {
  const world = listening({ bindings: { DEBUG_CALENDAR_SYNC: "true" } });
  await deliveredNotice(world, ["canary-booking"]);
  world.maraplace.react({ status: 500 });
  await world.cron();
  world.maraplace.react({ status: 410 });
  world.advance(MINUTE);
  await world.cron();
  const log = JSON.stringify(world.logs);
  expect(world.maraplace.arrivals).toHaveLength(2);
  expect(log).toContain("notice.not_taken");
  expect(log).not.toContain("canary");
  expect(log).not.toContain(world.secrets.noticeSecret.slice("whsec_".length));
  expect(log).not.toContain("maraplace.example");
});
