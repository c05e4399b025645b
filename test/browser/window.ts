// A window of the one browser: of an agent who has come in by a link, of an operator's program, or of a stranger.
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { describe, inject } from "vitest";
import { connectLink } from "../../scripts/local/client.ts";
import type { Language } from "../../src/pages/words/languages.ts";
import type { Places } from "./global-setup.ts";

/** What a browser asks for in each language. */
const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", de: "de-DE" };

/** A group of tests in the browser. Where there is no Chromium, they are skipped; the setup has said so in a line. */
export const inBrowser = describe.skipIf(inject("places") === null);

/** Where all parts are. */
export function places(): Places {
  const found = inject("places");
  if (found === null) throw new Error("There is no Chromium.");
  return found;
}

let browser: Promise<Browser> | null = null;
const theBrowser = (): Promise<Browser> => {
  browser ??= chromium.connect(places().browserUrl);
  return browser;
};

/** How a window is opened. */
export interface WindowInput {
  /** Who has come in by a link; null: nobody. */
  readonly agentId: string | null;
  readonly language?: Language;
  readonly width?: number;
  /** Without script the pages must do everything, too. */
  readonly script?: boolean;
  /** Sends a service's token with each request, as an operator's tool does. */
  readonly service?: boolean;
}

/** A window with a height of 900 CSS pixels. Its test closes it. */
async function openContext(input: WindowInput): Promise<BrowserContext> {
  const { language = "en", width = 1280, script = true, service = false } = input;
  const context = await (await theBrowser()).newContext({
    locale: LOCALES[language],
    viewport: { width, height: 900 },
    javaScriptEnabled: script,
    timezoneId: "Europe/Berlin",
    colorScheme: "light",
    reducedMotion: "reduce",
    ...(service ? { extraHTTPHeaders: { authorization: `Bearer ${places().serviceToken}` } } : {}),
  });
  context.setDefaultTimeout(20_000);
  return context;
}

type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;
const cookies = new Map<string, Promise<Cookies>>();

/** A link to an agent's page, as the marketplace makes it. */
export const linkFor = (agentId: string): Promise<string> =>
  connectLink({ apiUrl: places().apiUrl, token: places().serviceToken, agentId });

/** Goes in by a link, as a person does: looks, and presses the button. */
export async function goIn(page: Page, agentId: string): Promise<void> {
  await page.goto(await linkFor(agentId));
  await page.locator("main form button").click();
  await page.waitForURL("**/connect");
}

async function signIn(agentId: string): Promise<Cookies> {
  const context = await openContext({ agentId });
  await goIn(await context.newPage(), agentId);
  const kept = await context.cookies();
  await context.close();
  return kept;
}

/** Opens a window. Each agent comes in by a link once, and has that session in each further window. */
async function openWindow(input: WindowInput): Promise<Page> {
  const { agentId } = input;
  const context = await openContext(input);
  if (agentId !== null) {
    if (!cookies.has(agentId)) cookies.set(agentId, signIn(agentId));
    await context.addCookies((await cookies.get(agentId)) ?? []);
  }
  return context.newPage();
}

/** Does something in a window of its own, which is closed afterwards. */
export async function inWindow(input: WindowInput, work: (page: Page) => Promise<void>): Promise<void> {
  const page = await openWindow(input);
  try {
    await work(page);
  } finally {
    await page.context().close();
  }
}
