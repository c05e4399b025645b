// Calendar tables: agents, accounts, connections and channels. Times are in ms, lists are JSON text.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { FailureKind } from "../../domain/failure.ts";
import type { Recognition } from "../../domain/moved-calendar.ts";
import type { OpenHours, Override } from "../../domain/settings.ts";
import type { SyncCounts } from "../../domain/sync-counts.ts";
import type { ProviderName } from "../../providers/provider.ts";

import { SYNCED } from "../conditions.ts";
import { CONNECTION_DUE_AT } from "../due.ts";
import { ACCOUNT_SEALED_UNDER } from "../sealed-under.ts";

const flag = (name: string) => integer(name, { mode: "boolean" });

/** A small number for a new row. Rows of `busy` name agents and calendars by it, because they are many. */
const number = (table: string) =>
  integer("number").$defaultFn(() => sql.raw(`(SELECT COALESCE(MAX(number), 0) + 1 FROM ${table})`));

/** One agent, with the rules for the agent's time. */
export const agents = sqliteTable(
  "agents",
  {
    agentId: text("agent_id").primaryKey(),
    number: number("agents"),
    timeZone: text("time_zone").notNull(),
    tentativeBlocks: flag("tentative_blocks").notNull(),
    allDayBlocks: flag("all_day_blocks").notNull(),
    outOfOfficeBlocks: flag("out_of_office_blocks").notNull(),
    unansweredBlocks: flag("unanswered_blocks").notNull(),
    workingElsewhereBlocks: flag("working_elsewhere_blocks").notNull(),
    bufferBeforeMs: integer("buffer_before_ms").notNull(),
    bufferAfterMs: integer("buffer_after_ms").notNull(),
    minimumNoticeMs: integer("minimum_notice_ms").notNull(),
    workingHours: text("working_hours", { mode: "json" }).$type<OpenHours[]>(),
    /** Null: no day differs. */
    overrides: text("overrides", { mode: "json" }).$type<Override[]>(),
    maxPerDay: integer("max_per_day"),
    maxPerWeek: integer("max_per_week"),
    horizonDays: integer("horizon_days"),
    onStale: text("on_stale").$type<"refuse" | "allow">().notNull(),
    onExternalChange: text("on_external_change").$type<"keep" | "follow">().notNull(),
    reminderMinutes: text("reminder_minutes", { mode: "json" }).$type<number[]>().notNull(),
    /** Rises with every change of the settings. */
    revision: integer("revision").notNull(),
    /** When somebody last asked about the agent or booked them, as far as it was noted; 0: never. */
    askedAt: integer("asked_at").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [uniqueIndex("agents_number").on(t.number)],
);

/** One authorisation by one person. */
export const accounts = sqliteTable(
  "accounts",
  {
    id: text("id").primaryKey(),
    agentId: text("agent_id").notNull(),
    provider: text("provider").$type<ProviderName>().notNull(),
    /** The provider's stable id of the person. */
    providerUserId: text("provider_user_id").notNull(),
    email: text("email"),
    /** Access and refresh token, sealed with this row's id as associated data. */
    sealedCredentials: text("sealed_credentials").notNull(),
    accessTokenExpiresAt: integer("access_token_expires_at").notNull(),
    scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
    /** Rises each time credentials are stored. A refresh of an older version changes nothing. */
    credentialVersion: integer("credential_version").notNull(),
    status: text("status").$type<"active" | "needs_reauth" | "unavailable">().notNull(),
    /** The failure code behind the status. */
    statusReason: text("status_reason"),
    /** Claims that the provider wants to get back with the next consent request. */
    reauthClaims: text("reauth_claims"),
    refreshLeaseId: text("refresh_lease_id"),
    refreshLeaseUntil: integer("refresh_lease_until").notNull().default(0),
    refreshedAt: integer("refreshed_at").notNull(),
    /** When the account's calendars were last listed; 0: never since it was connected. */
    calendarsListedAt: integer("calendars_listed_at").notNull().default(0),
    /** When a caller's turn to have them listed last began; 0: nobody has asked. */
    calendarsAskedAt: integer("calendars_asked_at").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    // Unique per agent, not globally: two agents may share one mailbox (L25).
    uniqueIndex("accounts_identity").on(t.agentId, t.provider, t.providerUserId),
    index("accounts_person").on(t.provider, t.providerUserId),
    index("accounts_sealed_under").on(ACCOUNT_SEALED_UNDER),
    index("accounts_refreshed").on(t.refreshedAt, t.id).where(sql`status = 'active'`),
    // Every answer about an agent looks here for accounts that let nobody in. It is nearly always empty.
    index("accounts_lost").on(t.id, t.status).where(sql`status <> 'active'`),
  ],
);

/** Attempts to connect by password that failed or aren't over. The next attempt of any agent deletes old ones. */
export const passwordAttempts = sqliteTable(
  "password_attempts",
  {
    agentId: text("agent_id").notNull(),
    id: text("id").notNull(),
    startedAt: integer("started_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.agentId, t.id] }), index("password_attempts_started").on(t.startedAt)],
);

/** One calendar of an account: its use by the agent, and the state of its sync. */
export const connections = sqliteTable(
  "connections",
  {
    id: text("id").primaryKey(),
    number: number("connections"),
    agentId: text("agent_id").notNull(),
    accountId: text("account_id").notNull(),
    provider: text("provider").$type<ProviderName>().notNull(),
    calendarId: text("calendar_id").notNull(),
    name: text("name").notNull(),
    /** The zone the provider gives the calendar; null where it gives none. */
    timeZone: text("time_zone"),
    role: text("role").$type<"reader" | "writer">().notNull(),
    isActive: flag("is_active").notNull(),
    syncEnabled: flag("sync_enabled").notNull(),
    blocksAvailability: flag("blocks_availability").notNull(),
    receivesBookings: flag("receives_bookings").notNull(),
    /** Set when the calendar is disconnected. The row stays until its channels are closed. */
    closingAt: integer("closing_at"),
    /** Since when the calendar is gone from its account. Its rows still count. Null: it is there. */
    goneAt: integer("gone_at"),
    /** The calendar's first id, by which our events in it are marked; null: it has no other by now. */
    markedAs: text("marked_as"),
    /** What recognises the calendar under another id, as of the last list that showed it; null: nothing does. */
    recognition: text("recognition", { mode: "json" }).$type<Recognition>(),
    /** The provider's opaque cursor; null asks for a snapshot. */
    cursor: text("cursor"),
    windowStartsAt: integer("window_starts_at"),
    windowEndsAt: integer("window_ends_at"),
    /** When the unfinished round began; null between rounds. */
    roundStartedAt: integer("round_started_at"),
    /** How many answers the unfinished round has had. Stale between rounds, when `roundStartedAt` is null. */
    roundPages: integer("round_pages").notNull().default(0),
    /** How many cursors were worthless since one has last led to changes. */
    resyncs: integer("resyncs").notNull().default(0),
    /** Rounds that begin before this instant list everything, because reading changes failed. 0: changes are read. */
    listsUntil: integer("lists_until").notNull().default(0),
    /** The snapshot generation. The end of a snapshot deletes rows of an older one. */
    generation: integer("generation").notNull(),
    /** How many snapshots in a row would have emptied a calendar that had rows. */
    emptySnapshots: integer("empty_snapshots").notNull(),
    /** Rises with every hint of a change. A pull that has seen the changes raises `clean` to it. */
    dirty: integer("dirty").notNull(),
    clean: integer("clean").notNull(),
    leaseId: text("lease_id"),
    leaseUntil: integer("lease_until").notNull(),
    failures: integer("failures").notNull(),
    failureKind: text("failure_kind").$type<FailureKind>(),
    failureCode: text("failure_code"),
    /** No sync begins before this instant, whatever is due. */
    nextAttemptAt: integer("next_attempt_at").notNull(),
    /** When the next pull is due without a hint. */
    pollDueAt: integer("poll_due_at").notNull(),
    /** The time without a pull that the calendar has earned (`domain/trust.ts`); 0: nothing yet. */
    trustedMs: integer("trusted_ms").notNull().default(0),
    /** When the next daily roll of the window is due. */
    rollDueAt: integer("roll_due_at").notNull(),
    /** When the last completed pull began. It has seen every earlier change. */
    verifiedAt: integer("verified_at"),
    lastSyncAt: integer("last_sync_at"),
    /** The UTC day (days since 1970) that `tally` counts; null: nothing was counted yet. */
    tallyDay: integer("tally_day"),
    /** What the syncs of that day did. The first sync of another day moves it to `sync_days`. */
    tally: text("tally", { mode: "json" }).$type<SyncCounts>(),
    /** The sync run that was counted last. It tells a repeated batch from the next one. */
    lastRunId: text("last_run_id"),
    /** When the last audit began to list the calendar; null: it was never audited. */
    auditedAt: integer("audited_at"),
    /** When the next audit is due; null: the end of the next round plans it. */
    auditDueAt: integer("audit_due_at"),
    /** Whether the provider can watch this calendar. `unsupported` stays (L16). */
    watch: text("watch").$type<"wanted" | "unsupported">().notNull(),
    watchFailures: integer("watch_failures").notNull(),
    /** When a channel must be opened or replaced; null: never, because there is no push. */
    channelDueAt: integer("channel_due_at"),
    /** What the last sweep sent jobs for, and until when it sends none again; see `store/due.ts`. */
    sentFor: integer("sent_for").notNull().default(0),
    sentUntil: integer("sent_until").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("connections_number").on(t.number),
    uniqueIndex("connections_calendar").on(t.agentId, t.provider, t.calendarId),
    index("connections_account").on(t.accountId),
    index("connections_remote").on(t.provider, t.calendarId),
    index("connections_due").on(CONNECTION_DUE_AT),
    index("connections_audit_due").on(t.auditDueAt).where(SYNCED),
    index("connections_audited").on(t.auditedAt, t.createdAt).where(SYNCED),
    // Nearly empty: a calendar that doesn't fail isn't in it.
    index("connections_failing").on(t.provider, t.failureCode).where(sql`failure_kind is not null`),
    index("connections_gone").on(t.goneAt).where(sql`gone_at is not null`),
  ],
);

/** One push channel or subscription. */
export const channels = sqliteTable(
  "channels",
  {
    id: text("id").primaryKey(),
    connectionId: text("connection_id").notNull(),
    /** Notifications name the channel by this key: the provider's id where it chooses one, else ours. */
    notificationKey: text("notification_key").notNull(),
    secretHash: text("secret_hash").notNull(),
    resourceId: text("resource_id"),
    state: text("state").$type<"pending" | "active" | "retiring">().notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** While it retires: when the sweep next has it closed. */
    closeDueAt: integer("close_due_at").notNull().default(0),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("channels_notification_key").on(t.notificationKey),
    index("channels_connection").on(t.connectionId),
    index("channels_retiring").on(t.closeDueAt).where(sql`state = 'retiring'`),
    index("channels_expires").on(t.expiresAt),
  ],
);
