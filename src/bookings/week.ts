// Week: some days of an agent as they see them themselves: what is taken and why, and how far each booking got.
import type { Deps } from "../deps.ts";
import { titlesOf } from "../domain/calendar-titles.ts";
import type { ConflictReason } from "../domain/conflicts.ts";
import { type ExplainedStretch, explainTime } from "../domain/explained-time.ts";
import type { FailureKind } from "../domain/failure.ts";
import { DAY_MS, HOUR_MS } from "../domain/instant.ts";
import { clip, type Interval, subtract } from "../domain/interval.ts";
import { type Obstacle, obstaclesOf, type Standing, standingOf } from "../domain/obstacle.ts";
import { DEFAULT_SETTINGS, MAX_BUFFER_MS } from "../domain/settings.ts";
import { soldUntil } from "../domain/window.ts";
import { datesFrom } from "../domain/zone.ts";
import type { ProviderName } from "../providers/provider.ts";
import { readWeek, type WeekRows } from "../store/bookings/week.ts";
import type { DeliveryRow } from "../store/rows.ts";
import { bookingView, type DeliveryView, deliveryView } from "./views.ts";

const DAYS = 7;
/** A local day that holds an instant begins and ends at most this far from it, whatever its clocks do. */
const AROUND_MS = 30 * HOUR_MS;

/** A calendar by what its agent calls it. */
export interface NamedCalendar {
  readonly title: string;
  readonly provider: ProviderName;
}

/** One local date. It lasts 23 or 25 hours where the clocks change. */
export interface WeekDay extends Interval {
  /** When clients may book by the hours of the week or of this date. */
  readonly open: readonly Interval[];
  /** What can't be sold and why, cut to the day. */
  readonly taken: readonly ExplainedStretch[];
  readonly free: readonly Interval[];
}

/** How one calendar stands with a booking. */
export interface WeekDelivery {
  readonly calendar: NamedCalendar;
  readonly status: "synced" | "pending" | "failed";
  /** Why it isn't there: what failed, or that the calendar isn't written; null: nothing has failed. */
  readonly why: FailureKind | "switched_off" | "calendar_gone" | null;
}

/** A booking and its calendars. */
export interface WeekBooking extends Interval {
  readonly bookingId: string;
  /** Null: the texts were forgotten. */
  readonly title: string | null;
  readonly clientName: string | null;
  readonly isCancelled: boolean;
  readonly deliveries: readonly WeekDelivery[];
}

/** What the page shows. */
export interface Week {
  readonly timeZone: string;
  readonly days: readonly WeekDay[];
  readonly bookings: readonly WeekBooking[];
  /** By connection id: those that stretches name, and all others of the agent. */
  readonly calendars: ReadonlyMap<string, NamedCalendar>;
  /** Unless the agent is known nobody can book, and nothing is free. */
  readonly standing: Standing;
  /** The calendars that keep clients from booking, or let them book over newer events. */
  readonly obstacles: readonly Obstacle[];
}

/** The rules by which an agent is closed. */
const CLOSING: ReadonlySet<ConflictReason> = new Set(["hours", "closed"]);

const clipAll = <T extends Interval>(stretches: readonly T[], day: Interval): T[] =>
  stretches.flatMap((stretch) => {
    const part = clip(stretch, day);
    return part === null ? [] : [{ ...stretch, ...part }];
  });

/**
 * Seven days of an agent, from today or `ahead` days later, in one request to the database. Nothing is pulled for it.
 * @throws SealError if no key opens a booking's texts
 */
export async function showWeek(deps: Deps, input: { agentId: string; ahead: number }): Promise<Week> {
  const { agentId, ahead } = input;
  const now = deps.now();
  const from = now + ahead * DAY_MS;
  const aroundMs = AROUND_MS + MAX_BUFFER_MS;
  const reach = { startsAt: from - aroundMs, endsAt: from + DAYS * DAY_MS + aroundMs };
  const rows = await readWeek(deps.db, { agentId, reach, now });
  const { freeBusy } = rows;
  const settings = freeBusy.settings ?? DEFAULT_SETTINGS;
  const days = datesFrom(now, ahead + DAYS, settings.timeZone).slice(ahead);
  const range = { startsAt: days[0]?.startsAt ?? now, endsAt: days.at(-1)?.endsAt ?? now };
  const { taken, free } = explainTime({ ...freeBusy, settings, range, now });
  const closed = taken.filter(({ reason }) => CLOSING.has(reason));
  const calendars = namedCalendars(rows);
  const standing = standingOf(freeBusy);
  const sold = { startsAt: range.startsAt, endsAt: soldUntil(freeBusy.calendars, settings.onStale) };
  const sellable = standing === "known" ? clipAll(free, sold) : [];
  const { confirmMaxAgeMs } = deps.config.freshness;
  return {
    timeZone: settings.timeZone,
    days: days.map((day) => ({
      ...day,
      open: subtract(day, closed),
      taken: clipAll(taken, day),
      free: clipAll(sellable, day),
    })),
    bookings: await bookingsOf(deps, rows, range, calendars),
    calendars,
    standing,
    obstacles: obstaclesOf(freeBusy.calendars, { onStale: settings.onStale, confirmMaxAgeMs, now }),
  };
}

function namedCalendars({ connections, accounts }: WeekRows): Map<string, NamedCalendar> {
  const addresses = new Map(accounts.map(({ id, email }) => [id, email]));
  // Those that are being disconnected have the last numbers, because other pages don't list them.
  const byState = connections.toSorted((a, b) => Number(a.closingAt !== null) - Number(b.closingAt !== null));
  const titles = titlesOf(
    byState.map(({ id, name, accountId }) => ({ id, name, address: addresses.get(accountId) ?? null })),
  );
  return new Map(
    connections.map(({ id, name, provider }) => [id, { title: titles.get(id) ?? name, provider }]),
  );
}

/** What keeps a calendar from showing the booking's newest revision. */
function whyOf({ failureKind }: DeliveryRow, { status, reason }: DeliveryView): WeekDelivery["why"] {
  if (status === "synced") return null;
  if (reason === "calendar_switched_off") return "switched_off";
  return reason === "calendar_gone" ? "calendar_gone" : failureKind;
}

async function bookingsOf(
  deps: Deps,
  rows: WeekRows,
  range: Interval,
  calendars: ReadonlyMap<string, NamedCalendar>,
): Promise<WeekBooking[]> {
  const shown = rows.bookings.filter((row) => clip(row, range) !== null);
  return Promise.all(
    shown.map(async (row) => {
      const { bookingId, title, clientName, startsAt, endsAt, state } = await bookingView(deps, row);
      const own = rows.deliveries.filter((delivery) => delivery.bookingId === bookingId);
      const delivered = rows.connections.flatMap((connection) => {
        const delivery = own.find(({ connectionId }) => connectionId === connection.id);
        const calendar = calendars.get(connection.id);
        if (delivery === undefined || calendar === undefined) return [];
        const view = deliveryView({ delivery, connection });
        return [{ calendar, status: view.status, why: whyOf(delivery, view) }];
      });
      const isCancelled = state === "cancelled";
      return { bookingId, title, clientName, startsAt, endsAt, isCancelled, deliveries: delivered };
    }),
  );
}
