// Requests that MaraPlace makes to a world: checks and bookings of slots between two RFC 3339 texts.
import { checkAvailability } from "../../src/availability/check.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { bookingRequest, slot } from "../bookings/requests.ts";
import type { World } from "../support/world.ts";

/** Asks whether a slot is free, by default for display. */
export const ask = (world: World, start: string, end: string, purpose: "display" | "confirm" = "display") =>
  checkAvailability(world.deps, {
    ...{ agentId: world.agentId, purpose, maxAgeMs: null },
    slot: slot(start, end),
  });

/** Books a slot for a client. */
export const book = (world: World, bookingId: string, start: string, end: string) =>
  createBooking(world.deps, {
    ...bookingRequest(world, { bookingId, slot: slot(start, end) }),
    clientName: "Bo Client",
    clientEmail: "bo@client.example",
  });
