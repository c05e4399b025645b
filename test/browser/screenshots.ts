// Screenshots: what each page and state looks like, kept for people to look at. Git ignores the folder.
import { resolve } from "node:path";
import type { Page } from "playwright-core";

/** The folder. Each run makes it anew. */
export const SCREENSHOTS = resolve(import.meta.dirname, "../../screenshots");

/** Keeps the whole page as a picture. Its name says page, language, width and colour scheme, with dots between them. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}
