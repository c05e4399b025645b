// Demand: whoever is asked about is hot, and a hot agent's calendars are pulled more often.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { paceOf } from "../domain/trust.ts";
import { noteDemand } from "../store/agents/demand.ts";
import type { FreeBusy } from "../store/busy/free-busy.ts";
import type { FreeBusyCalendar } from "../store/busy/free-busy-calendars.ts";

/** Is the next pull further away than that of a hot agent may be? That of a calendar in trouble is. */
function isRare(deps: Deps, calendar: FreeBusyCalendar, now: Instant): boolean {
  if (calendar.gone || calendar.failureKind !== null || calendar.accountStatus !== "active") return false;
  return calendar.pollDueAt > now + paceOf(calendar, deps.config.sync, now).hot.mostMs;
}

/**
 * Notes that somebody asks about these agents, behind the answer. A pull made for the answer has noted it already. What
 * is pulled as often as that of a hot agent needs no note, so an agent who is asked about all the time costs few.
 */
export function heedDemand(deps: Deps, asked: readonly Pick<FreeBusy, "calendars">[]): void {
  const now = deps.now();
  const rare = asked.flatMap(({ calendars }) => calendars.filter((calendar) => isRare(deps, calendar, now)));
  if (rare.length === 0) return;
  const connectionIds = [...new Set(rare.map(({ connectionId }) => connectionId))];
  deps.defer(
    noteDemand(deps.db, { connectionIds, now }).catch((error: unknown) =>
      deps.log.warn("demand.not_noted", { error: error instanceof Error ? error.name : "unknown" }),
    ),
  );
}
