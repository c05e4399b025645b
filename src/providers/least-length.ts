// Least length: how long an event is whose end can't be read.
import { HOUR_MS } from "../domain/instant.ts";

/** Nobody knows how long it is, and an event of no length would block nothing. So it takes an hour at least. */
export const LEAST_MS = HOUR_MS;
