// Booking texts: what people wrote into a booking, sealed for the database and read back.
import { type BookingTexts, NEUTRAL_TEXTS, textsOf } from "../domain/booking.ts";
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
  /** The old columns. Only the version before this one writes them, so what they say is newer than the sealed texts. */
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
export const isForgotten = (stored: StoredTexts): boolean =>
  stored.sealedTexts === null && Object.keys(plainOf(stored)).length === 0;

/** What the old columns say. */
function plainOf(stored: StoredTexts): Partial<BookingTexts> {
  const plain = {
    title: stored.plainTitle,
    description: stored.plainDescription,
    location: stored.plainLocation,
    clientName: stored.plainClientName,
    clientEmail: stored.plainClientEmail,
  };
  return Object.fromEntries(
    Object.entries(plain).filter(([field, text]) => text !== null && (field !== "title" || text !== "")),
  );
}

/**
 * A booking's texts; null: they were forgotten.
 * @throws SealError if no key opens them
 */
export async function openTexts(keys: SealKeys, stored: StoredTexts): Promise<BookingTexts | null> {
  const { sealedTexts } = stored;
  if (isForgotten(stored)) return null;
  const sealed = sealedTexts === null ? NEUTRAL_TEXTS : await unseal(keys, bookingRow(stored), sealedTexts);
  return { ...(sealed as BookingTexts), ...plainOf(stored) };
}
