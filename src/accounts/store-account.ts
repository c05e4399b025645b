// Store account: stores a proven account sealed, connects it if it is new, and wakes it if it was held up.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { accountRow, seal } from "../encoding/seal.ts";
import { wakeNotices } from "../notices/wake.ts";
import { ProviderError } from "../providers/error.ts";
import type { Credentials, Grant, Identity, ProviderName, RemoteCalendar } from "../providers/provider.ts";
import { findAccount, findAccountByIdentity, saveConsent } from "../store/accounts/accounts.ts";
import { isGrantShared } from "../store/accounts/grants.ts";
import { listAccountConnections, wakeAccountConnections } from "../store/calendars/connections.ts";
import { wakeAccountDeliveries } from "../store/deliveries/due-deliveries.ts";
import type { AccountRow } from "../store/rows.ts";
import { startConnection } from "./connections.ts";
import { credentialsOf } from "./open.ts";

/**
 * The account to reconnect; null if `accountId` is null.
 * @throws EngineError account_not_found if the agent has no such account at this provider
 */
export async function accountToReconnect(
  deps: Deps,
  input: { agentId: string; provider: ProviderName; accountId: string | null },
): Promise<AccountRow | null> {
  const { agentId, provider, accountId } = input;
  if (accountId === null) return null;
  const account = await findAccount(deps.db, { id: accountId, ownedBy: agentId });
  if (account?.provider === provider) return account;
  throw new EngineError("account_not_found", "The account to reconnect doesn't exist at this provider.");
}

/**
 * Stores what a person granted, sealed: as a new account, or as new credentials of their existing one.
 * @param input.accountId the account to reconnect; null: any account may be stored
 * @throws EngineError account_mismatch, oauth_no_refresh_token, agent_being_erased
 */
export async function storeAccount(
  deps: Deps,
  input: {
    agentId: string;
    accountId: string | null;
    provider: ProviderName;
    grant: Grant;
    identity: Identity;
    calendars: readonly RemoteCalendar[];
    /** When the person began to connect. */
    begunAt: Instant;
  },
): Promise<AccountRow> {
  const { agentId, accountId, provider, grant, identity } = input;
  for (;;) {
    const existing = await findAccountByIdentity(deps.db, {
      agentId,
      provider,
      providerUserId: identity.userId,
    });
    if (accountId !== null && existing?.id !== accountId) {
      throw new EngineError(
        "account_mismatch",
        "You signed in with another account than the one to reconnect. Connect again and choose the same account.",
      );
    }
    const id = existing?.id ?? deps.newId();
    const refreshToken = grant.refreshToken ?? (await storedRefreshToken(deps, existing));
    const consent = {
      id,
      agentId,
      provider,
      providerUserId: identity.userId,
      email: identity.email,
      sealedCredentials: await seal(deps.config.tokenKeys, accountRow(id), {
        accessToken: grant.accessToken,
        accessTokenExpiresAt: grant.accessTokenExpiresAt,
        refreshToken,
      }),
      accessTokenExpiresAt: grant.accessTokenExpiresAt,
      scopes: grant.scopes,
      timeZone: input.calendars.find(({ primary }) => primary)?.timeZone ?? "UTC",
      begunAt: input.begunAt,
      now: deps.now(),
    };
    const saved = await saveOrRevoke(deps, consent, grant);
    // Null: another request of the same person was faster. The next turn updates the account that it stored.
    if (saved === null) continue;
    if (existing !== null && existing.status !== "active") wakeNotices(deps);
    return saved;
  }
}

/**
 * Stores a consent. Where an erasure keeps it out, nobody may hold its grant either. A stored account of the same
 * person shares that grant: another agent uses it, or the erasure still needs it and ends it itself.
 */
async function saveOrRevoke(
  deps: Deps,
  consent: Parameters<typeof saveConsent>[1],
  { accessToken, accessTokenExpiresAt, refreshToken }: Grant,
): Promise<AccountRow | null> {
  try {
    return await saveConsent(deps.db, consent);
  } catch (error) {
    const isErased = error instanceof EngineError && error.code === "agent_being_erased";
    if (isErased && refreshToken !== null && !(await isGrantShared(deps.db, { ...consent, id: null }))) {
      await tryToRevoke(deps, consent.provider, { accessToken, accessTokenExpiresAt, refreshToken });
    }
    throw error;
  }
}

async function tryToRevoke(deps: Deps, provider: ProviderName, credentials: Credentials): Promise<void> {
  try {
    await deps.providers.get(provider).oauth.revoke(credentials);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn("consent.not_revoked", { provider, code: error.code });
  }
}

async function storedRefreshToken(deps: Deps, existing: AccountRow | null): Promise<string> {
  if (existing !== null) {
    return (await credentialsOf(deps, existing)).refreshToken;
  }
  throw new EngineError(
    "oauth_no_refresh_token",
    "The provider gave no lasting access. Remove this app from the account's connected apps, then connect again.",
  );
}

/**
 * Connects the primary calendar of a new account. Wakes the pulls, channels and deliveries of a reconnected one.
 * @returns the ids of the account's connections
 */
export async function connectStored(
  deps: Deps,
  account: AccountRow,
  calendars: readonly RemoteCalendar[],
): Promise<string[]> {
  const connected = await listAccountConnections(deps.db, account.id);
  if (connected.some(({ closingAt }) => closingAt === null)) {
    const now = deps.now();
    const ids = await wakeAccountConnections(deps.db, { accountId: account.id, now });
    const deliveries = await wakeAccountDeliveries(deps.db, { accountId: account.id, now });
    await deps.queue.send("urgent", [
      ...ids.map((connectionId) => ({ kind: "pull" as const, connectionId })),
      ...ids.map((connectionId) => ({ kind: "open-channel" as const, connectionId })),
      ...deliveries.map((delivery) => ({ kind: "deliver" as const, ...delivery })),
    ]);
    return ids;
  }
  const calendar = calendars.find(({ primary }) => primary) ?? calendars[0];
  if (calendar === undefined) return [];
  const connection = await startConnection(deps, {
    account,
    calendar,
    list: calendars,
    blocksAvailability: true,
    receivesBookings: calendar.role === "writer",
  });
  return connection === null ? [] : [connection.id];
}
