// Preview: an agent's settings and what is known of their time, for the page on which they decide.
import type { Deps } from "../deps.ts";
import type { BusyRow } from "../domain/busy.ts";
import { doubtOf } from "../domain/freshness.ts";
import type { Instant } from "../domain/instant.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../domain/settings.ts";
import { previewReach } from "../domain/settings-preview.ts";
import { readFreeBusy } from "../store/busy/free-busy.ts";

/** What `previewOf` and the page of settings need. */
export interface KnownTime {
  readonly settings: AgentSettings;
  readonly rows: readonly BusyRow[];
  /** The names of the calendars that only a person can make readable again. */
  readonly doubtful: readonly string[];
  readonly now: Instant;
}

/** Reads it in one round trip, and pulls nothing. An agent who has set nothing has the defaults. */
export async function readKnownTime(deps: Deps, { agentId }: { agentId: string }): Promise<KnownTime> {
  const now = deps.now();
  const [found] = await readFreeBusy(deps.db, [{ agentId, reach: previewReach(now) }], now);
  return {
    settings: found?.settings ?? DEFAULT_SETTINGS,
    rows: found?.rows ?? [],
    doubtful: (found?.calendars ?? [])
      .filter((calendar) => doubtOf(calendar) !== null)
      .map(({ name }) => name),
    now,
  };
}
