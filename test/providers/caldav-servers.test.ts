// CalDAV keeps the provider contract on real servers. Where one isn't installed, one line says so.
import { afterAll, beforeAll, describe, test } from "vitest";
import { describeProviderContract } from "../contract/provider.ts";
import { makeServerWorld } from "../contract/worlds/caldav-server.ts";
import { SERVERS } from "../support/servers/index.ts";
import type { CalendarServer, RunningServer } from "../support/servers/server.ts";

const demanded = process.env["REQUIRE_SERVERS"] === "1";

function contractOn(kind: CalendarServer): void {
  let running: RunningServer | null = null;
  beforeAll(async () => {
    running = await kind.start();
  });
  afterAll(() => running?.close());
  describeProviderContract({
    name: `CalDAV (${kind.name} itself)`,
    makeWorld: () => {
      if (running === null) throw new Error(`${kind.name} isn't running`);
      return makeServerWorld(kind, running);
    },
    skips: kind.skips,
  });
}

for (const kind of SERVERS) {
  describe(`on a real ${kind.name}`, () => {
    if (kind.isInstalled()) return contractOn(kind);
    const reason = `not installed (Debian: ${kind.packages.join(", ")})`;
    if (demanded && kind.always) throw new Error(`${kind.name}: ${reason}`);
    process.stderr.write(`Skipped, the provider contract on a real ${kind.name}: ${reason}.\n`);
    test.skip(`the provider contract: ${reason}`, () => {});
  });
}
