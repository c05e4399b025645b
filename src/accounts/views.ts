// Views: connections as callers see them.
import type { Instant } from "../domain/instant.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { ChannelRow } from "../store/calendars/channels.ts";
import type { AccountRow, ConnectionRow } from "../store/rows.ts";

/** A connected calendar and how it is doing. */
export interface ConnectionView {
  readonly id: string;
  readonly agentId: string;
  readonly accountId: string;
  readonly provider: ProviderName;
  readonly calendarId: string;
  readonly name: string;
  readonly timeZone: string | null;
  readonly role: "reader" | "writer";
  readonly isActive: boolean;
  readonly syncEnabled: boolean;
  readonly blocksAvailability: boolean;
  readonly receivesBookings: boolean;
  /**
   * `syncing`: not read to the end yet. `failing`: the last attempt failed, and the engine tries again by itself.
   * `calendar_gone`: it is no longer in its account. Its last known times count until it is disconnected.
   */
  readonly status: "active" | "needs_reauth" | "calendar_gone" | "failing" | "syncing";
  /** The code of the failure behind the status. */
  readonly statusReason: string | null;
  /** Whether the provider notifies us of changes. `unsupported` calendars are polled. */
  readonly push: "active" | "pending" | "unsupported";
  readonly lastSyncAt: Instant | null;
  /** When the last completed pull began: all earlier changes are known. Null: none has completed. */
  readonly verifiedAt: Instant | null;
  /** When the calendar was last listed anew and compared with the cache. Null: never. */
  readonly auditedAt: Instant | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A calendar of an account at the provider, connected or not. */
export interface RemoteCalendarView {
  readonly calendarId: string;
  readonly name: string;
  readonly timeZone: string | null;
  readonly role: "reader" | "writer";
  readonly primary: boolean;
  /** False: the provider lists it for the account, but doesn't let us read its events. */
  readonly readable: boolean;
  /** The calendar's connection; null: it is not connected. */
  readonly connectionId: string | null;
}

function statusOf(
  connection: ConnectionRow,
  account: AccountRow | undefined,
): Pick<ConnectionView, "status" | "statusReason"> {
  if (account?.status === "needs_reauth") {
    return { status: "needs_reauth", statusReason: account.statusReason };
  }
  if (account?.status === "unavailable") return { status: "failing", statusReason: account.statusReason };
  if (connection.goneAt !== null) return { status: "calendar_gone", statusReason: "calendar_gone" };
  if (connection.failures > 0) return { status: "failing", statusReason: connection.failureCode };
  return { status: connection.verifiedAt === null ? "syncing" : "active", statusReason: null };
}

/** A connection's row as callers see it. */
export function connectionView(
  connection: ConnectionRow,
  account: AccountRow | undefined,
  channels: readonly ChannelRow[],
  now: Instant,
): ConnectionView {
  const watched = channels.some(
    ({ connectionId, state, expiresAt }) =>
      connectionId === connection.id && state === "active" && expiresAt > now,
  );
  return {
    id: connection.id,
    agentId: connection.agentId,
    accountId: connection.accountId,
    provider: connection.provider,
    calendarId: connection.calendarId,
    name: connection.name,
    timeZone: connection.timeZone,
    role: connection.role,
    isActive: connection.isActive,
    syncEnabled: connection.syncEnabled,
    blocksAvailability: connection.blocksAvailability,
    receivesBookings: connection.receivesBookings,
    ...statusOf(connection, account),
    push: connection.watch === "unsupported" ? "unsupported" : watched ? "active" : "pending",
    lastSyncAt: connection.lastSyncAt,
    verifiedAt: connection.verifiedAt,
    auditedAt: connection.auditedAt,
    createdAt: connection.createdAt,
    updatedAt: connection.updatedAt,
  };
}
