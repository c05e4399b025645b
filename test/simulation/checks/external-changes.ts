// External change checks: each external change is noticed, and followed or undone as the agent's policy says.

import type { Place } from "../world/cast.ts";
import { DAY, HOUR, MINUTE } from "../world/outside-event.ts";
import { agentOf, type BookingRow, readBookings, type Slot } from "../world/sales.ts";
import type { World } from "../world/world.ts";
import { type Accuse, type ConnectionRow, placeOfConnection, readConnections, spell } from "./cache.ts";

interface DeliveryRow {
  readonly state: string;
  readonly delivered_revision: number;
  readonly lease_id: string | null;
  readonly look_due_at: number | null;
}

/** An agent's change of the only event that a calendar has of a booking, while no delivery of it was open. */
interface ExternalChange {
  readonly place: Place;
  readonly connectionId: string;
  readonly booking: BookingRow;
  readonly at: number;
  /** Null: removed. */
  readonly to: Slot | null;
  /** Has an agent changed the event again since? */
  overtaken: boolean;
}

/** The data of a notice about an external change. Without times: the event was removed. */
interface ChangeNotice {
  readonly bookingId: string;
  readonly connectionId: string;
  readonly followed: boolean;
  readonly startsAt?: number;
  readonly endsAt?: number;
}

/** A change this recent may explain why an external change wasn't followed. */
const RECENTLY_MS = 2 * MINUTE;
/** After the faults end, all work has run within this time, except after the longest backoff. */
const HEALED_MS = 13 * HOUR;
/** The least that the window reaches beyond the beginning of a simulation. */
const AHEAD_MS = 14 * DAY;
/** An action that began this long before may still be in progress. */
const UNDERWAY_MS = 10 * MINUTE;

/** The checks of external changes in one simulation. They record each agent's change from now on. */
export function createExternalChangeChecks(world: World, accuse: Accuse) {
  const { plan, database } = world;
  const changes: ExternalChange[] = [];
  /** The titles of the events that agents have changed, by calendar. */
  const touched = new Map<Place["calendar"], Set<string>>();
  let sequence = 0;
  let healthySince = Number.POSITIVE_INFINITY;

  const connectionsOf = ({ calendar }: Place): { place: Place; row: ConnectionRow }[] =>
    readConnections(world).flatMap((row) => {
      const place = placeOfConnection(world, row);
      return place?.calendar === calendar ? [{ place, row }] : [];
    });

  /** Records a change just before it happens, if the event matches its booking and no delivery is open. */
  function note(place: Place, native: string, to: Slot | null): void {
    const events = place.calendar.bookingEvents("");
    const event = events.find((each) => each.native === native);
    if (event === undefined) return;
    for (const each of changes) {
      if (each.place.calendar === place.calendar && each.booking.title === event.title) each.overtaken = true;
    }
    touched.set(place.calendar, (touched.get(place.calendar) ?? new Set()).add(event.title));
    if (events.filter(({ title }) => title === event.title).length > 1) return;
    for (const { place: own, row } of connectionsOf(place)) {
      const booking = readBookings(world, "agent_id = ? AND state = 'confirmed'", [row.agent_id]).find(
        ({ title }) => title === event.title,
      );
      const [delivery] = database.query<DeliveryRow>(
        "SELECT * FROM deliveries WHERE connection_id = ? AND booking_id = ? AND state = 'delivered'",
        [row.id, booking?.booking_id ?? ""],
      );
      if (booking === undefined || delivery === undefined) continue;
      const idle =
        delivery.delivered_revision === booking.revision &&
        delivery.lease_id === null &&
        delivery.look_due_at === null;
      if (!idle || event.startsAt !== booking.starts_at || event.endsAt !== booking.ends_at) continue;
      const at = world.scheduler.now();
      changes.push({ place: own, connectionId: row.id, booking, at, to, overtaken: false });
    }
  }

  for (const calendar of new Set(world.places.map((place) => place.calendar))) {
    const place = world.places.find((each) => each.calendar === calendar);
    if (place === undefined) continue;
    const { moveBookingEvent, removeBookingEvent } = calendar;
    calendar.moveBookingEvent = (native, startsAt, endsAt) => {
      note(place, native, { startsAt, endsAt });
      moveBookingEvent(native, startsAt, endsAt);
    };
    calendar.removeBookingEvent = (native) => {
      note(place, native, null);
      removeBookingEvent(native);
    };
  }

  /** Does the notice report the change? Where another program removes events, it may report a removal instead. */
  function matches({ to, connectionId, booking, place }: ExternalChange, notice: ChangeNotice): boolean {
    if (notice.connectionId !== connectionId || notice.bookingId !== booking.booking_id) return false;
    const isDav = place.provider === "APPLE" || place.provider === "CALDAV";
    const raced = isDav && (world.faults.counts.get("knob dav event.race") ?? 0) > 0;
    if (raced && notice.startsAt === undefined) return true;
    return notice.startsAt === to?.startsAt && notice.endsAt === to?.endsAt;
  }

  /** P9: an event was at the time to which a notice says that it was moved. */
  function expectTrue({ bookingId, connectionId, startsAt, endsAt }: ChangeNotice): void {
    const row = readConnections(world).find(({ id }) => id === connectionId);
    const place = row === undefined ? undefined : placeOfConnection(world, row);
    if (startsAt === undefined || place === undefined) return;
    const stood = place.truth.bookingEvents.some(
      (event) => event.startsAt === startsAt && event.endsAt === endsAt,
    );
    if (stood) return;
    accuse("P9", `a notice moves the event of ${bookingId} to ${startsAt}, where it never was`);
  }

  /** P3: under the policy `follow` a change is followed, unless another sale conflicts with it or has just changed. */
  function expectReason(agentId: string, { bookingId, startsAt, endsAt }: ChangeNotice): void {
    const agent = agentOf(world, agentId);
    if (agent.onExternalChange === "keep") return;
    const now = world.scheduler.now();
    const recently = now - RECENTLY_MS;
    const [own] = database.query<{ updated_at: number; buffer_before_ms: number; buffer_after_ms: number }>(
      "SELECT updated_at, buffer_before_ms, buffer_after_ms FROM bookings WHERE agent_id = ? AND booking_id = ?",
      [agentId, bookingId],
    );
    if ((own?.updated_at ?? 0) >= recently) return;
    // The agent's buffers, or those that either booking was sold with. A sale that has just changed may have been at that
    // time before.
    const gap = agent.bufferMinutes * MINUTE;
    const [before, after] = [own?.buffer_before_ms ?? 0, own?.buffer_after_ms ?? 0].map((own) =>
      Math.max(gap, own),
    ) as [number, number];
    const conflicts = database.query(
      `SELECT 1 FROM bookings WHERE agent_id = ?1 AND booking_id <> ?2
         AND ((starts_at - buffer_before_ms < ?3 AND ends_at + buffer_after_ms > ?4 AND state = 'confirmed')
           OR updated_at >= ?5)
       UNION ALL SELECT 1 FROM holds WHERE agent_id = ?1
         AND starts_at - buffer_before_ms < ?3 AND ends_at + buffer_after_ms > ?4
         AND ((state = 'held' AND expires_at > ?5) OR updated_at >= ?5)`,
      [agentId, bookingId, (endsAt ?? 0) + after, (startsAt ?? 0) - before, recently],
    );
    if (startsAt === undefined || conflicts.length === 0)
      accuse("P3", `${bookingId} doesn't follow its agent, and nothing was in the way`);
  }

  /** Was nothing changes to what is used for what, from a little before then on? */
  function isUndisturbed({ place, at }: ExternalChange): boolean {
    const jumps = plan.actions.reduce((sum, each) => sum + (each.do === "jump" ? each.ms : 0), 0);
    return !plan.actions.some(
      (each) =>
        // In a calendar that has another id all bookings are written once more, and changes of before are lost. Two
        // agents may have connected the same one.
        (each.do === "give-new-id" && world.places[each.calendar]?.calendar === place.calendar) ||
        ((each.do === "switch" || each.do === "disconnect") &&
          each.calendar === place.index &&
          plan.startAt + each.at + jumps >= at - UNDERWAY_MS),
    );
  }

  const isSeen = ({ startsAt, endsAt }: Slot): boolean =>
    startsAt >= plan.startAt - 12 * HOUR && endsAt <= plan.startAt + AHEAD_MS;

  /** Does the calendar show the booking at its time again? Then the engine has seen the change. */
  const isRestored = ({ place, booking }: ExternalChange): boolean =>
    place.calendar
      .bookingEvents(booking.title)
      .some((event) => event.title === booking.title && event.startsAt === booking.starts_at);

  /**
   * Must a notice report the change? Not if MaraPlace has changed the booking since, or the agent the event: the newer
   * change counts. Not if the calendar isn't synced, or was deleted before it was read again, or is synced only after
   * the booking has ended. Not if the reconciliation couldn't read the event: it is then written again without a
   * notice.
   */
  function mustBeReported(change: ExternalChange): boolean {
    const { booking, connectionId, to, overtaken, place, at } = change;
    const slot = { startsAt: booking.starts_at, endsAt: booking.ends_at };
    const [now] = readBookings(world, "agent_id = ? AND booking_id = ?", [
      booking.agent_id,
      booking.booking_id,
    ]);
    const row = readConnections(world).find(({ id }) => id === connectionId);
    const read = row?.closing_at === null && row.is_active === 1 && row.sync_enabled === 1;
    const isLost = place.truth.goneSince !== null && (row?.verified_at ?? 0) <= at + place.truth.lateMs;
    const lasts = booking.ends_at > healthySince + HEALED_MS && isSeen(slot) && (to === null || isSeen(to));
    const restored = isRestored(change) && !world.faults.counts.has("log look.failed");
    return (
      !overtaken &&
      !isLost &&
      read &&
      now?.revision === booking.revision &&
      (lasts || restored) &&
      isUndisturbed(change)
    );
  }

  return {
    /** Called after a commit that touched notices. */
    check(): void {
      const rows = database.query<{ sequence: number; agent_id: string; kind: string; data: string }>(
        "SELECT sequence, agent_id, kind, data FROM notices WHERE sequence > ? ORDER BY sequence",
        [sequence],
      );
      sequence = rows.at(-1)?.sequence ?? sequence;
      for (const { kind, data, agent_id } of rows) {
        if (kind !== "booking.moved_outside" && kind !== "booking.removed_outside") continue;
        const notice = JSON.parse(data) as ChangeNotice;
        expectTrue(notice);
        if (!notice.followed) expectReason(agent_id, notice);
      }
    },

    /** Has an agent ever changed this calendar's event of the booking? */
    isTouched: ({ calendar }: Place, title: string): boolean => touched.get(calendar)?.has(title) === true,

    /** Called when the faults end. */
    healing(): void {
      healthySince = world.scheduler.now();
    },

    /** P3, at rest: notices report all external changes. */
    checkAtRest(): void {
      const notices = database
        .query<{ data: string }>(
          "SELECT data FROM notices WHERE kind IN ('booking.moved_outside', 'booking.removed_outside')",
        )
        .map(({ data }) => JSON.parse(data) as ChangeNotice);
      for (const each of changes) {
        world.faults.count("external change made");
        if (!mustBeReported(each)) continue;
        world.faults.count("check external change");
        if (notices.some((notice) => matches(each, notice))) continue;
        const { booking, place, to, at } = each;
        accuse(
          "P3",
          `no notice says that the event of ${booking.booking_id} in ${place.provider} calendar ${place.index} was ` +
            `${to === null ? "removed" : `moved to ${spell(to)}`} at ${new Date(at).toISOString()}`,
        );
      }
    },
  };
}

export type ExternalChangeChecks = ReturnType<typeof createExternalChangeChecks>;
