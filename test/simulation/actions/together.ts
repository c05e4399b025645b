// Together actions: the requests of MaraPlace about several agents, and about bookings that belong together.
import { agentIdOf } from "../world/cast.ts";
import { DAY, HOUR } from "../world/outside-event.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { Reply, World } from "../world/world.ts";
import { rulesOf } from "./bookings.ts";
import { type ActionOf, type Audience, insist, slotAt, text } from "./client.ts";

interface ShownBooking {
  readonly agentId: string;
  readonly bookingId: string;
}

/** What is asked for, and noted, of one of several agents. */
function anyOf(world: World, action: ActionOf<"book-any" | "hold-any">, id: string) {
  const { startsAt, endsAt } = slotAt(world, action.slot);
  const agents = action.agents.map(agentIdOf);
  world.ledger.anyOf.push({ id, agents, assign: action.assign, startsAt, endsAt });
  return { agents, assign: action.assign, start: text(startsAt), end: text(endsAt) };
}

/** Books one of several agents, twice by the same id. */
export async function bookAny(world: World, action: ActionOf<"book-any">, audience: Audience): Promise<void> {
  const bookingId = `b${action.id}`;
  const body = {
    ...anyOf(world, action, bookingId),
    ...{ bookingId, title: `${BOOKING_TITLE}${bookingId}`, clientName: "Client" },
    ...rulesOf(bookingId),
  };
  const ask = async () => {
    const reply = await world.call(`op${action.id} book-any`, "POST", "/events", body);
    const booking = reply.body["booking"] as ShownBooking | undefined;
    if (booking === undefined) return reply;
    audience.booked({ agentId: booking.agentId, bookingId, reply });
    audience.shown({ agentId: booking.agentId, bookingId, booking });
    return reply;
  };
  const reply = await insist(world, 3, ask);
  const booking = reply?.body["booking"] as ShownBooking | undefined;
  if (booking === undefined) return;
  world.ledger.asked(booking.agentId, bookingId, false);
  await world.pause(1_500);
  await insist(world, 1, ask);
}

/** Holds a slot of one of several agents, and lets it expire. */
export async function holdAny(world: World, action: ActionOf<"hold-any">): Promise<void> {
  const holdId = `h${action.id}`;
  const body = { ...anyOf(world, action, holdId), holdId, minutes: 5 };
  await insist(world, 3, () => world.call(`op${action.id} hold-any`, "POST", "/holds", body));
}

/** The bookings that an answer shows. */
function showAll(reply: Reply | null, audience: Audience): void {
  const results = (reply?.body["results"] ?? []) as { result?: { booking: ShownBooking } }[];
  for (const booking of results.flatMap(({ result }) => result?.booking ?? [])) {
    audience.shown({ agentId: booking.agentId, bookingId: booking.bookingId, booking });
  }
}

/** Books each agent at each time, all or nothing. */
export async function series(world: World, action: ActionOf<"series">, audience: Audience): Promise<void> {
  const groupId = `g${action.id}`;
  const operations = action.agents.flatMap((agent) =>
    action.slots.map((slot, turn) => {
      const { startsAt, endsAt } = slotAt(world, slot);
      const bookingId = `b${action.id}-${agent}-${turn}`;
      return {
        ...{ action: "create", agentId: agentIdOf(agent), bookingId, groupId },
        ...{ title: `${BOOKING_TITLE}${bookingId}`, start: text(startsAt), end: text(endsAt) },
        ...rulesOf(bookingId),
      };
    }),
  );
  world.ledger.series.push({ groupId, size: operations.length });
  for (const { agentId, bookingId } of operations) world.ledger.asked(agentId, bookingId, false);
  const name = `op${action.id} series`;
  const body = { atomic: true, operations };
  showAll(await insist(world, 3, () => world.call(name, "POST", "/events/bulk", body)), audience);
}

const chooseGroup = ({ ledger: { series: all } }: World, pick: number): string | undefined =>
  all[pick % Math.max(1, all.length)]?.groupId;

/** Moves the bookings of a group that haven't begun. */
export async function shiftGroup(
  world: World,
  action: ActionOf<"shift-group">,
  audience: Audience,
): Promise<void> {
  const groupId = chooseGroup(world, action.pick);
  const [row] = world.database.query<{ first: number | null }>(
    "SELECT MIN(starts_at) AS first FROM bookings WHERE group_id = ? AND state = 'confirmed' AND starts_at > ?",
    [groupId ?? "", world.scheduler.now()],
  );
  if (groupId === undefined || row === undefined || row.first === null) return;
  const body = { from: text(row.first), minutes: action.minutes };
  const name = `op${action.id} shift-group`;
  showAll(await insist(world, 3, () => world.call(name, "PATCH", `/groups/${groupId}`, body)), audience);
}

/** Cancels the bookings of a group that aren't over. */
export async function cancelGroup(
  world: World,
  action: ActionOf<"cancel-group">,
  audience: Audience,
): Promise<void> {
  const groupId = chooseGroup(world, action.pick);
  if (groupId === undefined) return;
  const name = `op${action.id} cancel-group`;
  showAll(await insist(world, 3, () => world.call(name, "DELETE", `/groups/${groupId}`)), audience);
}

/** Asks for the slots of a day at which each group has its agents. */
export async function findCommon(
  world: World,
  action: ActionOf<"find-common">,
  audience: Audience,
): Promise<void> {
  const from = Math.floor(world.plan.startAt / DAY) * DAY + action.day * DAY + 8 * HOUR;
  const groups = action.groups.map(({ agents, required }) => ({ agents: agents.map(agentIdOf), required }));
  const body = { groups, from: text(from), to: text(from + 8 * HOUR), durationMinutes: 60 };
  const name = `op${action.id} find-common`;
  const reply = await insist(world, 1, () => world.call(name, "POST", "/slots", body));
  if (reply?.status === 200) audience.found({ groups, reply });
}
