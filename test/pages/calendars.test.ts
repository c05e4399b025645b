// Calendars in trouble, as their agent finds them: what it means for her, what to do, and that doing it helps.
import { beforeEach, describe, expect, test } from "vitest";
import { calendarOverview } from "../../src/availability/calendar-overview.ts";
import { CONNECT, createBrowser } from "../support/browser.ts";
import { watchedDatabase } from "../support/google-world.ts";
import { createWorld, type World } from "../support/world.ts";
import { book } from "../sync/requests.ts";

const database = watchedDatabase();
let world: World;
let browser: Awaited<ReturnType<typeof createBrowser>>;
let connectionId: string;

beforeEach(async () => {
  world = createWorld({ databaseFetch: database.databaseFetch });
  browser = await createBrowser(world);
  ({ connectionId } = await world.connect());
});

const page = async () => (await browser.go(CONNECT)).html.replaceAll("&#39;", "'");
const press = (what: string, form: Record<string, string> = {}) =>
  browser.go(`${CONNECT}/connections/${connectionId}${what}`, form);
const calendar = async () => (await calendarOverview(world.deps, { agentId: world.agentId })).calendars[0];

describe("The connect page", () => {
  test("is read with one request and stays small, however many calendars there are", async () => {
    const { accountId } = await world.connect({ provider: "OFFICE365" });
    // What a calendar is like makes no difference here, so they are copied in the database.
    const [row] = await world.query("SELECT * FROM connections WHERE id = ?", [connectionId]);
    const columns = Object.keys(row ?? {});
    for (let index = 0; index < 8; index += 1) {
      const copied = {
        ...row,
        id: `${connectionId}-${index}`,
        account_id: accountId,
        calendar_id: `copy-${index}`,
        sent_for: 0,
      };
      await world.query(
        `INSERT INTO connections (${columns.join(", ")}) SELECT ${columns.map((name) => (name === "number" ? "(SELECT MAX(number) + 1 FROM connections)" : "?")).join(", ")}`,
        columns
          .filter((name) => name !== "number")
          .map((name) => copied[name as keyof typeof copied] ?? null),
      );
      await world.query(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
         INSERT INTO unreadable_objects (connection_id, object_key, version, reason, extent, generation, first_seen_at)
         SELECT ?, 'https://dav.example.org/calendars/ana/work/' || i || '.ics', '"etag-' || i || '"', 'bad_end', 'unknown', 0, 0 FROM n`,
        [copied.id],
      );
    }
    database.requests = 0;
    const html = await page();
    expect(database.requests).toBe(1);
    expect(html.match(/<article/g)).toHaveLength(10);
    expect(new TextEncoder().encode(html).length).toBeLessThan(30 * 1_024);
    // Each control is called something else.
    const names = [...html.matchAll(/role="switch"[^>]*aria-label="([^"]*)"/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(30);
  });

  test("says first that clients can't book until she connects again, with the button", async () => {
    expect(await page()).not.toContain("Clients can't");
    world.google.removeAccess(world.email);
    await press("/sync");
    const html = await page();
    expect(html).toContain(`Clients can't book you until you connect ${world.email} again.`);
    expect(html.indexOf("Clients can't book you")).toBeLessThan(html.indexOf("<article"));
    expect(html).toMatch(/href="[^"]*\/google\/auth\?[^"]*accountId=[^"]*">Connect [^<]* again</);
  });

  test("says that a calendar that can't be read stops sales, until it is read again", async () => {
    world.google.knobs.set("api.status", 503);
    world.advance(5 * 60_000);
    expect((await press("/sync")).location).toBe(
      `/api/calendar/connect?done=checked#check-${connectionId.slice(-10)}`,
    );
    expect(await page()).toContain(`Clients can't book you until ${world.email} can be read again.`);
    world.google.knobs.clear();
    world.advance(5 * 60_000);
    await press("/sync");
    expect(await page()).not.toContain("Clients can't book");
  });

  test("shows a calendar that was switched off by the API as off, and switches it on again", async () => {
    const switches = async () => [...(await page()).matchAll(/aria-checked="(\w+)"/g)].map(([, on]) => on);
    for (const column of ["is_active", "sync_enabled"]) {
      await world.query(`UPDATE connections SET ${column} = 0 WHERE id = ?`, [connectionId]);
      expect((await switches()).slice(0, 2)).toEqual(["false", "false"]);
      expect(await page()).toContain("Switched off");
      await press("", { set: "read on" });
      expect(await switches()).toEqual(["true", "true", "true"]);
    }
    // Not to read a calendar leaves alone what is written into it.
    await press("", { set: "read off" });
    expect(await switches()).toEqual(["false", "false", "true"]);
  });

  test("says which bookings aren't in a calendar that no longer lets us write, and tries again", async () => {
    world.google.changeEntry(world.email, world.email, { role: "reader" });
    await book(world, "b1", "2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z");
    await world.drain();
    const html = await page();
    expect(html).toContain("1 booking isn't in this calendar: it no longer lets us write.");
    expect(html).toContain("Needs you");
    world.google.changeEntry(world.email, world.email, { role: "owner" });
    expect((await press("/retry")).status).toBe(303);
    await world.drain();
    expect(await page()).not.toContain("isn't in this calendar");
  });

  test("says how far a calendar is read, and follows until it is", async () => {
    await world.query("UPDATE connections SET verified_at = NULL WHERE id = ?", [connectionId]);
    world.google.addEvent(world.email, {
      ...{ start: { dateTime: "2026-03-04T10:00:00Z" }, end: { dateTime: "2026-03-04T11:00:00Z" } },
    });
    await world.drain();
    await world.query("UPDATE connections SET verified_at = NULL WHERE id = ?", [connectionId]);
    expect(await calendar()).toMatchObject({ eventsRead: 1, isFirstRead: true, isWriting: false });
    const html = await page();
    expect(html).toContain("1 event read so far.");
    expect(html).toMatch(/id="calendars" data-live="" data-refresh=""/);
    expect(html).toMatch(/id="ended-reading" role="status" data-ended="[^"]+" data-moves=""/);
    expect(html).toMatch(/id="ended-writing" role="status" data-ended="[^"]+">/);
    await world.query("UPDATE connections SET verified_at = ? WHERE id = ?", [
      world.deps.now(),
      connectionId,
    ]);
    expect(await page()).not.toContain("data-refresh");
  });

  test("counts the differences that audits have found and healed", async () => {
    expect((await calendar())?.drift).toBe(0);
    const today = Math.floor(world.deps.now() / 86_400_000);
    for (const [day, counts] of [
      [today - 1, { missing: 2, delta: 5 }],
      [today - 3, { extra: 1 }],
      [today - 40, { missing: 9 }],
    ] as const) {
      await world.query("INSERT INTO sync_days (agent_id, day, connection_id, counts) VALUES (?, ?, ?, ?)", [
        ...[world.agentId, day, connectionId, JSON.stringify(counts)],
      ]);
    }
    expect((await calendar())?.drift).toBe(3);
  });

  test("counts none that were found longer ago than 30 days, on a calendar that isn't read any more", async () => {
    const today = Math.floor(world.deps.now() / 86_400_000);
    const before = (await calendar())?.drift ?? 0;
    const tally = async (day: number) => {
      await world.query("UPDATE connections SET tally_day = ?, tally = ? WHERE id = ?", [
        ...[day, JSON.stringify({ missing: 7 }), connectionId],
      ]);
      return (await calendar())?.drift;
    };
    expect(await tally(today - 31)).toBe(before);
    expect(await tally(today - 30)).toBe(before + 7);
  });
});

describe("Her data", () => {
  const DATA = `${CONNECT}/data`;

  test("are told, downloaded and deleted on a page of their own", async () => {
    const { html } = await browser.go(DATA);
    expect(html).toContain("from yesterday to 400 days ahead");
    const file = JSON.parse((await browser.go(`${DATA}/export`)).html) as Record<string, unknown>;
    expect(file).toMatchObject({ agentId: world.agentId });
    expect((await browser.go(`${DATA}/erase`)).html).toContain("Delete everything for good");
    expect(await browser.go(`${DATA}/erase`, { events: "some" })).toMatchObject({ status: 400 });
    expect(await browser.go(`${DATA}/erase`, { events: "keep" })).toMatchObject({
      ...{ status: 303, location: "/api/calendar/connect/data" },
    });
    database.requests = 0;
    const after = (await browser.go(DATA)).html;
    expect(database.requests).toBe(1);
    expect(after).toContain("Everything about you was deleted");
    expect(await world.query("SELECT 1 FROM connections WHERE agent_id = ?", [world.agentId])).toEqual([]);
    expect(await page()).toContain("No calendar is connected yet");
  });

  test("say what is left to delete while a provider doesn't answer, and nothing can be connected meanwhile", async () => {
    world.google.knobs.set("api.status", 503);
    await browser.go(`${DATA}/erase`, { events: "keep" });
    const { html } = await browser.go(DATA);
    expect(html).toContain("Everything about you is being deleted");
    expect(html).toMatch(/1 (?:calendar|account)/);
    expect(html).toContain('data-refresh=""');
    expect(await page()).toContain("nothing can be connected now");
  });
});

test("A browser without a visit is led back to the marketplace", async () => {
  const homely = createWorld({ bindings: { BRAND_NAME: "Mara", BRAND_HOME_URL: "https://mara.test/me" } });
  const answer = await homely.app.request(CONNECT, { headers: { accept: "text/html" } });
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain('<a class="button" href="https://mara.test/me">Back to Mara</a>');
});
