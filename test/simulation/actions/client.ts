// Client: what actions share: their agent, their calendar, and how a careful client asks.

import type { Action, PlanSlot } from "../plan/plan.ts";
import type { Place } from "../world/cast.ts";
import { DAY, MINUTE } from "../world/outside-event.ts";
import type { Reply, World } from "../world/world.ts";

/** Agents of whom so many must be free. */
export interface WantedGroup {
  readonly agents: readonly string[];
  readonly required: number;
}

/** The checks that see the answers to clients. */
export interface Audience {
  checked(input: {
    agentId: string;
    slot: { startsAt: number; endsAt: number };
    purpose: "display" | "confirm";
    reply: Reply;
  }): void;
  /** The slots that were found for these groups. */
  found(input: { groups: readonly WantedGroup[]; reply: Reply }): void;
  booked(input: { agentId: string; bookingId: string; reply: Reply }): void;
  /** Any answer that shows a booking. */
  shown(input: { agentId: string; bookingId: string; booking: unknown }): void;
}

/** An action of a kind. */
export type ActionOf<Kind extends Action["do"]> = Kind extends unknown
  ? Extract<Action, { do: Kind }>
  : never;

/** The bounds of a slot of the plan. */
export function slotAt(world: World, { minute, minutes }: PlanSlot): { startsAt: number; endsAt: number } {
  const startsAt = Math.floor(world.plan.startAt / DAY) * DAY + minute * MINUTE;
  return { startsAt, endsAt: startsAt + minutes * MINUTE };
}

/** An instant in the format of the API. */
export const text = (at: number): string => new Date(at).toISOString();

/** The calendar of an action. */
export function placeOf(world: World, action: { calendar: number }): Place {
  const place = world.places[action.calendar];
  if (place === undefined) throw new RangeError("no such calendar in the cast");
  return place;
}

/** The connection of a calendar; undefined while it is closing. */
export function connectionOf(world: World, place: Place): { id: string; account_id: string } | undefined {
  return world.database.query<{ id: string; account_id: string }>(
    `SELECT id, account_id FROM connections WHERE agent_id = ? AND provider = ?
       AND calendar_id IN (SELECT value FROM json_each(?)) AND closing_at IS NULL`,
    [place.agentId, place.provider, JSON.stringify(place.calendar.ids)],
  )[0];
}

/** Repeats a request until it gets an answer below 500, as a careful client does. Null: it got none. */
export async function insist(world: World, times: number, ask: () => Promise<Reply>): Promise<Reply | null> {
  for (let time = 0; time < times; time += 1) {
    try {
      const reply = await ask();
      if (reply.status < 500) return reply;
    } catch {
      // The request or its answer was lost. The client can't know which.
    }
    await world.pause(2_000 * 2 ** time);
  }
  return null;
}
