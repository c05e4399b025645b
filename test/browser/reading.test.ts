// Reading: a page that stands open follows the first reading of a calendar to its end.
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { faultsByAxe } from "./checks.ts";
import { cards, open, switchesOf } from "./connect-page.ts";
import { googlePerson, on } from "./people.ts";
import { keepScreenshot } from "./screenshots.ts";
import { inBrowser, inWindow } from "./window.ts";

const EVENTS = 400;

inBrowser("A calendar that is being read", () => {
  test("says how far it is and when it has ended, without a reload, and the focus stays", async () => {
    const agentId = "agent-is-read";
    const person = await googlePerson("Long");
    await Promise.all(Array.from({ length: EVENTS }, (_, index) => person.add(on(1 + (index % 300), 9, 10))));
    // One event a page: a request to the provider and one to the database for each, and a job for each twenty.
    await person.control("POST", "/knobs", { name: "list.shortPage", value: 1, calendar: person.email });
    await person.connect(agentId);
    await inWindow({ agentId }, async (page) => {
      const loads: string[] = [];
      page.on("load", () => loads.push(page.url()));
      await open(page);
      const card = cards(page).first();
      await card.getByText(/events? read so far/).waitFor();
      const readNow = async () =>
        Number(/([\d,]+) events? read so far/.exec((await card.textContent()) ?? "")?.[1]);
      const before = await readNow();
      expect(await card.textContent()).toContain(english.status.firstReading);
      const { receives } = switchesOf(card);
      await receives.focus();
      expect(await faultsByAxe(page)).toEqual([]);
      await keepScreenshot(page, "connect-reading.en.1280.light");
      await expect.poll(readNow, { timeout: 30_000 }).toBeGreaterThan(before);
      await person.control("DELETE", "/knobs/list.shortPage");
      await page.getByText(english.connect.ended.read).waitFor();
      expect(await card.textContent()).toContain(english.status.upToDate);
      expect(await receives.evaluate((one) => one === document.activeElement)).toBe(true);
      expect(loads).toHaveLength(1);
    });
  });
});
