// Ask: bookings as MaraPlace would ask for them, with what a test doesn't care about filled in.
import type { ChangeInput } from "../../src/bookings/change.ts";
import type { CreateInput } from "../../src/bookings/create.ts";
import type { placeHold } from "../../src/bookings/hold.ts";
import { EngineError } from "../../src/domain/errors.ts";
import type { World } from "../support/world.ts";

/** An instant from text. */
export const at = (text: string): number => Date.parse(text);

/** A slot by instants. */
export const slot = (start: string, end: string) => ({ start: at(start), end: at(end) });

/** Tuesday 2026-03-03, 14:00 to 15:00 UTC: the day after every world begins. */
export const SLOT = slot("2026-03-03T14:00:00Z", "2026-03-03T15:00:00Z");

/** A booking of the world's agent. */
export function asked(world: Pick<World, "agentId">, change: Partial<CreateInput> = {}): CreateInput {
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

/** A change of the booking "b-1". */
export function changing(world: Pick<World, "agentId">, change: Partial<ChangeInput> = {}): ChangeInput {
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

/** What `placeHold` is asked. */
export type HoldInput = Parameters<typeof placeHold>[1];

/** A hold of the slot, for ten minutes. */
export function holding(world: Pick<World, "agentId">, change: Partial<HoldInput> = {}): HoldInput {
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

/** The live events in the person's calendar that carry this title. */
export function copies(world: World, title = "Consultation", calendarId = world.email) {
  return world.google.events(calendarId).filter((event) => event["summary"] === title);
}
