// Her data in a browser: downloaded, deleted after a question, and left by signing out.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { cards, open } from "./connect-page.ts";
import { connectionsOf, googlePerson, settled } from "./people.ts";
import { inBrowser, inWindow, places } from "./window.ts";

const { data } = english;

const openData = (page: Page) => page.goto(`${places().apiUrl}/connect/data`);

inBrowser("Her data", () => {
  test("are downloaded as a file", async () => {
    await inWindow({ agentId: "agent-downloads" }, async (page) => {
      await openData(page);
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: data.downloadButton }).click(),
      ]);
      expect(file.suggestedFilename()).toBe("calendar-data.json");
    });
  });

  test("are deleted only after a question, and nothing is left of her calendars", async () => {
    const agentId = "agent-erases";
    await (await googlePerson("Erases")).connect(agentId);
    await settled(agentId);
    await inWindow({ agentId }, async (page) => {
      await openData(page);
      const ask = page.getByRole("link", { name: data.eraseButton });
      await ask.click();
      expect(await page.locator("main").textContent()).toContain(agentId);
      await page.getByRole("link", { name: data.cancel }).click();
      expect(await connectionsOf(agentId)).toHaveLength(1);
      await ask.click();
      expect(await page.getByRole("radio", { name: data.keep }).isChecked()).toBe(true);
      await page.getByRole("radio", { name: data.remove }).check();
      await page.getByRole("button", { name: data.confirm }).click();
      await page.waitForURL("**/connect/data");
      await page.getByText("Everything about you was deleted").waitFor();
      expect(await connectionsOf(agentId)).toEqual([]);
      await open(page);
      expect(await cards(page).count()).toBe(0);
    });
  });

  test("are left by signing out, and the browser's way back shows nothing of them", async () => {
    await inWindow({ agentId: "agent-leaves-data" }, async (page) => {
      await openData(page);
      await page.getByRole("button", { name: data.outButton }).click();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(english.signedOut.title);
      await page.goBack();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
        english.problem.signedOutTitle,
      );
    });
  });
});
