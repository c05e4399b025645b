// Cached keys: how rows of `busy` name outside events and their series.
import { shortDigestOf } from "../encoding/digest.ts";

/**
 * The key of an event or a series as the cache holds it: a short digest of the provider's key. The whole text (152
 * characters at Microsoft) would stand in the row and in each of its indexes, and nobody who reads the cache needs it.
 * 72 bits, compared within one calendar only: with 10,000 events two are alike in one of 10^14 calendars.
 */
export const cachedKey = (key: string): string => shortDigestOf(key);
