// Requests for availability of SLOT, and an event that Google adds without a notification.
import { checkAvailability } from "../../src/availability/check.ts";
import { SLOT } from "../bookings/requests.ts";
import type { World } from "../support/world.ts";

type Asking = Partial<Parameters<typeof checkAvailability>[1]>;

/** Asks about SLOT for display. */
export const check = (world: World, change: Asking = {}) =>
  checkAvailability(world.deps, {
    agentId: world.agentId,
    slot: SLOT,
    purpose: "display",
    maxAgeMs: null,
    ...change,
  });

/** Asks about SLOT just before selling it. */
export const confirm = (world: World, change: Asking = {}) => check(world, { purpose: "confirm", ...change });

/** Adds an event in SLOT at Google, and drops its notification. Returns the event's id. */
export function occupySecretly(world: World): string {
  world.google.knobs.set("push.drop", true);
  const times = { start: { dateTime: "2026-03-03T14:00:00Z" }, end: { dateTime: "2026-03-03T15:00:00Z" } };
  return String(world.google.addEvent(world.email, { summary: "Secret", ...times })["id"]);
}
