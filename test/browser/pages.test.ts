// Every page and state of the list, in each language: no fault by axe, in each size and colour scheme, by keyboard alone.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { FALLBACK_LANGUAGE, isLanguage, LANGUAGES } from "../../src/pages/words/languages.ts";
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

interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
  /** Does axe judge this look? */
  readonly axe: boolean;
}

/**
 * How a page is looked at, one after the other, without loading it again. Where axe runs, both schemes and the widest
 * and the narrowest layout are met: between them only places differ.
 */
const LOOKS: readonly Look[] = [
  { width: 1280, scheme: "light", axe: true },
  { width: 1280, scheme: "dark", axe: false },
  { width: 390, scheme: "dark", axe: false },
  { width: 390, scheme: "light", axe: false },
  { width: 320, scheme: "dark", axe: true },
];

/** What is wrong with the page in any of its looks. Each look is kept as a picture. */
async function faultsInLooks(page: Page, name: string, looks: readonly Look[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { width, scheme, axe } of looks) {
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

/** How many bytes of HTML the page has. */
const sizeOf = (page: Page): Promise<number> =>
  page.evaluate(() => new TextEncoder().encode(document.documentElement.outerHTML).length);

const visitorOf = async ({ as }: ListedPage) => ({
  agentId: as === "stranger" || as === "service" ? null : await agentOf(as),
  service: as === "service",
});

inBrowser.each(PAGES)("The page $name", (listed) => {
  test.each(listed.isEnglish ? [FALLBACK_LANGUAGE] : TAGS)(
    "in %s has no fault in any size or colour scheme, and none by keyboard",
    async (language) => {
      const isFirst = language === FALLBACK_LANGUAGE;
      await inWindow({ ...(await visitorOf(listed)), language }, async (page) => {
        const heard = complaints(page);
        await open(page, listed);
        expect(await page.locator("html").getAttribute("lang")).toBe(language);
        expect(await sizeOf(page)).toBeLessThan(MOST_BYTES);
        expect(await ambiguousControls(page)).toEqual([]);
        // Where a control stands in the order of the keyboard doesn't depend on the language.
        if (isFirst) expect(await faultsByKeyboard(page)).toEqual([]);
        const looks = LOOKS.filter(({ axe }) => isFirst || axe);
        expect(await faultsInLooks(page, `${listed.name}.${language}`, looks)).toEqual([]);
        expect(heard).toEqual([]);
      });
    },
  );
});
