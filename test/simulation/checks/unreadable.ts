// Unreadable checks: what can't be read is known, nothing is sold through it, and the agent's word ends that.

import { agentIdOf, type Place } from "../world/cast.ts";
import { DAY, HOUR } from "../world/outside-event.ts";
import { lasted, type Unreadable, wasThere } from "../world/truth.ts";
import type { Reply, World } from "../world/world.ts";
import {
  type Accuse,
  type ConnectionRow,
  isListed,
  mayGoOn,
  placeOfConnection,
  readConnections,
} from "./cache.ts";

interface UnreadableRow {
  readonly object_key: string;
  readonly version: string;
  readonly extent: string;
  readonly counted_free_at: number | null;
}

/** A calendar as an answer about its agent shows it. */
export interface ShownCalendar {
  readonly connectionId: string;
  readonly verifiedAt: string | null;
  readonly fresh: boolean;
  readonly evidence: "verified" | "watched" | null;
  readonly reason: string | null;
  readonly unreadable: number;
}

const keyOf = ({ event }: Unreadable): string => event.native;

/** Has the agent counted this version of the event as free? */
const countedFree = (world: World, row: ConnectionRow, { calendar }: Place, each: Unreadable) =>
  world.requests.countedFree(row.id, {
    key: keyOf(each),
    version: calendar.versionOf(each.event) ?? "",
  });

/** An event that can't be read, is known since `since`, and that the agent hasn't counted as free. */
export function unreadableIn(world: World, row: ConnectionRow, since: number): Unreadable | undefined {
  const place = placeOfConnection(world, row);
  const now = world.scheduler.now();
  return place?.truth.unreadable.find(
    (each) =>
      lasted(each, since - place.truth.lateMs, now) &&
      mayGoOn(each, now) &&
      isListed(place, row, each) &&
      countedFree(world, row, place, each) === "no",
  );
}

/** P2, P9: a calendar that holds what can't be read isn't fresh, and one that holds none isn't in that doubt. */
export function checkShown(world: World, calendars: readonly ShownCalendar[], accuse: Accuse): void {
  const rows = new Map(readConnections(world).map((row) => [row.id, row]));
  for (const { connectionId, verifiedAt, fresh, reason } of calendars) {
    const row = rows.get(connectionId);
    const place = row && placeOfConnection(world, row);
    if (row === undefined || place === undefined || verifiedAt === null) continue;
    const at = Date.parse(verifiedAt);
    const who = `${place.provider} calendar ${place.index}`;
    const unknown = unreadableIn(world, row, at);
    if (fresh && unknown !== undefined)
      accuse("P2, P9", `${who} is called fresh, and nobody can read its ${unknown.event.id}`);
    const told = place.truth.forgotten ? Math.min(at, row.audited_at ?? Number.NEGATIVE_INFINITY) : at;
    const since = told - place.truth.lateMs;
    const held = place.truth.unreadable.some(
      (each) => wasThere(each, since, world.scheduler.now()) && mayGoOn(each, at),
    );
    // A series that was deleted after a page had named it can't be listed, and only the next round says why (M50).
    const wentAway = place.truth.taken.some(({ to }) => to >= since && to <= world.scheduler.now());
    if (reason === "unreadable" && !held && !wentAway)
      accuse("P9", `${who} is called unreadable, and all that it holds can be read`);
  }
}

/** Where the calendar's window ended when the plan began, or a day before that: it follows the date. */
const firstWindowEnd = (world: World, row: ConnectionRow): number =>
  (row.window_ends_at ?? 0) - (world.scheduler.now() - world.plan.startAt) - DAY;

/**
 * P2, P9: at rest, exactly what can't be read is known, in its present version, and outstanding unless counted as free.
 */
function expectKnown(world: World, place: Place, row: ConnectionRow, accuse: Accuse): number {
  const who = `${place.provider} calendar ${place.index}`;
  const held = new Map(
    world.database
      .query<UnreadableRow>("SELECT * FROM unreadable_objects WHERE connection_id = ?", [row.id])
      .map((each) => [each.object_key, each]),
  );
  let outstanding = 0;
  for (const each of place.truth.unreadable.filter(({ to }) => to === Number.POSITIVE_INFINITY)) {
    const { id } = each.event;
    world.faults.count("check unreadable");
    const known = held.get(keyOf(each));
    held.delete(keyOf(each));
    const isOpen = mayGoOn(each, world.scheduler.now());
    if (known === undefined) {
      if (isOpen && isListed(place, row, each))
        accuse("P2", `at rest, ${who} isn't known to hold ${id}, which nobody can read`);
      continue;
    }
    if (known.counted_free_at === null && isOpen) outstanding += 1;
    const version = place.calendar.versionOf(each.event);
    if (known.version !== version || known.extent !== "unknown")
      accuse(
        "P2",
        `at rest, ${who} holds ${id} in version ${version}, not ${known.version} (${known.extent})`,
      );
    // Where the window had not reached the event yet, an audit finds nothing, and the agent is asked again later.
    if (!isListed(place, { ...row, window_ends_at: firstWindowEnd(world, row) }, each)) continue;
    const counted = countedFree(world, row, place, each);
    const wrong = known.counted_free_at === null ? "yes" : "no";
    if (counted === wrong) accuse("P2, P3", `at rest, ${id} of ${who} counts as free: ${wrong === "no"}`);
  }
  for (const key of held.keys()) accuse("P9", `at rest, ${who} is said to hold ${key}, which can't be read`);
  return outstanding;
}

/** Asks about each agent. */
export const askAtRest = (world: World): Promise<Reply[]> =>
  Promise.all(
    world.plan.agents.map((_, agent) => {
      const at = world.scheduler.now() + DAY;
      const body = {
        agentId: agentIdOf(agent),
        start: new Date(at).toISOString(),
        end: new Date(at + HOUR).toISOString(),
      };
      return world.call(`unreadable ${agent}`, "POST", "/availability", body);
    }),
  );

/** P2, P9: at rest, what is known and what is answered agree with what can't be read. */
export function checkUnreadable(world: World, answers: readonly Reply[], accuse: Accuse): void {
  const calendars = answers.flatMap(({ body }) => (body["calendars"] ?? []) as ShownCalendar[]);
  checkShown(world, calendars, accuse);
  for (const row of readConnections(world)) {
    const place = placeOfConnection(world, row);
    const isRead = row.is_active === 1 && row.sync_enabled === 1 && row.closing_at === null;
    if (place === undefined || place.truth.goneSince !== null || !isRead || row.verified_at === null)
      continue;
    const outstanding = expectKnown(world, place, row, accuse);
    const shown = calendars.find(({ connectionId }) => connectionId === row.id);
    if (shown !== undefined && shown.unreadable !== outstanding)
      accuse("P9", `${place.agentId} is told of ${shown.unreadable} unreadable events, not ${outstanding}`);
  }
}
