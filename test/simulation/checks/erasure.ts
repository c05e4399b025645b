// Erasure checks: after everything else each agent is erased amid the plan's faults, and nothing of them may be left.
import { agentIdOf, type Place } from "../world/cast.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type Accuse, placeOfConnection, readConnections } from "./cache.ts";

/** An event of a booking that the engine knows of. */
interface KnownEvent {
  readonly place: Place;
  readonly native: string;
}

/** What the checks must know from before the erasures. */
export interface BeforeErasure {
  readonly events: "keep" | "remove";
  readonly known: readonly KnownEvent[];
}

/** The events of bookings in connected calendars, as the engine and the calendar both know them. */
export function beforeErasure(world: World): BeforeErasure {
  const connections = new Map(readConnections(world).map((row) => [row.id, row]));
  const deliveries = world.database.query<{ connection_id: string; external_id: string }>(
    "SELECT connection_id, external_id FROM deliveries WHERE external_id IS NOT NULL",
  );
  const known = deliveries.flatMap(({ connection_id, external_id }) => {
    const row = connections.get(connection_id);
    const place = row === undefined ? undefined : placeOfConnection(world, row);
    if (place === undefined || place.truth.goneSince !== null) return [];
    const isThere = place.calendar.bookingEvents(BOOKING_TITLE).some(({ native }) => native === external_id);
    return isThere ? [{ place, native: external_id }] : [];
  });
  return { events: world.dice("erasure") < 0.6 ? "remove" : "keep", known };
}

/** What may still name an agent: the proof that they were erased. */
const OUTLIVES: Readonly<Record<string, (row: Readonly<Record<string, unknown>>) => boolean>> = {
  erasures: () => true,
  acts: (row) => row["action"] === "eraseAgent",
  notices: (row) => row["kind"] === "agent.erased",
};

/** P8: no row is about an erased agent, and no event of ours is left where that was asked for. */
export function checkErased(world: World, before: BeforeErasure, accuse: Accuse): void {
  const { database, plan, faults } = world;
  const agentIds = plan.agents.map((_, index) => agentIdOf(index));
  const tables = database.query<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '__*'",
  );
  for (const { name } of tables) {
    for (const row of database.query<Record<string, unknown>>(`SELECT * FROM "${name}"`)) {
      const isAbout = agentIds.some((id) => JSON.stringify(row).includes(`"${id}"`));
      if (isAbout && OUTLIVES[name]?.(row) !== true)
        accuse("P8", `${name} still holds ${JSON.stringify(row)}`);
    }
  }
  for (const name of [
    "connections",
    "accounts",
    "channels",
    "busy",
    "deliveries",
    "kept_series",
    "unreadable_objects",
  ]) {
    const [row] = database.query<{ total: number }>(`SELECT COUNT(*) AS total FROM ${name}`);
    if (row?.total !== 0) accuse("P8", `${row?.total} rows of erased agents are left in ${name}`);
  }
  const erasures = database.query<{ done_at: number | null; events_left: number }>("SELECT * FROM erasures");
  if (erasures.length !== agentIds.length) accuse("P8", `${erasures.length} erasures are known`);
  if (erasures.some(({ done_at }) => done_at === null)) accuse("P8", "an erasure never ends");
  faults.count(`erasures ${before.events}`, erasures.length);
  if (before.events === "keep") return;
  const left = before.known.filter(({ place, native }) =>
    place.calendar.bookingEvents(BOOKING_TITLE).some((event) => event.native === native),
  );
  faults.count("events removed by erasures", before.known.length - left.length);
  const told = erasures.reduce((sum, { events_left }) => sum + events_left, 0);
  if (left.length > told) accuse("P8", `${left.length} events are left, and ${told} are told`);
}
