// The week page: what is taken and why, how far each booking got, and nothing of what an event is about.
import { describe, expect, test } from "vitest";
import { getSettings, putSettings } from "../../src/availability/settings.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import { HOUR_MS } from "../../src/domain/instant.ts";
import { DEFAULT_SETTINGS, type SettingsChange } from "../../src/domain/settings.ts";
import { eraseAgent } from "../../src/erasure/erase-agent.ts";
import { english } from "../../src/pages/words/english.ts";
import { bookingRequest, holdRequest, slot } from "../bookings/requests.ts";
import { CONNECT, createBrowser } from "../support/browser.ts";
import { createWorld, type World } from "../support/world.ts";

const WEEK = `${CONNECT}/week`;
const say = english.week;

/** A world that counts its requests to the database. */
function countedWorld() {
  let requests = 0;
  const world = createWorld({
    databaseFetch: (inner) => (input, init) => {
      requests += 1;
      return inner(input, init);
    },
  });
  const during = async <T>(work: () => Promise<T>) => {
    const before = requests;
    const result = await work();
    return { result, requests: requests - before };
  };
  return { world, during };
}

async function settle(world: World, change: SettingsChange): Promise<void> {
  const { revision } = await getSettings(world.deps, { agentId: world.agentId });
  const settings = { ...DEFAULT_SETTINGS, timeZone: "Europe/Berlin", ...change } as typeof DEFAULT_SETTINGS;
  await putSettings(world.deps, { agentId: world.agentId, settings, revision });
}

const event = (world: World, start: string, end: string, more: Record<string, unknown> = {}) =>
  world.google.addEvent(world.email, {
    summary: "Dentist, private",
    start: { dateTime: start },
    end: { dateTime: end },
    ...more,
  });

/** What a person reads: without tags, and without the sign that keeps a line from ending behind a dash. */
const textOf = (html: string): string => html.replaceAll(/<[^>]+>|\u2060/g, "");

/** The rows of the tables as text: time, what, why. */
const rowsOf = (html: string): string[] =>
  [...html.matchAll(/<tr><td>(.*?)<\/tr>/g)].map(([, row = ""]) =>
    textOf(row.replaceAll(/<\/td><td>/g, " | ")),
  );

describe("The week page", () => {
  test("says of each stretch which calendar and which rule takes it, in one request to the database", async () => {
    const { world, during } = countedWorld();
    event(world, "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z");
    event(world, "2026-03-04T09:00:00Z", "2026-03-04T10:00:00Z", { status: "tentative" });
    await world.connect();
    await settle(world, {
      bufferAfterMs: HOUR_MS,
      workingHours: ([2, 3] as const).map((weekday) => ({ weekday, startMinute: 480, endMinute: 1_200 })),
    });
    await placeHold(
      world.deps,
      holdRequest(world, { slot: slot("2026-03-04T14:00:00Z", "2026-03-04T15:00:00Z") }),
    );
    const browser = await createBrowser(world);
    const { result, requests } = await during(() => browser.go(WEEK));
    expect(result.status).toBe(200);
    expect(requests).toBe(1);
    expect(rowsOf(result.html)).toEqual(
      expect.arrayContaining([
        `09:00–10:00 | ${say.kinds.buffer} | ${say.reasons.buffer()}`,
        `10:00–11:00 | ${say.kinds.busy} | ${say.reasons.busy(world.email)}`,
        `10:00–11:00 | ${say.kinds.maybe} | ${say.reasons.tentative(world.email)}`,
        `15:00–16:00 | ${say.kinds.hold} | ${say.reasons.hold()}`,
      ]),
    );
    expect(rowsOf(result.html)).toContain(
      `00:00–08:00, 20:00–24:00 | ${say.kinds.closed} | ${say.reasons.hours()}`,
    );
    expect(result.html).not.toContain("Dentist");
    // Tuesday is open from eight; two stretches are free beside the event and its buffer.
    expect(textOf(result.html)).toContain("Open 08:00–20:00. Free 08:00–09:00, 11:00–20:00.");
    expect(result.html).toContain(say.closedAllDay);
    expect(Buffer.byteLength(result.html)).toBeLessThan(30 * 1_024);
  });

  test("says how far each booking got in each calendar, and why it isn't there", async () => {
    const world = createWorld();
    await world.connect();
    await world.connect({ provider: "OFFICE365" });
    await settle(world, {});
    await createBooking(world.deps, bookingRequest(world, { title: "Visa advice", clientName: "Grace" }));
    world.google.changeEntry(world.email, world.email, { role: "reader" });
    const later = slot("2026-03-04T09:00:00Z", "2026-03-04T10:00:00Z");
    await createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: later }));
    await world.drain();
    const { html } = await (await createBrowser(world)).go(WEEK);
    const [, first = "", second = ""] = html.split("<li><p><strong");
    expect(first).toContain("Visa advice · Grace");
    expect(first).toContain(
      `<span class="chip good">${say.delivery.synced}</span> <bdi>${world.email}</bdi>, <bdi>`,
    );
    expect(second).toContain(`<span class="chip bad">${say.delivery.failed}</span>`);
    expect(second).toContain(say.causes["read-only"].replaceAll("'", "&#39;"));
    expect(second).toContain(`<span class="chip good">${say.delivery.synced}</span>`);
  });

  test("says as the connect page does that nobody can book, and until when", async () => {
    const world = createWorld();
    await world.connect();
    const browser = await createBrowser(world);
    const { effects, until } = english.alerts;
    const expectOnAll = async (text: string) => {
      for (const path of [CONNECT, WEEK, `${CONNECT}/settings`]) {
        const html = (await browser.go(path)).html.replaceAll("&#39;", "'");
        expect({ path, says: html.includes(text) }).toEqual({ path, says: true });
      }
    };
    await world.query("UPDATE connections SET verified_at = NULL");
    await expectOnAll(effects.refused(until.reading(world.email)));
    await world.query("UPDATE connections SET verified_at = 1, failures = 1, failure_kind = 'retry'");
    await expectOnAll(effects.refused(until.trying(world.email)));
    await world.query("UPDATE connections SET failure_kind = 'operator'");
    await expectOnAll(effects.refused(until.ours(world.email)));
    await world.query("UPDATE connections SET failures = 0, failure_kind = NULL, verified_at = ?", [
      world.deps.now(),
    ]);
    world.google.removeAccess(world.email);
    await world.cron();
    world.advance(HOUR_MS);
    await world.cron();
    await world.cron();
    await expectOnAll(effects.refused(until.consent(world.email)));
    await settle(world, { onStale: "allow" });
    await expectOnAll(effects.risky(until.consent(world.email)));
  });

  test("draws a day on which the clocks change with all of its hours, and names the zone's offset", async () => {
    const world = createWorld();
    event(world, "2026-03-29T00:30:00Z", "2026-03-29T02:00:00Z");
    await world.connect();
    await settle(world, {});
    const browser = await createBrowser(world);
    const { html } = await browser.go(`${WEEK}?ahead=27`);
    // From 01:30 to 04:00: one and a half hours, because the clocks skip one.
    expect(rowsOf(html)).toContain(
      `01:30 CET–04:00 CEST | ${say.kinds.busy} | ${say.reasons.busy(world.email)}`,
    );
    expect(html).toContain('viewBox="0 0 1380 30"');
    expect(html).toContain('<path class="k-busy" d="M90 0h90v30h-90z">');
    expect(html.match(/viewBox="0 0 1440 30"/g)).toHaveLength(6);
  });

  test("shows an agent whom nobody can book no free time, and refuses to look too far", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const { unknown, erased } = english.alerts.standing;
    const expectClosed = async (reason: string) => {
      for (const path of [WEEK, `${CONNECT}/settings`]) {
        const html = (await browser.go(path)).html.replaceAll("&#39;", "'");
        expect({ path, says: html.includes(reason) }).toEqual({ path, says: true });
        expect(html).not.toMatch(/<path class="k-free" d="M0 0h1440|[1-9]\d* free half hour/);
      }
    };
    await expectClosed(unknown);
    const { html } = await browser.go(WEEK);
    expect(html.match(/<section class="card">/g)).toHaveLength(7);
    expect(html.split(say.nothingFree)).toHaveLength(8);
    expect(html).toContain(say.noBookings);
    expect((await browser.go(`${WEEK}?ahead=391`)).status).toBe(400);
    expect((await browser.go(`${WEEK}?ahead=-1`)).status).toBe(400);
    await settle(world, {});
    expect((await browser.go(WEEK)).html).not.toContain(unknown.replaceAll("'", "&#39;"));
    expect((await browser.go(`${CONNECT}/settings`)).html).toMatch(/[1-9]\d* free half hour/);
    await eraseAgent(world.deps, { agentId: world.agentId, events: "keep" });
    await world.query("UPDATE erasures SET done_at = NULL");
    await expectClosed(erased);
  });

  test("shows no free time beyond what is cached, and says how far that is", async () => {
    const world = createWorld({ bindings: { WINDOW_FUTURE_DAYS: "30", WINDOW_PAST_DAYS: "2" } });
    await world.connect();
    const browser = await createBrowser(world);
    const last = await browser.go(`${WEEK}?ahead=20`);
    expect(last.html).toContain("ahead=13");
    expect(last.html).not.toMatch(/ahead=2[1-9]/);
    expect(last.html).not.toContain(say.nothingFree);
    const further = await browser.go(`${WEEK}?ahead=21`);
    expect(further.status).toBe(400);
    expect((await browser.go(`${CONNECT}/settings`)).html).toContain(english.settings.does.noHorizon(30));
    expect((await browser.go(`${CONNECT}/data`)).html).toContain(english.data.times(2, 30));
    await world.query("UPDATE connections SET window_ends_at = ?", [Date.parse("2026-03-03T12:00:00Z")]);
    await settle(world, { timeZone: "UTC" });
    expect(textOf((await browser.go(WEEK)).html)).toMatch(/Free 00:00–12:00\.(?:.*Nothing is free){5}/s);
    expect(textOf((await browser.go(`${CONNECT}/settings`)).html)).toMatch(
      /Tuesday 3 March: 24 free half hours.*(?:: 0 free half hours.*){5}/s,
    );
  });

  test("names the date of a booking's end where it differs from that of its start", async () => {
    const world = createWorld();
    await settle(world, {});
    const book = (bookingId: string, start: string, end: string) =>
      createBooking(world.deps, bookingRequest(world, { bookingId, slot: slot(start, end) }));
    await book("night", "2026-03-03T22:30:00Z", "2026-03-03T23:30:00Z");
    await book("whole-day", "2026-03-04T23:00:00Z", "2026-03-05T23:00:00Z");
    await book("24-hours", "2026-03-06T09:00:00Z", "2026-03-07T09:00:00Z");
    const text = textOf((await (await createBrowser(world)).go(`${WEEK}?ahead=2`)).html);
    expect(text).toContain("Tuesday 3 March, 23:30 – Wednesday 4 March, 00:30");
    expect(text).toContain("Thursday 5 March, 00:00–24:00");
    expect(text).toContain("Friday 6 March, 10:00 – Saturday 7 March, 10:00");
  });

  test("stays small with twelve events a day and buffers between them", async () => {
    const world = createWorld();
    for (let index = 0; index < 84; index++) {
      const start = Date.parse("2026-03-03T00:00:00Z") + index * 100 * 60_000;
      event(world, new Date(start).toISOString(), new Date(start + 20 * 60_000).toISOString());
    }
    await world.connect();
    await settle(world, { bufferAfterMs: 5 * 60_000 });
    const { html } = await (await createBrowser(world)).go(WEEK);
    expect(html.match(/h-20z/g)?.length).toBeGreaterThanOrEqual(84);
    expect(Buffer.byteLength(html)).toBeLessThan(30 * 1_024);
  });
});
