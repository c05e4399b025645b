// Finding checks: what agents do to the copies of bookings is found, told, and followed or undone as they want it.

import type { Place } from "../world/cast.ts";
import { DAY, HOUR, MINUTE } from "../world/outside-event.ts";
import { agentOf, type BookingRow, type Slot } from "../world/sales.ts";
import type { World } from "../world/world.ts";
import { type Accuse, type ConnectionRow, placeOfConnection, readConnections, spell } from "./cache.ts";

interface DeliveryRow {
  readonly state: string;
  readonly delivered_revision: number;
  readonly lease_id: string | null;
  readonly look_due_at: number | null;
}

/** What an agent did to the one copy that a calendar has of a booking, while nothing else was under way with it. */
interface Tampering {
  readonly place: Place;
  readonly connectionId: string;
  readonly booking: BookingRow;
  readonly at: number;
  /** Null: removed. */
  readonly to: Slot | null;
  /** Somebody has had a hand in the copy again. */
  overtaken: boolean;
}

/** A finding as MaraPlace is told of it. */
interface Finding {
  readonly bookingId: string;
  readonly connectionId: string;
  readonly followed: boolean;
  readonly startsAt?: number;
  readonly endsAt?: number;
}

/** For so long what has just changed may explain why a finding wasn't followed. */
const RECENTLY_MS = 2 * MINUTE;
/** By then everything has had its turn once trouble is over, after any backoff but the longest. */
const HEALED_MS = 13 * HOUR;
/** The window at its narrowest, from the beginning of a simulation. */
const AHEAD_MS = 14 * DAY;
/** A deed that began so long before may still be under way. */
const UNDERWAY_MS = 10 * MINUTE;

/** The checks of what agents do to copies in one simulation. Looks over their shoulders from now on. */
export function createFindingChecks(world: World, accuse: Accuse) {
  const { plan, database } = world;
  const done: Tampering[] = [];
  /** The titles of copies that agents have had a hand in, by calendar. */
  const touched = new Map<Place["calendar"], Set<string>>();
  let sequence = 0;
  let healthySince = Number.POSITIVE_INFINITY;

  const connectionsOf = ({ calendar }: Place): { place: Place; row: ConnectionRow }[] =>
    readConnections(world).flatMap((row) => {
      const place = placeOfConnection(world, row);
      return place?.calendar === calendar ? [{ place, row }] : [];
    });

  /** Notes what is about to be done to a copy, if nothing else can explain what becomes of it. */
  function note(place: Place, native: string, to: Slot | null): void {
    const copies = place.calendar.copies("");
    const copy = copies.find((each) => each.native === native);
    if (copy === undefined) return;
    for (const each of done) {
      if (each.place.calendar === place.calendar && each.booking.title === copy.title) each.overtaken = true;
    }
    touched.set(place.calendar, (touched.get(place.calendar) ?? new Set()).add(copy.title));
    if (copies.filter(({ title }) => title === copy.title).length > 1) return;
    for (const { place: own, row } of connectionsOf(place)) {
      const [booking] = database.query<BookingRow>(
        "SELECT * FROM bookings WHERE agent_id = ? AND title = ? AND state = 'confirmed'",
        [row.agent_id, copy.title],
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
      if (!idle || copy.startsAt !== booking.starts_at || copy.endsAt !== booking.ends_at) continue;
      const at = world.scheduler.now();
      done.push({ place: own, connectionId: row.id, booking, at, to, overtaken: false });
    }
  }

  for (const calendar of new Set(world.places.map((place) => place.calendar))) {
    const place = world.places.find((each) => each.calendar === calendar);
    if (place === undefined) continue;
    const { moveCopy, removeCopy } = calendar;
    calendar.moveCopy = (native, startsAt, endsAt) => {
      note(place, native, { startsAt, endsAt });
      moveCopy(native, startsAt, endsAt);
    };
    calendar.removeCopy = (native) => {
      note(place, native, null);
      removeCopy(native);
    };
  }

  /** Does a finding tell of it? Of what another program has removed before anybody looked, that it is gone. */
  function matches({ to, connectionId, booking, place }: Tampering, finding: Finding): boolean {
    if (finding.connectionId !== connectionId || finding.bookingId !== booking.booking_id) return false;
    const isDav = place.provider === "APPLE" || place.provider === "CALDAV";
    const raced = isDav && (world.faults.counts.get("knob dav event.race") ?? 0) > 0;
    if (raced && finding.startsAt === undefined) return true;
    return finding.startsAt === to?.startsAt && finding.endsAt === to?.endsAt;
  }

  /** P9: a copy that is said to stand somewhere has stood there. */
  function expectTrue({ bookingId, connectionId, startsAt, endsAt }: Finding): void {
    const row = readConnections(world).find(({ id }) => id === connectionId);
    const place = row === undefined ? undefined : placeOfConnection(world, row);
    if (startsAt === undefined || place === undefined) return;
    const stood = place.truth.copies.some((copy) => copy.startsAt === startsAt && copy.endsAt === endsAt);
    if (stood) return;
    accuse("P9", `the copy of ${bookingId} is said to have been moved to ${startsAt}, where it never was`);
  }

  /** P3: an agent who wants to be followed is, unless something of their own is in the way or has just changed. */
  function expectReason(agentId: string, { bookingId, startsAt, endsAt }: Finding): void {
    const agent = agentOf(world, agentId);
    if (agent.onExternalChange === "keep") return;
    const now = world.scheduler.now();
    const recently = now - RECENTLY_MS;
    const [own] = database.query<{ updated_at: number }>(
      "SELECT updated_at FROM bookings WHERE agent_id = ? AND booking_id = ?",
      [agentId, bookingId],
    );
    if ((own?.updated_at ?? 0) >= recently) return;
    // What has just changed may have stood there before.
    const gap = agent.bufferMinutes * MINUTE;
    const inTheWay = database.query(
      `SELECT 1 FROM bookings WHERE agent_id = ?1 AND booking_id <> ?2
         AND ((starts_at < ?3 AND ends_at > ?4 AND state = 'confirmed') OR updated_at >= ?5)
       UNION ALL SELECT 1 FROM holds WHERE agent_id = ?1 AND starts_at < ?3 AND ends_at > ?4
         AND ((state = 'held' AND expires_at > ?5) OR updated_at >= ?5)`,
      [agentId, bookingId, (endsAt ?? 0) + gap, (startsAt ?? 0) - gap, recently],
    );
    if (startsAt === undefined || inTheWay.length === 0)
      accuse("P3", `${bookingId} doesn't follow its agent, and nothing was in the way`);
  }

  /** Was nothing done to what is used for what, from a little before then on? */
  function isUndisturbed({ place, at }: Tampering): boolean {
    const jumps = plan.operations.reduce((sum, each) => sum + (each.do === "jump" ? each.ms : 0), 0);
    return !plan.operations.some(
      (each) =>
        (each.do === "switch" || each.do === "disconnect") &&
        each.calendar === place.index &&
        plan.startAt + each.at + jumps >= at - UNDERWAY_MS,
    );
  }

  const isSeen = ({ startsAt, endsAt }: Slot): boolean =>
    startsAt >= plan.startAt - 12 * HOUR && endsAt <= plan.startAt + AHEAD_MS;

  /** Does the calendar show the booking where it was again? Then somebody has found the copy elsewhere. */
  const isRestored = ({ place, booking }: Tampering): boolean =>
    place.calendar
      .copies(booking.title)
      .some((copy) => copy.title === booking.title && copy.startsAt === booking.starts_at);

  /**
   * Must it have been found and told? Not if MaraPlace has changed the booking since, or the agent the copy: the newer
   * word counts. Nor where nobody reads, or reads so late that the booking is over and its copy left as it is. A copy
   * that can't be looked at is written again without a word.
   */
  function isToBeFound(tampering: Tampering): boolean {
    const { booking, connectionId, to, overtaken } = tampering;
    const slot = { startsAt: booking.starts_at, endsAt: booking.ends_at };
    const [now] = database.query<BookingRow>("SELECT * FROM bookings WHERE agent_id = ? AND booking_id = ?", [
      booking.agent_id,
      booking.booking_id,
    ]);
    const row = readConnections(world).find(({ id }) => id === connectionId);
    const read = row?.closing_at === null && row.is_active === 1 && row.sync_enabled === 1;
    const lasts = booking.ends_at > healthySince + HEALED_MS && isSeen(slot) && (to === null || isSeen(to));
    const restored = isRestored(tampering) && !world.faults.counts.has("log look.failed");
    return (
      !overtaken &&
      read &&
      now?.revision === booking.revision &&
      (lasts || restored) &&
      isUndisturbed(tampering)
    );
  }

  return {
    /** After a commit. */
    check(): void {
      const rows = database.query<{ sequence: number; agent_id: string; kind: string; data: string }>(
        "SELECT sequence, agent_id, kind, data FROM notices WHERE sequence > ? ORDER BY sequence",
        [sequence],
      );
      sequence = rows.at(-1)?.sequence ?? sequence;
      for (const { kind, data, agent_id } of rows) {
        if (kind !== "booking.moved_outside" && kind !== "booking.removed_outside") continue;
        const finding = JSON.parse(data) as Finding;
        expectTrue(finding);
        if (!finding.followed) expectReason(agent_id, finding);
      }
    },

    /** Has an agent ever had a hand in this calendar's copy of the booking? */
    isTouched: ({ calendar }: Place, title: string): boolean => touched.get(calendar)?.has(title) === true,

    /** From now on nothing breaks any more. */
    healing(): void {
      healthySince = world.scheduler.now();
    },

    /** P3, at rest: what agents did to copies was found. */
    checkAtRest(): void {
      const findings = database
        .query<{ data: string }>(
          "SELECT data FROM notices WHERE kind IN ('booking.moved_outside', 'booking.removed_outside')",
        )
        .map(({ data }) => JSON.parse(data) as Finding);
      for (const each of done) {
        world.faults.count("done tampering");
        if (!isToBeFound(each)) continue;
        world.faults.count("check finding");
        if (findings.some((finding) => matches(each, finding))) continue;
        const { booking, place, to, at } = each;
        accuse(
          "P3",
          `nobody was told that the copy of ${booking.booking_id} in ${place.provider} calendar ${place.index} was ` +
            `${to === null ? "removed" : `moved to ${spell(to)}`} at ${new Date(at).toISOString()}`,
        );
      }
    },
  };
}

export type FindingChecks = ReturnType<typeof createFindingChecks>;
