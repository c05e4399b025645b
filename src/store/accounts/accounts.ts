// Accounts: authorisations with sealed credentials, and the lease under which one Worker at a time refreshes them.

import { and, asc, eq, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { insertAgentIfMissing } from "../agents/agents.ts";
import { writeUnerased } from "../agents/unerased.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import type { AccountRow } from "../rows.ts";
import { accounts } from "../schema/calendars.ts";
import { type LostStatus, lostAccessNotice, restoredNotice } from "./access-notices.ts";

/** Statement: one account, only if it belongs to `ownedBy` (null: to any agent). */
function selectAccount(db: Database, id: string, ownedBy: string | null = null): Statement {
  const mine = ownedBy === null ? undefined : eq(accounts.agentId, ownedBy);
  return db.build
    .select()
    .from(accounts)
    .where(and(eq(accounts.id, id), mine));
}

/** The account, or null when there is none or it belongs to another agent. */
export async function findAccount(
  db: Database,
  input: { id: string; ownedBy: string | null },
): Promise<AccountRow | null> {
  const [result] = await db.read([selectAccount(db, input.id, input.ownedBy)]);
  return rowsOf(accounts, result)[0] ?? null;
}

/** The agent's account of this person at this provider, or null. */
export async function findAccountByIdentity(
  db: Database,
  input: { agentId: string; provider: ProviderName; providerUserId: string },
): Promise<AccountRow | null> {
  const [result] = await db.read([
    db.build
      .select()
      .from(accounts)
      .where(
        and(
          eq(accounts.agentId, input.agentId),
          eq(accounts.provider, input.provider),
          eq(accounts.providerUserId, input.providerUserId),
        ),
      ),
  ]);
  return rowsOf(accounts, result)[0] ?? null;
}

/** All accounts of an agent, oldest first. */
export async function listAccounts(db: Database, agentId: string): Promise<AccountRow[]> {
  const [result] = await db.read([
    db.build.select().from(accounts).where(eq(accounts.agentId, agentId)).orderBy(asc(accounts.createdAt)),
  ]);
  return rowsOf(accounts, result);
}

/** A fresh grant to store. */
export interface NewCredentials {
  readonly sealedCredentials: string;
  readonly accessTokenExpiresAt: Instant;
  /** Null keeps the stored scopes. */
  readonly scopes: readonly string[] | null;
}

/**
 * Stores a consent: creates the account `id`, or renews the credentials of the account that has this id. Null when
 * another account has this identity, because two callbacks met: find that account and seal for its id.
 * @throws EngineError agent_being_erased
 */
export async function saveConsent(
  db: Database,
  input: NewCredentials & {
    id: string;
    agentId: string;
    provider: ProviderName;
    providerUserId: string;
    email: string | null;
    timeZone: string;
    /** When the person began to connect. */
    begunAt: Instant;
    now: Instant;
  },
): Promise<AccountRow | null> {
  const granted = {
    email: input.email,
    sealedCredentials: input.sealedCredentials,
    accessTokenExpiresAt: input.accessTokenExpiresAt,
    scopes: [...(input.scopes ?? [])],
    status: "active" as const,
    statusReason: null,
    reauthClaims: null,
    refreshLeaseId: null,
    refreshLeaseUntil: 0,
    refreshedAt: input.now,
    updatedAt: input.now,
  };
  const { agentId, begunAt: since } = input;
  const [, , , result] = await writeUnerased(db, { agentId, since }, [
    insertAgentIfMissing(db, { agentId: input.agentId, timeZone: input.timeZone, now: input.now }),
    db.build
      .insert(accounts)
      .values({
        id: input.id,
        agentId: input.agentId,
        provider: input.provider,
        providerUserId: input.providerUserId,
        credentialVersion: 0,
        createdAt: input.now,
        ...granted,
      })
      .onConflictDoNothing(),
    restoredNotice(sql`a.id = ${input.id}`, input.now),
    db.build
      .update(accounts)
      .set({ ...granted, credentialVersion: sql`${accounts.credentialVersion} + 1` })
      .where(eq(accounts.id, input.id))
      .returning(),
  ]);
  return rowsOf(accounts, result)[0] ?? null;
}

/**
 * Takes the right to refresh this version of the credentials. Null: somebody else has that right, or the credentials
 * are newer. Idempotent under one `leaseId`.
 */
export async function claimRefresh(
  db: Database,
  input: { id: string; credentialVersion: number; leaseId: string; leaseUntil: Instant; now: Instant },
): Promise<AccountRow | null> {
  const [result] = await db.write([
    db.build
      .update(accounts)
      .set({ refreshLeaseId: input.leaseId, refreshLeaseUntil: input.leaseUntil })
      .where(
        and(
          eq(accounts.id, input.id),
          eq(accounts.credentialVersion, input.credentialVersion),
          sql`(${accounts.refreshLeaseUntil} <= ${input.now} OR ${accounts.refreshLeaseId} = ${input.leaseId})`,
        ),
      )
      .returning(),
  ]);
  return rowsOf(accounts, result)[0] ?? null;
}

/**
 * Stores refreshed credentials, if the lease is still ours. A mark of the account stays until the provider has let the
 * new token in.
 */
export async function saveRefreshed(
  db: Database,
  input: NewCredentials & { id: string; leaseId: string; now: Instant },
): Promise<AccountRow | null> {
  const { id, leaseId, now } = input;
  const [, result] = await db.write([
    db.build
      .update(accounts)
      .set({
        sealedCredentials: input.sealedCredentials,
        accessTokenExpiresAt: input.accessTokenExpiresAt,
        ...(input.scopes === null ? {} : { scopes: [...input.scopes] }),
        credentialVersion: sql`${accounts.credentialVersion} + 1`,
        refreshLeaseId: null,
        refreshLeaseUntil: 0,
        refreshedAt: now,
        updatedAt: now,
      })
      .where(and(eq(accounts.id, id), eq(accounts.refreshLeaseId, leaseId))),
    selectAccount(db, id),
  ]);
  return rowsOf(accounts, result)[0] ?? null;
}

/** Gives the refresh lease back without new credentials. */
export async function releaseRefresh(db: Database, input: { id: string; leaseId: string }): Promise<void> {
  await db.write([
    db.build
      .update(accounts)
      .set({ refreshLeaseId: null, refreshLeaseUntil: 0 })
      .where(and(eq(accounts.id, input.id), eq(accounts.refreshLeaseId, input.leaseId))),
  ]);
}

const versionOf = ({ id, credentialVersion }: { id: string; credentialVersion: number }) =>
  sql`a.id = ${id} AND a.credential_version = ${credentialVersion}`;

/** Marks the account as needing the agent's consent. Does nothing if newer credentials came meanwhile. */
export const markNeedsReauth = (
  db: Database,
  input: Refused & { readonly claims: string | null },
): Promise<void> => markLost(db, { ...input, status: "needs_reauth" });

/** Marks the account as having no calendars at the provider. Does nothing if newer credentials came meanwhile. */
export const markUnavailable = (db: Database, input: Refused): Promise<void> =>
  markLost(db, { ...input, status: "unavailable", claims: null });

/** The credentials that were refused, and why. */
interface Refused {
  readonly id: string;
  readonly credentialVersion: number;
  readonly reason: string;
  readonly now: Instant;
}

async function markLost(
  db: Database,
  input: Refused & { readonly status: LostStatus; readonly claims: string | null },
): Promise<void> {
  await db.write([
    lostAccessNotice(versionOf(input), input),
    db.build
      .update(accounts)
      .set({
        status: input.status,
        statusReason: input.reason,
        reauthClaims: input.claims,
        refreshLeaseId: null,
        refreshLeaseUntil: 0,
        updatedAt: input.now,
      })
      .where(and(eq(accounts.id, input.id), eq(accounts.credentialVersion, input.credentialVersion))),
  ]);
}

/** Records a first refusal, which may be false: the account stays active, and only the next refusal counts. */
export async function markRefusedOnce(
  db: Database,
  input: { id: string; credentialVersion: number; reason: string; now: Instant },
): Promise<void> {
  await db.write([
    db.build
      .update(accounts)
      .set({ statusReason: input.reason, updatedAt: input.now })
      .where(and(eq(accounts.id, input.id), eq(accounts.credentialVersion, input.credentialVersion))),
  ]);
}

/** Clears the mark, because the provider accepted these very credentials (L22). */
export async function markActive(
  db: Database,
  input: { id: string; credentialVersion: number; now: Instant },
): Promise<void> {
  await db.write([
    restoredNotice(versionOf(input), input.now),
    db.build
      .update(accounts)
      .set({ status: "active", statusReason: null, reauthClaims: null, updatedAt: input.now })
      .where(and(eq(accounts.id, input.id), eq(accounts.credentialVersion, input.credentialVersion))),
  ]);
}
