// Marks of Graph: the ids and properties by which a booking's event is created, found and recognised.
import { identityDigest } from "../../encoding/digest.ts";
import type { BookingIdentity } from "../booking-event.ts";

/** The beginning of our transaction ids, by which a listing shows the events that may be ours. */
const TRANSACTION_PREFIX = "6d617261-";

/** Whether we created the event with this transaction id, for any booking. */
export const isOurTransaction = (transactionId: string | null | undefined): boolean =>
  transactionId?.toLowerCase().startsWith(TRANSACTION_PREFIX) ?? false;

const property = (name: string) => `String {10004571-b145-47b9-9a5a-08c9e9da45e4} Name ${name}`;

/** The extended property that names a booking in its event. */
export const BOOKING_PROPERTY = property("maraplaceBooking");
/** The property that events are searched by. It is a digest, because Graph ignores case when it compares. */
export const IDENTITY_PROPERTY = property("maraplaceIdentity");

/** The property that notes what we wrote into the fields that the person uses too. */
export const NOTE_PROPERTY = property("maraplaceNote");

/** The transaction id that creates a booking's event: a UUID (version 8) with a fixed beginning and a digest. */
export async function transactionIdOf(
  calendarId: string,
  { agentId, bookingId, markedAs }: BookingIdentity,
  idVersion: number,
): Promise<string> {
  const digest = await identityDigest(agentId, markedAs ?? calendarId, bookingId, idVersion);
  const parts = [
    digest.slice(0, 4),
    `8${digest.slice(4, 7)}`,
    `8${digest.slice(7, 10)}`,
    digest.slice(10, 22),
  ];
  return TRANSACTION_PREFIX + parts.join("-");
}

/** The value that a booking's event is searched by in its calendar, the same for each id version. */
export const identityOf = (
  calendarId: string,
  { agentId, bookingId, markedAs }: BookingIdentity,
): Promise<string> => identityDigest(agentId, markedAs ?? calendarId, bookingId);

/** The filter for the events with an identity (`IDENTITY_PROPERTY`); usually one. */
export const byIdentity = (identity: string): string =>
  `singleValueExtendedProperties/Any(ep: ep/id eq '${IDENTITY_PROPERTY}' and ep/value eq '${identity}')`;

/** The filter for events and series by UID. An event keeps it when it is moved, and a duplicate has it too. */
export const byUid = (iCalUId: string): string => `iCalUId eq '${iCalUId.replaceAll("'", "''")}'`;
