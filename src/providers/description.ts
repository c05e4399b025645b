// Description: the text below the title of a booking's event, the same at every provider.
import type { BookingEvent } from "./booking-event.ts";

/** The booking's own text, then the client's name and email; empty where there is neither. */
export function descriptionOf({
  description,
  clientName,
  clientEmail,
}: Pick<BookingEvent, "description" | "clientName" | "clientEmail">): string {
  const client = [clientName && `Client: ${clientName}`, clientEmail && `Email: ${clientEmail}`];
  return [description, client.filter(Boolean).join("\n")].filter(Boolean).join("\n\n");
}
