// Graph's listings, on the simulator. The contract suite has the cases of `docs/providers/microsoft.md` D.2 that every
// provider can meet.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyPage, DAY, emptyCache, HOUR, inHours, seen, sync, windowOf } from "../../contract/world.ts";
import { NOW } from "../../contract/worlds/consent.ts";
import { type MicrosoftWorld, makeMicrosoftWorld, timesOf } from "../../contract/worlds/microsoft.ts";

const asked = (world: MicrosoftWorld, operation: string) =>
  world.microsoft.requests.filter((request) => request.operation === operation);
const main = (world: MicrosoftWorld) => world.calendar.calendarId;
const daily = (world: MicrosoftWorld, count: number | "forever", title = "canary title") =>
  world.person.create({ title, when: inHours(world, 3), repeats: { daily: count } });

describe("a listing is refused with the right kind", () => {
  test.each([
    [
      "M11",
      "api.cae",
      '{"access_token":{}}',
      { kind: "reauth", code: "insufficient_claims", claims: '{"access_token":{}}' },
    ],
    ["M12", "cal.denied", true, { kind: "gone", code: "ErrorAccessDenied", status: 403 }],
    ["M13", "mailbox.none", true, { kind: "no-service", code: "MailboxNotEnabledForRESTAPI", status: 404 }],
    [
      "M13 not supported",
      "mailbox.none",
      { status: 403, code: "MailboxNotSupportedForRESTAPI" },
      { kind: "no-service", code: "MailboxNotSupportedForRESTAPI", status: 403 },
    ],
    ["M14", "limit.mailbox", true, { kind: "wait", code: "ApplicationThrottled", retryAt: NOW + 10_000 }],
    ["M14 otherwise", "limit.mailbox", "TooManyRequests", { kind: "wait", code: "TooManyRequests" }],
    ["M15", "api.status", { status: 503, retryAfter: 9 }, { kind: "retry", retryAt: NOW + 9_000 }],
    ["M15 without a word", "api.status", { status: 503, html: true }, { kind: "retry", retryAt: null }],
    ["bandwidth", "api.status", 509, { kind: "wait", status: 509 }],
    ["M16", "api.status", 500, { kind: "retry", code: "ErrorInternalServerError" }],
    ["M26", "cal.gone", true, { kind: "gone", code: "ErrorItemNotFound", status: 404 }],
    ["M26 of a folder", "cal.gone", "ErrorFolderNotFound", { kind: "gone", code: "ErrorFolderNotFound" }],
  ] as const)("%s", async (_, knob, value, expected) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const cache = emptyCache();
    await sync(world, cache);
    world.microsoft.knobs.set(knob, value);
    await expect(sync(world, emptyCache())).rejects.toMatchObject(expected);
    await expect(sync(world, cache)).rejects.toMatchObject(expected);
  });

  test("M12: without the scope the account is asked for consent", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    world.microsoft.knobs.set("api.scopeCheck", true);
    await expect(world.account.listCalendars()).rejects.toMatchObject({ kind: "reauth", status: 403 });
  });

  test("an account without a mailbox says so when its calendars are listed", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft.setMailbox(world.email, false);
    await expect(world.account.listCalendars()).rejects.toMatchObject({ kind: "no-service" });
  });
});

describe("M17, M18: a worthless link asks for a resync", () => {
  test.each([
    ["delta.gone", true],
    ["delta.gone", { location: true, body: false }],
    ["delta.gone", { location: false, body: false }],
    ["delta.code", "SyncStateNotFound"],
    ["delta.code", "syncStateNotFound"],
    ["delta.code", "syncStateInvalid"],
    ["delta.code", "resyncRequired"],
    ["delta.code", "ErrorInvalidUrlQuery"],
    ["delta.code", "BadRequest"],
    ["delta.code", { status: 404, code: "Gone", inner: "resyncApplyDifferences" }],
    ["delta.code", { status: 400, code: "Gone", inner: "resyncUploadDifferences" }],
  ] as const)("%s %j", async (knob, value) => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    await world.person.create({ title: "x", when: inHours(world, 1) });
    const cache = emptyCache();
    await sync(world, cache);
    world.microsoft.knobs.set(knob, value, { times: 1 });
    await expect(sync(world, cache)).rejects.toMatchObject({ kind: "resync" });
    cache.cursor = null;
    await sync(world, cache);
    expect(cache.rows.size).toBe(1);
  });
});

describe("M19: a page that is too large for Graph", () => {
  test("is never asked for in smaller pages, because the calendar can be listed", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    world.microsoft.knobs.set("delta.504", true);
    await expect(sync(world, emptyCache())).rejects.toMatchObject({ kind: "unsupported", status: 504 });
    expect(asked(world, "calendarView.delta")).toHaveLength(1);
  });
});

describe("rows", () => {
  test("L9: a removed row, which has no times and no type, frees its time and takes no other", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const meeting = (hours: number) => world.person.create({ title: "x", when: inHours(world, hours) });
    const ids = [await meeting(3), await meeting(5)];
    const cache = emptyCache();
    await sync(world, cache);
    expect(cache.rows.size).toBe(2);
    await world.person.remove(ids[0] ?? "");
    await sync(world, cache);
    expect([...cache.rows.keys()]).toEqual([ids[1]]);
  });

  test("M20: a removal of an unknown event changes nothing", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    await daily(world, 3);
    world.microsoft.knobs.set("delta.outOfWindow", true);
    const cache = emptyCache();
    await sync(world, cache);
    await sync(world, cache);
    expect(cache.rows.size).toBe(3);
  });

  test.each([undefined, "first", "last"] as const)(
    "M21: occurrences take time as their series does (the row of the series comes %s)",
    async (rows) => {
      const world = await makeMicrosoftWorld("OFFICE365");
      const busy = await daily(world, 3);
      const free = await world.person.create({
        title: "x",
        when: inHours(world, 6),
        repeats: { daily: 3 },
        shows: "free",
      });
      const away = await world.person.create({
        title: "x",
        when: inHours(world, 9),
        repeats: { daily: 2 },
        shows: "out-of-office",
      });
      if (rows !== undefined) world.microsoft.knobs.set("delta.masterRows", rows);
      const cache = emptyCache();
      await sync(world, cache);
      const of = (series: string) =>
        [...cache.rows.values()].filter(({ seriesKey }) => seriesKey === series).map(({ status }) => status);
      expect(of(busy)).toEqual(["busy", "busy", "busy"]);
      expect(of(free)).toEqual([]);
      expect(of(away)).toEqual(["out_of_office", "out_of_office"]);
      await world.person.makeFree(busy);
      await world.person.decline(away);
      world.microsoft.patchEvent(main(world), free, { showAs: "tentative" });
      await sync(world, cache);
      expect([...cache.rows.values()].map(({ seriesKey, status }) => [seriesKey, status])).toEqual(
        Array.from({ length: 3 }, () => [free, "tentative"]),
      );
    },
  );

  test.each([undefined, true] as const)(
    "M22: a series keeps its other occurrences when one changes (listed alone: %s)",
    async (alone) => {
      const world = await makeMicrosoftWorld("OFFICE365");
      const series = await daily(world, 5);
      if (alone) world.microsoft.knobs.set("delta.loneException", true);
      const cache = emptyCache();
      await sync(world, cache);
      const nth = (index: number) => inHours(world, 3 + 24 * index);
      await world.person.moveOccurrence(series, nth(1).startsAt, inHours(world, 30));
      await sync(world, cache);
      await world.person.removeOccurrence(series, nth(3).startsAt);
      await sync(world, cache);
      expect(seen(cache).map(({ startsAt }) => (startsAt - NOW) / HOUR)).toEqual([3, 30, 51, 99]);
    },
  );

  test.each(["delta.repeat", "delta.repeatAcross"] as const)(
    "M23: of repeated rows the last counts (%s)",
    async (how) => {
      const world = await makeMicrosoftWorld("OUTLOOK");
      const id = await world.person.create({ title: "x", when: inHours(world, 1) });
      await daily(world, 2);
      world.microsoft.knobs.set(how, true);
      const cache = emptyCache();
      await sync(world, cache);
      await world.person.move(id, inHours(world, 7));
      await sync(world, cache);
      const fresh = emptyCache();
      world.microsoft.knobs.clear();
      await sync(world, fresh);
      expect(seen(cache)).toEqual(seen(fresh));
      expect(cache.rows.get(id)).toMatchObject(inHours(world, 7));
    },
  );

  test.each(["all", "master", "occurrences"] as const)(
    "a deleted series leaves nothing when %s are listed as removed",
    async (removed) => {
      const world = await makeMicrosoftWorld("OFFICE365");
      const series = await daily(world, "forever");
      const stays = await world.person.create({ title: "x", when: inHours(world, 1) });
      world.microsoft.knobs.set("delta.seriesRemoval", removed);
      const cache = emptyCache();
      await sync(world, cache);
      expect(cache.rows.size).toBe(61);
      await world.person.remove(series);
      await sync(world, cache);
      expect([...cache.rows.keys()]).toEqual([stays]);
    },
  );

  test("a single event made to recur, and a series made single, leave no ghosts", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const id = await world.person.create({ title: "x", when: inHours(world, 3) });
    const cache = emptyCache();
    await sync(world, cache);
    const range = { type: "numbered", startDate: "2026-03-02", numberOfOccurrences: 4 };
    const recurrence = { pattern: { type: "daily", interval: 1 }, range };
    world.microsoft.patchEvent(main(world), id, { recurrence });
    await sync(world, cache);
    expect(cache.rows.size).toBe(4);
    expect(cache.rows.has(id)).toBe(false);
    world.microsoft.patchEvent(main(world), id, { recurrence: null });
    await sync(world, cache);
    expect([...cache.rows.keys()]).toEqual([id]);
  });

  test("an event that is no longer a series when its occurrences are read is listed again", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const id = await daily(world, 3);
    const rounds = world.account.pull(world.calendar, null, windowOf(world))[Symbol.asyncIterator]();
    await rounds.next();
    world.microsoft.patchEvent(main(world), id, { recurrence: null });
    await expect(rounds.next()).rejects.toMatchObject({ kind: "resync" });
  });

  test("M50: a series that isn't found though the delta has just named it keeps its time", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const id = await daily(world, 3);
    const cache = emptyCache();
    await sync(world, cache);
    const before = seen(cache);
    await world.person.move(id, inHours(world, 5));
    const notFound = { status: 404, code: "ErrorItemNotFound" } as const;
    world.microsoft.knobs.set("api.refused", notFound, { operation: "events.instances" });
    const pages = await sync(world, cache);
    expect(seen(cache)).toEqual(before);
    expect(pages.flatMap(({ unreadable = [] }) => unreadable)).toMatchObject([{ key: id }]);
    expect(pages.flatMap(({ removedSeries }) => removedSeries)).toEqual([]);
    // The next change of the series reads it again.
    world.microsoft.knobs.clear();
    await world.person.move(id, inHours(world, 6));
    await sync(world, cache);
    expect(seen(cache)[0]).toMatchObject(inHours(world, 6));
  });

  test("M50: a series that was deleted while the round ran is free after the next round", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const id = await daily(world, 3);
    const cache = emptyCache();
    for await (const page of world.account.pull(world.calendar, null, windowOf(world))) {
      applyPage(cache, page);
      if (!page.last) await world.person.remove(id);
    }
    await sync(world, cache);
    expect(cache.rows.size).toBe(0);
  });

  test("M51: a series in a calendar that somebody shares is listed by the path of that calendar", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const shared = world.unwatchableCalendar;
    const when = inHours(world, 3);
    await world.person.create({ title: "canary title", when, repeats: { daily: 3 } }, shared);
    const cache = emptyCache();
    await sync(world, cache, { calendar: shared });
    expect(cache.rows.size).toBe(3);
    expect(asked(world, "events.instances").every(({ status }) => status === 200)).toBe(true);
  });

  test("D.4.7: a series split in two stays one set of times", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const series = await daily(world, "forever");
    const cache = emptyCache();
    await sync(world, cache);
    const from = new Date(inHours(world, 3 + 24 * 10).startsAt).toISOString();
    world.microsoft.splitSeries(main(world), series, from, timesOf(inHours(world, 6 + 24 * 10)));
    await sync(world, cache);
    const fresh = emptyCache();
    await sync(world, fresh);
    expect(seen(cache)).toEqual(seen(fresh));
    expect(cache.rows.size).toBe(60);
  });

  test("an event moved to another calendar leaves this one", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const id = await world.person.create({ title: "x", when: inHours(world, 1) });
    const other = world.calendarIn("UTC");
    const caches = [emptyCache(), emptyCache()] as const;
    await sync(world, caches[0]);
    await sync(world, caches[1], { calendar: other });
    world.microsoft.moveEvent(main(world), id, other.calendarId);
    await sync(world, caches[0]);
    await sync(world, caches[1], { calendar: other });
    expect(caches.map(({ rows }) => [...rows.keys()])).toEqual([[], [id]]);
  });

  test("a recurring all-day event has dates in the fallback zone", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const calendar = world.calendarIn("Pacific/Kiritimati");
    const range = { type: "numbered", startDate: "2026-03-05", numberOfOccurrences: 2 };
    world.microsoft.addEvent(calendar.calendarId, {
      subject: "x",
      ...timesOf({ date: "2026-03-05", days: 1 }, "Pacific/Kiritimati"),
      recurrence: { pattern: { type: "daily", interval: 1 }, range },
    });
    const cache = emptyCache();
    await sync(world, cache, { calendar });
    const startsAt = Date.parse("2026-03-05T00:00:00+14:00");
    expect([...cache.rows.values()]).toMatchObject([
      { startsAt, endsAt: startsAt + DAY, allDay: true },
      { startsAt: startsAt + DAY, endsAt: startsAt + 2 * DAY, allDay: true },
    ]);
  });
});

describe("a round", () => {
  test("that was interrupted anywhere ends as a fresh one does", async () => {
    const action = fc.record({
      kind: fc.constantFrom("create", "series", "move", "free", "remove", "moveOne", "removeOne"),
      at: fc.nat(80),
      which: fc.nat(9),
    });
    const plan = fc.record({
      before: fc.array(action, { maxLength: 8 }),
      between: fc.array(action, { maxLength: 6 }),
      pageSize: fc.integer({ min: 1, max: 4 }),
      stops: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
      alone: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ before, between, pageSize, stops, alone }) => {
        const world = await makeMicrosoftWorld("OFFICE365");
        const singles: string[] = [];
        const series: string[] = [];
        const act = async ({ kind, at, which }: { kind: string; at: number; which: number }) => {
          const { person } = world;
          const pick = (ids: string[]) => ids[which % Math.max(1, ids.length)];
          const [single, many] = [pick(singles), pick(series)];
          const when = inHours(world, at * 4);
          // Graph refuses some changes of an occurrence. This test isn't about them.
          await (async () => {
            if (kind === "create") singles.push(await person.create({ title: "x", when }));
            if (kind === "series")
              series.push(await person.create({ title: "x", when, repeats: { daily: 4 } }));
            if (kind === "move" && single) await person.move(single, when);
            if (kind === "move" && many) await person.move(many, when);
            if (kind === "free" && many) await person.makeFree(many);
            if (kind === "remove" && single) await person.remove(single);
            const start = world.microsoft
              .events(main(world))
              .find((event) => event["seriesMasterId"] === many && event["type"] === "occurrence");
            const original = Date.parse(String(start?.["originalStart"]));
            if (kind === "moveOne" && many)
              await person.moveOccurrence(many, original, inHours(world, at * 4 + 1));
            if (kind === "removeOne" && many) await person.removeOccurrence(many, original);
          })().catch(() => {});
        };
        for (const each of before) await act(each);
        const cache = emptyCache();
        await sync(world, cache);
        for (const each of between) await act(each);
        world.stage.pagesOf(pageSize);
        if (alone) world.microsoft.knobs.set("delta.loneException", true);
        for (let last = false, step = 0; !last; ) {
          for await (const page of world.account.pull(world.calendar, cache.cursor, windowOf(world))) {
            applyPage(cache, page);
            last = page.last;
            step += 1;
            if (stops[step % stops.length]) break;
          }
        }
        world.microsoft.knobs.clear();
        const fresh = emptyCache();
        await sync(world, fresh);
        expect([...cache.rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
          [...fresh.rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
        );
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("P2: a series is never shown with a part of its occurrences", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const series = await daily(world, 10);
    const cache = emptyCache();
    await sync(world, cache);
    world.stage.pagesOf(3);
    world.microsoft.knobs.set("delta.masterRows", "last");
    await world.person.move(series, inHours(world, 5));
    for await (const page of world.account.pull(world.calendar, cache.cursor, windowOf(world))) {
      applyPage(cache, page);
      expect(cache.rows.size).toBe(10);
    }
  });

  test("keeps to the window it began with", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const cache = emptyCache();
    await sync(world, cache, { window: { startsAt: NOW, endsAt: NOW + 10 * DAY } });
    await daily(world, "forever");
    await sync(world, cache, { window: { startsAt: NOW, endsAt: NOW + 90 * DAY } });
    expect(cache.rows.size).toBe(10);
    await sync(world, { ...cache, cursor: null }, { window: { startsAt: NOW, endsAt: NOW + 20 * DAY } });
    expect(cache.rows.size).toBe(20);
  });

  test.each([true, "evil.example"] as const)("M25: a link to another host (%s) is refused", async (host) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const cache = emptyCache();
    await sync(world, cache);
    const before = cache.cursor;
    world.microsoft.knobs.set("delta.evilLink", host);
    for (const one of [emptyCache(), cache]) {
      await expect(sync(world, one)).rejects.toMatchObject({ kind: "bug", code: "foreign_link" });
    }
    expect(cache.cursor).toBe(before);
    const forged = (before ?? "").replace("graph.microsoft.com", "evil.example");
    await expect(sync(world, { ...cache, cursor: forged })).rejects.toMatchObject({ code: "foreign_link" });
    expect(world.microsoft.requests.every(({ path }) => path.startsWith("/"))).toBe(true);
  });

  test("a page without any link leads to a listing", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const account = world.reopen({ fetch: async () => Response.json({ value: [] }) });
    await expect(sync({ ...world, account }, emptyCache())).rejects.toMatchObject({
      kind: "unsupported",
      code: "delta_link_missing",
    });
  });
});

describe("requests", () => {
  test("all ask for UTC and immutable ids", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    await daily(world, 3);
    const sent: Headers[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      sent.push(new Headers(init?.headers));
      return world.microsoft.fetch(input, init);
    };
    const account = world.reopen({ fetch });
    const known = await account.putBooking(world.calendar, bookingOf(world), null);
    await sync({ ...world, account }, emptyCache());
    await account.listCalendars();
    await account.removeBooking(world.calendar, bookingOf(world), known);
    expect(sent.length).toBeGreaterThan(4);
    for (const headers of sent) {
      expect(headers.get("prefer")).toContain('outlook.timezone="UTC", IdType="ImmutableId"');
      expect(headers.get("return-client-request-id")).toBe("true");
    }
    expect(new Set(sent.map((headers) => headers.get("client-request-id"))).size).toBe(sent.length);
    const graph = world.microsoft.requests.filter(({ path }) => path.startsWith("/v1.0/"));
    expect(graph.every(({ prefer }) => prefer?.includes('IdType="ImmutableId"'))).toBe(true);
  });

  test("P8: ask for no title, text or people where Graph takes a list of fields", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    await daily(world, 3);
    await world.account.putBooking(world.calendar, bookingOf(world), null);
    await sync(world, emptyCache());
    const selecting = world.microsoft.requests.filter(({ method, operation }) => {
      return method === "GET" && /^events\./.test(operation ?? "");
    });
    expect(selecting).not.toEqual([]);
    for (const { query } of selecting) {
      expect(query["$select"]).toBeDefined();
      expect(query["$select"]).not.toMatch(/subject|body|attendees|organizer|location/);
    }
  });

  test("M14: four at once for a mailbox, however many calendars are pulled together", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const calendars = [world.calendar, ...["a", "b", "c", "d", "e", "f", "g"].map(world.calendarIn)];
    for (const calendar of calendars) {
      for (let hour = 0; hour < 6; hour++) {
        await world.person.create(
          { title: "x", when: inHours(world, hour), repeats: { daily: 3 } },
          calendar,
        );
      }
      await world.account.putBooking(calendar, bookingOf(world), null);
    }
    const accounts = [world.account, world.provider.open(world.credentials)];
    await Promise.all(
      calendars.map(async (calendar, index) => {
        const cache = emptyCache();
        await sync({ ...world, account: accounts[index % 2] ?? world.account }, cache, {
          calendar: { ...calendar, fallbackTimeZone: "UTC" },
        });
        expect(cache.rows.size).toBe(19);
      }),
    );
    expect(world.microsoft.requests.filter(({ status }) => status === 429)).toEqual([]);
  });

  test("M47: a throttled part of a batch is waited for, and nothing is lost", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    await world.account.putBooking(world.calendar, bookingOf(world), null);
    world.microsoft.knobs.set("batch.part429", 7, { times: 1 });
    const cache = emptyCache();
    await expect(sync(world, cache)).rejects.toMatchObject({ kind: "wait", retryAt: NOW + 7_000 });
    await sync(world, cache);
    expect([...cache.rows.values()]).toMatchObject([{ bookingId: "booking-1" }]);
  });

  test("marks are asked for twenty at a time, and only of our own events", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    for (let index = 0; index < 45; index++) {
      await world.account.putBooking(
        world.calendar,
        { ...bookingOf(world), bookingId: `booking-${index}` },
        null,
      );
      await world.person.create({ title: "x", when: inHours(world, index) });
    }
    const secret = await world.person.create({ title: "x", when: inHours(world, 50) });
    world.microsoft.patchEvent(main(world), secret, { sensitivity: "private" });
    const cache = emptyCache();
    await sync(world, cache);
    const marked = [...cache.rows.values()].filter(({ bookingId }) => bookingId !== null);
    expect(new Set(marked.map(({ bookingId }) => bookingId)).size).toBe(45);
    expect(asked(world, "batch")).toHaveLength(3);
    expect(asked(world, "events.get")).toHaveLength(46);
  });

  test("an event that vanished before its mark was read belongs to no booking", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const known = await world.account.putBooking(world.calendar, bookingOf(world), null);
    const fetch: typeof globalThis.fetch = (input, init) => {
      if (String(input).endsWith("/$batch")) world.microsoft.deleteEvent(main(world), known.externalId);
      return world.microsoft.fetch(input, init);
    };
    const cache = emptyCache();
    await sync({ ...world, account: world.reopen({ fetch }) }, cache);
    expect([...cache.rows.values()]).toMatchObject([{ key: known.externalId, bookingId: null }]);
    await sync(world, cache);
    expect(cache.rows.size).toBe(0);
  });

  test("a batch that answers too few parts is asked for again", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    await world.account.putBooking(world.calendar, bookingOf(world), null);
    const fetch: typeof globalThis.fetch = async (input, init) =>
      String(input).endsWith("/$batch")
        ? Response.json({ responses: [] })
        : world.microsoft.fetch(input, init);
    const pulled = sync({ ...world, account: world.reopen({ fetch }) }, emptyCache());
    await expect(pulled).rejects.toMatchObject({ kind: "retry", code: "batch_part_missing" });
  });
});

test("calendars that can't be edited are offered to be read", async () => {
  const world = await makeMicrosoftWorld("OUTLOOK");
  const listed = await world.account.listCalendars();
  expect(listed.map(({ name, role, primary }) => [name, role, primary])).toEqual([
    ["Calendar", "writer", true],
    ["Holidays", "reader", false],
    ["Bo", "writer", false],
  ]);
});

test("the list of calendars is read over all its pages", async () => {
  const world = await makeMicrosoftWorld("OFFICE365");
  for (let index = 0; index < 210; index++) world.calendarIn(`Calendar ${index}`);
  expect(await world.account.listCalendars()).toHaveLength(213);
  expect(asked(world, "calendars.list")).toHaveLength(3);
});

function bookingOf(world: MicrosoftWorld) {
  return {
    bookingId: "booking-1",
    agentId: "agent-1",
    title: "canary title",
    description: null,
    location: null,
    clientName: null,
    clientEmail: null,
    ...inHours(world, 40),
    timeZone: "Europe/Lisbon",
    reminderMinutes: [],
  };
}
