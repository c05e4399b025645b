// Client: what deeds have in common: whom they are about, and how a careful client asks.

import type { Operation, PlanSlot } from "../plan/plan.ts";
import type { Place } from "../world/cast.ts";
import { DAY, MINUTE } from "../world/outside-event.ts";
import type { Reply, World } from "../world/world.ts";

/** Who looks at what clients were answered. */
export interface Audience {
  checked(input: {
    agentId: string;
    slot: { startsAt: number; endsAt: number };
    purpose: "display" | "confirm";
    reply: Reply;
  }): void;
  booked(input: { agentId: string; bookingId: string; reply: Reply }): void;
  /** An answer that shows a booking, whatever was asked. */
  shown(input: { agentId: string; bookingId: string; booking: unknown }): void;
}

/** An operation of a kind. */
export type Deed<Kind extends Operation["do"]> = Kind extends unknown
  ? Extract<Operation, { do: Kind }>
  : never;

/** The bounds of a slot of the plan. */
export function slotAt(world: World, { minute, minutes }: PlanSlot): { startsAt: number; endsAt: number } {
  const startsAt = Math.floor(world.plan.startAt / DAY) * DAY + minute * MINUTE;
  return { startsAt, endsAt: startsAt + minutes * MINUTE };
}

/** An instant as the API has it. */
export const text = (at: number): string => new Date(at).toISOString();

/** The calendar that a deed is about. */
export function placeOf(world: World, deed: { calendar: number }): Place {
  const place = world.places[deed.calendar];
  if (place === undefined) throw new RangeError("no such calendar in the cast");
  return place;
}

/** The connection of a calendar, unless it is leaving. */
export function connectionOf(world: World, place: Place): { id: string; account_id: string } | undefined {
  return world.database.query<{ id: string; account_id: string }>(
    `SELECT id, account_id FROM connections WHERE agent_id = ? AND provider = ? AND calendar_id = ?
       AND closing_at IS NULL`,
    [place.agentId, place.provider, place.calendarId],
  )[0];
}

/** Repeats a request until it is answered for good, as a careful client does. */
export async function insist(world: World, times: number, ask: () => Promise<Reply>): Promise<Reply | null> {
  for (let time = 0; time < times; time += 1) {
    try {
      const reply = await ask();
      if (reply.status < 500) return reply;
    } catch {
      // Lost on the way there or back: the client can't know.
    }
    await world.pause(2_000 * 2 ** time);
  }
  return null;
}
