// Newest revision: makes a change on the booking's newest revision, or not at all.
import type { Changed } from "../store/bookings/changes.ts";

/**
 * Makes a write on the known revision. If another change came first, makes it again on the newer revision that the
 * write returned. This ends, because each late write means that another change has succeeded.
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
