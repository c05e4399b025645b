// Leases: decides who may sync a calendar now, and finds the calendars that are due.
import { and, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import type { Way } from "../../providers/provider.ts";
import { lostNotice } from "../accounts/access-notices.ts";
import { settingsOf } from "../agents/agents.ts";
import { noteAsked } from "../agents/demand.ts";
import { leaseHeld, SYNCED } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { deliveredWithoutNotice } from "../deliveries/delivered-notice.ts";
import { aboutAccount, insertNotice } from "../outbox/notices.ts";
import type { AccountRow, ConnectionRow } from "../rows.ts";
import { accounts, agents, connections } from "../schema/calendars.ts";
import { auditSoon } from "./audit-plan.ts";
import { recordRun, type SyncRun } from "./sync-runs.ts";
import { isTimeForCallers, soonest, type Wanted, worthWhile } from "./wanted.ts";

/** A connection with what is needed to talk to its provider. */
export interface OpenableConnection {
  readonly connection: ConnectionRow;
  readonly account: AccountRow;
  readonly settings: AgentSettings;
  /** When somebody last asked about the agent or booked them, as far as it was noted. */
  readonly askedAt: Instant;
}

/** Statements: the connection's account and its agent's settings. */
export function selectContext(db: Database, connectionId: string): [Statement, Statement] {
  const row = sql`(SELECT account_id FROM connections WHERE id = ${connectionId})`;
  const agent = sql`(SELECT agent_id FROM connections WHERE id = ${connectionId})`;
  return [
    db.build.select().from(accounts).where(sql`${accounts.id} = ${row}`),
    db.build.select().from(agents).where(sql`${agents.agentId} = ${agent}`),
  ];
}

/** The connection with its account and settings, closing or not; null where any of them is missing. */
export async function readOpenable(db: Database, connectionId: string): Promise<OpenableConnection | null> {
  const [connectionResult, accountResult, agentResult] = await db.read([
    db.build.select().from(connections).where(eq(connections.id, connectionId)),
    ...selectContext(db, connectionId),
  ]);
  return openableOf(
    rowsOf(connections, connectionResult)[0],
    rowsOf(accounts, accountResult)[0],
    rowsOf(agents, agentResult)[0],
  );
}

/** The rows together; null where any of them is missing. */
export function openableOf(
  connection: ConnectionRow | undefined,
  account: AccountRow | undefined,
  agent: InferSelectModel<typeof agents> | undefined,
): OpenableConnection | null {
  if (connection === undefined || account === undefined || agent === undefined) return null;
  return { connection, account, settings: settingsOf(agent), askedAt: agent.askedAt };
}

/** A claim that was granted, or the reason why not. */
export type Claim =
  | { readonly kind: "claimed"; readonly work: OpenableConnection }
  /** A caller wants it, and another pull has only just been made: claim it again then. */
  | { readonly kind: "soon"; readonly at: Instant }
  /** `leased`: somebody else is syncing. `unwanted`: nothing to do, held off, or not synced at all. */
  | { readonly kind: "leased" | "unwanted" };

/**
 * Takes the right to sync this calendar and reads everything that the sync needs, in one round trip. Idempotent under
 * one `leaseId`.
 */
export async function claimConnection(
  db: Database,
  input: { id: string; leaseId: string; leaseUntil: Instant; wanted: Wanted; now: Instant },
): Promise<Claim> {
  const { id, leaseId, now, wanted } = input;
  const isCallers = wanted.kind === "verified-since";
  const isClaimable = sql`lease_until <= ${now} AND ${worthWhile(wanted, now)}`;
  const claimed = sql`SELECT agent_id FROM connections WHERE id = ${id} AND lease_id = ${leaseId}`;
  const results = await db.write([
    sql`UPDATE connections SET lease_id = ${leaseId}, lease_until = ${input.leaseUntil}
        WHERE id = ${id} AND ${SYNCED} AND (lease_id = ${leaseId}
          OR (${isClaimable}${isCallers ? sql` AND ${isTimeForCallers(now)}` : sql``}))`,
    ...(isCallers ? [noteAsked(claimed, now), soonest(id, isClaimable)] : []),
    db.build.select().from(connections).where(eq(connections.id, id)),
    ...selectContext(db, id),
  ]);
  const [connectionResult, accountResult, agentResult] = results.slice(-3);
  const [connection] = rowsOf(connections, connectionResult);
  const work = openableOf(connection, rowsOf(accounts, accountResult)[0], rowsOf(agents, agentResult)[0]);
  if (work !== null && work.connection.leaseId === leaseId) return { kind: "claimed", work };
  const soon = isCallers ? results.at(-4)?.rows[0] : undefined;
  if (soon !== undefined) return { kind: "soon", at: Number(soon["at"]) };
  return { kind: (connection?.leaseUntil ?? 0) > now ? "leased" : "unwanted" };
}

/** Gives the lease back after a failure, and stores when to try again. A lost lease changes nothing. */
export async function releaseFailed(
  db: Database,
  input: {
    id: string;
    leaseId: string;
    kind: FailureKind;
    code: string;
    nextAttemptAt: Instant;
    /** The calendar is no longer in its account. Its rows count until the agent disconnects it. */
    gone: boolean;
    run: SyncRun;
    now: Instant;
  },
): Promise<void> {
  await db.write([
    ...recordRun(input.run, leaseHeld(input)),
    ...(input.gone ? [lostNotice({ ...input, reason: input.code })] : []),
    db.build
      .update(connections)
      .set({
        leaseId: null,
        leaseUntil: 0,
        failures: sql`${connections.failures} + 1`,
        failureKind: input.kind,
        failureCode: input.code,
        nextAttemptAt: input.nextAttemptAt,
        pollDueAt: input.nextAttemptAt,
        ...(input.gone ? { goneAt: sql`COALESCE(gone_at, ${input.now})` } : {}),
        updatedAt: input.now,
      })
      .where(and(eq(connections.id, input.id), eq(connections.leaseId, input.leaseId))),
    ...(input.gone ? [deliveredWithoutNotice(input.id, input.now)] : []),
  ]);
}

/** Gives the lease back with work left and nothing wrong: the rest is due at once. */
export async function releaseUnfinished(
  db: Database,
  input: { id: string; leaseId: string; run: SyncRun | null },
): Promise<void> {
  await db.write([
    ...(input.run === null ? [] : recordRun(input.run, leaseHeld(input))),
    db.build
      .update(connections)
      .set({ leaseId: null, leaseUntil: 0, pollDueAt: 0 })
      .where(and(eq(connections.id, input.id), eq(connections.leaseId, input.leaseId))),
  ]);
}

/**
 * Drops the cursor under the lease, so that the next round lists everything under a new generation. An audit is due
 * soon after.
 */
export async function dropCursor(
  db: Database,
  input: {
    id: string;
    leaseId: string;
    resyncs: number;
    listsUntil: Instant;
    /** Raises the dirty counter, so that another round follows at once. */
    hint: boolean;
    /** People are told that one way of reading led nowhere, and that the other one is tried. */
    told?: { readonly reason: string; readonly from: Way; readonly to: Way } | null;
    now: Instant;
  },
): Promise<void> {
  await db.write([
    ...(input.told == null ? [] : [standstillNotice({ ...input, ...input.told })]),
    sql`UPDATE connections SET cursor = NULL, round_started_at = NULL, resyncs = ${input.resyncs},
          lists_until = ${input.listsUntil}, dirty = dirty + ${input.hint ? 1 : 0}, ${auditSoon(input.now)}
        WHERE id = ${input.id} AND lease_id = ${input.leaseId}`,
  ]);
}

/**
 * Statement: a notice that a way of reading the calendar led nowhere, once for each way until the calendar has been
 * read again. Where it is being listed for a day already, changes that still can't be read are no news.
 */
const standstillNotice = (input: {
  id: string;
  leaseId: string;
  reason: string;
  from: Way;
  to: Way;
  now: Instant;
}): Statement =>
  insertNotice({
    kind: "calendar.standstill",
    agentId: sql`c.agent_id`,
    subject: aboutAccount(sql`c.account_id`),
    onceKey: sql`'standstill:' || c.id || ':' || ${input.from} || ':' || COALESCE(c.verified_at, 0)`,
    data: sql`json_object('accountId', c.account_id, 'provider', c.provider, 'connectionId', c.id,
      'reason', ${input.reason}, 'triedBy', ${input.from}, 'nextBy', ${input.to})`,
    from: sql`connections c WHERE c.id = ${input.id} AND c.lease_id = ${input.leaseId} AND c.closing_at IS NULL
      AND (c.lists_until = 0 OR ${input.from} = 'listings')`,
    now: input.now,
  });
