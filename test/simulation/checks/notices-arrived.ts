// Checks of arrived notices: at rest, each delivered booking has its notice, and every notice has arrived.

import { type BookingRow, readBookings } from "../world/sales.ts";
import type { World } from "../world/world.ts";
import { type Accuse, placeOfConnection, readConnections } from "./cache.ts";
import { connectedCalendars } from "./deliveries.ts";

interface NoticeRow {
  readonly id: string;
  readonly sequence: number;
  readonly subject: string;
  readonly agent_id: string;
  readonly kind: string;
  readonly data: string;
  readonly state: string;
  readonly failure_code: string | null;
  readonly created_at: number;
}

/** Had the booking ended when its agent disconnected a calendar? Then no notice says that the others show it. */
function hadEndedAtDisconnect(
  { plan, places }: World,
  booking: BookingRow,
  notices: readonly NoticeRow[],
): boolean {
  const { actions } = plan;
  const jumps = actions.reduce((sum, each) => sum + (each.do === "jump" ? each.ms : 0), 0);
  const lost = notices.some(
    ({ kind, agent_id, created_at }) =>
      kind === "connection.lost" && agent_id === booking.agent_id && created_at >= booking.ends_at,
  );
  if (lost) return true;
  return actions.some(
    (each) =>
      (each.do === "disconnect" || each.do === "switch") &&
      places[each.calendar]?.agentId === booking.agent_id &&
      plan.startAt + each.at + jumps >= booking.ends_at,
  );
}

/** P3: a notice says of each booking that all its calendars show its newest revision. */
function expectDeliveredNotices(world: World, notices: readonly NoticeRow[], accuse: Accuse): void {
  const announced = new Set(
    notices
      .filter(({ kind }) => kind === "booking.delivered")
      .map(({ agent_id, data }) => {
        const { bookingId, revision } = JSON.parse(data) as { bookingId: string; revision: number };
        return `${agent_id} ${bookingId} ${revision}`;
      }),
  );
  const written = connectedCalendars(world).filter(({ row }) => row.is_active === 1 && row.gone_at === null);
  for (const booking of readBookings(world)) {
    const deliveries = written
      .flatMap((calendar) => calendar.deliveries)
      .filter(
        ({ agent_id, booking_id }) => agent_id === booking.agent_id && booking_id === booking.booking_id,
      );
    const shown = deliveries.every(
      ({ state, delivered_revision }) => state === "delivered" && delivered_revision >= booking.revision,
    );
    if (deliveries.length === 0 || !shown || hadEndedAtDisconnect(world, booking, notices)) continue;
    if (announced.has(`${booking.agent_id} ${booking.booking_id} ${booking.revision}`)) continue;
    accuse("P3", `no notice says that ${booking.booking_id} is delivered in revision ${booking.revision}`);
  }
}

/** P3: a deleted calendar is known to be gone, and a notice says so. */
export function checkLost(world: World, accuse: Accuse): void {
  const lost = world.database
    .query<NoticeRow>("SELECT * FROM notices WHERE kind = 'connection.lost'")
    .map(({ data }) => (JSON.parse(data) as { connectionId: string }).connectionId);
  // When a server hides all calendars twice, the engine must believe it.
  const hidden = (world.faults.counts.get("knob dav disc.noCalendars") ?? 0) > 1;
  for (const row of readConnections(world)) {
    const place = placeOfConnection(world, row);
    const what = `${row.provider} calendar ${place?.index}`;
    const gone = place !== undefined && place.truth.goneSince !== null;
    if (!gone && !hidden && lost.includes(row.id)) accuse("P3", `${what} is reported as gone and isn't`);
    if (!gone && row.gone_at !== null) accuse("P3", `${what} counts as gone and isn't`);
    if (!gone || row.closing_at !== null || row.sync_enabled === 0 || row.is_active === 0) continue;
    if (row.gone_at === null) accuse("P3", `${what} is gone and nobody knows`);
    else if (!lost.includes(row.id)) accuse("P3", `${what} is gone and no notice says so`);
  }
}

/** P3: every notice has arrived, and the notices about one subject arrived in order. */
export function checkNotices(world: World, accuse: Accuse): void {
  const notices = world.database.query<NoticeRow>("SELECT * FROM notices ORDER BY sequence");
  expectDeliveredNotices(world, notices, accuse);
  const firstAt = new Map<string, number>();
  for (const [index, { id }] of world.maraplace.arrived.entries()) {
    if (!firstAt.has(id)) firstAt.set(id, index);
  }
  const last = new Map<string, number>();
  for (const notice of notices) {
    world.faults.count(`notice ${notice.kind}`);
    const what = `notice ${notice.sequence} ${notice.kind} about ${notice.subject}`;
    const at = firstAt.get(notice.id);
    if (notice.state !== "sent") accuse("P3", `${what} is ${notice.state} (${notice.failure_code})`);
    else if (at === undefined) accuse("P3", `${what} never arrived`);
    else {
      const subject = `${notice.agent_id} ${notice.subject}`;
      if (world.ledger.wasGivenUp(notice.id)) continue;
      if (at < (last.get(subject) ?? -1)) accuse("P3", `${what} arrived before an older one`);
      last.set(subject, at);
    }
  }
}
