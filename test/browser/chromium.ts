// Chromium as Debian installs it. It is never downloaded: a page is tested in the browser that the machine has.
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * Where the browser is: `CHROMIUM_PATH`, or where packages put it. Null: this machine has none.
 * @throws Error where there is none and `REQUIRE_CHROMIUM` is set, or where `CHROMIUM_PATH` leads nowhere
 */
export function chromiumPath(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const named = env["CHROMIUM_PATH"];
  if (named !== undefined && !existsSync(named)) throw new Error(`CHROMIUM_PATH leads nowhere: ${named}`);
  const found = named ?? PLACES.find((path) => existsSync(path)) ?? null;
  if (found === null && env["REQUIRE_CHROMIUM"] === "1") {
    throw new Error("The tests in a browser need Chromium (Debian: apt-get install chromium).");
  }
  return found;
}
