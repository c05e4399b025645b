// Leases: one Worker pulls a calendar at a time, and a crash never leaves the cursor ahead of the rows.
import { describe, expect, test } from "vitest";
import { pullConnection } from "../../src/sync/pull.ts";
import { rollWindow } from "../../src/sync/roll-window.ts";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedDatabase,
  watchedNetwork,
} from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const isListing = (url: URL) => url.pathname.endsWith("/events");

/** A world that must resync six events, one of which is deleted, in pages of two. */
async function beforeResync() {
  const network = watchedNetwork();
  const database = watchedDatabase();
  const world = newWorld({ fetch: network.fetch, ...database });
  const ids = world.addDaily(6);
  const { connectionId } = await world.connect();
  world.google.knobs.set("push.drop", true);
  world.google.deleteEvent(world.email, String(ids[5]));
  world.google.expireSyncTokens();
  world.google.knobs.set("list.shortPage", 2);
  return { world, network, database, connectionId, ids };
}

describe("one calendar, many Workers", () => {
  test("of pulls that race for one calendar, one does the work and the others end", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const asked = world.requests("events.list").length;
    await world.query("UPDATE connections SET poll_due_at = 0");
    const pulls = await Promise.all(
      Array.from({ length: 8 }, () => pullConnection(world.deps, { connectionId, verifiedSince: null })),
    );
    expect(pulls.filter(({ kind }) => kind === "pulled")).toHaveLength(1);
    expect(world.requests("events.list")).toHaveLength(asked + 1);
  });

  test("a leased calendar is left alone by cron, pulls and rolls until the lease lapses", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.advance(2 * DAY);
    await world.query("UPDATE connections SET lease_id = 'other', lease_until = ?", [
      world.deps.now() + 30_000,
    ]);
    const asked = world.requests("events.list").length;
    await world.cron();
    expect(await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() })).toEqual({
      kind: "leased",
    });
    await rollWindow(world.deps, { connectionId });
    expect(world.requests("events.list")).toHaveLength(asked);
    world.advance(31_000);
    await world.cron();
    expect(world.requests("events.list").length).toBeGreaterThan(asked);
  });

  test("D.4.14: after a Worker died with a lease, another continues from the stored page", async () => {
    const { world, network, connectionId, ids } = await beforeResync();
    let pages = 0;
    // The Worker dies between two pages, and its lease remains.
    network.before = async (url) => {
      if (!isListing(url)) return;
      pages += 1;
      if (pages === 3) await new Promise(() => {});
    };
    // Its request runs into its time limit, perhaps after the database has ended.
    world.pull(connectionId).catch(() => {});
    await expect.poll(() => pages).toBe(3);
    network.before = async () => {};
    const { cursor, leaseId } = await world.connection(connectionId);
    expect(leaseId).not.toBeNull();
    expect(cursor).toContain("pageToken");
    expect(await world.rows(connectionId)).toHaveLength(6);
    world.advance(MINUTE + 1_000);
    const asked = world.requests("events.list").length;
    await world.cron();
    expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual(ids.slice(0, 5));
    // Two pages were left, and then the new cursor was pulled.
    expect(world.requests("events.list").length - asked).toBe(3);
  });

  test("P5: a Worker whose lease was taken over writes no row, no cursor and no time of verification", async () => {
    const { world, network, connectionId } = await beforeResync();
    let wake: (() => void) | null = null;
    let pages = 0;
    network.before = async (url) => {
      if (!isListing(url)) return;
      pages += 1;
      if (pages === 3)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    };
    const zombie = world.pull(connectionId);
    await expect.poll(() => wake).not.toBeNull();
    world.advance(2 * MINUTE);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    const [after, rows] = [await world.connection(connectionId), await world.rows(connectionId)];
    (wake as unknown as () => void)();
    expect(await zombie).toMatchObject({ outcome: "partial", failure: null });
    expect(await world.connection(connectionId)).toEqual(after);
    expect(await world.rows(connectionId)).toEqual(rows);
  });

  test("a Worker whose lease was taken over records no failure either", async () => {
    const { world, network, connectionId } = await beforeResync();
    let fail: (() => void) | null = null;
    let pages = 0;
    network.before = async (url) => {
      if (!isListing(url)) return;
      pages += 1;
      if (pages === 3)
        await new Promise<void>((_, reject) => {
          fail = () => reject(new Error("reset"));
        });
    };
    const zombie = world.pull(connectionId);
    await expect.poll(() => fail).not.toBeNull();
    world.advance(2 * MINUTE);
    await world.pull(connectionId);
    (fail as unknown as () => void)();
    await zombie;
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0, nextAttemptAt: 0 });
  });

  test("a calendar disconnected while it is pulled gets no more rows", async () => {
    const { world, network, connectionId } = await beforeResync();
    let pages = 0;
    network.before = async (url) => {
      if (!isListing(url)) return;
      pages += 1;
      if (pages === 3)
        await world.query("UPDATE connections SET closing_at = 1, lease_id = NULL, lease_until = 0");
      if (pages === 3) await world.query("DELETE FROM busy");
    };
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "partial" });
    expect(await world.rows(connectionId)).toEqual([]);
  });
});

describe("a crash at the database", () => {
  /** Expects the unchanged keys to be cached, and no others but the deleted one. */
  async function expectTruth(
    world: GoogleWorld,
    connectionId: string,
    ids: readonly string[],
  ): Promise<void> {
    const keys = (await world.rows(connectionId)).map(({ key }) => key);
    for (const id of ids.slice(0, 5)) expect(keys).toContain(id);
    expect(keys.length).toBeLessThanOrEqual(6);
  }

  test("L7, P2, P5, D.4.4: wherever a resync breaks off, the cursor is never ahead of the rows", async () => {
    // Breaks the first request, then the second, and so on, until a resync ends before the broken one.
    for (let broken = 1; ; broken += 1) {
      const { world, database, connectionId, ids } = await beforeResync();
      const from = database.requests;
      await world.query("UPDATE connections SET poll_due_at = 0");
      let met = false;
      database.before = async () => {
        if (database.requests - from < broken) return;
        met = true;
        throw new TypeError("fetch failed");
      };
      const outcome = await pullConnection(world.deps, { connectionId, verifiedSince: null }).catch(
        (error: unknown) => ({ kind: "crashed", error }),
      );
      database.before = async () => {};
      await expectTruth(world, connectionId, ids);
      if (!met) {
        expect(outcome).toMatchObject({ kind: "pulled", report: { outcome: "ok" } });
        expect(broken).toBeGreaterThan(4);
        break;
      }
      expect(outcome).toMatchObject({ kind: "crashed", error: { code: "database_unavailable" } });
      world.advance(2 * MINUTE);
      await world.cron();
      expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual(ids.slice(0, 5));
      expect(await world.connection(connectionId)).toMatchObject({ failures: 0, leaseId: null });
    }
  });

  test("P5: a batch whose answer gets lost after the write is repeated without harm", async () => {
    for (let lost = 1; lost <= 6; lost += 1) {
      const { world, connectionId, ids } = await withLostAnswers(lost);
      expect(await world.pull(connectionId)).toMatchObject({ failure: null });
      expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual(ids.slice(0, 5));
      expect(await world.connection(connectionId)).toMatchObject({ failures: 0, leaseId: null });
    }
  });

  /** The answer to every `nth` write is lost after the write took effect. */
  async function withLostAnswers(nth: number) {
    let armed = false;
    let writes = 0;
    const world = newWorld({
      databaseSleep: async () => {},
      databaseFetch: (inner) => async (input, init) => {
        const answer = await inner(input, init);
        if (!armed) return answer;
        writes += 1;
        if (writes !== nth) return answer;
        throw new TypeError("fetch failed");
      },
    });
    const ids = world.addDaily(6);
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.drop", true);
    world.google.deleteEvent(world.email, String(ids[5]));
    world.google.expireSyncTokens();
    world.google.knobs.set("list.shortPage", 2);
    armed = true;
    return { world, connectionId, ids };
  }
});

test("P4: a hint that comes while the window rolls is pulled for at once, not by the next cron run", async () => {
  const network = watchedNetwork();
  const world = newWorld({ fetch: network.fetch });
  const { connectionId } = await world.connect();
  world.advance(DAY + HOUR);
  await world.cron();
  world.advance(DAY);
  await world.query("UPDATE connections SET poll_due_at = ?", [world.deps.now() + HOUR]);
  let once = true;
  network.before = async (url) => {
    if (!isListing(url) || !once) return;
    once = false;
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.google.flush();
    // The notification's job finds the calendar leased.
    for (const job of world.jobs.urgent.splice(0)) {
      if (job.kind === "pull") await pullConnection(world.deps, { connectionId, verifiedSince: null });
    }
  };
  await rollWindow(world.deps, { connectionId });
  await world.drain();
  expect(await world.rows(connectionId)).toHaveLength(1);
});
