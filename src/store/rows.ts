// Rows: the types of stored records that more than one aggregate reads.
import type { InferSelectModel } from "drizzle-orm";
import type { bookings, deliveries } from "./schema/bookings.ts";
import type { accounts, connections } from "./schema/calendars.ts";

/** An account as stored. */
export type AccountRow = InferSelectModel<typeof accounts>;

/** A connection as stored: one calendar of one agent. */
export type ConnectionRow = InferSelectModel<typeof connections>;

/** A booking as stored. */
export type BookingRow = InferSelectModel<typeof bookings>;

/** A delivery as stored: one booking in one calendar. */
export type DeliveryRow = InferSelectModel<typeof deliveries>;
