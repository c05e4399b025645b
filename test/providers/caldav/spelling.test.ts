// Addresses: an object is one object under every spelling, and a listing of something else isn't believed (C37, C38).
import { describe, expect, it, test } from "vitest";
import { ProviderError } from "../../../src/providers/error.ts";
import type { Page, ProviderDeps } from "../../../src/providers/provider.ts";
import { type Cache, emptyCache, inHours, seen, sync, windowOf } from "../../contract/world.ts";
import { type CaldavWorld, makeCaldavWorld, providerOf, resourceOf } from "../../contract/worlds/caldav.ts";
import { SPELLINGS } from "../../simulators/caldav/spelling.ts";

const ALL = ["icloud", "sabre", "radicale", "minimal"] as const;
const OTHER_SPELLINGS = SPELLINGS.filter((spelling) => spelling !== "elsewhere");
const NAMES = [
  "plain.ics",
  "a%40b.ics",
  "c@d.ics",
  "e%2Ff.ics",
  "g%20h.ics",
  "%C3%A9%25.ics",
  "%E9.ics",
  "no-end",
];

const cases = ALL.flatMap((profile) =>
  OTHER_SPELLINGS.filter((spelling) => profile !== "radicale" || spelling !== "stripped").map(
    (spelling) => [profile, spelling] as const,
  ),
);

const event = (world: CaldavWorld, name: string, hours: number) => {
  const { startsAt, endsAt } = inHours(world, hours);
  const basic = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  const lines = [`DTSTART:${basic(startsAt)}`, `DTEND:${basic(endsAt)}`];
  world.dav.putEvent(world.path, resourceOf(name, lines), name);
};

const verdict = async (run: Promise<unknown>) => {
  const error = await run.catch((caught: unknown) => caught);
  return error instanceof ProviderError ? [error.kind, error.code] : "no refusal";
};

const keys = ({ rows }: Cache) => [...rows.keys()].sort();

async function fresh(world: CaldavWorld): Promise<Cache> {
  const cache = emptyCache();
  await sync(world, cache);
  return cache;
}

async function filled(profile: (typeof ALL)[number]): Promise<CaldavWorld> {
  const world = await makeCaldavWorld(profile);
  for (const [index, name] of NAMES.entries()) event(world, name, index);
  return world;
}

describe("C37: an object", () => {
  it.each(cases)("at %s has one key, whether its address is spelled %s or not", async (profile, spelling) => {
    const world = await filled(profile);
    const plain = await fresh(world);
    expect(plain.rows.size).toBe(NAMES.length);
    world.dav.knobs.set("href.as", spelling);
    expect(keys(await fresh(world))).toEqual(keys(plain));
    for (const [index, name] of NAMES.entries()) {
      if (index % 2 === 0) world.dav.deleteEvent(world.path, name);
      else event(world, name, index + 20);
    }
    event(world, "new@one.ics", 40);
    await sync(world, plain);
    world.dav.knobs.clear();
    expect(seen(plain)).toEqual(seen(await fresh(world)));
    expect(keys(plain)).toEqual(keys(await fresh(world)));
    for (const name of ["new@one.ics", ...NAMES.filter((_, index) => index % 2 === 1)]) {
      world.dav.deleteEvent(world.path, name);
    }
    await sync(world, plain);
    expect(plain.rows.size).toBe(0);
  });

  it.each(cases)(
    "is fetched where only the answers to multiget differ (%s, %s)",
    async (profile, spelling) => {
      const world = await filled(profile);
      world.dav.knobs.set("href.as", spelling, { operation: "calendar-multiget" });
      world.dav.requests.length = 0;
      expect((await fresh(world)).rows.size).toBe(NAMES.length);
      // The answers belong to what was asked for, so nothing has to be asked for by itself.
      expect(world.dav.requests.filter(({ operation }) => operation === "get")).toEqual([]);
    },
  );

  it.each(ALL)("keeps its time where the server doesn't know its own spelling (%s)", async (profile) => {
    const world = await filled(profile);
    const deps: ProviderDeps = {
      ...world.deps,
      async fetch(input, init) {
        const body = String(init?.body).replaceAll("<d:href>", "<d:href>/unknown");
        if (!body.includes("calendar-multiget")) return world.deps.fetch(input, init);
        const answer = await world.deps.fetch(input, { ...init, body });
        return new Response((await answer.text()).replaceAll("/unknown", ""), { status: 207 });
      },
    };
    const account = providerOf(profile, deps).open(world.credentials);
    const cache = emptyCache();
    await sync({ ...world, account, now: world.now } as CaldavWorld, cache);
    expect(cache.rows.size).toBe(NAMES.length);
  });

  it.each(cases)("of a booking is written, found and removed once (%s, %s)", async (profile, spelling) => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("href.as", spelling);
    const identity = { bookingId: "booking-1", agentId: "agent-1" };
    const booking = {
      ...{ ...identity, title: "t", description: "d", location: "l", timeZone: "UTC", reminderMinutes: [] },
      ...{ clientName: "Bo", clientEmail: "bo@client.example", ...inHours(world, 4) },
    };
    const known = await world.account.putBooking(world.calendar, booking, null);
    expect(await world.account.readBooking(world.calendar, identity, known)).toMatchObject(inHours(world, 4));
    // The answer to the create was lost: the repeated one finds it.
    expect(await world.account.putBooking(world.calendar, booking, null)).toMatchObject({
      externalId: known.externalId,
    });
    const cache = await fresh(world);
    expect([...cache.rows.values()]).toMatchObject([{ bookingId: "booking-1", key: known.externalId }]);
    await world.account.removeBooking(world.calendar, identity, known);
    expect(world.dav.events(world.path)).toEqual([]);
    expect(await world.account.readBooking(world.calendar, identity, known)).toBeNull();
  });
});

describe("C38: a listing", () => {
  it.each(ALL)("whose rows all lie elsewhere is an error and moves no cursor (%s)", async (profile) => {
    const world = await filled(profile);
    const cache = await fresh(world);
    const { cursor } = cache;
    event(world, "new.ics", 30);
    world.dav.deleteEvent(world.path, "plain.ics");
    const outside = ["retry", "listing_outside_calendar"];
    world.dav.knobs.set("href.as", "elsewhere");
    expect(await verdict(sync(world, cache))).toEqual(outside);
    expect(await verdict(fresh(world))).toEqual(outside);
    expect(cache.cursor).toBe(cursor);
    expect(cache.rows.size).toBe(NAMES.length);
    world.dav.knobs.clear();
    await sync(world, cache);
    expect(seen(cache)).toEqual(seen(await fresh(world)));
  });

  it.each(ALL)("of removed objects elsewhere is an error too (%s)", async (profile) => {
    const world = await filled(profile);
    const cache = await fresh(world);
    for (const name of NAMES) world.dav.deleteEvent(world.path, name);
    world.dav.knobs.set("href.as", "elsewhere");
    expect(await verdict(sync(world, cache))).toEqual(["retry", "listing_outside_calendar"]);
  });

  it("under a path that shares only its last name isn't the calendar's", async () => {
    const world = await filled("radicale");
    world.dav.knobs.set("href.as", "stripped");
    expect(await verdict(fresh(world))).toEqual(["retry", "listing_outside_calendar"]);
  });

  it.each(ALL)("is read, but objects fetched from elsewhere are an error (%s)", async (profile) => {
    const world = await filled(profile);
    world.dav.knobs.set("href.as", "elsewhere", { operation: "calendar-multiget" });
    expect(await verdict(fresh(world))).toEqual(["retry", "objects_outside_calendar"]);
  });

  it.each(ALL)(
    "with one row elsewhere is read, and that row is an object nobody can read (%s)",
    async (profile) => {
      const world = await filled(profile);
      world.dav.knobs.set("href.stray", true);
      const cache = emptyCache();
      const pages = await sync(world, cache);
      expect(cache.rows.size).toBe(NAMES.length);
      expect(pages.flatMap(({ unreadable = [] }) => unreadable.map(({ key }) => key))).toEqual([
        "%2Fsomebody%2Felse%2Fstray.ics",
      ]);
    },
  );

  it.each(ALL)("may hold a folder, which is no object (%s)", async (profile) => {
    const world = await filled(profile);
    world.dav.knobs.set("href.folder", true);
    const cache = emptyCache();
    const pages: Page[] = [];
    for (let round = 0; round < 2; round++) pages.push(...(await sync(world, cache)));
    expect(cache.rows.size).toBe(NAMES.length);
    expect(pages.flatMap(({ unreadable = [] }) => unreadable.map(({ key }) => key))).toEqual([]);
  });

  it.each(ALL)(
    "isn't believed where nothing of it but a folder lies in the calendar (%s)",
    async (profile) => {
      const world = await filled(profile);
      const cache = await fresh(world);
      const folder = `<response xmlns="DAV:"><href>${world.path}folder/</href><propstat><prop><resourcetype>
      <collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>`;
      world.dav.knobs.set("href.as", "elsewhere");
      const deps: ProviderDeps = {
        ...world.deps,
        fetch: async (input, init) => {
          const answer = await world.deps.fetch(input, init);
          const text = await answer.text();
          return new Response(text.replace(/<\/[A-Za-z]*:?multistatus>/, `${folder}$&`), answer);
        },
      };
      const account = providerOf(profile, deps).open(world.credentials);
      for (const cursor of [cache.cursor, null]) {
        event(world, `new-${cursor === null}.ics`, 30);
        const pull = account.pull(world.calendar, cursor, windowOf(world));
        expect(await verdict(pull[Symbol.asyncIterator]().next())).toEqual([
          "retry",
          "listing_outside_calendar",
        ]);
      }
    },
  );

  it("without any row isn't the listing of an empty calendar", async () => {
    const world = await filled("minimal");
    const cache = await fresh(world);
    event(world, "new.ics", 30);
    const deps: ProviderDeps = {
      ...world.deps,
      fetch: async (input, init) =>
        new Headers(init?.headers).get("depth") === "1" && init?.method === "PROPFIND"
          ? new Response('<d:multistatus xmlns:d="DAV:"/>', { status: 207 })
          : world.deps.fetch(input, init),
    };
    const account = providerOf("minimal", deps).open(world.credentials);
    const pull = account.pull(world.calendar, cache.cursor, windowOf(world));
    expect(await verdict(pull[Symbol.asyncIterator]().next())).toEqual(["retry", "listing_outside_calendar"]);
  });

  it("of a member that the server fails at doesn't lack the member", async () => {
    const world = await filled("minimal");
    const cache = await fresh(world);
    event(world, "new.ics", 30);
    const broken =
      "<ns0:response><ns0:href>$1</ns0:href><ns0:status>HTTP/1.1 500 No</ns0:status></ns0:response>";
    const deps: ProviderDeps = {
      ...world.deps,
      async fetch(input, init) {
        const answer = await world.deps.fetch(input, init);
        if (init?.method !== "PROPFIND") return answer;
        const row =
          /<ns0:response><ns0:href>([^<]*plain\.ics)<\/ns0:href>(?:(?!<\/ns0:response>).)*<\/ns0:response>/;
        return new Response((await answer.text()).replace(row, broken), { status: 207 });
      },
    };
    const account = providerOf("minimal", deps).open(world.credentials);
    const pages: Page[] = [];
    for await (const page of account.pull(world.calendar, cache.cursor, windowOf(world))) pages.push(page);
    expect(pages.flatMap(({ removedKeys }) => removedKeys)).toEqual([]);
  });
});

describe("the account's calendars", () => {
  // Two shared names are needed, and most homes have no more than two.
  const certain = cases.filter(
    ([profile, spelling]) =>
      profile === "sabre" ||
      !["stripped", ...(profile === "radicale" ? ["prefixed"] : [])].includes(spelling),
  );

  it.each(certain)(
    "keep their ids under every spelling, at the account's own host (%s, %s)",
    async (profile, spelling) => {
      const world = await makeCaldavWorld(profile);
      // A stored id keeps a letter that may be encoded or not as the server wrote it.
      const list = async () =>
        (await world.account.listCalendars()).map((calendar) =>
          spelling === "bare"
            ? { ...calendar, calendarId: decodeURIComponent(calendar.calendarId) }
            : calendar,
        );
      const before = await list();
      world.dav.knobs.set("href.as", spelling);
      expect(await list()).toEqual(before);
    },
  );

  it.each(ALL)("aren't read from the listing of another home (%s)", async (profile) => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("href.as", "elsewhere");
    expect(await verdict(world.account.listCalendars())).toEqual(["retry", "listing_outside_home"]);
  });
});

test("C37: discovery reads an address that begins with two slashes as a path and not as a host", async () => {
  for (const profile of ALL) {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("disc.doubled", true);
    const connected = await world.provider.password?.connect({
      serverUrl: profile === "icloud" ? null : world.dav.serverUrl("ana@example.com"),
      username: "ana@example.com",
      password: "abcd-efgh-ijkl-mnop",
    });
    const account = connected && world.provider.open(connected.credentials);
    expect(await account?.listCalendars()).toEqual(await world.account.listCalendars());
    expect(new Set(world.dav.requests.map(({ host }) => host)).size).toBeLessThanOrEqual(2);
  }
});
