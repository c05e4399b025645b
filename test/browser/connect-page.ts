// The connect page as a person uses it: its cards and controls, found by what they say.
import type { Locator, Page } from "playwright-core";
import { english } from "../../src/pages/words/english.ts";
import { places } from "./window.ts";

export const open = (page: Page) => page.goto(`${places().apiUrl}/connect`);

const { blocks, receives } = english.connect;

/** The link that begins to connect a provider. */
export const connectLinkOf = (page: Page, provider: RegExp): Locator =>
  page.getByRole("link", { name: provider }).filter({ hasText: /^Connect/ });

export const cards = (page: Page): Locator => page.getByRole("article");

/** The card of one provider's only calendar. */
export const cardOf = (page: Page, provider: RegExp): Locator => cards(page).filter({ hasText: provider });

export const switchesOf = (card: Locator) => ({
  blocks: card.getByRole("switch", { name: blocks }),
  receives: card.getByRole("switch", { name: receives }),
});

/** What the page says has happened. */
export const notice = (page: Page): Locator =>
  page.locator(".notice[role=status], .notice[role=alert]").first();

/** Agrees on the simulated consent page of Google or Microsoft. `refuse` names permissions not to tick. */
export async function agree(page: Page, email: string, refuse?: RegExp): Promise<void> {
  await page.getByRole("radio", { name: email }).check();
  if (refuse !== undefined) await page.getByRole("checkbox", { name: refuse }).uncheck();
  await page.getByRole("button", { name: /^(?:Allow|Accept)$/ }).click();
  await page.waitForURL("**/connect?*");
}

/** Fills in the form of a provider without a consent page, and sends it. */
export async function enterPassword(
  page: Page,
  entries: { serverUrl?: string; username: string; password: string },
): Promise<void> {
  for (const [name, value] of Object.entries(entries)) await page.locator(`input[name=${name}]`).fill(value);
  await page.locator("main form:has(input[name=password])").getByRole("button").click();
}
