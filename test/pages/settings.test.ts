// Her settings pages: what she decides is stored, what it does is computed, and nothing that she typed is lost.
import { beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { english } from "../../src/pages/words/english.ts";
import { createBrowser, hiddenIn } from "../support/browser.ts";
import { createWorld, type World } from "../support/world.ts";

const CONNECT = "/api/calendar/connect";
const SETTINGS = `${CONNECT}/settings`;

let world: World;
let go: Awaited<ReturnType<typeof createBrowser>>["go"];
let requests = 0;

beforeEach(async () => {
  // A Monday, 08:00 UTC.
  world = createWorld({
    databaseFetch: (inner) => (input, init) => {
      requests += 1;
      return inner(input, init);
    },
  });
  ({ go } = await createBrowser(world));
});

/** What the tests look at in answers. */
const Answer = z.looseObject({ slots: z.array(z.unknown()).default([]), overrides: z.unknown().optional() });

async function api(method: string, path: string, body?: object) {
  const answer = await world.app.request(`https://sync.example.org/api/calendar${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await world.token("agent", world.agentId)}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return Answer.parse(await answer.json());
}

/** The page's form as a browser would send it. */
function formIn(html: string, change: Record<string, string | null> = {}): Record<string, string> {
  const fields: Record<string, string> = { action: "save" };
  const [form = ""] =
    /<form method="post" action="[^"]*settings" class="settings">[\s\S]*?<\/form>/.exec(html) ?? [];
  for (const [tag] of form.matchAll(/<input [^>]*>/g)) {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
    const type = attribute("type") ?? "text";
    if ((type === "checkbox" || type === "radio") && !/\bchecked/.test(tag)) continue;
    const name = attribute("name") ?? "";
    if (!(name in fields)) fields[name] = attribute("value") ?? (type === "checkbox" ? "on" : "");
  }
  for (const [, name = "", options = ""] of form.matchAll(
    /<select name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    fields[name] ??= /value="([^"]*)" selected/.exec(options)?.[1] ?? "";
  const kept = Object.entries({ ...fields, ...change }).filter((entry) => entry[1] !== null);
  return Object.fromEntries(kept) as Record<string, string>;
}

const open = async (change: Record<string, string | null>) => {
  const { html } = await go(SETTINGS);
  return go(SETTINGS, formIn(html, change));
};

describe("Her rules", () => {
  test("are stored as the form says, and the page shows what they do, as clients see it", async () => {
    await api("PATCH", "/settings", { timeZone: "Europe/Berlin" });
    const saved = await open({
      ...{
        open: "weekly",
        start4: "09:00",
        end4: "12:00",
        bufferBefore: "15",
        notice: "2",
        noticeUnit: "hours",
      },
      ...{ horizonDays: "60", maxPerWeek: "20", unanswered: null, workingElsewhere: "on", onStale: "allow" },
      ...{ onExternalChange: "follow", reminder: "1", reminderUnit: "days" },
    });
    expect([saved.status, saved.location]).toEqual([303, `${SETTINGS}?done=changed`]);
    expect(await api("GET", "/settings")).toMatchObject({
      workingHours: [{ weekday: 4, start: "09:00", end: "12:00" }],
      ...{ bufferBeforeMinutes: 15, bufferAfterMinutes: 0, minimumNoticeMinutes: 120, horizonDays: 60 },
      ...{ maxPerDay: null, maxPerWeek: 20, onStale: "allow", onExternalChange: "follow" },
      reminderMinutes: [1_440],
      rules: { tentative: true, unanswered: false, allDay: true, outOfOffice: true, workingElsewhere: true },
    });
    const { slots } = await api("POST", "/slots", {
      ...{ from: "2026-03-02T00:00:00Z", to: "2026-03-08T23:00:00Z", durationMinutes: 30 },
    });
    const { html } = await go(saved.location);
    expect(html).toContain(`With this, Thursday 5 March shows ${slots.length} free half hours.`);
    expect(slots).toHaveLength(6);
    expect(html).toContain("keeps 09:45 to 10:30 free");
    expect(html).toContain("the last day that a client can book is Friday 1 May");
    expect(html).toContain("Saved. Clients see the times below");
  });

  test("are edited by the page's buttons without being stored, and keep what was typed", async () => {
    const before = await api("GET", "/settings");
    const added = await open({ action: "add-1", bufferAfter: "25", maxPerDay: "many" });
    expect(added.status).toBe(200);
    expect(added.html.match(/name="start1"/g)).toHaveLength(1);
    const copied = await go(
      SETTINGS,
      formIn(added.html, { action: "copy-1-work", open: "weekly", start1: "10:00", end1: "00:00" }),
    );
    expect(copied.html).toContain("This is not saved yet");
    expect(formIn(copied.html)).toMatchObject({
      ...{ start1: "10:00", end1: "00:00", start5: "10:00", bufferAfter: "25", maxPerDay: "many" },
    });
    expect(formIn(copied.html)).not.toHaveProperty("start6");
    const removed = await go(SETTINGS, formIn(copied.html, { action: "remove-5-0", maxPerDay: "3" }));
    expect(removed.html).not.toContain('name="start5"');
    // Six hours short of a whole day from 10:00 to midnight are 28 half hours.
    expect(removed.html).toContain("Tuesday 3 March: 28 free half hours");
    expect(await api("GET", "/settings")).toEqual(before);
  });

  test("that are wrong are refused at their fields, and nothing is stored or lost", async () => {
    const before = await api("GET", "/settings");
    const { status, html } = await open({
      ...{
        open: "weekly",
        start2: "18:00",
        end2: "09:00",
        bufferBefore: "241",
        notice: "1,5",
        reminder: "x",
      },
    });
    expect(status).toBe(422);
    for (const [field, words] of [
      ["hours2", "Give each stretch a beginning"],
      ["bufferBefore", "Enter whole minutes from 0 to 240."],
      ["notice", "60 days are the most"],
      ["reminders", "four weeks before is the most"],
    ])
      expect(html).toMatch(new RegExp(`id="${field}-fault">[^<]*${words}`));
    expect(formIn(html)).toMatchObject({
      ...{ start2: "18:00", end2: "09:00", bufferBefore: "241", notice: "1,5", reminder: "x" },
    });
    expect(html).toContain('href="#hours2">Tuesday</a>');
    expect(await api("GET", "/settings")).toEqual(before);
  });

  test("show more hours than the editor offers, and refuse too many in words", async () => {
    const minute = (index: number) => `10:${String(index).padStart(2, "0")}`;
    const workingHours = Array.from({ length: 50 }, (_, index) => ({
      ...{ weekday: 1, start: minute(index), end: minute(index + 1) },
    }));
    await api("PATCH", "/settings", { workingHours });
    const { html } = await go(SETTINGS);
    expect(html).not.toContain('value="add-1"');
    expect(html).toContain('value="add-2"');
    const sent = new URLSearchParams(formIn(html, { start1: null, end1: null }));
    for (const { start, end } of [...workingHours, { start: "12:00", end: "13:00" }]) {
      sent.append("start1", start);
      sent.append("end1", end);
    }
    const late = await go(SETTINGS, sent);
    expect(late.status).toBe(422);
    expect(late.html).toContain("A week has at most 50 stretches.");
  });

  test("that somebody else changed meanwhile are not overwritten, until she has seen it", async () => {
    const { html: page } = await go(SETTINGS);
    await api("PATCH", "/settings", { maxPerDay: 4 });
    const late = await go(SETTINGS, formIn(page, { bufferAfter: "30" }));
    expect(late.status).toBe(409);
    expect(late.html).toMatch(/changed in another place[^<]*Free time after, At most a day\./);
    expect(await api("GET", "/settings")).toMatchObject({ maxPerDay: 4, bufferAfterMinutes: 0 });
    expect((await go(SETTINGS, formIn(late.html))).status).toBe(303);
    expect(await api("GET", "/settings")).toMatchObject({ maxPerDay: null, bufferAfterMinutes: 30 });
  });
});

test("The page says how far ahead clients can book, whichever limit is the nearest", async () => {
  world = createWorld({ bindings: { WINDOW_FUTURE_DAYS: "30" } });
  ({ go } = await createBrowser(world));
  const { noHorizon, anyHorizon, horizon } = english.settings.does;
  const expectSaid = async (change: object, said: string) => {
    await api("PATCH", "/settings", { timeZone: "UTC", ...change });
    expect((await go(SETTINGS)).html).toContain(said);
  };
  const { html: nobody } = await go(SETTINGS);
  for (const said of [anyHorizon(800), noHorizon(30)]) expect(nobody).not.toContain(said);
  await expectSaid({}, anyHorizon(800));
  await world.connect();
  await expectSaid({}, noHorizon(30));
  await expectSaid({ horizonDays: 31 }, noHorizon(30));
  await expectSaid({ horizonDays: 30 }, horizon("Wednesday 1 April"));
  await expectSaid({ horizonDays: 31, onStale: "allow" }, horizon("Thursday 2 April"));
  await expectSaid({ horizonDays: null }, anyHorizon(800));
});

test("Each page that says where times are meant says how far that is from UTC", async () => {
  world = createWorld();
  ({ go } = await createBrowser(world));
  await api("PATCH", "/settings", { timeZone: "Etc/GMT+5" });
  for (const path of ["", "/settings", "/week", "/report"]) {
    expect((await go(CONNECT + path)).html, path).toContain("Etc/GMT+5 (UTC−5)");
  }
});

describe("Her days", () => {
  const DAYS = `${SETTINGS}/days`;
  const day = async (fields: Record<string, string>) => {
    const { html } = await go(DAYS);
    return go(DAYS, { revision: hiddenIn(html, "revision"), from: "", to: "", kind: "closed", ...fields });
  };

  test("are added and removed, one and many, closed and with hours", async () => {
    expect((await day({ from: "2026-03-10" })).status).toBe(303);
    expect(
      (await day({ from: "2026-04-01", to: "2026-04-03", kind: "hours", start: "10:00", end: "00:00" }))
        .status,
    ).toBe(303);
    expect((await api("GET", "/settings")).overrides).toEqual([
      { date: "2026-03-10", hours: [] },
      { from: "2026-04-01", to: "2026-04-03", hours: [{ start: "10:00", end: "24:00" }] },
    ]);
    const { html } = await go(DAYS);
    expect(html).toContain("<strong>Tue, 10 March 2026</strong>: closed");
    expect(html).toContain("<strong>Wed, 1 April 2026 to Fri, 3 April 2026</strong>: 10:00–00:00");
    await go(DAYS, { revision: hiddenIn(html, "revision"), remove: "0" });
    expect((await api("GET", "/settings")).overrides).toHaveLength(1);
    const late = await go(DAYS, { revision: hiddenIn(html, "revision"), remove: "0" });
    expect(late.status).toBe(409);
    expect((await api("GET", "/settings")).overrides).toHaveLength(1);
  });

  test("are all within reach, and make room once they are long over", async () => {
    const dateOf = (index: number) => new Date(Date.UTC(2025, 10, 27 + index)).toISOString().slice(0, 10);
    // The first of them was 95 days ago.
    const overrides = Array.from({ length: 400 }, (_, index) => ({ date: dateOf(index), hours: [] }));
    await api("PATCH", "/settings", { overrides });
    const { html } = await go(DAYS);
    expect(html).toContain(`?part=2">And 285 later ones<`);
    const last = (await go(`${DAYS}?part=16`)).html;
    expect(last).toContain('?part=15">Earlier ones<');
    expect(last).toContain("Thu, 31 December 2026");
    expect((await day({ from: "2027-06-01" })).status).toBe(303);
    const kept = z.array(z.unknown()).parse((await api("GET", "/settings")).overrides);
    expect(kept).toHaveLength(400 - 35 + 1);
  });

  test.each([
    ["from", {}],
    ["to", { from: "2026-03-10", to: "2026-03-09" }],
    ["to", { from: "2026-12-24", to: "2025-12-26" }],
    ["past", { from: "2026-02-20", to: "2026-03-01" }],
    ["past", { from: "2025-03-10", kind: "hours", start: "10:00", end: "12:00" }],
    ["kind", { from: "2026-03-10", start: "10:00", end: "12:00" }],
    ["hours", { from: "2026-03-10", kind: "hours" }],
    ["hours", { from: "2026-03-10", kind: "hours", start: "10:00", end: "09:00" }],
  ])("with a wrong %s are refused at the field and stay in the form: %j", async (field, fields) => {
    const { status, html } = await day(fields);
    expect(status).toBe(422);
    const faults = [...html.matchAll(/id="(\w+)-fault"/g)].map(([, name]) => name);
    expect(faults).toEqual([field]);
    for (const value of Object.values(fields).filter((text) => text !== "hours"))
      expect(html).toContain(`value="${value}"`);
  });

  test("that are more than 400 are refused in words, and the new one stays in the form", async () => {
    const dateOf = (index: number) => new Date(Date.UTC(2026, 3, 1 + index)).toISOString().slice(0, 10);
    const overrides = Array.from({ length: 400 }, (_, index) => ({ date: dateOf(index), hours: [] }));
    await api("PATCH", "/settings", { overrides });
    const { status, html } = await day({ from: "2026-03-10" });
    expect(status).toBe(422);
    expect(html).toContain(`id="many-fault">${english.settings.days.faults.many}`);
    expect(html).toContain('value="2026-03-10"');
  });

  test("are closed on the public holidays of a region, unless she works on one", async () => {
    expect((await go(`${SETTINGS}/holidays`, { region: "DE-BE" })).location).toBe(
      `${DAYS}?done=changed#holidays`,
    );
    const { html } = await go(DAYS);
    expect(html).toContain("<strong>Sun, 8 March 2026</strong>");
    expect(html).toContain('value="DE-BE" selected');
    await go(`${SETTINGS}/holidays`, { date: "2026-03-08", worked: "true" });
    expect(await api("GET", "/settings")).toMatchObject({
      holidays: "DE-BE",
      workedHolidays: ["2026-03-08"],
    });
    expect((await go(DAYS)).html).toContain("You work on this day.");
    for (const wrong of [
      ...[{ date: "2026-03-09", worked: "true" }, { date: "2026-03-08" }, { worked: "true" }, {}],
      { region: "DE", date: "2026-03-08", worked: "true" },
    ] as Record<string, string>[])
      expect((await go(`${SETTINGS}/holidays`, wrong)).status).toBe(400);
    await go(`${SETTINGS}/holidays`, { date: "2026-03-08", worked: "false" });
    await go(`${SETTINGS}/holidays`, { region: "" });
    expect(await api("GET", "/settings")).toMatchObject({ holidays: null, workedHolidays: [] });
  });
});

describe("Her time zone", () => {
  test("is shown by its present name, and found by its city, its country or an old name", async () => {
    await api("PATCH", "/settings", { timeZone: "Asia/Calcutta" });
    expect((await go(`${SETTINGS}/zone`)).html).toContain("Kolkata: Asia/Kolkata, UTC+5:30, now 13:30");
    for (const query of ["kyiv", "Kiev", "ukraine"])
      expect((await go(`${SETTINGS}/zone?q=${query}`)).html).toContain('name="timeZone" value="Europe/Kyiv"');
    expect((await go(`${SETTINGS}/zone?q=nowhere`)).html).toContain("0 zones found");
    expect((await go(`${SETTINGS}/zone`, { timeZone: "Europe/Kiev" })).status).toBe(303);
    expect(await api("GET", "/settings")).toMatchObject({ timeZone: "Europe/Kyiv" });
  });

  test("is called by its present city on every page that names it", async () => {
    await api("PATCH", "/settings", { timeZone: "America/Buenos_Aires" });
    for (const path of ["", "/week", "/settings", "/settings/zone", "/report"]) {
      const { html } = await go(`/api/calendar/connect${path}`);
      const text = html.replaceAll(/<[^>]*>/g, "");
      expect({ path, isNamed: text.includes("Buenos Aires") }).toEqual({ path, isNamed: true });
      expect(text, path).not.toContain("America/Buenos");
    }
  });
});

test("Each page asks the database once and is small, however much there is to show", async () => {
  const weekdays = [1, 2, 3, 4, 5, 6, 7];
  const hours = ["08:00", "12:00", "16:00"].map((start, index) => ({
    start,
    end: ["10:00", "14:00", "18:00"][index],
  }));
  await api("PATCH", "/settings", {
    workingHours: weekdays.flatMap((weekday) => hours.map((stretch) => ({ weekday, ...stretch }))),
    overrides: Array.from({ length: 400 }, (_, index) => ({
      ...{ date: new Date(Date.UTC(2026, 2, 4 + index)).toISOString().slice(0, 10), hours },
    })),
    holidays: "ES-CT",
    reminderMinutes: [1, 2, 3, 4, 5],
  });
  for (const path of ["", "/days", "/days?year=2028", "/zone?q=a"]) {
    for (const language of ["en", "de"]) {
      await go(`${SETTINGS}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
      requests = 0;
      const { status, html } = await go(SETTINGS + path);
      expect({ path, status, requests }).toEqual({ path, status: 200, requests: 1 });
      expect(html.length, path).toBeLessThan(30 * 1_024);
      expect(html).not.toMatch(/undefined|NaN|\[object/);
    }
  }
});
