// Pulling Graph: by deltas, or by plain listings where these can't be read.
import type { Interval } from "../../domain/interval.ts";
import type { CalendarRef, Page, PullManner } from "../provider.ts";
import type { GraphApi } from "./api.ts";
import { pullListing, readListingCursor, startOfListing } from "./listing.ts";
import { pullChanges } from "./read.ts";

/** See `ProviderAccount.pull`. */
export function pull(
  api: GraphApi,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
  { way, leavesFailing }: PullManner = { way: "changes", leavesFailing: false },
): AsyncIterable<Page> {
  const begins = cursor === null && way === "listings" ? startOfListing(window) : null;
  const listing = cursor === null ? begins : readListingCursor(cursor);
  if (listing !== null) return pullListing(api, calendar, listing, leavesFailing);
  return pullChanges(api, calendar, cursor, window, leavesFailing);
}
