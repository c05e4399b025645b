// The contract of reading: the calendar list, snapshots, deltas and their cursors.
import { expect } from "vitest";
import { ProviderError } from "../../src/providers/error.ts";
import type { Page } from "../../src/providers/provider.ts";
import type { Contract } from "./provider.ts";
import { applyPage, emptyCache, inHours, seen, sync, type World, windowOf } from "./world.ts";

const TITLE = "canary title";

/** Adds so many plain events of one hour, two hours apart. Returns their ids. */
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
}

function listContract(contract: Contract): void {
  contract(
    "lists the person's calendars with role and, where it is known, zone; one of them is primary",
    async (world) => {
      const { readOnlyCalendar } = world;
      const calendars = await world.account.listCalendars();
      const byId = new Map(calendars.map((calendar) => [calendar.calendarId, calendar]));
      expect(byId.get(world.calendar.calendarId)).toMatchObject({
        role: "writer",
        primary: true,
        timeZone: world.statesZones ? "Europe/Lisbon" : null,
      });
      expect(byId.get(readOnlyCalendar.calendarId)).toMatchObject({ role: "reader", primary: false });
      expect(calendars.filter((calendar) => calendar.primary)).toHaveLength(1);
      expect(calendars.every((calendar) => calendar.name !== "")).toBe(true);
    },
  );
}

function roundContract(contract: Contract): void {
  contract("a first pull is a snapshot of the window, a later one a delta", async (world) => {
    const cache = emptyCache();
    await withEvents(world, 3);
    const first = await sync(world, cache);
    expect(first.every((page) => page.mode === "snapshot")).toBe(true);
    expect(first.at(-1)).toMatchObject({
      last: true,
      timeZone: world.statesZones ? "Europe/Lisbon" : null,
    });
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

  contract("G37: an empty page with more pages after it isn't the end", async (world) => {
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
    await world.stage.loseCursors();
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
