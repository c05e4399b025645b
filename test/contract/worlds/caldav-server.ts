// A real CalDAV server as a world of the contract suite, with an empty home for each test.
import { createCaldav } from "../../../src/providers/caldav/index.ts";
import type { CalendarServer, RunningServer } from "../../support/servers/server.ts";
import type { World } from "../world.ts";
import { NOW } from "./caldav.ts";
import { caldavOwner, type DavOwner } from "./caldav-owner.ts";
import { faultyFetch } from "./faults.ts";
import { makeRealWorld } from "./real.ts";

/** A world whose owner writes what a test wants. */
export interface ServerWorld extends World {
  readonly owner: DavOwner;
}

export async function makeServerWorld(kind: CalendarServer, server: RunningServer): Promise<ServerWorld> {
  const { username, password, home, readOnly } = await server.newPerson();
  const owner = caldavOwner({ origin: server.url, home, username, password }, fetch);
  const main = await owner.makeCalendar("Work", "Europe/Lisbon");
  const faulty = faultyFetch(fetch, owner.staging, () => owner.removeCalendar(main));
  const deps = { fetch: faulty.fetch, now: () => NOW, newId: () => "id" };
  const provider = createCaldav({ allowHttpHosts: [new URL(server.url).host], ports: [443] }, deps);
  const connected = await provider.password?.connect({ serverUrl: server.url, username, password });
  if (connected === undefined) throw new Error("not connected");
  const { credentials } = connected;
  const world = makeRealWorld({
    now: NOW,
    provider,
    account: provider.open(credentials),
    owner,
    stage: faulty.stage,
    main,
    tag: username,
    statesZones: kind.keepsZones,
    remindersKept: 5,
    readOnly,
    calendarIn: (timeZone) => owner.makeCalendar(timeZone, timeZone),
    secrets: [password, credentials.accessToken].filter((secret) => secret.length > 3),
  });
  return { ...world, owner };
}
