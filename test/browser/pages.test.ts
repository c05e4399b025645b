// Every page and state of the list, in each language: no fault by axe, in each size and colour scheme, by keyboard alone.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { isLanguage, LANGUAGES } from "../../src/pages/words/languages.ts";
import { agentOf } from "./agents.ts";
import { ambiguousControls, faultsByAxe, faultsByKeyboard, overflow } from "./checks.ts";
import { type ListedPage, PAGES } from "./pages.ts";
import { keepScreenshot } from "./screenshots.ts";
import { inBrowser, inWindow, places } from "./window.ts";

const TAGS = Object.keys(LANGUAGES).filter(isLanguage);

const MOST_BYTES = 30 * 1_024;

/** What the browser complains of, and what it could not load. */
function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("console", (message) => {
    // The answer's own status is no complaint: a page that says what is wrong has one.
    if (message.type() === "error" && message.location().url !== page.url()) heard.push(message.text());
  });
  return heard;
}

/** Opens the page, and goes on to its state. */
async function open(page: Page, { path, goOn, status = 200 }: ListedPage): Promise<void> {
  const answer = await page.goto(places().apiUrl + path);
  expect(answer?.status()).toBe(status);
  await goOn?.(page);
}

/**
 * How a page is looked at, one after the other, without loading it again. Where axe runs, both schemes and the widest
 * and the narrowest layout are met: between them only places differ.
 */
const LOOKS = [
  { width: 1280, scheme: "light", axe: true },
  { width: 1280, scheme: "dark", axe: false },
  { width: 390, scheme: "dark", axe: false },
  { width: 390, scheme: "light", axe: false },
  { width: 320, scheme: "dark", axe: true },
] as const;

/** What is wrong with the page in any of its looks. */
async function faultsInLooks(page: Page, name: string): Promise<string[]> {
  const faults: string[] = [];
  for (const { width, scheme, axe } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const wider = await overflow(page);
    if (wider > 0) faults.push(`${width}: ${wider} pixels too wide`);
    if (axe) faults.push(...(await faultsByAxe(page)).map((fault) => `${width} ${scheme}: ${fault}`));
    await keepScreenshot(page, `${name}.${width}.${scheme}`);
  }
  await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
  const wider = await overflow(page);
  if (wider > 0) faults.push(`from right to left: ${wider} pixels too wide`);
  return faults;
}

const visitorOf = async ({ as }: ListedPage) => ({
  agentId: as === "stranger" || as === "service" ? null : await agentOf(as),
  service: as === "service",
});

inBrowser.each(PAGES)("The page $name", (listed) => {
  test.each(TAGS)("in %s has no fault in any size or colour scheme", async (language) => {
    await inWindow({ ...(await visitorOf(listed)), language }, async (page) => {
      const heard = complaints(page);
      await open(page, listed);
      expect(await page.locator("html").getAttribute("lang")).toBe(language);
      expect(await faultsInLooks(page, `${listed.name}.${language}`)).toEqual([]);
      expect(heard).toEqual([]);
    });
  });

  test("is small, and its controls have names of their own and are reached by keyboard", async () => {
    await inWindow(await visitorOf(listed), async (page) => {
      await open(page, listed);
      expect(await ambiguousControls(page)).toEqual([]);
      expect(await faultsByKeyboard(page)).toEqual([]);
      const sizes = await page.evaluate(
        () => new TextEncoder().encode(document.documentElement.outerHTML).length,
      );
      expect(sizes).toBeLessThan(MOST_BYTES);
    });
  });
});
