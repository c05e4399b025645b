// The contract of reading: the calendar list, snapshots, deltas and their cursors.
import { expect } from "vitest";
import { ProviderError } from "../../src/providers/error.ts";
import type { Page } from "../../src/providers/provider.ts";
import type { Contract } from "./provider.ts";
import { applyPage, DAY, emptyCache, HOUR, inHours, seen, sync, type World, windowOf } from "./world.ts";

const TITLE = "canary title";

/** A person with so many plain events, an hour each, two hours apart. */
async function withEvents(world: World, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(await world.person.create({ title: TITLE, when: inHours(world, 2 * index) }));
  }
  return ids;
}

const keysOf = (pages: readonly Page[]) => pages.flatMap((page) => page.upserts.map((event) => event.key));

export function pullContract(contract: Contract): void {
  listContract(contract);
  roundContract(contract);
  changeContract(contract);
  seriesContract(contract);
}

function listContract(contract: Contract): void {
  contract("lists the person's calendars with zone and role, one of them primary", async (world) => {
    const calendars = await world.account.listCalendars();
    const byId = new Map(calendars.map((calendar) => [calendar.calendarId, calendar]));
    expect(byId.get(world.calendar.calendarId)).toMatchObject({
      role: "writer",
      primary: true,
      timeZone: "Europe/Lisbon",
    });
    expect(byId.get(world.readOnlyCalendar.calendarId)).toMatchObject({ role: "reader", primary: false });
    expect(calendars.filter((calendar) => calendar.primary)).toHaveLength(1);
    expect(calendars.every((calendar) => calendar.name !== "")).toBe(true);
  });
}

function roundContract(contract: Contract): void {
  contract("a first pull is a snapshot of the window, a later one a delta", async (world) => {
    const cache = emptyCache();
    await withEvents(world, 3);
    const first = await sync(world, cache);
    expect(first.every((page) => page.mode === "snapshot")).toBe(true);
    expect(first.at(-1)).toMatchObject({ last: true, timeZone: "Europe/Lisbon" });
    expect(cache.rows.size).toBe(3);
    const added = await world.person.create({ title: TITLE, when: inHours(world, 20) });
    const second = await sync(world, cache);
    expect(second.every((page) => page.mode === "delta")).toBe(true);
    expect(keysOf(second)).toEqual([added]);
    expect(cache.rows.size).toBe(4);
  });

  contract("L8: a pull that finds no change ends in a page with a cursor of its own", async (world) => {
    const cache = emptyCache();
    await sync(world, cache);
    const pages = await sync(world, cache);
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ mode: "delta", last: true, upserts: [] });
    const added = await world.person.create({ title: TITLE, when: inHours(world, 1) });
    expect(keysOf(await sync(world, cache))).toEqual([added]);
  });

  contract("D.4.14: a snapshot goes on from the cursor of any of its pages", async (world) => {
    const ids = await withEvents(world, 7);
    world.stage.pagesOf(2);
    const cache = emptyCache();
    const modes = new Set<string>();
    for (let last = false; !last; ) {
      for await (const page of world.account.pull(world.calendar, cache.cursor, windowOf(world))) {
        applyPage(cache, page);
        modes.add(page.mode);
        last = page.last;
        break;
      }
    }
    expect([...modes]).toEqual(["snapshot"]);
    expect([...cache.rows.keys()].sort()).toEqual([...ids].sort());
    expect(await sync(world, cache)).toMatchObject([{ mode: "delta", upserts: [] }]);
  });

  contract("a delta goes on from the cursor of any of its pages", async (world) => {
    const cache = emptyCache();
    await sync(world, cache);
    const ids = await withEvents(world, 5);
    world.stage.pagesOf(2);
    for (let last = false; !last; ) {
      for await (const page of world.account.pull(world.calendar, cache.cursor, windowOf(world))) {
        expect(page.mode).toBe("delta");
        applyPage(cache, page);
        last = page.last;
        break;
      }
    }
    expect([...cache.rows.keys()].sort()).toEqual([...ids].sort());
  });

  contract("D.4.4: applying a round twice does no harm", async (world) => {
    const [first] = await withEvents(world, 4);
    const cache = emptyCache();
    await sync(world, cache);
    const before = cache.cursor;
    await world.person.remove(first ?? "");
    await sync(world, cache);
    const once = seen(cache);
    cache.cursor = before;
    await sync(world, cache);
    expect(seen(cache)).toEqual(once);
  });

  contract("G37: an empty page with more behind it isn't the end", async (world) => {
    const ids = await withEvents(world, 2);
    world.stage.emptyPage();
    const cache = emptyCache();
    await sync(world, cache);
    expect([...cache.rows.keys()].sort()).toEqual([...ids].sort());
  });

  contract("L19: a lost cursor asks for a resync, and a snapshot heals it", async (world) => {
    const [first] = await withEvents(world, 3);
    const cache = emptyCache();
    await sync(world, cache);
    world.stage.loseCursors();
    await world.person.remove(first ?? "");
    await expect(sync(world, cache)).rejects.toMatchObject({ kind: "resync" });
    expect(cache.rows.size).toBe(3);
    cache.cursor = null;
    await sync(world, cache);
    expect(cache.rows.size).toBe(2);
  });

  contract("an unreadable cursor asks for a resync", async (world) => {
    for (const cursor of ["", "nonsense", "{}", '{"v":99,"syncToken":"x"}', "null"]) {
      const pull = world.account.pull(world.calendar, cursor, windowOf(world))[Symbol.asyncIterator]();
      const error = await pull.next().catch((caught: unknown) => caught);
      expect(error, cursor).toBeInstanceOf(ProviderError);
      expect(error, cursor).toMatchObject({ kind: "resync" });
    }
  });

  contract("P8: no page holds a title or an address", async (world) => {
    await withEvents(world, 2);
    await world.person.create({ title: TITLE, when: inHours(world, 9), answered: "accepted" });
    const pages = await sync(world, emptyCache());
    expect(keysOf(pages)).toHaveLength(3);
    expect(JSON.stringify(pages.map((page) => page.upserts))).not.toMatch(/canary|@/);
  });
}

function changeContract(contract: Contract): void {
  contract("an event that is deleted, declined, made free or moved away leaves", async (world) => {
    const cache = emptyCache();
    const removed = await world.person.create({ title: TITLE, when: inHours(world, 1) });
    const declined = await world.person.create({
      title: TITLE,
      when: inHours(world, 3),
      answered: "accepted",
    });
    const freed = await world.person.create({ title: TITLE, when: inHours(world, 5) });
    const stays = await world.person.create({ title: TITLE, when: inHours(world, 7) });
    await sync(world, cache);
    expect(cache.rows.size).toBe(4);
    await world.person.remove(removed);
    await world.person.decline(declined);
    await world.person.makeFree(freed);
    await sync(world, cache);
    expect([...cache.rows.keys()]).toEqual([stays]);
  });

  contract("L5: an event moved out of the window leaves, and comes back with its way back", async (world) => {
    const cache = emptyCache();
    const id = await world.person.create({ title: TITLE, when: inHours(world, 1) });
    await sync(world, cache);
    for (const away of [-90 * 24, 365 * 24]) {
      await world.person.move(id, inHours(world, away));
      await sync(world, cache);
      expect(cache.rows.size).toBe(0);
      await world.person.move(id, inHours(world, 4));
      await sync(world, cache);
      expect(seen(cache)).toEqual([{ ...inHours(world, 4), status: "busy" }]);
    }
  });

  contract("L4: an event that began before the window and still runs is there", async (world) => {
    const when = { startsAt: world.now - 10 * DAY, endsAt: world.now + DAY };
    await world.person.create({ title: TITLE, when });
    await world.person.create({
      title: TITLE,
      when: { startsAt: when.startsAt, endsAt: world.now - 5 * DAY },
    });
    const cache = emptyCache();
    await sync(world, cache);
    expect(seen(cache)).toEqual([{ ...when, status: "busy" }]);
  });

  contract("says how an event takes time, and leaves out what takes none", async (world) => {
    const { person } = world;
    await person.create({ title: TITLE, when: inHours(world, 1) });
    await person.create({ title: TITLE, when: inHours(world, 3), shows: "tentative" });
    await person.create({ title: TITLE, when: inHours(world, 5), shows: "out-of-office" });
    await person.create({ title: TITLE, when: inHours(world, 7), answered: "accepted" });
    await person.create({ title: TITLE, when: inHours(world, 9), answered: "tentative" });
    await person.create({ title: TITLE, when: inHours(world, 11), answered: "nothing" });
    await person.create({ title: TITLE, when: inHours(world, 13), answered: "declined" });
    await person.create({ title: TITLE, when: inHours(world, 15), shows: "free" });
    const cache = emptyCache();
    await sync(world, cache);
    expect(seen(cache).map((row) => row.status)).toEqual([
      "busy",
      "tentative",
      "out_of_office",
      "busy",
      "tentative",
      "unanswered",
    ]);
  });

  for (const [timeZone, offset] of [
    ["Pacific/Kiritimati", "+14:00"],
    ["Pacific/Niue", "-11:00"],
  ] as const) {
    contract(`L27: an all-day event is a date in the calendar's zone (${timeZone})`, async (world) => {
      const calendar = world.calendarIn(timeZone);
      const date = new Date(world.now + 5 * DAY).toISOString().slice(0, 10);
      await world.person.create({ title: TITLE, when: { date, days: 2 } }, calendar);
      const cache = emptyCache();
      await sync(world, cache, { calendar });
      const startsAt = Date.parse(`${date}T00:00:00${offset}`);
      expect([...cache.rows.values()]).toMatchObject([
        { startsAt, endsAt: startsAt + 2 * DAY, allDay: true },
      ]);
    });
  }
}

function seriesContract(contract: Contract): void {
  const daily = async (world: World, count: number | "forever") =>
    world.person.create({ title: TITLE, when: inHours(world, 2), repeats: { daily: count } });
  const nth = (world: World, index: number) => inHours(world, 2 + 24 * index);
  const starts = (cache: ReturnType<typeof emptyCache>) => seen(cache).map((row) => row.startsAt);

  contract("a series comes as its occurrences, which share a series key", async (world) => {
    await daily(world, 5);
    const cache = emptyCache();
    await sync(world, cache);
    expect(starts(cache)).toEqual([0, 1, 2, 3, 4].map((index) => nth(world, index).startsAt));
    expect(new Set([...cache.rows.values()].map((row) => row.seriesKey)).size).toBe(1);
  });

  contract("G38: an endless series stays within the window, also after an edit", async (world) => {
    const series = await daily(world, "forever");
    const cache = emptyCache();
    await sync(world, cache);
    expect(cache.rows.size).toBe(60);
    await world.person.move(series, inHours(world, 3));
    await sync(world, cache);
    expect(cache.rows.size).toBe(60);
    expect(starts(cache)).toEqual(
      Array.from({ length: 60 }, (_, index) => nth(world, index).startsAt + HOUR),
    );
  });

  contract("a cancelled occurrence leaves and its siblings stay", async (world) => {
    const series = await daily(world, 4);
    const cache = emptyCache();
    await sync(world, cache);
    await world.person.removeOccurrence(series, nth(world, 1).startsAt);
    await sync(world, cache);
    expect(starts(cache)).toEqual([0, 2, 3].map((index) => nth(world, index).startsAt));
  });

  contract("a moved occurrence moves alone", async (world) => {
    const series = await daily(world, 3);
    const cache = emptyCache();
    await sync(world, cache);
    const to = { startsAt: nth(world, 1).startsAt + 5 * HOUR, endsAt: nth(world, 1).endsAt + 5 * HOUR };
    await world.person.moveOccurrence(series, nth(world, 1).startsAt, to);
    await sync(world, cache);
    expect(starts(cache)).toEqual([nth(world, 0).startsAt, to.startsAt, nth(world, 2).startsAt]);
  });

  contract("L6: an edited series leaves no ghosts, a deleted one nothing", async (world) => {
    const series = await daily(world, 4);
    const other = await world.person.create({ title: TITLE, when: inHours(world, 8) });
    const cache = emptyCache();
    await sync(world, cache);
    await world.person.removeOccurrence(series, nth(world, 3).startsAt);
    await world.person.move(series, inHours(world, 5));
    await sync(world, cache);
    const moved = starts(cache);
    const fresh = emptyCache();
    await sync(world, fresh);
    expect(moved).toEqual(starts(fresh));
    await world.person.remove(series);
    await sync(world, cache);
    expect([...cache.rows.keys()]).toEqual([other]);
  });
}
