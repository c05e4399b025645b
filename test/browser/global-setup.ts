// One whole stack and one Chromium for all tests in a browser.
import { rmSync } from "node:fs";
import { chromium } from "playwright-core";
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { API, startStack } from "../../scripts/local/stack.ts";
import { serveCaldavSimulator } from "../simulators/caldav.ts";
import { chromiumPath } from "./chromium.ts";
import { SCREENSHOTS } from "./screenshots.ts";

/** Where everything is that a test in a browser talks to. */
export interface Places {
  /** The Worker's origin. */
  readonly origin: string;
  /** The root of its API and pages. */
  readonly apiUrl: string;
  readonly serviceToken: string;
  readonly googleUrl: string;
  readonly microsoftUrl: string;
  readonly icloudUrl: string;
  /** A calendar server that isn't iCloud. */
  readonly caldavUrl: string;
  /** Chromium's address for Playwright. */
  readonly browserUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** Null: this machine has no Chromium, and the tests are skipped. */
    places: Places | null;
  }
}

/** Starts all parts; the function it returns ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = chromiumPath();
  if (executablePath === null) {
    process.stderr.write(
      "Skipped, the tests in a browser: no Chromium (Debian: apt-get install chromium).\n",
    );
    project.provide("places", null);
    return async () => {};
  }
  rmSync(SCREENSHOTS, { recursive: true, force: true });
  const caldav = await serveCaldavSimulator({ port: 0 });
  const stack = await startStack({
    // Hundreds of pages of one agent within a minute are no attack here.
    unlimited: true,
    settings: { CALDAV_HTTP_HOSTS: new URL(caldav.url).host },
  });
  const browser = await chromium.launchServer({ executablePath, host: "127.0.0.1" });
  project.provide("places", {
    origin: stack.worker.url,
    apiUrl: stack.worker.url + API,
    serviceToken: stack.serviceToken,
    googleUrl: stack.google.url,
    microsoftUrl: stack.microsoft.url,
    icloudUrl: stack.icloud.url,
    caldavUrl: caldav.url,
    browserUrl: browser.wsEndpoint(),
  });
  return async () => {
    await browser.close();
    await stack.stop();
    await caldav.close();
  };
}
