// CalDAV keeps the provider contract, on every kind of server.
import { describeProviderContract } from "../contract/provider.ts";
import type { Skip } from "../contract/world.ts";
import { makeCaldavWorld, NO_PUSH } from "../contract/worlds/caldav.ts";
import type { Profile } from "../simulators/caldav.ts";

const NO_TOKENS: Skip = {
  reason: "this server gives no sync tokens: what is known is compared by etags, and nothing can be lost",
  tests: ["L19: a lost cursor asks for a resync, and a snapshot heals it"],
};

const NO_RIGHTS: Skip = {
  reason: "this server says nothing of rights",
  tests: ["lists the person's calendars with role and, where it is known, zone; one of them is primary"],
};

const SKIPS: Readonly<Record<Profile, readonly Skip[]>> = {
  icloud: [NO_PUSH],
  sabre: [NO_PUSH],
  radicale: [NO_PUSH],
  minimal: [NO_PUSH, NO_TOKENS, NO_RIGHTS],
};

for (const profile of ["icloud", "sabre", "radicale", "minimal"] as const) {
  describeProviderContract({
    name: `CalDAV (${profile})`,
    makeWorld: () => makeCaldavWorld(profile),
    skips: SKIPS[profile],
  });
}
