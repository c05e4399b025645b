// Pull: refused cursors, empty listings, pages and cancelled rows, at Google.
import { describe, expect, test } from "vitest";
import { at, DAY, HOUR, MINUTE, useGoogleWorld, watchedNetwork } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

describe("a cursor that the provider refuses", () => {
  test("G14, P2: a resync of many pages never shows a taken slot as free, and leaves no ghosts (L6, L19)", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const ids = world.addDaily(12);
    const { connectionId } = await world.connect();
    // Changes without a notification: one event is deleted, one moves, one is added.
    world.google.knobs.set("push.drop", true);
    world.google.deleteEvent(world.email, String(ids[0]));
    world.google.patchEvent(world.email, String(ids[1]), {
      start: { dateTime: "2026-03-04T15:00:00Z" },
      end: { dateTime: "2026-03-04T16:00:00Z" },
    });
    const added = world.add("2026-03-30T10:00:00Z", "2026-03-30T11:00:00Z");
    world.google.expireSyncTokens();
    world.google.knobs.set("list.shortPage", 2);
    const unchanged = ids.slice(2);
    let listings = 0;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events")) return;
      listings += 1;
      const keys = (await world.rows(connectionId)).map(({ key }) => key);
      for (const id of unchanged) expect(keys).toContain(id);
      expect(await world.ask("2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z")).toMatchObject({
        available: false,
        complete: true,
      });
    };
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(listings).toBeGreaterThanOrEqual(7);
    expect((await world.rows(connectionId)).map(({ key, start }) => [key, start])).toEqual([
      [ids[1], "2026-03-04T15:00:00Z"],
      ...ids
        .slice(2)
        .map((id, day) => [
          id,
          new Date(at("2026-03-05T10:00:00Z") + day * DAY).toISOString().replace(".000", ""),
        ]),
      [added, "2026-03-30T10:00:00Z"],
    ]);
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0, emptySnapshots: 0 });
    expect(world.logged("pull.resync")).toMatchObject([{ fields: { code: "fullSyncRequired" } }]);
    // The new cursor works: the next pull is a delta again.
    world.google.knobs.clear();
    world.add("2026-03-31T10:00:00Z", "2026-03-31T11:00:00Z");
    expect(await world.pull(connectionId)).toMatchObject({ mode: "delta", upserts: 1 });
  });

  test("L19: a page token that expires during a resync starts it over, and nothing is lost", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    world.addDaily(6);
    const { connectionId } = await world.connect();
    world.google.knobs.set("list.shortPage", 2);
    let lists = 0;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events")) return;
      lists += 1;
      // The listing breaks off here; the next job has a page token that Google no longer knows.
      if (lists === 3) throw new Error("reset");
    };
    world.google.expireSyncTokens();
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "retry" } });
    const cursor = (await world.connection(connectionId)).cursor ?? "";
    await world.query("UPDATE connections SET cursor = ?, next_attempt_at = 0", [
      cursor.replace(/"pageToken":"[^"]+"/, '"pageToken":"forgotten"'),
    ]);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(await world.rows(connectionId)).toHaveLength(6);
  });

  test("G15: no listing uses updatedMin, so none can be refused as too long ago", async () => {
    const world = newWorld();
    world.addDaily(1);
    world.google.knobs.set("sync.updatedMinOld", true);
    const { connectionId } = await world.connect();
    world.advance(40 * DAY);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(world.google.requests.filter(({ query }) => "updatedMin" in query)).toEqual([]);
  });

  test("G16: a refused delta is answered by one resync", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    world.google.knobs.set("sync.paramMismatch", true, { times: 1 });
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", failure: null });
    expect(await world.rows(connectionId)).toHaveLength(3);
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
  });

  test("G16: a delta refused with a brand-new token leads to listings, and a day later changes are read again", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    world.google.knobs.set("sync.paramMismatch", true);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", mode: "snapshot" });
    expect(world.logged("pull.way_changed")).toMatchObject([{ level: "warn", fields: { way: "listings" } }]);
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0, cursor: null });
    world.add("2026-03-30T10:00:00Z", "2026-03-30T11:00:00Z");
    const before = world.requests("events.list").length;
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", mode: "snapshot" });
    expect(world.requests("events.list").length - before).toBe(1);
    expect(await world.rows(connectionId)).toHaveLength(4);
    world.google.knobs.clear();
    world.advance(2 * DAY);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", mode: "delta" });
  });

  test("a cursor that can't be read is answered by a resync", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET cursor = 'garbage'");
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(await world.rows(connectionId)).toHaveLength(3);
  });
});

describe("a calendar that is listed as empty", () => {
  async function emptied(count: number) {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const ids = world.addDaily(count);
    const { connectionId } = await world.connect();
    world.google.knobs.set("push.drop", true);
    for (const id of ids) world.google.deleteEvent(world.email, id);
    world.google.expireSyncTokens();
    return {
      world,
      connectionId,
      network,
      lists: () => world.requests("events.list").filter(({ query }) => !query["syncToken"]),
    };
  }

  test("after five rows or more is listed once more, and then believed", async () => {
    const { world, connectionId, lists } = await emptied(5);
    const before = lists().length;
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(lists()).toHaveLength(before + 2);
    expect(await world.rows(connectionId)).toEqual([]);
    expect(await world.connection(connectionId)).toMatchObject({ emptySnapshots: 0, failures: 0 });
  });

  test("P2: keeps its rows until the second listing has come", async () => {
    const { world, connectionId, network } = await emptied(5);
    let listings = 0;
    network.before = async () => {
      listings += 1;
      if (listings === 3) throw new Error("reset");
    };
    // The 410 and the empty listing come; the listing that should confirm it is lost.
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "retry" } });
    expect(await world.rows(connectionId)).toHaveLength(5);
    world.advance(5_000);
    await world.cron();
    expect(await world.rows(connectionId)).toEqual([]);
  });

  test("with fewer rows is believed at once", async () => {
    const { world, connectionId, lists } = await emptied(4);
    const before = lists().length;
    await world.pull(connectionId);
    expect(lists()).toHaveLength(before + 1);
    expect(await world.rows(connectionId)).toEqual([]);
  });
});

describe("pages", () => {
  test("G37: an empty page before the last is passed over, in listings and deltas", async () => {
    const world = newWorld();
    world.addDaily(3);
    world.google.knobs.set("list.emptyPage", true, { times: 1 });
    const { connectionId } = await world.connect();
    expect(await world.rows(connectionId)).toHaveLength(3);
    world.google.knobs.set("list.emptyPage", true, { times: 2 });
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    expect(await world.rows(connectionId)).toHaveLength(4);
  });

  test("L8: an empty delta is a success: it stores the new cursor and the time", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const before = await world.connection(connectionId);
    // A change in another calendar at Google makes the next token differ.
    world.google.addCalendar({ owner: world.email, summary: "Other", timeZone: null });
    world.advance(10 * MINUTE);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", upserts: 0, removals: 0 });
    const after = await world.connection(connectionId);
    expect(after.cursor).not.toBe(before.cursor);
    expect(after.verifiedAt).toBeGreaterThan(before.verifiedAt ?? 0);
    expect(after.lastSyncAt).toBeGreaterThanOrEqual(after.verifiedAt ?? 0);
  });

  test("G38: thousands of instances far ahead are read in portions and cached only within the window", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const id = world.add("2026-03-03T09:00:00Z", "2026-03-03T09:30:00Z", {
      start: { dateTime: "2026-03-03T09:00:00Z", timeZone: "UTC" },
      end: { dateTime: "2026-03-03T09:30:00Z", timeZone: "UTC" },
      recurrence: ["RRULE:FREQ=DAILY"],
    });
    await world.drain();
    world.google.patchEvent(world.email, id, { summary: "Edited" });
    world.google.knobs.set("list.shortPage", 40);
    const runs = () => world.query("SELECT pages, outcome FROM sync_runs ORDER BY finished_at DESC LIMIT 1");
    const pulls = world.requests("events.list").length;
    await world.drain();
    expect(world.requests("events.list").length - pulls).toBeGreaterThan(25);
    expect(await runs()).toMatchObject([{ outcome: "ok" }]);
    const rows = await world.rows(connectionId);
    const { windowEndsAt } = await world.connection(connectionId);
    // From 3 March 2026 to the end of the window, which is 400 days after today.
    expect(rows).toHaveLength(400);
    expect(at(rows.at(-1)?.start ?? "")).toBeLessThan(windowEndsAt ?? 0);
  });

  test("a pull is recorded as one run, however many jobs and rounds it took", async () => {
    const world = newWorld();
    world.addDaily(25);
    world.google.knobs.set("list.shortPage", 1);
    await world.connect();
    const [sum] = await world.query("SELECT SUM(upserts) AS upserts FROM sync_runs");
    expect(sum).toMatchObject({ upserts: 25 });
    expect(await world.query("SELECT outcome, pages FROM sync_runs ORDER BY rowid LIMIT 2")).toMatchObject([
      { outcome: "partial", pages: 20 },
      { outcome: "ok", pages: 5 },
    ]);
  });

  test("a change during a long delta is read too, without another hint", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    world.google.knobs.set("list.shortPage", 1);
    const [first = ""] = world.addDaily(25);
    let lists = 0;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events")) return;
      lists += 1;
      if (lists === 15) {
        // Its page has long been read, so the round under way can't list it.
        world.google.patchEvent(world.email, first, {
          start: { dateTime: "2026-04-20T10:00:00Z" },
          end: { dateTime: "2026-04-20T11:00:00Z" },
        });
        await world.google.flush();
      }
    };
    await world.drain();
    expect(await world.rows(connectionId)).toHaveLength(25);
    expect((await world.rows(connectionId)).at(-1)).toMatchObject({
      key: first,
      start: "2026-04-20T10:00:00Z",
    });
  });

  for (const knob of ["list.strayCancelled", "list.cancelledDetails"] as const) {
    test(`G39: a cancelled event is removed by its id, whatever else its row says (${knob})`, async () => {
      const world = newWorld();
      const ids = world.addDaily(3);
      world.google.knobs.set(knob, true);
      const { connectionId } = await world.connect();
      world.google.deleteEvent(world.email, String(ids[1]));
      await world.drain();
      expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual([ids[0], ids[2]]);
      // The same in a listing, where Google shouldn't name it at all.
      world.google.expireSyncTokens();
      await world.pull(connectionId);
      expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual([ids[0], ids[2]]);
    });
  }

  test("G39: a deleted series is removed whole, whether Google lists its instances or only its master", async () => {
    for (const stub of [false, true]) {
      const world = newWorld();
      const id = world.add("", "", {
        start: { dateTime: "2026-03-03T09:00:00Z", timeZone: "UTC" },
        end: { dateTime: "2026-03-03T09:30:00Z", timeZone: "UTC" },
        recurrence: ["RRULE:FREQ=WEEKLY;COUNT=10"],
      });
      const { connectionId } = await world.connect();
      expect(await world.rows(connectionId)).toHaveLength(10);
      if (stub) world.google.knobs.set("sync.masterStub", true);
      world.google.deleteEvent(world.email, id);
      await world.drain();
      expect(await world.rows(connectionId)).toEqual([]);
    }
  });
});

test("D.4.12: a resync of the same content leaves the same rows", async () => {
  const world = newWorld();
  world.google.generate(world.email, {
    seed: 7,
    count: 150,
    from: at("2026-03-02T00:00:00Z"),
    to: at("2026-03-02T00:00:00Z") + 90 * DAY,
    timeZone: "Europe/Lisbon",
  });
  const { connectionId } = await world.connect();
  const before = await world.rows(connectionId);
  expect(before.length).toBeGreaterThan(50);
  world.google.expireSyncTokens();
  world.advance(HOUR);
  await world.pull(connectionId);
  expect(await world.rows(connectionId)).toEqual(before);
});
