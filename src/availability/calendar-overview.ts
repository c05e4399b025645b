// Calendar overview: how an agent's calendars are doing, and what that means for sales, as the agent's page shows it.
import { type ConnectionView, connectionView } from "../accounts/views.ts";
import type { Deps } from "../deps.ts";
import type { BookingState } from "../domain/booking.ts";
import type { FailureKind } from "../domain/failure.ts";
import { doubtOf, type StaleReason } from "../domain/freshness.ts";
import type { Instant } from "../domain/instant.ts";
import { isKnown } from "../domain/obstacle.ts";
import type { AgentSettings } from "../domain/settings.ts";
import { dayOf, sumOf } from "../domain/sync-counts.ts";
import { type OverviewRows, readOverview } from "../store/busy/calendar-overview.ts";
import type { ConnectionRow } from "../store/rows.ts";
import { MOST_LISTED, type UnreadableView, unreadableView } from "./unreadable.ts";

/** Differences that audits found are counted for so many days. */
const DRIFT_DAYS = 30;

/** Bookings that a calendar doesn't show as they are. */
export interface UnwrittenBookings {
  /** `failed`: no more is tried by itself. `waiting`: another attempt follows. */
  readonly state: "failed" | "waiting";
  /** `cancelled`: it still shows bookings that are no more. */
  readonly booking: BookingState;
  /** What the last attempt failed by. */
  readonly failureKind: FailureKind | null;
  readonly count: number;
}

/** One calendar as its agent sees it. */
export interface CalendarOverview {
  readonly connection: ConnectionView;
  /** The account's address; null: the provider names none. */
  readonly address: string | null;
  /** Its changes are read: its agent hasn't switched that off. */
  readonly isRead: boolean;
  /** Why only a person can make it fresh again; null: no person needs to. */
  readonly doubt: StaleReason | null;
  /** By what is known of it now, a booking could be confirmed, or could be after a pull that needs nobody. */
  readonly isKnown: boolean;
  /** The provider has told of a change that isn't read yet. */
  readonly isHinted: boolean;
  /** How many of its events are known, while it is read for the first time; null: it was read to the end. */
  readonly eventsRead: number | null;
  /** How many differences audits found and healed in the last `DRIFT_DAYS`. */
  readonly drift: number;
  readonly unreadable: readonly UnreadableView[];
  readonly unwritten: readonly UnwrittenBookings[];
  /** It is read for the first time, which nothing hinders. */
  readonly isFirstRead: boolean;
  /** A booking that failed before is about to be written anew, because somebody asked for it. */
  readonly isWriting: boolean;
}

/** All of an agent's calendars. */
export interface AgentOverview {
  readonly calendars: readonly CalendarOverview[];
  readonly settings: AgentSettings;
  /** Everything about the agent is being deleted, so nothing can be connected. */
  readonly isBeingErased: boolean;
}

/** How the agent's calendars are doing, with one request to the database. */
export async function calendarOverview(deps: Deps, { agentId }: { agentId: string }): Promise<AgentOverview> {
  const now = deps.now();
  const toDay = dayOf(now);
  const days = { fromDay: toDay - DRIFT_DAYS, toDay };
  const rows = await readOverview(deps.db, { agentId, ...days, most: MOST_LISTED, now });
  return {
    calendars: rows.connections.map((connection) => overviewOf(deps, rows, connection, now)),
    settings: rows.settings,
    isBeingErased: rows.isBeingErased,
  };
}

function overviewOf(
  { config }: Deps,
  rows: OverviewRows,
  connection: ConnectionRow,
  now: Instant,
): CalendarOverview {
  const { id, failureKind, verifiedAt } = connection;
  const account = rows.accounts.find((one) => one.id === connection.accountId);
  const unreadable = rows.unreadable.filter(({ connectionId }) => connectionId === id).map(unreadableView);
  const unwritten = rows.unwritten.filter(({ connectionId }) => connectionId === id);
  const known = {
    accountStatus: account?.status ?? "active",
    failureKind,
    gone: connection.goneAt !== null,
    unknown: unreadable.filter(({ extent }) => extent === "unknown").length,
    verifiedAt,
  };
  const doubt = doubtOf(known);
  const isRead = connection.isActive && connection.syncEnabled;
  const counts = sumOf(rows.syncDays.filter((day) => day.connectionId === id).map((day) => day.counts));
  return {
    connection: connectionView(connection, account, rows.channels, now),
    address: account?.email ?? null,
    ...{ isRead, doubt },
    isKnown: isKnown(known, config.freshness.confirmMaxAgeMs, now),
    isHinted: connection.dirty > connection.clean,
    eventsRead: verifiedAt === null ? (rows.eventsRead.get(id) ?? 0) : null,
    drift: (counts["missing"] ?? 0) + (counts["extra"] ?? 0),
    unreadable,
    unwritten: unwritten.map(({ state, booking, failureKind: kind, count }) => ({
      ...{ state: state === "failed" ? ("failed" as const) : ("waiting" as const), booking, count },
      failureKind: kind,
    })),
    isFirstRead: isRead && verifiedAt === null && doubt === null,
    isWriting: unwritten.some(({ state, isFresh: first }) => state === "pending" && first),
  };
}
