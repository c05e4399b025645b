// Draws: what several parts of a plan draw: an agent of the cast, and a time that is popular.
import { between, oneOf } from "./dice.ts";
import type { CastAgent, PlanSlot } from "./plan.ts";

export type Random = () => number;

export const ZONES = ["Europe/Lisbon", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"];

export function castAgent(random: Random): CastAgent {
  return {
    zone: oneOf(random(), ZONES),
    bufferMinutes: oneOf(random(), [0, 0, 0, 15, 60]),
    tentativeBlocks: random() < 0.7,
    allDayBlocks: random() < 0.8,
    onStale: random() < 0.8 ? "refuse" : "allow",
    onExternalChange: random() < 0.5 ? "keep" : "follow",
    maxPerDay: null,
    maxPerWeek: null,
    closedDay: null,
  };
}

/** A popular time, so that bookings and events overlap. */
export const hotMinute = (random: Random): number =>
  between(random(), 0, 2) * 1_440 + 8 * 60 + between(random(), 0, 16) * 30;

export function slotOf(random: Random): PlanSlot {
  const minute = random() < 0.95 ? hotMinute(random) : between(random(), 0, 25) * 1_440 + 600;
  return { minute, minutes: oneOf(random(), [30, 60, 60, 90]) };
}
