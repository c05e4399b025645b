// By keyboard alone, and without script: the whole way from the link to a connected calendar and back.
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { agree, cards, connectLinkOf, open, switchesOf } from "./connect-page.ts";
import { connectionsOf, googlePerson, passwordPerson, settled } from "./people.ts";
import { inBrowser, inWindow, linkFor } from "./window.ts";

const MOST_PRESSES = 60;

/** Goes on by the Tab key until this has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let press = 0; press < MOST_PRESSES; press++) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((one) => one === document.activeElement)) return;
  }
  throw new Error(`The Tab key never came to ${wanted}.`);
}

/** Goes there and presses a key, and waits for the page that follows. */
async function press(page: Page, wanted: Locator, key: "Enter" | "Space", url: string): Promise<void> {
  await tabTo(page, wanted);
  await Promise.all([page.waitForNavigation({ url }), page.keyboard.press(key)]);
}

inBrowser("By keyboard alone", () => {
  test("an agent opens the link, connects by consent, flips a switch and disconnects", async () => {
    const agentId = "agent-keys";
    const person = await googlePerson("Keys");
    await inWindow({ agentId: null }, async (page) => {
      await page.goto(await linkFor(agentId));
      await press(page, page.locator("main form button"), "Enter", "**/connect");
      await press(page, connectLinkOf(page, /Google Calendar/), "Enter", "**/o/oauth2/**");
      const account = page.getByRole("radio", { name: person.email });
      await tabTo(page, page.locator("input[name=user]:checked"));
      while (!(await account.isChecked())) await page.keyboard.press("ArrowDown");
      await press(page, page.getByRole("button", { name: "Allow" }), "Enter", "**/connect?*");
      await settled(agentId);
      const { blocks } = switchesOf(cards(page).first());
      await press(page, blocks, "Space", "**/connect?*");
      expect(await connectionsOf(agentId)).toMatchObject([{ blocksAvailability: false }]);
      // The focus is where it was, and not at the top.
      expect(await blocks.evaluate((one) => one === document.activeElement)).toBe(true);
      await press(page, page.getByRole("link", { name: /^Disconnect/ }), "Enter", "**/disconnect");
      await press(page, page.getByRole("button", { name: /^Disconnect/ }), "Enter", "**/connect?*");
      expect(await connectionsOf(agentId)).toEqual([]);
    });
  });

  test("an agent enters a password", async () => {
    const agentId = "agent-types";
    const person = await passwordPerson("Types", "apple");
    await inWindow({ agentId }, async (page) => {
      await open(page);
      await press(page, connectLinkOf(page, /Apple Calendar/), "Enter", "**/apple/auth?*");
      await tabTo(page, page.locator("input[name=username]"));
      await page.keyboard.type(person.email);
      await tabTo(page, page.locator("input[name=password]"));
      await page.keyboard.type(person.password);
      await Promise.all([page.waitForNavigation({ url: "**/connect?*" }), page.keyboard.press("Enter")]);
      expect(await connectionsOf(agentId)).toMatchObject([{ provider: "APPLE" }]);
    });
  });
});

inBrowser("Without script", () => {
  test("an agent connects, flips a switch and disconnects", async () => {
    const agentId = "agent-plain";
    const person = await googlePerson("Plain");
    await inWindow({ agentId, script: false }, async (page) => {
      await open(page);
      await connectLinkOf(page, /Google Calendar/).click();
      await agree(page, person.email);
      await switchesOf(cards(page).first()).receives.click();
      await page.locator("[role=switch][aria-checked=false]").waitFor();
      expect(await connectionsOf(agentId)).toMatchObject([{ receivesBookings: false }]);
      await page.getByRole("link", { name: /^Disconnect/ }).click();
      await page.getByRole("button", { name: /^Disconnect/ }).click();
      await page.waitForURL("**/connect?*");
      expect(await connectionsOf(agentId)).toEqual([]);
    });
  });
});
