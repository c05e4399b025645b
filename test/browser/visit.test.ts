// A visit: the language that a reader's browser asks for or that they choose, and signing out.
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { german } from "../../src/pages/words/german.ts";
import { open } from "./connect-page.ts";
import { inBrowser, inWindow, places } from "./window.ts";

inBrowser("A reader's language", () => {
  test("is what the browser asks for, until another is chosen by a link, which stays", async () => {
    await inWindow({ agentId: "agent-reads", language: "de" }, async (page) => {
      await open(page);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(german.connect.title);
      await page.getByRole("link", { name: "English" }).click();
      expect(page.url()).toBe(`${places().apiUrl}/connect`);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(english.connect.title);
      await open(page);
      expect(await page.locator("html").getAttribute("lang")).toBe("en");
    });
  });
});

inBrowser("Signing out", () => {
  test("ends the visit in this browser alone", async () => {
    await inWindow({ agentId: "agent-leaves-here" }, async (page) => {
      await open(page);
      await page.getByRole("button", { name: english.frame.signOut }).click();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(english.signedOut.title);
      expect((await open(page))?.status()).toBe(401);
    });
    await inWindow({ agentId: "agent-leaves-here" }, async (page) => {
      expect((await open(page))?.status()).toBe(200);
    });
  });
});
