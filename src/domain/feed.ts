// Feeds: what a feed of an agent's bookings shows, and of which time.
import { DAY_MS, type Instant } from "./instant.ts";

/** `details`: what people wrote into the bookings. `busy`: their times only. */
export type FeedShows = "details" | "busy";

/** How many feeds an agent may have. */
export const MAX_FEEDS = 20;

/** How many bookings a feed holds. Those to come are taken first, the next ones before all. */
export const FEED_LIMIT = 1_000;

/** How many of them may be over, the last ones. */
export const FEED_PAST_LIMIT = 200;

/** How long a booking stays in a feed after its end. Calendars drop what a feed no longer holds. */
const FEED_PAST_MS = 31 * DAY_MS;

/**
 * The instants that divide a feed's bookings: those that end after `from` are in it, and those that begin before
 * `today` count as over. Both are the beginning of a UTC day, so that a feed moves once a day.
 */
export function feedBounds(now: Instant): { from: Instant; today: Instant } {
  const midnightOf = (at: Instant) => Math.floor(at / DAY_MS) * DAY_MS;
  return { from: midnightOf(now - FEED_PAST_MS), today: midnightOf(now) };
}
