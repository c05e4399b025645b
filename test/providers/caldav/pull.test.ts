// Pulls by CalDAV: the cost of a round, and how it works on servers that can do less.
import { describe, expect, it } from "vitest";
import { ProviderError } from "../../../src/providers/error.ts";
import type { Page, ProviderDeps } from "../../../src/providers/provider.ts";
import { applyPage, DAY, emptyCache, HOUR, inHours, seen, sync, windowOf } from "../../contract/world.ts";
import { type CaldavWorld, makeCaldavWorld, providerOf, resourceOf } from "../../contract/worlds/caldav.ts";

const SYNCING = ["icloud", "sabre", "radicale"] as const;
const ALL = [...SYNCING, "minimal"] as const;

const operations = (world: CaldavWorld) => world.dav.requests.splice(0).map(({ operation }) => operation);
const event = (world: CaldavWorld, hours = 1) =>
  world.person.create({ title: "canary", when: inHours(world, hours) });
const kindOf = async (run: Promise<unknown>) => {
  const error = await run.catch((caught: unknown) => caught);
  return error instanceof ProviderError ? error.kind : "none";
};

describe("a round", () => {
  it.each(ALL)("costs one request where nothing changed (%s)", async (profile) => {
    const world = await makeCaldavWorld(profile);
    const cache = emptyCache();
    await event(world);
    await sync(world, cache);
    operations(world);
    await sync(world, cache);
    await sync(world, cache);
    expect(operations(world)).toHaveLength(2);
  });

  it("costs one request without ctag as well", async () => {
    const world = await makeCaldavWorld("minimal");
    world.dav.knobs.set("ctag.none", true);
    const cache = emptyCache();
    const first = await event(world);
    await sync(world, cache);
    operations(world);
    await sync(world, cache);
    expect(operations(world)).toEqual(["propfind"]);
    await world.person.remove(first);
    await event(world, 5);
    await sync(world, cache);
    expect(seen(cache)).toHaveLength(1);
  });

  it.each(ALL)("fetches only changed objects (%s)", async (profile) => {
    const world = await makeCaldavWorld(profile);
    const cache = emptyCache();
    await event(world, 1);
    const second = await event(world, 3);
    await sync(world, cache);
    world.dav.requests.length = 0;
    await world.person.move(second, inHours(world, 7));
    await sync(world, cache);
    const multiget = world.dav.requests.find(({ operation }) => operation === "calendar-multiget");
    expect(multiget?.body.match(/<d:href>/g)).toHaveLength(1);
    expect(seen(cache).map(({ startsAt }) => startsAt)).toEqual(
      [inHours(world, 1), inHours(world, 7)].map((one) => one.startsAt),
    );
  });

  it.each(ALL)("reads a large calendar in pages and can go on from each (%s)", async (profile) => {
    const world = await makeCaldavWorld(profile);
    for (let index = 0; index < 120; index++) await event(world, index);
    const cursors: string[] = [];
    for await (const page of world.account.pull(world.calendar, null, windowOf(world)))
      cursors.push(String(page.next));
    expect(cursors.length).toBeGreaterThan(2);
    // After the middle, somebody edits and deletes objects that are done already.
    const names = world.dav.events(world.path).map(({ name }) => name);
    const [done = "", edited = ""] = [...names].sort();
    const cache = emptyCache();
    for await (const page of world.account.pull(world.calendar, null, windowOf(world))) {
      applyPage(cache, page);
      break;
    }
    await world.person.remove(done);
    await world.person.move(edited, inHours(world, 500));
    await event(world, 300);
    const mode = new Set<string>();
    for await (const page of world.account.pull(world.calendar, cache.cursor, windowOf(world))) {
      applyPage(cache, page);
      mode.add(page.mode);
    }
    expect([...mode]).toEqual(["snapshot"]);
    await sync(world, cache);
    const fresh = emptyCache();
    await sync(world, fresh);
    expect(seen(cache)).toEqual(seen(fresh));
    expect(fresh.rows.size).toBe(120);
  });

  it("sends no credentials anywhere but home, with a name and the depth each question needs", async () => {
    const world = await makeCaldavWorld("sabre");
    await event(world);
    await sync(world, emptyCache());
    for (const { operation, depth, contentType, host } of world.dav.requests) {
      expect(host).toBe("dav.example.org");
      expect(contentType).toBe("application/xml; charset=utf-8");
      if (operation === "sync-collection") expect(depth).toBe("0");
      if (operation === "calendar-multiget") expect(depth).toBe("1");
    }
  });
});

describe("sync-collection", () => {
  it.each([403, 409] as const)("C10: a token refused with %s asks for a resync", async (status) => {
    const world = await makeCaldavWorld("icloud");
    const cache = emptyCache();
    await sync(world, cache);
    world.dav.knobs.set("sync.expire", status);
    expect(await kindOf(sync(world, cache))).toBe("resync");
  });

  it.each(["privileges", "empty", "html"] as const)("C11: 403 with %s is no lost token", async (body) => {
    const world = await makeCaldavWorld("icloud");
    const cache = emptyCache();
    await sync(world, cache);
    world.dav.knobs.set("sync.forbidden", body);
    expect(await kindOf(sync(world, cache))).toBe("gone");
  });

  it.each(SYNCING)("C12: truncated answers are read to the end (%s)", async (profile) => {
    const world = await makeCaldavWorld(profile);
    for (let index = 0; index < 7; index++) await event(world, index);
    world.dav.knobs.set("sync.truncate", 3);
    const cache = emptyCache();
    const pages = await sync(world, cache);
    expect(pages.map(({ last }) => last)).toEqual([false, false, true]);
    expect(cache.rows.size).toBe(7);
  });

  it("a truncated answer that never moves on is an error, not a loop", async () => {
    const world = await makeCaldavWorld("sabre");
    const cache = emptyCache();
    await sync(world, cache);
    await event(world);
    world.dav.knobs.set("sync.truncate", 0);
    expect(await kindOf(sync(world, cache))).toBe("resync");
  });

  it("C13: a server that refuses a limit is asked without one", async () => {
    const world = await makeCaldavWorld("icloud");
    await event(world);
    world.dav.knobs.set("sync.noLimit", true);
    const cache = emptyCache();
    await sync(world, cache);
    expect(cache.rows.size).toBe(1);
  });

  it.each([403, 405, 501] as const)("C14: where it is refused with %s, etags replace it", async (status) => {
    const world = await makeCaldavWorld("sabre");
    const cache = emptyCache();
    await event(world);
    await sync(world, cache);
    world.dav.knobs.set("sync.unsupported", status);
    expect(await kindOf(sync(world, cache))).toBe("resync");
    cache.cursor = null;
    await sync(world, cache);
    await event(world, 5);
    expect((await sync(world, cache)).at(-1)?.mode).toBe("delta");
    expect(cache.rows.size).toBe(2);
  });

  it.each(["weak", "unquoted"] as const)("C36: %s etags are compared and sent correctly", async (how) => {
    const world = await makeCaldavWorld("minimal");
    world.dav.knobs.set("etag.weak", how);
    const cache = emptyCache();
    await event(world);
    await sync(world, cache);
    await sync(world, cache);
    expect(cache.rows.size).toBe(1);
  });
});

describe("objects", () => {
  it("C18: members that vanish between listing and fetching are removed", async () => {
    const world = await makeCaldavWorld("icloud");
    const cache = emptyCache();
    const id = await event(world);
    await sync(world, cache);
    await world.person.move(id, inHours(world, 9));
    world.dav.knobs.set("event.race", true);
    await sync(world, cache);
    expect(cache.rows.size).toBe(0);
  });

  it.each(ALL)(
    "C19: an unreadable one keeps its rows and is named in the page, even in a snapshot (%s)",
    async (profile) => {
      const world = await makeCaldavWorld(profile);
      const cache = emptyCache();
      const id = await event(world);
      await sync(world, cache);
      await world.person.move(id, inHours(world, 9));
      world.dav.knobs.set("ics.garbage", true);
      const [page] = await sync(world, cache);
      expect(page).toMatchObject({
        unreadable: [{ key: id }],
        upserts: [],
        removedKeys: [],
        removedSeries: [],
      });
      expect(cache.rows.size).toBe(1);
      const [snapshot] = await sync(world, emptyCache());
      expect(snapshot).toMatchObject({ mode: "snapshot", unreadable: [{ key: id }] });
    },
  );

  it.each([
    [403, ["unreadable"]],
    [410, ["removedKeys", "removedSeries"]],
  ] as const)("that are refused one by one (%s) say nothing about their calendar", async (status, lists) => {
    const world = await makeCaldavWorld("sabre");
    const name = await event(world);
    const deps: ProviderDeps = {
      ...world.deps,
      async fetch(input, init) {
        if (init?.method === "GET") return new Response(null, { status });
        if (!String(init?.body).includes("calendar-multiget")) return world.deps.fetch(input, init);
        return new Response('<d:multistatus xmlns:d="DAV:"/>', { status: 207 });
      },
    };
    const account = providerOf("sabre", deps).open(world.credentials);
    const pages: Page[] = [];
    for await (const page of account.pull(world.calendar, null, windowOf(world))) pages.push(page);
    const [page] = pages;
    expect(page).toMatchObject({ last: true, upserts: [] });
    for (const list of ["unreadable", "removedKeys", "removedSeries"] as const) {
      const named = page?.[list]?.map((object) => (typeof object === "string" ? object : object.key));
      expect(named, list).toEqual(lists.some((one) => one === list) ? [name] : []);
    }
  });

  it("are the same under any percent-encoding, and may be named with a slash", async () => {
    const world = await makeCaldavWorld("sabre");
    const lines = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z"];
    for (const name of ["a@b.ics", "c%40d.ics", "e%2Ff.ics", "g h.ics", "100%25.ics", "k&l<m>.ics"]) {
      world.dav.putEvent(
        world.path,
        resourceOf(name, lines),
        name.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E"),
      );
    }
    const cache = emptyCache();
    await sync(world, cache);
    expect([...cache.rows.keys()]).toEqual([
      "100%25.ics",
      "a%40b.ics",
      "c%40d.ics",
      "e%2Ff.ics",
      "g%20h.ics",
      "k%26l%3Cm%3E.ics",
    ]);
    world.dav.deleteEvent(world.path, "c@d.ics");
    await sync(world, cache);
    expect(cache.rows.size).toBe(5);
  });

  it("count the own answer by any of the person's addresses", async () => {
    const world = await makeCaldavWorld("icloud");
    const lines = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "ORGANIZER:mailto:bo@example.com"];
    const attendee = `ATTENDEE;PARTSTAT=DECLINED:mailto:ANA@Example.com`;
    world.dav.putEvent(world.path, resourceOf("declined", [...lines, attendee]));
    const cache = emptyCache();
    await sync(world, cache);
    expect(cache.rows.size).toBe(0);
  });
});

describe("the series stored for a later window", () => {
  const DAILY = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "RRULE:FREQ=DAILY", "SUMMARY:canary"];
  const LATER = ["DTSTART:20270302T090000Z", "DTEND:20270302T100000Z", "SUMMARY:canary"];
  const kept = (pages: readonly Page[]) => pages.flatMap((page) => page.kept ?? []);

  it("are the resources that take time after the window, without any text that a person wrote", async () => {
    const world = await makeCaldavWorld("icloud");
    world.dav.putEvent(world.path, resourceOf("daily", DAILY));
    world.dav.putEvent(world.path, resourceOf("later", LATER));
    await event(world);
    const pages = await sync(world, emptyCache());
    expect(kept(pages).map(({ seriesKey }) => seriesKey)).toEqual(["daily.ics", "later.ics"]);
    expect(JSON.stringify(kept(pages))).not.toContain("canary");
  });

  it("give the same rows in a moved window as fetching everything anew", async () => {
    const world = await makeCaldavWorld("icloud");
    world.dav.putEvent(world.path, resourceOf("daily", DAILY));
    world.dav.putEvent(world.path, resourceOf("later", LATER));
    const old = windowOf(world);
    const pages = await sync(world, emptyCache());
    for (const days of [1, 30, 400]) {
      const window = { startsAt: old.endsAt, endsAt: old.endsAt + days * DAY };
      const fresh = emptyCache();
      await sync(world, fresh, { window });
      const expanded = await world.account.expand?.(world.calendar, kept(pages), window);
      const bounds = (rows: Iterable<{ key: string; startsAt: number }>) =>
        [...rows].map(({ key, startsAt }) => `${key} ${startsAt / HOUR}`).sort();
      expect(bounds(expanded?.upserts ?? [])).toEqual(bounds(fresh.rows.values()));
    }
  });
});
