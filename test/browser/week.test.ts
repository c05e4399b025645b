// Her week: what enters a calendar is seen with its reason, and a booking that a calendar lacks with what to do.
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { agentOf } from "./agents.ts";
import { connectionsOf, googlePerson, on, readNow, settled } from "./people.ts";
import { inBrowser, inWindow, places } from "./window.ts";

const say = english.week;

inBrowser("The week page", () => {
  test("shows a new event with its calendar and rule, and never what it is about", async () => {
    const agentId = "agent-week";
    const person = await googlePerson("Week");
    await person.connect(agentId);
    await settled(agentId);
    await inWindow({ agentId }, async (page) => {
      await page.goto(`${places().apiUrl}/connect/week`);
      const row = page.getByRole("row").filter({ hasText: say.reasons.tentative(person.email) });
      expect(await row.count()).toBe(0);
      await person.add(on(2, 10, 11), { status: "tentative" });
      for (const { id } of await connectionsOf(agentId)) await readNow(id);
      await page.reload();
      expect(await row.count()).toBe(1);
      expect(await page.locator("svg[role=img] path.k-maybe").count()).toBe(1);
      expect(await page.content()).not.toContain("Private words");
      await page.getByRole("link", { name: say.later }).click();
      await page.waitForURL("**/week?ahead=7");
      expect(await row.count()).toBe(0);
      await page.getByRole("link", { name: say.earlier }).click();
      await page.waitForURL("**/week?ahead=0");
      expect(await row.count()).toBe(1);
    });
  });

  test("says which calendar lacks a booking and why, that nobody can book, and leads to what to do", async () => {
    await inWindow({ agentId: await agentOf("troubled") }, async (page) => {
      await page.goto(`${places().apiUrl}/connect/week`);
      const booking = page.getByRole("listitem").filter({ hasText: "Grace Hopper" });
      expect(await booking.textContent()).toContain(say.causes["read-only"]);
      await page.getByRole("alert").getByRole("link", { name: say.toCalendars }).click();
      await page.waitForURL("**/connect");
    });
  });
});
