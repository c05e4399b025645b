// CalDAV keeps the provider contract on a real server. Where none is installed, one line says so.
import { afterAll, beforeAll, describe, test } from "vitest";
import { describeProviderContract } from "../contract/provider.ts";
import type { Skip } from "../contract/world.ts";
import { NO_PUSH } from "../contract/worlds/caldav.ts";
import { makeRadicaleWorld } from "../contract/worlds/radicale.ts";
import { type Radicale, radicaleMissing, startRadicale } from "../support/radicale.ts";

const missing = radicaleMissing();

const SKIPS: readonly Skip[] = [
  NO_PUSH,
  {
    reason: "Radicale forgets what is deleted, its UID too",
    tests: ["L31: an id that is burnt is left for another, and found again there"],
  },
];

if (missing === null) {
  describe("on a real Radicale", () => {
    let radicale: Radicale | null = null;
    beforeAll(async () => {
      radicale = await startRadicale();
    });
    afterAll(() => radicale?.close());
    describeProviderContract({
      name: "CalDAV (Radicale itself)",
      makeWorld: () => {
        if (radicale === null) throw new Error("Radicale isn't running");
        return makeRadicaleWorld(radicale);
      },
      skips: SKIPS,
    });
  });
} else {
  process.stderr.write(`Skipped, the provider contract on a real Radicale: ${missing}.\n`);
  test.skip(`CalDAV on a real Radicale: ${missing}`, () => {});
}
