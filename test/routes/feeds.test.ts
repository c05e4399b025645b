// Feeds: secret addresses of an agent's bookings, read by calendars that subscribe to them.
import ICAL from "ical.js";
import { beforeEach, describe, expect, test } from "vitest";
import { feedBounds, MAX_FEEDS } from "../../src/domain/feed.ts";
import { type Api, apiOf } from "../http/api.ts";
import { SETTINGS } from "../http/samples.ts";
import { createWorld, type World } from "../support/world.ts";

const DAY = 86_400_000;
const SLOT = { start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" };
const TEXTS = {
  title: "canary-title",
  description: "canary-description",
  location: "canary-place",
  clientName: "Canary Client",
  clientEmail: "canary@mail.example",
};

let world: World;
let agent: Api;
let service: Api;
let databaseRequests: number;

beforeEach(async () => {
  databaseRequests = 0;
  world = createWorld({
    databaseFetch: (inner) => (input, init) => {
      databaseRequests += 1;
      return inner(input, init);
    },
  });
  agent = apiOf(world, await world.token("agent"));
  service = apiOf(world, await world.token("service"));
  const open = { workingHours: null, bufferBeforeMinutes: 0, bufferAfterMinutes: 0, minimumNoticeMinutes: 0 };
  await agent("putSettings", { query: {}, body: { ...SETTINGS, ...open } });
  await agent("createBooking", { body: { bookingId: "b-1", ...TEXTS, ...SLOT } });
});

async function makeFeed(body: Record<string, unknown> = {}, api = agent) {
  const made = await api("createFeed", { body });
  expect(made.status).toBe(201);
  return { url: String(made.body.url), id: String(made.body.feed.id) };
}

const get = (url: string, headers: Record<string, string> = {}) =>
  world.app.request(new Request(url, { headers }));

const eventsIn = (text: string) =>
  new ICAL.Component(ICAL.parse(text))
    .getAllSubcomponents("vevent")
    .map((component) => new ICAL.Event(component));

describe("A feed", () => {
  test("is read at its address by anybody, by one request to the database", async () => {
    const { url } = await makeFeed();
    databaseRequests = 0;
    const answer = await get(url);
    expect(answer.status).toBe(200);
    expect(databaseRequests).toBe(1);
    expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("private, no-cache");
    const [event, ...others] = eventsIn(await answer.text());
    expect(others).toEqual([]);
    expect(event?.summary).toBe("canary-title");
    expect(event?.description).toBe(
      "canary-description\n\nClient: Canary Client\nEmail: canary@mail.example",
    );
    expect(event?.location).toBe("canary-place");
    expect(event?.startDate.toJSDate()).toEqual(new Date(SLOT.start));
  });

  test("that shows busy times holds no text of any booking", async () => {
    const { url } = await makeFeed({ shows: "busy" });
    const text = await (await get(url)).text();
    expect(eventsIn(text)[0]?.summary).toBe("Busy");
    expect(text).not.toMatch(/canary|b-1/i);
  });

  test("answers 304 until something changes, to strong and weak tags alike", async () => {
    const { url } = await makeFeed();
    const tag = (await get(url)).headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const answer = await get(url, { "if-none-match": known });
      expect(answer.status).toBe(304);
      expect(answer.headers.get("etag")).toBe(tag);
      expect(await answer.text()).toBe("");
    }
    expect((await get(url, { "if-none-match": '"other"' })).status).toBe(200);
    const seen = [tag];
    const changes = [
      () => agent("changeBooking", { params: { bookingId: "b-1" }, body: { title: "Second talk" } }),
      () => agent("createBooking", { body: { bookingId: "b-2", ...TEXTS, ...at(15) } }),
      () => agent("cancelBooking", { params: { bookingId: "b-1" } }),
    ];
    for (const change of changes) {
      await change();
      const answer = await get(url, { "if-none-match": seen.join(", ") });
      expect(answer.status).toBe(200);
      seen.push(answer.headers.get("etag") ?? "");
    }
    expect(new Set(seen).size).toBe(4);
  });

  test("says the same words each time, so that a tag stands for one text", async () => {
    const { url } = await makeFeed();
    const first = await (await get(url)).text();
    world.advance(5_000);
    expect(await (await get(url)).text()).toBe(first);
  });

  test("holds confirmed bookings that ended 31 days ago at most", async () => {
    const { url } = await makeFeed();
    await agent("createBooking", { body: { bookingId: "b-2", title: "Later", ...at(15) } });
    await agent("cancelBooking", { params: { bookingId: "b-2" } });
    world.advance(33 * DAY);
    expect(eventsIn(await (await get(url)).text())).toHaveLength(0);
    expect(feedBounds(Date.parse("2026-04-03T18:00:00Z"))).toEqual({
      ...{ from: Date.parse("2026-03-03T00:00:00Z"), today: Date.parse("2026-04-03T00:00:00Z") },
    });
  });

  test("of a busy agent holds what is to come, and of what is over the last ones", async () => {
    const { url } = await makeFeed({ shows: "busy" });
    const copies = async (prefix: string, count: number, startsAt: string) => {
      const start = Date.parse(startsAt);
      const columns = "title, time_zone, state, revision, write_id, created_at, updated_at";
      await world.query(
        `INSERT INTO bookings (agent_id, booking_id, starts_at, ends_at, ${columns})
          WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})
          SELECT agent_id, '${prefix}' || i, ${start} + i * 600000, ${start} + i * 600000 + 600000, ${columns}
          FROM bookings JOIN n WHERE agent_id = ? AND booking_id = 'b-1'`,
        [world.agentId],
      );
    };
    const starts = async () =>
      eventsIn(await (await get(url)).text()).map((one) => one.startDate.toUnixTime());
    const today = Date.parse("2026-03-02T00:00:00Z") / 1_000;
    await copies("past-", 1_000, "2026-02-20T00:00:00Z");
    await copies("coming-", 780, "2026-03-04T00:00:00Z");
    const some = await starts();
    expect(some.filter((start) => start >= today)).toHaveLength(781);
    const past = some.filter((start) => start < today);
    expect(past).toHaveLength(200);
    expect(past[0]).toBe(Date.parse("2026-02-20T00:00:00Z") / 1_000 + 800 * 600);
    await copies("later-", 500, "2026-03-12T00:00:00Z");
    const full = await starts();
    expect(full).toHaveLength(1_000);
    expect(full[0]).toBe(Date.parse(SLOT.start) / 1_000);
    expect(full).toEqual([...full].sort((a, b) => a - b));
  });

  test("of a booking whose texts were forgotten shows its time", async () => {
    const { url } = await makeFeed();
    const tag = (await get(url)).headers.get("etag");
    await world.query("UPDATE bookings SET sealed_texts = NULL, client_hash = NULL WHERE agent_id = ?", [
      world.agentId,
    ]);
    const answer = await get(url);
    expect(answer.headers.get("etag")).not.toBe(tag);
    expect(eventsIn(await answer.text())[0]?.summary).toBe("Booking");
  });

  test("is revoked for good by its agent or a service, and by nobody else", async () => {
    const [first, second] = [await makeFeed(), await makeFeed({ agentId: world.agentId }, service)];
    const stranger = apiOf(world, await world.token("agent", "agent-stranger"));
    expect((await stranger("revokeFeed", { params: { id: first.id } })).body).toMatchObject({
      code: "feed_not_found",
    });
    expect((await get(first.url)).status).toBe(200);
    for (const _ of ["once", "again"]) {
      expect((await agent("revokeFeed", { params: { id: first.id } })).status).toBe(204);
      expect((await get(first.url)).status).toBe(404);
    }
    expect((await get(second.url)).status).toBe(200);
    expect((await service("revokeFeed", { params: { id: second.id } })).status).toBe(204);
    expect(await (await get(second.url)).json()).toMatchObject({ code: "feed_not_found", status: 404 });
    expect((await agent("listFeeds", { query: {} })).body).toEqual({ feeds: [] });
    const trail = await service("readAuditTrail", { query: { agentId: world.agentId } });
    expect(
      (trail.body.acts as Record<string, string>[]).map(({ action, target }) => `${action} ${target}`),
    ).toEqual([
      `revokeFeed ${second.id}`,
      ...[`revokeFeed ${first.id}`, `revokeFeed ${first.id}`],
      ...["createFeed null", "createFeed null", "putSettings null"],
    ]);
  });

  test("is listed without its address, which nothing stored and nothing logged can tell", async () => {
    const { url, id } = await makeFeed();
    await get(url);
    const { body } = await agent("listFeeds", { query: {} });
    expect(body.feeds).toMatchObject([{ id, agentId: world.agentId, shows: "details" }]);
    const secret = url.split("/").at(-1)?.replace(".ics", "") ?? "";
    expect(secret).toHaveLength(43);
    const rows = await world.query("SELECT * FROM feeds WHERE agent_id = ?", [world.agentId]);
    expect(JSON.stringify([body, rows, world.logs])).not.toContain(secret);
  });

  test("has no brothers without end", async () => {
    const feeds: { id: string }[] = [];
    for (let made = 0; made < MAX_FEEDS; made += 1) feeds.push(await makeFeed());
    expect((await agent("createFeed", { body: {} })).body).toMatchObject({
      code: "too_many_feeds",
      status: 409,
    });
    await agent("revokeFeed", { params: { id: feeds[0]?.id ?? "" } });
    await makeFeed();
  });

  test.each(["x.ics", `${"x".repeat(43)}`, `${"x".repeat(44)}.ics`, `${"%20".repeat(43)}.ics`])(
    "isn't found at %s, by no request to the database",
    async (file) => {
      databaseRequests = 0;
      const answer = await get(`https://sync.example.org/api/calendar/feed/${file}`);
      expect(answer.status).toBe(400);
      expect(databaseRequests).toBe(0);
    },
  );

  test("isn't found by a guess", async () => {
    const { url } = await makeFeed();
    const guess = url.replace(/.(?=\.ics$)/, (last) => (last === "A" ? "B" : "A"));
    expect((await get(guess)).status).toBe(404);
  });
});

function at(hour: number) {
  return { start: `2026-03-03T${hour}:00:00Z`, end: `2026-03-03T${hour + 1}:00:00Z` };
}
