// Preview: an agent's settings and what is known of their time, for the page on which they decide.
import type { Deps } from "../deps.ts";
import type { BusyRow } from "../domain/busy.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { type Known, type Obstacle, type Standing, standingOf } from "../domain/obstacle.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../domain/settings.ts";
import { previewReach } from "../domain/settings-preview.ts";
import { ownFreeBusyOf, selectOwnFreeBusy } from "../store/busy/free-busy.ts";

/** What `previewOf` and the page of settings need. */
export interface KnownTime {
  readonly settings: AgentSettings;
  readonly rows: readonly BusyRow[];
  readonly standing: Standing;
  /** Those that count for availability, for `obstaclesOf` and `soldUntil`. */
  readonly calendars: readonly (Known &
    Pick<Obstacle, "connectionId" | "name"> & { window: Interval | null })[];
  readonly now: Instant;
}

/** Reads it in one round trip, and pulls nothing. An agent who has set nothing has the defaults. */
export async function readKnownTime(deps: Deps, { agentId }: { agentId: string }): Promise<KnownTime> {
  const now = deps.now();
  const [freeBusy, erasure] = await deps.db.read(
    selectOwnFreeBusy({ agentId, reach: previewReach(now), now }),
  );
  const found = ownFreeBusyOf(freeBusy, erasure);
  const { settings, rows, calendars } = found;
  return { settings: settings ?? DEFAULT_SETTINGS, rows, standing: standingOf(found), calendars, now };
}
