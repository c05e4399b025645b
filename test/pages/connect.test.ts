// The connect page: an agent connects calendars there, and says what each is for.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SCRIPT, SCRIPT_PATH, SCRIPT_SHA256 } from "../../src/pages/script.ts";
import { CONNECT, createBrowser } from "../support/browser.ts";
import { createWorld, type World } from "../support/world.ts";

type Browser = Awaited<ReturnType<typeof createBrowser>>;

/** Presses the button that connects a provider, agrees on Google's page, and comes back. */
async function connectGoogle(world: World, { go }: Browser) {
  const { html } = await go(CONNECT);
  const link = /href="([^"]*\/google\/auth[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const toGoogle = await go(link);
  const back = await go(world.google.consent(toGoogle.location, { user: world.email }));
  await world.drain();
  return go(back.location);
}

describe("The connect page", () => {
  test("takes an agent from a link through consent to a connected calendar", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    expect(browser.signedIn).toMatchObject({ status: 303, location: "/api/calendar/connect" });
    expect((await browser.go(CONNECT)).html).toContain("No calendar is connected yet");
    const page = await connectGoogle(world, browser);
    expect(page.status).toBe(200);
    expect(page.html).toContain("Your calendar is connected");
    expect(page.html).toContain("Up to date");
    expect(page.html).toContain(world.email);
  });

  test("offers every configured provider, and another account of those in use", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const offered = async () => {
      const { html } = await browser.go(CONNECT);
      return [...html.matchAll(/\/(\w+)\/auth\?[^>]*>([^<]+)</g)].map(([, name, text]) => [name, text]);
    };
    expect(await offered()).toEqual([
      ["google", "Connect Google Calendar"],
      ["outlook", "Connect Outlook.com"],
      ["office365", "Connect Office 365"],
      ["apple", "Connect Apple Calendar"],
      ["caldav", "Connect another calendar server (CalDAV)"],
    ]);
    await world.connect({ provider: "OFFICE365" });
    expect((await offered()).map(([, text]) => text)).toEqual([
      "Connect Google Calendar",
      "Connect Outlook.com",
      "Connect another Office 365 account",
      "Connect Apple Calendar",
      "Connect another calendar server (CalDAV)",
    ]);
  });

  test("says so when the agent did not agree", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const toGoogle = await browser.go("/api/calendar/google/auth?returnTo=/api/calendar/connect");
    const state = new URL(toGoogle.location).searchParams.get("state") ?? "";
    const back = await browser.go(`/api/calendar/google/callback?error=access_denied&state=${state}`);
    expect((await browser.go(back.location)).html).toContain("You did not agree");
  });

  test("flips what a calendar is for", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    await connectGoogle(world, browser);
    const [row] = await world.query("SELECT id FROM connections WHERE agent_id = ?", [world.agentId]);
    const state = async () => {
      const { html } = await browser.go(CONNECT);
      return [...html.matchAll(/aria-checked="(true|false)"/g)].map(([, checked]) => checked);
    };
    const before = await state();
    const flipped = await browser.go(`/api/calendar/connect/connections/${row?.["id"]}`, {
      set: "blocksAvailability off",
    });
    // The fragment names the switch, which has the focus then.
    const control = `blocksAvailability-${String(row?.["id"]).slice(-10)}`;
    expect(flipped).toMatchObject({ status: 303, location: `/api/calendar/connect?done=changed#${control}` });
    expect((await browser.go(CONNECT)).html).toContain(`id="${control}"`);
    expect(before).toEqual(["true", "true", "true"]);
    expect(await state()).toEqual(["true", "false", "true"]);
  });

  test("adds another calendar of the account, and says when it is read-only", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    await connectGoogle(world, browser);
    const team = world.google.addCalendar({
      owner: world.email,
      summary: "Team <b>&",
      timeZone: "Europe/Lisbon",
    });
    const { html } = await browser.go(CONNECT);
    const path = /href="([^"]*\/connect\/accounts\/[^"]*)"/.exec(html)?.[1] ?? "";
    const account = await browser.go(path);
    expect(account.html).toContain("Team &lt;b&gt;&amp;");
    expect(account.html).toContain("Connected");
    expect(account.html).toContain("Read-only");
    const added = await browser.go(path, { calendarId: team.id });
    expect(added.location).toBe("/api/calendar/connect?done=added");
    const after = await browser.go(CONNECT);
    expect(after.html.includes("Team &lt;b&gt;&amp;")).toBe(true);
  });

  test("asks before it disconnects, then does", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const page = await connectGoogle(world, browser);
    const path = /href="([^"]*\/disconnect)"/.exec(page.html)?.[1] ?? "";
    expect((await browser.go(path)).html).toContain(`Disconnect “${world.email}”?`);
    const done = await browser.go(path, {});
    expect((await browser.go(done.location)).html).toContain("No calendar is connected yet");
  });

  test("of another agent's calendar shows and does nothing", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    await connectGoogle(world, browser);
    const [connection] = await world.query("SELECT id, account_id FROM connections WHERE agent_id = ?", [
      world.agentId,
    ]);
    const stranger = await createBrowser(world, "agent-stranger");
    const own = `/api/calendar/connect/connections/${connection?.["id"]}`;
    const account = `/api/calendar/connect/accounts/${connection?.["account_id"]}`;
    const answers = [
      await stranger.go(`${own}/disconnect`),
      await stranger.go(`${own}/disconnect`, {}),
      await stranger.go(own, { set: "blocksAvailability off" }),
      await stranger.go(account),
      await stranger.go(account, { calendarId: "x" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    for (const { html } of answers) expect(html).not.toContain(world.email);
    expect((await browser.go(CONNECT)).html).toContain('aria-checked="true"');
  });

  test("has a form for passwords that takes no more letters than it may send", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const { html } = await browser.go("/api/calendar/caldav/auth");
    const most = (name: string) =>
      Number(new RegExp(`name="${name}"[^>]*maxlength="(\\d+)"`).exec(html)?.[1]);
    expect(most("ownAddress")).toBe(320);
    const { status } = await browser.go("/api/calendar/caldav/auth", {
      serverUrl: "https://dav.example.com/".padEnd(most("serverUrl"), "x"),
      username: "u".repeat(most("username")),
      password: "p".repeat(most("password")),
    });
    // The server doesn't answer, but nothing that was entered is too long.
    expect(status).toBe(422);
  });

  test("sets the time zone, and refuses an unknown one", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    await browser.go("/api/calendar/connect/time-zone", { timeZone: "Asia/Tokyo" });
    expect((await browser.go(CONNECT)).html).toContain("<strong>Tokyo (UTC+9)</strong>");
    const wrong = await browser.go("/api/calendar/connect/time-zone", { timeZone: "Mars/Base" });
    expect(wrong.status).toBe(400);
    expect(wrong.html).toContain("Choose a time zone from the list.");
    expect((await browser.go(CONNECT)).html).toContain("<strong>Tokyo (UTC+9)</strong>");
    await browser.go("/api/calendar/connect/time-zone", { timeZone: "Asia/Calcutta" });
    expect((await browser.go(CONNECT)).html).toContain("<strong>Kolkata (UTC+5:30)</strong>");
  });

  test("has one script and no foreign resource, and can't be framed or cached", async () => {
    const world = createWorld();
    const answer = await world.app.request(CONNECT, { headers: { accept: "text/html" } });
    const csp = answer.headers.get("content-security-policy") ?? "";
    expect(csp).toContain("default-src 'none'");
    expect(csp).toContain("frame-ancestors 'none'");
    const own = "https://sync.example.org/api/calendar";
    expect(csp).toContain(`script-src ${own}${SCRIPT_PATH};`);
    expect(csp).toContain(`connect-src ${own}/connect ${own}/connect/;`);
    const { go } = await createBrowser(world);
    const { html } = await go(CONNECT);
    expect(html).toMatch(/^<!DOCTYPE html>/i);
    expect(html).not.toMatch(/style=|\son\w+=|https?:\/\//);
    const scripts = html.match(/<script[^>]*>[^<]*/g);
    expect(scripts).toEqual([
      `<script src="/api/calendar${SCRIPT_PATH}" integrity="sha256-${SCRIPT_SHA256}" defer="">`,
    ]);
    const script = await world.app.request(own + SCRIPT_PATH);
    expect(script.headers.get("cache-control")).toContain("immutable");
    const text = await script.text();
    expect(text).toBe(SCRIPT);
    expect(createHash("sha256").update(text).digest("base64")).toBe(SCRIPT_SHA256);
  });

  test("lists events that can't be read, and counts as free those that it has shown", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    await connectGoogle(world, browser);
    const [connection] = await world.query("SELECT id FROM connections WHERE agent_id = ?", [world.agentId]);
    const id = String(connection?.["id"]);
    const times = { start: { dateTime: "2026-03-03T14:00:00Z" }, end: { dateTime: "2026-03-03T15:00:00Z" } };
    world.google.knobs.set("list.broken", "end", { times: 1 });
    world.google.addEvent(world.email, { summary: "Dentist", ...times });
    await world.drain();
    const page = await browser.go(CONNECT);
    expect(page.html).toContain("1 event in");
    expect(page.html).toContain("so clients can&#39;t book you at times nobody can know:");
    expect(page.html).toContain("its end can&#39;t be read");
    expect(page.html).not.toContain("Dentist");
    const hidden = /name="objects" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
    const objects = hidden.replaceAll("&quot;", '"').replaceAll("&#39;", "'");
    const others = (JSON.parse(objects) as object[]).map((object) => ({ ...object, version: "other" }));
    const send = (text: string) => browser.go(`${CONNECT}/connections/${id}/count-free`, { objects: text });
    expect((await send(JSON.stringify(others))).status).toBe(409);
    expect(await send(objects)).toMatchObject({ status: 303 });
    expect((await browser.go(CONNECT)).html).not.toContain("can&#39;t be read");
  });
});
