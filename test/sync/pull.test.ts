import { describe, expect, test } from "vitest";
import type { Deps } from "../../src/deps.ts";
import { runCron } from "../../src/jobs.ts";
import { at, DAY, expectHeldOff, HOUR, MINUTE, useStage, watchedNetwork } from "../support/google-world.ts";

const stage = useStage();

describe("a cursor that is worthless", () => {
  test("G14, P2: a resync of many pages never shows a taken slot as free, and leaves no ghosts (L6, L19)", async () => {
    const network = watchedNetwork();
    const world = stage({ fetch: network.fetch });
    const ids = world.addDaily(12);
    const { connectionId } = await world.connect();
    // What changes unheard of: one leaves, one moves, one comes.
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
    let looks = 0;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events")) return;
      looks += 1;
      const keys = (await world.rows(connectionId)).map(({ key }) => key);
      for (const id of unchanged) expect(keys).toContain(id);
      expect(await world.ask("2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z")).toMatchObject({
        available: false,
        complete: true,
      });
    };
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(looks).toBeGreaterThanOrEqual(7);
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
    // The new cursor works: what comes next is a delta again.
    world.google.knobs.clear();
    world.add("2026-03-31T10:00:00Z", "2026-03-31T11:00:00Z");
    expect(await world.pull(connectionId)).toMatchObject({ mode: "delta", upserts: 1 });
  });

  test("L19: a token that expires during a resync starts it over, and still nothing is lost", async () => {
    const network = watchedNetwork();
    const world = stage({ fetch: network.fetch });
    world.addDaily(6);
    const { connectionId } = await world.connect();
    world.google.knobs.set("list.shortPage", 2);
    let lists = 0;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events")) return;
      lists += 1;
      // The stored page breaks off here; the next job comes with a page token that Google has forgotten.
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

  test("G15: nothing is asked by updatedMin, so nothing can be too long ago", async () => {
    const world = stage();
    world.addDaily(1);
    world.google.knobs.set("sync.updatedMinOld", true);
    const { connectionId } = await world.connect();
    world.advance(40 * DAY);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(world.google.requests.filter(({ query }) => "updatedMin" in query)).toEqual([]);
  });

  test("G16: a refused delta is answered by one resync", async () => {
    const world = stage();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    world.google.knobs.set("sync.paramMismatch", true, { times: 1 });
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", failure: null });
    expect(await world.rows(connectionId)).toHaveLength(3);
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
  });

  test("G16: a delta refused with a brand-new token is our bug: said aloud, slowed down, rows fresh", async () => {
    const world = stage();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    const before = await world.connection(connectionId);
    world.google.knobs.set("sync.paramMismatch", true);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "failed", failure: { kind: "bug" } });
    expect(world.logged("pull.failed")).toMatchObject([{ level: "error" }]);
    const connection = await world.connection(connectionId);
    expectHeldOff(world, connection, 2.5 * MINUTE, 5 * MINUTE);
    expect(connection.verifiedAt).toBeGreaterThan(before.verifiedAt ?? 0);
    expect(await world.rows(connectionId)).toHaveLength(3);
  });

  test("a cursor nobody can read is answered by a resync", async () => {
    const world = stage();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET cursor = 'garbage'");
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(await world.rows(connectionId)).toHaveLength(3);
  });
});

describe("a calendar that is gone", () => {
  test("G17: is confirmed by the calendar list, switched off, and its rows stop counting", async () => {
    const world = stage();
    const { accountId } = await world.connect();
    const second = await world.addConnection(accountId, "Second");
    const { calendarId } = await world.connection(second);
    world.google.addEvent(calendarId, {
      start: { dateTime: "2026-03-05T10:00:00Z" },
      end: { dateTime: "2026-03-05T11:00:00Z" },
    });
    await world.drain();
    expect(await world.ask("2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z")).toMatchObject({
      available: false,
    });
    const lists = world.requests("calendarList.list").length;
    world.google.removeCalendar(calendarId);
    expect(await world.pull(second)).toMatchObject({ failure: { kind: "gone", code: "calendar_gone" } });
    expect(world.requests("calendarList.list")).toHaveLength(lists + 1);
    expect(await world.connection(second)).toMatchObject({ isActive: false, failureCode: "calendar_gone" });
    expect(await world.ask("2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z")).toMatchObject({
      available: true,
      complete: true,
    });
    const asked = world.requests("events.list").length;
    world.advance(DAY);
    await world.cron();
    expect(
      world
        .requests("events.list")
        .slice(asked)
        .filter((request) => request.calendarId === calendarId),
    ).toEqual([]);
  });

  test("G17: a 404 that the calendar list contradicts switches nothing off", async () => {
    const world = stage();
    world.addDaily(2);
    const { connectionId } = await world.connect();
    world.google.knobs.set("cal.gone", true);
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "gone", code: "notFound" } });
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true, failureKind: "gone" });
    expect(await world.rows(connectionId)).toHaveLength(2);
    expectHeldOff(world, await world.connection(connectionId), 2.5 * MINUTE, 5 * MINUTE);
    world.google.knobs.clear();
    world.advance(5 * MINUTE);
    await world.cron();
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
  });

  test("G17: a calendar list that fails confirms nothing", async () => {
    const world = stage();
    world.addDaily(2);
    const { connectionId } = await world.connect();
    world.google.knobs.set("cal.gone", true);
    world.google.knobs.set("api.status", 503, { operation: "calendarList.list" });
    await world.pull(connectionId);
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true });
    expect(await world.rows(connectionId)).toHaveLength(2);
  });

  test("G18: a calendar that may be read no more keeps its rows, names its reason, and is asked slowly", async () => {
    const world = stage();
    world.addDaily(2);
    const { connectionId } = await world.connect();
    world.google.knobs.set("cal.role", "none");
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "gone", code: "forbidden" } });
    expect((await world.account(connectionId)).status).toBe("active");
    expect(await world.rows(connectionId)).toHaveLength(2);
    world.advance(2 * MINUTE);
    expect(await world.ask("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z", "confirm")).toMatchObject({
      available: false,
      reason: "unverified",
      calendars: [{ connectionId, reason: "gone" }],
    });
  });

  test("the daily look at the calendar list finds what left it, was renamed or demoted", async () => {
    const world = stage();
    const { accountId } = await world.connect();
    const [left, renamed] = [
      await world.addConnection(accountId, "Leaving"),
      await world.addConnection(accountId, "Renamed"),
    ];
    world.google.removeCalendar((await world.connection(left)).calendarId);
    const { calendarId } = await world.connection(renamed);
    world.google.changeCalendar(calendarId, { summary: "New name" });
    world.google.changeEntry(calendarId, world.email, { role: "reader" });
    await world.cron("17 3 * * *");
    expect(await world.connection(left)).toMatchObject({ isActive: false });
    expect(await world.connection(renamed)).toMatchObject({
      isActive: true,
      name: "New name",
      role: "reader",
    });
  });

  test("the lists of all accounts are looked at over hours, idle tokens and all else at once", async () => {
    const world = stage();
    await world.connect();
    await world.connect({ provider: "OFFICE365" });
    const sent: [string[], number][] = [];
    const queue: Deps["queue"] = {
      send: async (_, jobs, when) => void sent.push([jobs.map(({ kind }) => kind), when?.spreadMs ?? 0]),
    };
    world.advance(20 * DAY);
    await runCron({ ...world.deps, queue }, "17 3 * * *");
    expect(sent).toEqual([
      [["refresh-account", "refresh-account"], 0],
      [["list-calendars", "list-calendars"], 6 * HOUR],
    ]);
  });

  test("L11: a calendar list that fails halfway switches nothing off", async () => {
    const world = stage();
    const { connectionId } = await world.connect();
    world.google.knobs.set("net.truncate", true, { operation: "calendarList.list" });
    await world.cron("17 3 * * *");
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true });
  });

  test("P2: a calendar that is missing from the list but can still be read goes on taking its time", async () => {
    let forgetful = false;
    const world = stage({
      fetch: (inner) => async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        const list = forgetful && url.pathname.endsWith("/calendarList");
        return list ? Response.json({ items: [] }) : inner(input, init);
      },
    });
    const { connectionId } = await world.connect();
    const { verifiedAt } = await world.connection(connectionId);
    forgetful = true;
    world.advance(MINUTE);
    await world.cron("17 3 * * *");
    const after = await world.connection(connectionId);
    expect(after).toMatchObject({ isActive: true, failures: 0 });
    expect(after.verifiedAt).toBeGreaterThan(verifiedAt ?? 0);
  });

  test("a hidden calendar still takes its time", async () => {
    const world = stage();
    const { connectionId } = await world.connect();
    world.google.changeEntry(world.email, world.email, { hidden: true });
    await world.cron("17 3 * * *");
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true });
  });
});

describe("a calendar that comes back empty", () => {
  async function emptied(count: number) {
    const network = watchedNetwork();
    const world = stage({ fetch: network.fetch });
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

  test("after five rows or more is asked once more, and then believed", async () => {
    const { world, connectionId, lists } = await emptied(5);
    const before = lists().length;
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(lists()).toHaveLength(before + 2);
    expect(await world.rows(connectionId)).toEqual([]);
    expect(await world.connection(connectionId)).toMatchObject({ emptySnapshots: 0, failures: 0 });
  });

  test("keeps its rows while the second word is out", async () => {
    const { world, connectionId, network } = await emptied(5);
    let listings = 0;
    network.before = async () => {
      listings += 1;
      if (listings === 3) throw new Error("reset");
    };
    // The 410, the empty listing; the listing that was to confirm it is lost.
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "retry" } });
    expect(await world.rows(connectionId)).toHaveLength(5);
    world.advance(5_000);
    await world.cron();
    expect(await world.rows(connectionId)).toEqual([]);
  });

  test("is believed at once where there was little to lose", async () => {
    const { world, connectionId, lists } = await emptied(4);
    const before = lists().length;
    await world.pull(connectionId);
    expect(lists()).toHaveLength(before + 1);
    expect(await world.rows(connectionId)).toEqual([]);
  });
});

describe("pages", () => {
  test("G37: an empty page in the middle is gone over, in listings and deltas", async () => {
    const world = stage();
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
    const world = stage();
    const { connectionId } = await world.connect();
    const before = await world.connection(connectionId);
    // Something changes elsewhere at Google, so that the next token reads differently.
    world.google.addCalendar({ owner: world.email, summary: "Other", timeZone: null });
    world.advance(10 * MINUTE);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok", upserts: 0, removals: 0 });
    const after = await world.connection(connectionId);
    expect(after.cursor).not.toBe(before.cursor);
    expect(after.verifiedAt).toBeGreaterThan(before.verifiedAt ?? 0);
    expect(after.lastSyncAt).toBeGreaterThanOrEqual(after.verifiedAt ?? 0);
  });

  test("G38: a flood of far-future instances is read in portions and cached only within the window", async () => {
    const world = stage();
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
    // 3 March 2026 to the end of the window, 400 days and today ahead.
    expect(rows).toHaveLength(400);
    expect(at(rows.at(-1)?.start ?? "")).toBeLessThan(windowEndsAt ?? 0);
  });

  test("what a pull did is recorded once, however many jobs and rounds it took", async () => {
    const world = stage();
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

  test("what changes while a long delta is read in portions is read too, by no other hint", async () => {
    const network = watchedNetwork();
    const world = stage({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    world.google.knobs.set("list.shortPage", 1);
    const [first = ""] = world.addDaily(25);
    let lists = 0;
    network.before = async (url) => {
      if (!url.pathname.endsWith("/events")) return;
      lists += 1;
      if (lists === 15) {
        // Long after its page: the round under way can't show it any more.
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
    test(`G39: a cancelled event is taken out by its id, whatever else its row says (${knob})`, async () => {
      const world = stage();
      const ids = world.addDaily(3);
      world.google.knobs.set(knob, true);
      const { connectionId } = await world.connect();
      world.google.deleteEvent(world.email, String(ids[1]));
      await world.drain();
      expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual([ids[0], ids[2]]);
      // And in a listing, where Google shouldn't name it at all.
      world.google.expireSyncTokens();
      await world.pull(connectionId);
      expect((await world.rows(connectionId)).map(({ key }) => key)).toEqual([ids[0], ids[2]]);
    });
  }

  test("G39: a deleted series goes whole, whether Google names its instances or only its master", async () => {
    for (const stub of [false, true]) {
      const world = stage();
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
  const world = stage();
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
