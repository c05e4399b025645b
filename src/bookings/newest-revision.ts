// Newest revision: makes a change on the booking's newest revision, or not at all.
import { isForgotten } from "../encoding/booking-texts.ts";
import type { Changed } from "../store/bookings/changes.ts";
import type { BookingRow } from "../store/rows.ts";

/**
 * Makes a write on the known row. If another change came first, or the texts were forgotten meanwhile, makes it again
 * on the newer row that the write returned. This ends, because each late write means that another change has succeeded.
 */
export async function onNewestRevision<T extends Changed>(
  known: BookingRow,
  write: (row: BookingRow) => Promise<T>,
): Promise<T> {
  for (let row = known; ; ) {
    const found = await write(row);
    const { changed, booking } = found;
    if (changed || booking?.state !== "confirmed" || !isOlder(row, booking)) return found;
    row = booking;
  }
}

const isOlder = (row: BookingRow, newest: BookingRow): boolean =>
  row.revision !== newest.revision || (!isForgotten(row) && isForgotten(newest));
