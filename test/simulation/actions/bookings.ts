// Booking actions: the requests of MaraPlace about bookings, holds and availability.
import { agentIdOf } from "../world/cast.ts";
import { keptMinutesOf } from "../world/sales.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type ActionOf, type Audience, insist, slotAt, text } from "./client.ts";

/** The rules of some bookings: they keep time free behind them. */
export const rulesOf = (bookingId: string) => {
  const bufferAfterMinutes = keptMinutesOf(bookingId);
  return bufferAfterMinutes === 0 ? {} : { rules: { bufferAfterMinutes } };
};

/** Books a slot, or the slot of a hold. */
export async function book(
  world: World,
  action: ActionOf<"book" | "hold">,
  audience: Audience,
): Promise<void> {
  const agentId = agentIdOf(action.agent);
  const { startsAt, endsAt } = slotAt(world, action.slot);
  const bookingId = `b${action.id}`;
  const body = {
    agentId,
    bookingId,
    title: `${BOOKING_TITLE}${bookingId}`,
    start: text(startsAt),
    end: text(endsAt),
    clientName: "Client",
    ...(action.do === "hold" ? { holdId: `h${action.id}` } : {}),
    ...rulesOf(bookingId),
    ...(action.do === "book" && action.force ? { force: true } : {}),
  };
  world.ledger.asked(agentId, bookingId, action.do === "book" && action.force);
  const ask = async () => {
    const reply = await world.call(`op${action.id} book`, "POST", "/events", body);
    audience.booked({ agentId, bookingId, reply });
    audience.shown({ agentId, bookingId, booking: reply.body["booking"] });
    return reply;
  };
  const reply = await insist(world, 3, ask);
  if (reply === null || action.do === "hold" || !action.again) return;
  await world.pause(1_500);
  await insist(world, 1, ask);
}

/** Holds a slot. Then books it, releases it or lets it expire. */
export async function hold(world: World, action: ActionOf<"hold">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(action.agent);
  const holdId = `h${action.id}`;
  const { startsAt, endsAt } = slotAt(world, action.slot);
  const body = { agentId, holdId, start: text(startsAt), end: text(endsAt), minutes: action.minutes };
  const name = `op${action.id} hold`;
  const reply = await insist(world, 2, () => world.call(name, "POST", "/holds", body));
  if (reply === null || reply.status >= 400) return;
  await world.pause(action.afterMs);
  if (action.then === "book") return book(world, action, audience);
  if (action.then === "forget") return;
  await insist(world, 2, () => world.call(name, "DELETE", `/holds/${holdId}?agentId=${agentId}`));
}

/** Changes or cancels a booking that was requested before. */
export async function about(
  world: World,
  action: ActionOf<"reschedule" | "describe" | "cancel">,
  audience: Audience,
): Promise<void> {
  const agentId = agentIdOf(action.agent);
  const bookingId = world.ledger.choose(agentId, action.pick);
  if (bookingId === undefined) return;
  const name = `op${action.id} ${action.do}`;
  const reply = await insist(world, 3, () => {
    if (action.do === "cancel") return world.call(name, "DELETE", `/events/${bookingId}?agentId=${agentId}`);
    const slot = action.do === "reschedule" ? slotAt(world, action.slot) : null;
    const change =
      slot === null
        ? { description: `Note ${action.id}` }
        : { start: text(slot.startsAt), end: text(slot.endsAt) };
    return world.call(name, "PATCH", `/events/${bookingId}`, { agentId, ...change });
  });
  if (reply !== null) audience.shown({ agentId, bookingId, booking: reply.body["booking"] });
}

/** Creates bookings, and changes or cancels one, in one bulk request. */
export async function bulk(world: World, action: ActionOf<"bulk">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(action.agent);
  const times = action.slots.map((slot) => slotAt(world, slot));
  const known = world.ledger.choose(agentId, action.pick);
  const fields = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) => ({
    agentId,
    start: text(startsAt),
    end: text(endsAt),
  });
  const operations = times.map((slot, index) => {
    const bookingId = `b${action.id}-${index}`;
    if (index === 2 && known !== undefined) {
      return action.pick % 3 === 0
        ? { action: "cancel", agentId, bookingId: known }
        : { action: "change", bookingId: known, ...fields(slot) };
    }
    world.ledger.asked(agentId, bookingId, false);
    const title = `${BOOKING_TITLE}${bookingId}`;
    return { action: "create", bookingId, title, ...fields(slot), ...rulesOf(bookingId) };
  });
  const reply = await insist(world, 3, () =>
    world.call(`op${action.id} bulk`, "POST", "/events/bulk", { operations }),
  );
  const results = (reply?.body["results"] ?? []) as { bookingId: string; result?: { booking: unknown } }[];
  for (const { bookingId, result } of results) {
    audience.shown({ agentId, bookingId, booking: result?.booking });
  }
}

/** Asks whether a slot is free. */
export async function check(world: World, action: ActionOf<"check">, audience: Audience): Promise<void> {
  const slot = slotAt(world, action.slot);
  const agentId = agentIdOf(action.agent);
  const { purpose } = action;
  const body = { agentId, start: text(slot.startsAt), end: text(slot.endsAt), purpose };
  const name = `op${action.id} check`;
  const reply = await insist(world, 1, () => world.call(name, "POST", "/availability", body));
  if (reply?.status === 200) audience.checked({ agentId, slot, purpose, reply });
}
