// Notice rows: inserts notices into the database for tests, and reads them there.
import { sql } from "drizzle-orm";
import { aboutBooking, insertNotice } from "../../src/store/outbox/notices.ts";
import type { World } from "../support/world.ts";

/** Inserts a notice of delivery for each booking, in this order, by default about the world's agent. */
export async function deliveredNotice(
  world: World,
  bookingIds: readonly string[],
  agentId = world.agentId,
): Promise<void> {
  for (const bookingId of bookingIds) {
    const notice = insertNotice({
      kind: "booking.delivered",
      agentId: sql`${agentId}`,
      subject: aboutBooking(sql`${bookingId}`),
      onceKey: null,
      data: sql`json_object('bookingId', ${bookingId}, 'revision', 1, 'state', 'confirmed')`,
      from: sql`(SELECT 1) WHERE 1`,
      now: world.deps.now(),
    });
    await world.deps.db.write([notice]);
  }
}

/** A notice as stored. */
export interface StoredNotice {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly reason: string | null;
  readonly data: Record<string, unknown>;
}

/** All notices in the database, in the order in which things happened. */
export async function stored(world: World): Promise<StoredNotice[]> {
  const rows = await world.query("SELECT * FROM notices ORDER BY sequence");
  return rows.map((row) => ({
    id: String(row["id"]),
    kind: String(row["kind"]),
    state: String(row["state"]),
    attempts: Number(row["attempts"]),
    nextAttemptAt: Number(row["next_attempt_at"]),
    reason: row["failure_code"] === null ? null : String(row["failure_code"]),
    data: JSON.parse(String(row["data"])),
  }));
}

/** The booking ids of these arrivals. */
export const about = (arrivals: readonly { data: Readonly<Record<string, unknown>> }[]): string[] =>
  arrivals.map(({ data }) => String(data["bookingId"]));
