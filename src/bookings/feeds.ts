// Feeds: makes, lists and revokes secret addresses of an agent's bookings, and reads a feed.
import type { Deps } from "../deps.ts";
import { NEUTRAL_TEXTS } from "../domain/booking.ts";
import { EngineError } from "../domain/errors.ts";
import { FEED_LIMIT, FEED_PAST_LIMIT, type FeedShows, feedBounds, MAX_FEEDS } from "../domain/feed.ts";
import { isForgotten, openTexts } from "../encoding/booking-texts.ts";
import { digestOf, identityDigest } from "../encoding/digest.ts";
import { newLinkSecret } from "../encoding/link-secret.ts";
import { descriptionOf } from "../providers/description.ts";
import { feedCalendar } from "../providers/icalendar/feed.ts";
import { type FeedRow, insertFeed, revokeFeedRow } from "../store/agents/feeds.ts";
import { readFeedBookings } from "../store/bookings/feed-bookings.ts";
import type { BookingRow } from "../store/rows.ts";

const NAMES: Record<FeedShows, string> = { details: "Bookings", busy: "Busy" };

/** Raised when the same bookings make another text. */
const VERSION = 2;

/**
 * Makes a feed.
 * @returns its secret, which is kept nowhere
 * @throws EngineError too_many_feeds
 */
export async function makeFeed(
  deps: Deps,
  input: { agentId: string; shows: FeedShows },
): Promise<{ feed: Omit<FeedRow, "revokedAt">; secret: string }> {
  const secret = newLinkSecret();
  const feed = { id: deps.newId(), ...input, secretHash: await digestOf(secret), createdAt: deps.now() };
  if (await insertFeed(deps.db, feed)) return { feed, secret };
  const detail = `An agent may have ${MAX_FEEDS} feeds. Revoke one that nobody reads first.`;
  throw new EngineError("too_many_feeds", detail);
}

/** @throws EngineError feed_not_found */
export async function revokeFeed(
  deps: Deps,
  input: { id: string; ownedBy: string | null },
): Promise<{ agentId: string }> {
  const agentId = await revokeFeedRow(deps.db, { ...input, now: deps.now() });
  if (agentId === null) throw new EngineError("feed_not_found", "There is no such feed.");
  return { agentId };
}

/** A feed as it is now. Its text is composed only if somebody wants it. */
export interface OpenFeed {
  /** The same as long as the text is. */
  readonly tag: string;
  compose(): Promise<string>;
}

/**
 * Opens a feed by its secret, with one request to the database.
 * @throws EngineError feed_not_found
 */
export async function openFeed(deps: Deps, input: { secret: string }): Promise<OpenFeed> {
  const found = await readFeedBookings(deps.db, {
    secretHash: await digestOf(input.secret),
    ...feedBounds(deps.now()),
    limit: FEED_LIMIT,
    pastLimit: FEED_PAST_LIMIT,
  });
  if (found === null) throw new EngineError("feed_not_found", "This address leads to no feed any longer.");
  const { feed, bookings } = found;
  // Texts change with the revision, but for those that are forgotten.
  const states = bookings.map((row) => [row.bookingId, row.revision, isForgotten(row)]);
  return {
    tag: (await identityDigest(VERSION, feed.id, JSON.stringify(states))).slice(0, 32),
    compose: async () =>
      feedCalendar(
        NAMES[feed.shows],
        await Promise.all(
          bookings.map(async (row) => ({
            ...row,
            texts: feed.shows === "busy" ? null : await textsShown(deps, row),
          })),
        ),
      ),
  };
}

async function textsShown({ config }: Deps, row: BookingRow) {
  const texts = (await openTexts(config.tokenKeys, row)) ?? NEUTRAL_TEXTS;
  return { title: texts.title, description: descriptionOf(texts), location: texts.location ?? "" };
}
