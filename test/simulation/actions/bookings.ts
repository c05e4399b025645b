// Booking deeds: what MaraPlace asks for.
import { agentIdOf } from "../world/cast.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type Audience, type Deed, insist, slotAt, text } from "./client.ts";

/** Books a slot, or a hold of it. */
export async function book(world: World, deed: Deed<"book" | "hold">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const { startsAt, endsAt } = slotAt(world, deed.slot);
  const bookingId = `b${deed.id}`;
  const body = {
    agentId,
    bookingId,
    title: `${BOOKING_TITLE}${bookingId}`,
    start: text(startsAt),
    end: text(endsAt),
    clientName: "Client",
    ...(deed.do === "hold" ? { holdId: `h${deed.id}` } : {}),
    ...(deed.do === "book" && deed.force ? { force: true } : {}),
  };
  world.ledger.asked(agentId, bookingId, deed.do === "book" && deed.force);
  const ask = async () => {
    const reply = await world.call(`op${deed.id} book`, "POST", "/events", body);
    audience.booked({ agentId, bookingId, reply });
    audience.shown({ agentId, bookingId, booking: reply.body["booking"] });
    return reply;
  };
  const reply = await insist(world, 3, ask);
  if (reply === null || deed.do === "hold" || !deed.again) return;
  await world.pause(1_500);
  await insist(world, 1, ask);
}

/** Holds a slot, and books it, gives it back or forgets it. */
export async function hold(world: World, deed: Deed<"hold">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const holdId = `h${deed.id}`;
  const { startsAt, endsAt } = slotAt(world, deed.slot);
  const body = { agentId, holdId, start: text(startsAt), end: text(endsAt), minutes: deed.minutes };
  const name = `op${deed.id} hold`;
  const reply = await insist(world, 2, () => world.call(name, "POST", "/holds", body));
  if (reply === null || reply.status >= 400) return;
  await world.pause(deed.afterMs);
  if (deed.then === "book") return book(world, deed, audience);
  if (deed.then === "forget") return;
  await insist(world, 2, () => world.call(name, "DELETE", `/holds/${holdId}?agentId=${agentId}`));
}

/** A request about a booking that was asked for before. */
export async function about(
  world: World,
  deed: Deed<"reschedule" | "describe" | "cancel">,
  audience: Audience,
): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const bookingId = world.ledger.choose(agentId, deed.pick);
  if (bookingId === undefined) return;
  const name = `op${deed.id} ${deed.do}`;
  const reply = await insist(world, 3, () => {
    if (deed.do === "cancel") return world.call(name, "DELETE", `/events/${bookingId}?agentId=${agentId}`);
    const slot = deed.do === "reschedule" ? slotAt(world, deed.slot) : null;
    const change =
      slot === null
        ? { description: `Note ${deed.id}` }
        : { start: text(slot.startsAt), end: text(slot.endsAt) };
    return world.call(name, "PATCH", `/events/${bookingId}`, { agentId, ...change });
  });
  if (reply !== null) audience.shown({ agentId, bookingId, booking: reply.body["booking"] });
}

/** Makes bookings and changes or cancels one, all in one request. */
export async function bulk(world: World, deed: Deed<"bulk">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const times = deed.slots.map((slot) => slotAt(world, slot));
  const known = world.ledger.choose(agentId, deed.pick);
  const fields = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) => ({
    agentId,
    start: text(startsAt),
    end: text(endsAt),
  });
  const operations = times.map((slot, index) => {
    const bookingId = `b${deed.id}-${index}`;
    if (index === 2 && known !== undefined) {
      return deed.pick % 3 === 0
        ? { action: "cancel", agentId, bookingId: known }
        : { action: "change", bookingId: known, ...fields(slot) };
    }
    world.ledger.asked(agentId, bookingId, false);
    return { action: "create", bookingId, title: `${BOOKING_TITLE}${bookingId}`, ...fields(slot) };
  });
  const reply = await insist(world, 3, () =>
    world.call(`op${deed.id} bulk`, "POST", "/events/bulk", { operations }),
  );
  const results = (reply?.body["results"] ?? []) as { bookingId: string; result?: { booking: unknown } }[];
  for (const { bookingId, result } of results) {
    audience.shown({ agentId, bookingId, booking: result?.booking });
  }
}

/** Asks whether a slot is free. */
export async function check(world: World, deed: Deed<"check">, audience: Audience): Promise<void> {
  const slot = slotAt(world, deed.slot);
  const agentId = agentIdOf(deed.agent);
  const { purpose } = deed;
  const body = { agentId, start: text(slot.startsAt), end: text(slot.endsAt), purpose };
  const name = `op${deed.id} check`;
  const reply = await insist(world, 1, () => world.call(name, "POST", "/availability", body));
  if (reply?.status === 200) audience.checked({ agentId, slot, purpose, reply });
}
