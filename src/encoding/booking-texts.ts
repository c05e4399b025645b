// Booking texts: what people wrote into a booking, sealed for the database and read back.
import { type BookingTexts, textsOf } from "../domain/booking.ts";
import { clientHashes } from "./client-hash.ts";
import { bookingRow, type SealKeys, seal, unseal } from "./seal.ts";

/** A booking's texts as the database holds them. */
export interface SealedTexts {
  readonly sealedTexts: string;
  /** By it the client's bookings are found; null: the booking has no client's address. */
  readonly clientHash: string | null;
}

/** The columns of a booking that hold its texts. */
export interface StoredTexts {
  readonly agentId: string;
  readonly bookingId: string;
  /** Null: the texts were forgotten, or aren't sealed yet. */
  readonly sealedTexts: string | null;
  /** The old columns. An empty title: they hold nothing. */
  readonly plainTitle: string;
  readonly plainDescription: string | null;
  readonly plainLocation: string | null;
  readonly plainClientName: string | null;
  readonly plainClientEmail: string | null;
}

/** Seals a booking's texts under the first key. */
export async function sealTexts(
  keys: SealKeys,
  booking: Pick<StoredTexts, "agentId" | "bookingId">,
  texts: BookingTexts,
): Promise<SealedTexts> {
  const { clientEmail } = texts;
  const [clientHash = null] = clientEmail === null ? [] : await clientHashes(keys.slice(0, 1), clientEmail);
  return { sealedTexts: await seal(keys, bookingRow(booking), textsOf(texts)), clientHash };
}

/** Were the texts forgotten? Retention and erasure do that. */
export const isForgotten = ({ sealedTexts, plainTitle }: StoredTexts): boolean =>
  sealedTexts === null && plainTitle === "";

/**
 * A booking's texts; null: they were forgotten.
 * @throws SealError if no key opens them
 */
export async function openTexts(keys: SealKeys, stored: StoredTexts): Promise<BookingTexts | null> {
  const { sealedTexts } = stored;
  if (isForgotten(stored)) return null;
  if (sealedTexts !== null) return (await unseal(keys, bookingRow(stored), sealedTexts)) as BookingTexts;
  return {
    title: stored.plainTitle,
    description: stored.plainDescription,
    location: stored.plainLocation,
    clientName: stored.plainClientName,
    clientEmail: stored.plainClientEmail,
  };
}
