// Connect links: they open one agent's page for a while, and nothing else.
import { describe, expect, test } from "vitest";
import { CONNECT, createBrowser, emptyBrowser, hiddenIn, makeLink } from "../support/browser.ts";
import { createWorld, type World } from "../support/world.ts";

const API = "https://sync.example.org/api/calendar";
const MINUTE = 60_000;
const ALLOWED = { bindings: { ALLOWED_ORIGINS: "https://app.example.org" } };

const secretOf = (link: string) => new URL(link).searchParams.get("link") ?? "";

/** The form of the page that a link shows. */
const formOf = (html: string) => ({ link: hiddenIn(html, "link"), openedBy: hiddenIn(html, "openedBy") });

/** Asks for a link with any token and body. */
async function ask(world: World, token: string, body: Record<string, unknown>) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await world.app.request(`${API}/connect-links`, {
    method: "POST",
    headers,
    body: JSON.stringify({ agentId: world.agentId, ...body }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("A connect link", () => {
  test("opens the agent's page after a press of its button, and says for whom", async () => {
    const world = createWorld();
    const browser = emptyBrowser(world);
    const page = await browser.go(await makeLink(world));
    expect(page.status).toBe(200);
    expect(page.html).toContain(`Go on as ${world.agentId}`);
    expect(page.html).toMatch(/<a href="\?link=[\w-]{43}&amp;lang=de" lang="de" hreflang="de">Deutsch<\/a>/);
    expect(page.html).not.toContain("signed in as");
    expect(browser.cookies.size).toBe(0);
    expect(await browser.follow(await makeLink(world))).toMatchObject({
      status: 303,
      location: "/api/calendar/connect",
    });
    const { html } = await browser.go(CONNECT);
    expect(html).toContain(`Calendars are connected here for <strong>${world.agentId}</strong>`);
  });

  test("opens once; the same page may send its form again, as after a double click", async () => {
    const world = createWorld();
    const link = await makeLink(world);
    const [first, second] = [emptyBrowser(world), emptyBrowser(world)];
    const [one, two] = [(await first.go(link)).html, (await second.go(link)).html];
    expect((await first.go(`${CONNECT}/open`, formOf(one))).status).toBe(303);
    expect((await first.go(`${CONNECT}/open`, formOf(one))).status).toBe(303);
    const late = await second.go(`${CONNECT}/open`, formOf(two));
    expect(late.status).toBe(410);
    expect(late.html).toContain("Go back to the marketplace");
    expect(second.cookies.size).toBe(0);
    expect((await second.go(link)).status).toBe(410);
    // Where it was opened it leads to the page as long as the visit lasts.
    expect(await first.go(link)).toMatchObject({ status: 302, location: "/api/calendar/connect" });
  });

  test("opened by two at once opens for one", async () => {
    const world = createWorld();
    const link = await makeLink(world);
    const browsers = Array.from({ length: 6 }, () => emptyBrowser(world));
    const pages = await Promise.all(browsers.map(async ({ go }) => (await go(link)).html));
    const answers = await Promise.all(
      browsers.map(({ go }, at) => go(`${CONNECT}/open`, formOf(pages[at] ?? ""))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410, 410, 410]);
  });

  test("isn't used up by programs that look at it before the person does", async () => {
    const world = createWorld();
    const link = await makeLink(world);
    for (const method of ["HEAD", "GET", "GET", "OPTIONS"]) await world.app.request(link, { method });
    for (let visit = 0; visit < 5; visit += 1) await emptyBrowser(world).go(link);
    expect((await emptyBrowser(world).follow(link)).status).toBe(303);
  });

  test("of many uses opens in several browsers until it ends", async () => {
    const world = createWorld();
    const link = await makeLink(world, { singleUse: false, minutes: 30 });
    expect((await emptyBrowser(world).follow(link)).status).toBe(303);
    expect((await emptyBrowser(world).follow(link)).status).toBe(303);
    world.advance(31 * MINUTE);
    expect((await emptyBrowser(world).go(link)).status).toBe(410);
  });

  test("ends after its minutes, also between page and button", async () => {
    const world = createWorld();
    const link = await makeLink(world, { minutes: 5 });
    const browser = emptyBrowser(world);
    const { html } = await browser.go(link);
    world.advance(6 * MINUTE);
    const form = { link: hiddenIn(html, "link"), openedBy: hiddenIn(html, "openedBy") };
    expect((await browser.go(`${CONNECT}/open`, form)).status).toBe(410);
    expect((await browser.go(link)).status).toBe(410);
    // The next link forgets those that have ended.
    await makeLink(world);
    const rows = await world.query("SELECT expires_at FROM connect_links WHERE agent_id = ?", [
      world.agentId,
    ]);
    expect(rows).toHaveLength(1);
  });

  test("that nobody made is answered like one that has ended", async () => {
    const world = createWorld();
    const page = await emptyBrowser(world).go(`${CONNECT}/open?link=${"x".repeat(43)}`);
    expect(page.status).toBe(410);
    expect((await emptyBrowser(world).go(`${CONNECT}/open?link=short`)).status).toBe(400);
  });

  test("P8: is stored as a hash, and its secret opens nothing but the page", async () => {
    const world = createWorld();
    const link = await makeLink(world);
    const secret = secretOf(link);
    await emptyBrowser(world).follow(link);
    const rows = await world.query("SELECT * FROM connect_links WHERE agent_id = ?", [world.agentId]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify([rows, world.logs])).not.toContain(secret);
    for (const headers of [{ authorization: `Bearer ${secret}` }, { cookie: `calendar_session=${secret}` }]) {
      for (const path of ["/settings", "/connections", "/connect"]) {
        expect((await world.app.request(`${API}${path}`, { headers })).status).toBe(401);
      }
    }
  });

  test("P8: gives a session that opens pages, and no other part of the API", async () => {
    const world = createWorld();
    const { cookies } = await createBrowser(world);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const path of ["/settings", "/connections", "/analytics", "/notices"]) {
      expect((await world.app.request(`${API}${path}`, { headers: { cookie } })).status).toBe(401);
    }
  });

  test("is made by services only, for some minutes, and back to allowed pages only", async () => {
    const world = createWorld(ALLOWED);
    const service = await world.token("service");
    expect((await ask(world, await world.token("agent"), {})).status).toBe(403);
    for (const wrong of [
      { minutes: 0 },
      { minutes: 1_441 },
      { minutes: 1.5 },
      { singleUse: "yes" },
      { returnTo: "https://evil.example/" },
      { returnTo: "https://user@app.example.org/" },
      { agentId: ".." },
    ]) {
      expect(await ask(world, service, wrong)).toMatchObject({ status: 400 });
    }
    const { body } = await ask(world, service, { minutes: 7, returnTo: "https://app.example.org/me?tab=1" });
    const left = Date.parse(String(body["expiresAt"])) - world.deps.now();
    expect(Math.round(left / MINUTE)).toBe(7);
  });

  test("leads back to where the marketplace wants", async () => {
    const world = createWorld(ALLOWED);
    const browser = emptyBrowser(world);
    await browser.follow(await makeLink(world, { returnTo: "https://app.example.org/me?tab=1" }));
    expect((await browser.go(CONNECT)).html).toContain('href="https://app.example.org/me?tab=1"');
    expect((await browser.go(`${CONNECT}/sign-out`, {})).html).toContain(
      'href="https://app.example.org/me?tab=1"',
    );
    expect((await browser.go(CONNECT)).status).toBe(401);
    const without = await createBrowser(world);
    expect((await without.go(CONNECT)).html).not.toContain("Back to where you came from");
  });
});

describe("A link for another agent than the one who is signed in", () => {
  test("warns, and leaves the session until the button is pressed", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const link = await makeLink(world, { agentId: "agent-other" });
    const page = await browser.go(link);
    expect(page.html).toContain(`You are signed in as <strong>${world.agentId}</strong>`);
    expect(page.html).toContain("Stay signed in as");
    expect((await browser.go(CONNECT)).html).toContain(world.agentId);
    await browser.follow(link);
    expect((await browser.go(CONNECT)).html).toContain("agent-other");
  });

  test("can't be opened by a form of another site", async () => {
    const world = createWorld();
    const { cookies } = await createBrowser(world);
    const link = secretOf(await makeLink(world, { agentId: "agent-attacker" }));
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const origin of ["https://evil.example", "null"]) {
      const answer = await world.app.request(`${CONNECT}/open`, {
        method: "POST",
        headers: { origin, cookie, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ link, openedBy: "page" }).toString(),
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
  });

  test("connects nothing by a page of the first agent that stood open", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const { html } = await browser.go(CONNECT);
    const href = (provider: string) =>
      new RegExp(`href="([^"]*/${provider}/auth[^"]*)"`).exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const form = (await browser.go(href("apple"))).html;
    const toGoogle = await browser.go(href("google"));
    await browser.follow(await makeLink(world, { agentId: "agent-other" }));
    const back = await browser.go(world.google.consent(toGoogle.location, { user: world.email }));
    expect(back.location).toContain("error=session_changed");
    expect((await browser.go(back.location)).html).toContain("Nothing was connected");
    const password = { username: world.apple.email, password: world.apple.password };
    const answers = [
      await browser.go(href("google")),
      await browser.go("/api/calendar/apple/auth", { ...password, agentId: hiddenIn(form, "agentId") }),
      await browser.go(`${CONNECT}/time-zone`, {
        timeZone: "Asia/Tokyo",
        agentId: hiddenIn(html, "agentId"),
      }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.html).toContain("another agent than the one you are signed in as");
    }
    const agents = [world.agentId, "agent-other"];
    expect(await world.query("SELECT 1 FROM accounts WHERE agent_id IN (?, ?)", agents)).toEqual([]);
  });

  test("ends a consent that was begun on a page whose visit is over", async () => {
    const world = createWorld();
    const browser = await createBrowser(world);
    const toGoogle = await browser.go("/api/calendar/google/auth");
    browser.cookies.delete("calendar_session");
    const back = await browser.go(world.google.consent(toGoogle.location, { user: world.email }));
    expect(back.location).toContain("error=session_changed");
  });
});
