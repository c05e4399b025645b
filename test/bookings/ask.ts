// Ask: bookings as MaraPlace would ask for them, with what a test doesn't care about filled in.
import type { CreateInput } from "../../src/bookings/create.ts";
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
