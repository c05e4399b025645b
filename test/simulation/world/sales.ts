// Sales: sold and held time in the database, and whether outside time conflicts with it.

import { wallClock } from "../../domain/wall-clock.ts";
import { type OpenedTexts, openedTexts, type SealedRow } from "../../support/opened-texts.ts";
import type { CastAgent } from "../plan/plan.ts";
import { allKeys } from "./keys.ts";
import { MINUTE } from "./outside-event.ts";
import type { Taken } from "./truth.ts";
import type { World } from "./world.ts";

/** A booking that checks read: columns, and texts under their names in requests. */
export interface BookingRow extends OpenedTexts {
  readonly agent_id: string;
  readonly booking_id: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly state: string;
  readonly revision: number;
  readonly group_id: string | null;
}

export interface Slot {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The columns of a hold that checks read. */
interface HoldRow {
  readonly agent_id: string;
  readonly hold_id: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly expires_at: number;
}

/** Time that is sold or held. */
export interface Sale extends Slot {
  readonly agentId: string;
  readonly id: string;
  /** The booking's title; null for a hold. */
  readonly title: string | null;
}

/** The minutes that a booking keeps free behind it, by the rules of its request. */
export const keptMinutesOf = (bookingId: string): number =>
  Number.parseInt(bookingId.slice(1), 10) % 4 === 0 ? 20 : 0;

/** The date that an agent has closed. */
export const closedDateOf = (startAt: number, days: number): string =>
  new Date(startAt + days * 1_440 * MINUTE).toISOString().slice(0, 10);

/** The date that a wall clock shows. */
export const dateIn = (zone: string, at: number): string => wallClock(at, zone).date;

/** The Monday of the week that a wall clock shows. */
export function mondayIn(zone: string, at: number): string {
  const { date, weekday } = wallClock(at, zone);
  return new Date(Date.parse(date) - (weekday - 1) * 1_440 * MINUTE).toISOString().slice(0, 10);
}

/** An agent of the cast. */
export const agentOf = (world: World, agentId: string): CastAgent => {
  const agent = world.plan.agents[Number(agentId.replace("agent-", ""))];
  if (agent === undefined) throw new RangeError(`no agent ${agentId}`);
  return agent;
};

const widened = ({ startsAt, endsAt }: Slot, minutes: number): Slot => ({
  startsAt: startsAt - minutes * MINUTE,
  endsAt: endsAt + minutes * MINUTE,
});

const overlap = (a: Slot, b: Slot) => a.startsAt < b.endsAt && b.startsAt < a.endsAt;

/** Does outside time conflict with the slot by the agent's rules? */
export const conflicts = (taken: Taken, slot: Slot, agent: CastAgent): boolean =>
  (!taken.allDay || agent.allDayBlocks) &&
  (taken.status !== "tentative" || agent.tentativeBlocks) &&
  overlap(taken, widened(slot, agent.bufferMinutes));

/** The key of a sale of this slot. */
export const keyOf = ({ agentId, id, startsAt, endsAt }: Sale) => `${agentId} ${id} ${startsAt} ${endsAt}`;

/** What was opened so far, by the sealed text: checks read all bookings again and again. */
const opened = new WeakMap<World, Map<string, OpenedTexts>>();

/** The bookings that match an SQL condition, with their texts. */
export function readBookings(
  world: World,
  where = "1",
  args: readonly (string | number | null)[] = [],
): BookingRow[] {
  const known = opened.get(world) ?? new Map<string, OpenedTexts>();
  opened.set(world, known);
  const rows = world.database.query<Omit<BookingRow, keyof OpenedTexts> & SealedRow>(
    `SELECT * FROM bookings WHERE ${where}`,
    args,
  );
  return rows.map(({ sealed_texts: sealed, ...row }) => {
    const texts = known.get(sealed ?? "") ?? openedTexts(allKeys, { ...row, sealed_texts: sealed });
    if (sealed === null || texts === null) throw new Error(`${row.booking_id} has no sealed texts`);
    known.set(sealed, texts);
    return { ...row, ...texts };
  });
}

/** All confirmed bookings and live holds. */
export function readSales(world: World): Sale[] {
  const bookings = readBookings(world, "state = 'confirmed'");
  const holds = world.database.query<HoldRow>("SELECT * FROM holds WHERE state = 'held' AND expires_at > ?", [
    world.scheduler.now(),
  ]);
  const slot = (row: BookingRow | HoldRow) => ({
    agentId: row.agent_id,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
  });
  return [
    ...bookings.map((row) => ({ ...slot(row), id: row.booking_id, title: row.title })),
    ...holds.map((row) => ({ ...slot(row), id: row.hold_id, title: null })),
  ];
}
