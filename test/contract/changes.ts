// The contract of changes: which rows leave, stay and come, for single events and for series.
import { expect } from "vitest";
import type { Contract } from "./provider.ts";
import { DAY, emptyCache, HOUR, inHours, seen, sync, type World } from "./world.ts";

const TITLE = "canary title";

export function changesContract(contract: Contract): void {
  changeContract(contract);
  seriesContract(contract);
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

  contract("states how an event takes time, and leaves out events that take none", async (world) => {
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
      const calendar = await world.calendarIn(timeZone);
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
