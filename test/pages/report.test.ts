// The report page: thirty days of an agent's calendars and bookings, in one database request and little HTML.
import { describe, expect, test } from "vitest";
import { LANGUAGES } from "../../src/pages/words/languages.ts";
import { connected } from "../http/api.ts";
import { createBrowser } from "../support/browser.ts";
import { DAY, useGoogleWorld, watchedDatabase } from "../support/google-world.ts";

const newWorld = useGoogleWorld();
const REPORT = "/api/calendar/connect/report";

async function scene() {
  const database = watchedDatabase();
  const world = newWorld(database);
  const { agent, connectionId } = await connected(world);
  const browser = await createBrowser(world);
  const slot = (day: number, hour: number) => ({
    start: new Date(Date.UTC(2026, 2, day, hour)).toISOString(),
    end: new Date(Date.UTC(2026, 2, day, hour + 1)).toISOString(),
  });
  const book = (bookingId: string, day: number, hour: number) =>
    agent("createBooking", { body: { bookingId, title: "canary-title", ...slot(day, hour) } });
  return { world, database, agent, browser, connectionId, slot, book };
}

/** The table row that begins with this, as its cells' texts. */
const rowOf = (html: string, first: string): string[] => {
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) =>
      cell
        .replace(/<[^>]*>/g, "")
        .replaceAll("\u00a0", " ")
        .trim(),
    ),
  );
  return rows.find(([name]) => name === first) ?? [];
};

describe("The report page", () => {
  test("shows what was sold, moved, cancelled, lost and delivered, with one request to the database", async () => {
    const { world, database, agent, slot, book } = await scene();
    await book("b-1", 12, 9);
    await book("b-2", 13, 9);
    await book("b-3", 14, 9);
    await book("b-4", 3, 10);
    world.advance(DAY);
    await agent("changeBooking", { params: { bookingId: "b-2" }, body: { ...slot(15, 9) } });
    await agent("cancelBooking", { params: { bookingId: "b-3" } });
    await world.drain();
    // A visit lasts four hours.
    const browser = await createBrowser(world);
    const before = database.requests;
    const { status, html } = await browser.go(REPORT);
    expect([status, database.requests - before]).toEqual([200, 1]);
    const numbers = html.slice(html.indexOf(LANGUAGES.en.words.report.numbers));
    expect(rowOf(numbers, "2 Mar").slice(0, 7)).toEqual(["2 Mar", "3", "0", "0", "1", "3", "0"]);
    expect(rowOf(numbers, "3 Mar").slice(0, 5)).toEqual(["3 Mar", "0", "1", "1", "0"]);
    expect(rowOf(html, "You were busy at that time, or booked already")).toEqual([expect.any(String), "1"]);
    expect(html).toContain("Sold: 3, moved: 1, cancelled: 1");
    expect(html).toContain("Appointments to come: 2.");
    expect(html).toContain('aria-current="page">Report</a>');
    expect(html).not.toContain("canary-title");
  });

  test("says so where there is nothing, and speaks German to who reads German", async () => {
    const { world, browser } = await scene();
    await world.query("DELETE FROM connections");
    const { html } = await browser.go(REPORT);
    expect(html).toContain("Nothing of this in the last 30 days.");
    expect(html).toContain("No calendar is connected.");
    await browser.go(`${REPORT}?lang=de`);
    const german = (await browser.go(REPORT)).html;
    expect(german).toContain('<html lang="de"');
    expect(german).toContain(LANGUAGES.de.words.report.lost.heading);
    expect(german).not.toContain("Nothing of this");
  });

  test("explains what a calendar doesn't take, with the code beside it", async () => {
    const { world, browser, book } = await scene();
    world.google.knobs.set("cal.role", "reader", { calendar: world.email });
    await book("b-1", 12, 9);
    // In some hours: that is to come too.
    await book("b-2", 2, 14);
    const { html } = await browser.go(REPORT);
    expect(html).toContain("Appointments to come: 2.");
    expect(html).toContain("The calendar lets us read, but not write.");
    expect(html).toContain("<code>requiredAccessLevel</code>");
  });

  test("has 30 KiB at most, with ten calendars and thirty full days", async () => {
    const { world, browser, connectionId } = await scene();
    await world.query(
      `INSERT INTO bookings (agent_id, booking_id, title, starts_at, ends_at, time_zone, state, revision, write_id,
         created_at, updated_at, moved_at)
       SELECT ?1, 'x-' || d.value, '', ?2 + d.value * 3600000, ?2 + d.value * 3600000 + 1800000, 'UTC', 'confirmed',
         1, 'w', ?2 - d.value * 3600000, ?2, ?2 - d.value * 1800000
       FROM json_each(?3) d`,
      [world.agentId, world.deps.now(), JSON.stringify(Array.from({ length: 700 }, (_, index) => index))],
    );
    const [row] = await world.query("SELECT * FROM connections WHERE id = ?", [connectionId]);
    const columns = Object.keys(row ?? {});
    for (let index = 1; index < 10; index += 1) {
      const copy: Record<string, unknown> = { ...row, id: `c-${index}`, number: 90_000 + index };
      copy["calendar_id"] = `calendar-${index}`;
      copy["name"] = `A calendar with a long name, number ${index}`;
      await world.query(
        `INSERT INTO connections (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
        columns.map((name) => copy[name]) as never,
      );
    }
    await world.query(
      `INSERT INTO sync_days (agent_id, day, connection_id, counts)
       SELECT ?1, ?2 - d.value, c.id, '{"delta":1440,"unchanged":1300,"failed":13,"failed.retry":13,"upserts":12345,"missing":17,"extra":17}'
       FROM json_each(?3) d CROSS JOIN connections c`,
      [
        world.agentId,
        Math.floor(world.deps.now() / DAY),
        JSON.stringify(Array.from({ length: 30 }, (_, index) => index + 1)),
      ],
    );
    const { status, html } = await browser.go(REPORT);
    expect(status).toBe(200);
    expect(html.length).toBeGreaterThan(10_000);
    expect(new TextEncoder().encode(html).length).toBeLessThanOrEqual(30 * 1_024);
  });
});
