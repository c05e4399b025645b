// Requests about bookings, as MaraPlace would send them: a test names only the fields that it needs.
import type { ChangeInput } from "../../src/bookings/change.ts";
import type { CreateInput } from "../../src/bookings/create.ts";
import type { placeHold } from "../../src/bookings/hold.ts";
import { EngineError } from "../../src/domain/errors.ts";
import type { World } from "../support/world.ts";

/** The instant (ms) of an RFC 3339 text. */
export const at = (text: string): number => Date.parse(text);

/** The slot between two RFC 3339 texts. */
export const slot = (start: string, end: string) => ({ start: at(start), end: at(end) });

/** Tuesday 2026-03-03, 14:00 to 15:00 UTC: the day after every world begins. */
export const SLOT = slot("2026-03-03T14:00:00Z", "2026-03-03T15:00:00Z");

/** A request to book SLOT as "b-1" for the world's agent. */
export function bookingRequest(
  world: Pick<World, "agentId">,
  change: Partial<CreateInput> = {},
): CreateInput {
  return {
    agentId: world.agentId,
    bookingId: "b-1",
    title: "Consultation",
    description: null,
    location: null,
    clientName: null,
    clientEmail: null,
    slot: SLOT,
    idempotencyKey: null,
    holdId: null,
    force: false,
    deliver: "now",
    maxAgeMs: null,
    ...change,
  };
}

/** A request to change the booking "b-1". */
export function changeRequest(world: Pick<World, "agentId">, change: Partial<ChangeInput> = {}): ChangeInput {
  return {
    agentId: world.agentId,
    bookingId: "b-1",
    changes: {},
    slot: null,
    maxAgeMs: null,
    force: false,
    deliver: "now",
    ...change,
  };
}

/** The input of `placeHold`. */
export type HoldInput = Parameters<typeof placeHold>[1];

/** A request to hold SLOT as "h-1" for ten minutes. */
export function holdRequest(world: Pick<World, "agentId">, change: Partial<HoldInput> = {}): HoldInput {
  return {
    agentId: world.agentId,
    holdId: "h-1",
    slot: SLOT,
    lifetimeMs: 600_000,
    maxAgeMs: null,
    force: false,
    ...change,
  };
}

/** The code of the EngineError with which `work` ends, or null where it succeeds. Other errors are thrown. */
export async function codeOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

/** The live events with this title in the person's calendar at Google. */
export function liveEvents(world: World, title = "Consultation", calendarId = world.email) {
  return world.google.events(calendarId).filter((event) => event["summary"] === title);
}
