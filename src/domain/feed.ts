// Feeds: what a feed of an agent's bookings shows, and of which time.
import { DAY_MS, type Instant } from "./instant.ts";

/** `details`: what people wrote into the bookings. `busy`: their times only. */
export type FeedShows = "details" | "busy";

/** How many feeds an agent may have. */
export const MAX_FEEDS = 20;

/** How many bookings a feed holds, those that begin first. */
export const FEED_LIMIT = 1_000;

/** How long a booking stays in a feed after its end. Calendars drop what a feed no longer holds. */
const FEED_PAST_MS = 31 * DAY_MS;

/** The instant after which a booking must end to be in a feed: the beginning of a UTC day, so that it moves once a day. */
export const feedFrom = (now: Instant): Instant => Math.floor((now - FEED_PAST_MS) / DAY_MS) * DAY_MS;
