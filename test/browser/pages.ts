// THE list: every page and state that a person can meet. A page is covered by one line here, in every size, colour
// scheme and language: see pages.test.ts.
import type { Page } from "playwright-core";
import type { AgentName } from "./agents.ts";

/** A page or a state of one. */
export interface ListedPage {
  /** Names the screenshots. */
  readonly name: string;
  /** Who looks: an agent, somebody without a session, or a service with its token. */
  readonly as: AgentName | "stranger" | "service";
  /** Below the API's root. */
  readonly path: string;
  /** It speaks English only. */
  readonly isEnglish?: true;
  /** The way on from there to the state: clicks and entries. */
  readonly goOn?: (page: Page) => Promise<void>;
  /** The status of the answer to `path`, where it isn't 200. */
  readonly status?: number;
}

/** Follows the first link that leads to such an address. */
const follow = (address: string) => async (page: Page) => {
  await page.locator(`main a[href*="${address}"]`).first().click();
  await page.waitForURL(`**${address}*`);
};

/** Sends the form of a calendar server with a password that is wrong. */
const wrongPassword = async (page: Page) => {
  await page.locator("input[name=username]").fill("nobody@icloud.example");
  await page.locator("input[name=password]").fill("abcd-efgh-ijkl-mnop");
  await page.locator("main form:has(input[name=password]) button").click();
  await page.getByRole("alert").waitFor();
};

/** Enters a buffer that is too long, and hours that end before they begin. */
const wrongSettings = async (page: Page) => {
  await page.locator("#bufferBefore").fill("999");
  await page.locator("input[name=start1]").first().fill("18:00");
  await page.locator("input[name=end1]").first().fill("09:00");
  await page.locator("button[name=action][value=save]").first().click();
  await page.getByRole("alert").waitFor();
};

/** Sends the form of a day without a date. */
const wrongDay = async (page: Page) => {
  await page.locator("main form:has(#from) button").click();
  await page.getByRole("alert").waitFor();
};

/** Confirms that everything is to be deleted, and waits until the page says how far that is. */
const erase = (tone: "good" | "warn") => async (page: Page) => {
  await page.locator("main form button").click();
  await page.locator(`#progress .notice.${tone}`).waitFor();
};

/** Goes to the calendars while everything is being deleted. */
const whileErasing = async (page: Page) => {
  await erase("warn")(page);
  await page.locator("nav.pages a").first().click();
  await page.waitForURL("**/connect");
};

/** Signs out of this browser. */
const signOut = async (page: Page) => {
  await page.locator("main form button").click();
  await page.waitForURL("**/sign-out");
};

export const PAGES: readonly ListedPage[] = [
  { name: "connect-none", as: "newcomer", path: "/connect" },
  { name: "connect", as: "well", path: "/connect" },
  { name: "connect-troubled", as: "troubled", path: "/connect" },
  { name: "connect-connected", as: "well", path: "/connect?connected=any" },
  { name: "connect-refused", as: "well", path: "/connect?error=oauth_denied" },
  { name: "more-calendars", as: "well", path: "/connect", goOn: follow("/connect/accounts/") },
  { name: "disconnect", as: "well", path: "/connect", goOn: follow("/disconnect") },
  { name: "disconnect-gone", as: "troubled", path: "/connect", goOn: follow("/disconnect") },
  { name: "password-apple", as: "newcomer", path: "/apple/auth" },
  { name: "password-caldav", as: "newcomer", path: "/caldav/auth" },
  { name: "password-refused", as: "newcomer", path: "/apple/auth", goOn: wrongPassword },
  { name: "week-none", as: "newcomer", path: "/connect/week" },
  { name: "week", as: "well", path: "/connect/week" },
  { name: "week-later", as: "well", path: "/connect/week?ahead=7" },
  { name: "week-troubled", as: "troubled", path: "/connect/week" },
  { name: "report-none", as: "newcomer", path: "/connect/report" },
  { name: "report", as: "well", path: "/connect/report" },
  { name: "settings-none", as: "newcomer", path: "/connect/settings" },
  { name: "settings", as: "well", path: "/connect/settings" },
  { name: "settings-days", as: "well", path: "/connect/settings/days" },
  { name: "settings-wrong", as: "well", path: "/connect/settings", goOn: wrongSettings },
  { name: "settings-days-wrong", as: "well", path: "/connect/settings/days", goOn: wrongDay },
  { name: "settings-zone", as: "well", path: "/connect/settings/zone" },
  { name: "settings-zone-found", as: "well", path: "/connect/settings/zone?q=kolkata" },
  { name: "data", as: "well", path: "/connect/data" },
  { name: "data-erase", as: "well", path: "/connect/data/erase" },
  { name: "data-erasing", as: "leaving", path: "/connect/data/erase", goOn: erase("warn") },
  { name: "connect-erasing", as: "leaving", path: "/connect/data/erase", goOn: whileErasing },
  { name: "data-erased", as: "leaver", path: "/connect/data/erase", goOn: erase("good") },
  { name: "left", as: "newcomer", path: "/connect/data", goOn: signOut },
  { name: "ops", as: "service", path: "/ops" },
  { name: "ops-sign-in", as: "stranger", path: "/ops/sign-in" },
  { name: "docs", as: "stranger", isEnglish: true, path: "/docs" },
  { name: "docs-holds", as: "stranger", isEnglish: true, path: "/docs/holds" },
  { name: "docs-found", as: "stranger", isEnglish: true, path: "/docs?q=hold" },
  { name: "signed-out", as: "stranger", path: "/connect", status: 401 },
  { name: "link-over", as: "stranger", path: `/connect/open?link=${"A".repeat(43)}`, status: 410 },
  { name: "not-found", as: "stranger", path: "/connect/nothing", status: 404 },
];
