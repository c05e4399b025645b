// Her settings in a browser: hours by the editor's buttons, two tabs, and the zone that the browser has.
import { expect, test } from "vitest";
import * as z from "zod";
import { expectBody } from "../../scripts/local/client.ts";
import { english } from "../../src/pages/words/english.ts";
import { open } from "./connect-page.ts";
import { service } from "./people.ts";
import { inBrowser, inWindow, places } from "./window.ts";

const { settings: say, connect } = english;

const Settings = z.looseObject({
  timeZone: z.string(),
  maxPerDay: z.number().nullable(),
  workingHours: z.array(z.unknown()).nullable(),
});

const settingsOf = async (agentId: string) =>
  expectBody(Settings, await service()("GET", `/settings?agentId=${agentId}`));

inBrowser("The settings page", () => {
  test.each([true, false])(
    "opens a day, copies its hours and stores them, with script: %s",
    async (script) => {
      const agentId = `agent-sets-hours-${script}`;
      await inWindow({ agentId, script }, async (page) => {
        await page.goto(`${places().apiUrl}/connect/settings`);
        await page.getByRole("button", { name: `${say.hours.add}: Monday` }).press("Enter");
        await page.getByLabel(say.hours.from("Monday", 1)).fill("09:00");
        await page.getByLabel(say.hours.to("Monday", 1)).fill("12:30");
        await page.getByRole("button", { name: `${say.hours.copyWork}: Monday` }).press("Enter");
        await page.getByText(say.unsaved).waitFor();
        expect(await page.getByLabel(say.hours.to("Friday", 1)).inputValue()).toBe("12:30");
        expect((await settingsOf(agentId)).workingHours).toBeNull();
        await page.getByRole("button", { name: say.saveAll }).press("Enter");
        await page.getByText(say.saved).waitFor();
      });
      const hours = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: "09:00", end: "12:30" }));
      expect((await settingsOf(agentId)).workingHours).toEqual(hours);
    },
  );

  test("that stood open in another tab overwrites nothing unseen, and keeps what was typed", async () => {
    const agentId = "agent-has-tabs";
    await inWindow({ agentId }, async (page) => {
      const other = await page.context().newPage();
      for (const tab of [page, other]) await tab.goto(`${places().apiUrl}/connect/settings`);
      const save = (tab: typeof page) => tab.getByRole("button", { name: say.saveAll }).click();
      await other.locator("#maxPerDay").fill("4");
      await save(other);
      await other.getByText(say.saved).waitFor();
      await page.locator("#bufferAfter").fill("20");
      await save(page);
      expect(await page.getByRole("alert").textContent()).toContain(say.parts.maxPerDay);
      expect(await page.locator("#bufferAfter").inputValue()).toBe("20");
      expect(await settingsOf(agentId)).toMatchObject({ maxPerDay: 4, bufferAfterMinutes: 0 });
      await page.locator("#maxPerDay").fill("4");
      await save(page);
      await page.getByText(say.saved).waitFor();
      expect(await settingsOf(agentId)).toMatchObject({ maxPerDay: 4, bufferAfterMinutes: 20 });
    });
  });

  test("takes the browser's zone with one press, where that is another one", async () => {
    const agentId = "agent-moves";
    await inWindow({ agentId }, async (page) => {
      await open(page);
      const use = page.getByRole("button", { name: connect.useZone });
      expect(await page.locator("form[data-zone-now]").textContent()).toContain("Berlin");
      await use.click();
      await page.waitForURL("**/connect?*");
      expect(await use.isVisible()).toBe(false);
      expect((await settingsOf(agentId)).timeZone).toBe("Europe/Berlin");
    });
  });
});
