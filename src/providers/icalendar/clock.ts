// Clock: the interface between local times and instants.
import type { Instant } from "../../domain/instant.ts";

/** The clock of one zone. A wall is a local time in milliseconds, counted as if the clock were UTC's. */
export interface Clock {
  /**
   * Of a repeated time this is the first one. A skipped time takes the offset before the jump (RFC 5545 3.3.5,
   * Temporal's `compatible`).
   */
  toInstant(wall: number): Instant;
  /** Every instant at which the clock shows this time, in order: none for a skipped time, two for a repeated one. */
  instantsOf(wall: number): Instant[];
  toWall(at: Instant): number;
}

/** Finds the clock for the `clock` of a moment. */
export type Clocks = (name: string) => Clock;

/** One of a series' original occurrences: its local time and its instant. */
export interface Original {
  readonly wall: number;
  readonly at: Instant;
}

export const UTC: Clock = { toInstant: (wall) => wall, instantsOf: (wall) => [wall], toWall: (at) => at };
