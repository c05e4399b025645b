// List: pages of bookings by their time.
import type { Deps } from "../deps.ts";
import { clientHashes, normalised } from "../encoding/client-hash.ts";
import { type BookingFilter, type BookingPlace, listBookings } from "../store/bookings/booking-list.ts";
import { type BookingView, bookingView } from "./views.ts";

/** One page of bookings. */
export interface BookingPage {
  readonly bookings: readonly BookingView[];
  /** The place after which the next page begins; null: there is no next page. */
  readonly next: BookingPlace | null;
}

/**
 * Reads one page in one request to the database.
 * @param input.client a client's address; null: bookings of all clients
 */
export async function readBookings(
  deps: Deps,
  input: Omit<BookingFilter, "client"> & {
    readonly client: string | null;
    readonly after: BookingPlace | null;
    readonly limit: number;
  },
): Promise<BookingPage> {
  const { client: address, limit, ...filter } = input;
  const client = address === null ? null : await clientOf(deps, address);
  // One row more than asked tells whether there is a next page.
  const found = await listBookings(deps.db, { ...filter, client, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const bookings = await Promise.all(rows.map((row) => bookingView(deps, row)));
  return { bookings, next: found.length > limit ? (rows.at(-1) ?? null) : null };
}

const clientOf = async ({ config }: Deps, address: string) => ({
  hashes: await clientHashes(config.tokenKeys, address),
  address: normalised(address),
});
