// Newest revision: a change is made to the booking as it is, or not at all.
import type { Changed } from "../store/bookings/changes.ts";

/**
 * Makes a write on the revision it knows of, and again on a newer one while others' changes come first. Each try that
 * comes too late names the revision for the next, and means that somebody else's has succeeded.
 */
export async function onNewestRevision<T extends Changed>(
  known: number,
  write: (revision: number) => Promise<T>,
): Promise<T> {
  for (let revision = known; ; ) {
    const found = await write(revision);
    const { changed, booking } = found;
    const isLate = booking?.state === "confirmed" && booking.revision !== revision;
    if (changed || !isLate) return found;
    revision = booking.revision;
  }
}
