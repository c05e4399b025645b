// Lease: how long a worker may hold a calendar between two signs of life.
import { SECOND_MS } from "../domain/instant.ts";

/** Longer than one page may take. Whoever works on a calendar renews its lease with each page. */
export const LEASE_MS = 30 * SECOND_MS;
