// Connect links: what a person meets who opens one, again, too late, or while another agent is signed in.
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { goIn, inBrowser, inWindow, linkFor, places } from "./window.ts";

inBrowser("A connect link", () => {
  test("asks whose page it is, and opens it once", async () => {
    const link = await linkFor("agent-once");
    // Programs look at links before people do.
    expect((await fetch(link, { method: "HEAD" })).status).toBe(200);
    await inWindow({ agentId: null }, async (page) => {
      await page.goto(link);
      expect(await page.locator("main").textContent()).toContain("agent-once");
      await page.locator("main form button").click();
      await page.waitForURL("**/connect");
      // In the same browser the used link leads on to the page.
      await page.goto(link);
      expect(page.url()).toBe(`${places().apiUrl}/connect`);
    });
    await inWindow({ agentId: null }, async (page) => {
      expect((await page.goto(link))?.status()).toBe(410);
      expect(await page.locator("main").textContent()).toContain(english.errors.connect_link_over);
    });
  });

  test("of another agent warns whoever is signed in, and changes nothing if they stay", async () => {
    await inWindow({ agentId: null }, async (page) => {
      await goIn(page, "agent-here");
      await page.goto(await linkFor("agent-there"));
      expect(await page.getByRole("alert").textContent()).toContain("agent-here");
      await page.getByRole("link", { name: /agent-here/ }).click();
      expect(await page.locator("main").textContent()).toContain("agent-here");
      await page.goto(await linkFor("agent-there"));
      await page.getByRole("button", { name: /agent-there/ }).click();
      await page.waitForURL("**/connect");
      expect(await page.locator("main").textContent()).toContain("agent-there");
    });
  });

  test("whose secret is damaged opens nothing", async () => {
    await inWindow({ agentId: null }, async (page) => {
      expect((await page.goto(`${places().apiUrl}/connect/open?link=abc`))?.status()).toBe(400);
      expect((await page.goto(`${places().apiUrl}/connect`))?.status()).toBe(401);
    });
  });
});
