// Disconnect: a calendar stops counting at once. Its channels and its grant are closed afterwards.
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { EngineError } from "../domain/errors.ts";
import type { FailureKind } from "../domain/failure.ts";
import { DAY_MS } from "../domain/instant.ts";
import { ProviderError } from "../providers/error.ts";
import { isGrantShared } from "../store/accounts/accounts.ts";
import { deleteChannel, listChannels } from "../store/calendars/channels.ts";
import { deleteClosed, markClosing, postponeClosing } from "../store/calendars/closing.ts";
import { listAccountConnections } from "../store/calendars/connections.ts";
import { type OpenableConnection, readOpenable } from "../store/calendars/leases.ts";
import type { ConnectionRow } from "../store/rows.ts";
import { credentialsOf, withAccount } from "./open.ts";

/** Channels last at most a month (`docs/providers/google.md` A.8): after that there is nothing left to close. */
const GIVE_UP_MS = 30 * DAY_MS;

/** After these failures closing is hopeless: what is still open at the provider lapses by itself. */
const HOPELESS: readonly FailureKind[] = ["reauth", "no-service", "refused", "gone", "bug"];

/**
 * Disconnects a calendar. Its busy time no longer counts, and its channels are stopped. With the account's last
 * calendar the grant is revoked. If the provider fails, cron tries again.
 * @throws EngineError connection_not_found
 */
export async function disconnect(
  deps: Deps,
  input: { ownedBy: string | null; connectionId: string },
): Promise<{ agentId: string }> {
  const marked = await markClosing(deps.db, {
    id: input.connectionId,
    ownedBy: input.ownedBy,
    now: deps.now(),
  });
  if (marked === null) throw new EngineError("connection_not_found", "There is no such connection.");
  await closeConnection(deps, { connectionId: marked.id });
  return { agentId: marked.agentId };
}

/** Closes the channels and the grant of a disconnected calendar, then deletes its row. Idempotent. */
export async function closeConnection(deps: Deps, input: { connectionId: string }): Promise<void> {
  const found = await readOpenable(deps.db, input.connectionId);
  const closingAt = found?.connection.closingAt ?? null;
  if (found === null || closingAt === null) return;
  const { connection } = found;
  try {
    await closeAtProvider(deps, found);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const hopeless = HOPELESS.includes(error.kind);
    if (!hopeless && deps.now() < closingAt + GIVE_UP_MS) {
      await postponeClosing(deps.db, {
        id: connection.id,
        kind: error.kind,
        code: error.code,
        nextAttemptAt: nextAttemptAt({
          kind: error.kind,
          failures: connection.failures + 1,
          retryAt: error.retryAt,
          now: deps.now(),
          dice: deps.random(),
        }),
      });
      return;
    }
    deps.log.warn("connection.closed_one_sidedly", { connectionId: connection.id, code: error.code });
  }
  await deleteClosed(deps.db, { id: connection.id, accountId: connection.accountId });
  deps.log.info("connection.closed", { connectionId: connection.id });
}

async function closeAtProvider(deps: Deps, { connection, account }: OpenableConnection): Promise<void> {
  // Channels first: once the grant is revoked they can no longer be stopped (`docs/providers/google.md` A.1.3).
  const channels = await listChannels(deps.db, connection.id);
  if (channels.length > 0) {
    await withAccount(deps, account, async (opened) => {
      for (const channel of channels) {
        await opened.closeChannel(channel);
        await deleteChannel(deps.db, channel.id);
      }
    });
  }
  if (!(await isLast(deps, connection)) || (await isGrantShared(deps.db, account))) return;
  const credentials = await credentialsOf(deps, account);
  await deps.providers.get(account.provider).oauth.revoke(credentials);
}

/**
 * Is this the account's last connection? When several leave at once, the one with the smallest id is the last, and it
 * waits for the others. Otherwise each would take another for the last, and none would revoke the grant.
 */
async function isLast(deps: Deps, { id, accountId }: ConnectionRow): Promise<boolean> {
  const others = (await listAccountConnections(deps.db, accountId)).filter((other) => other.id !== id);
  if (others.some((other) => other.closingAt === null || other.id < id)) return false;
  if (others.length > 0) throw new ProviderError({ kind: "retry", code: "others_leaving" });
  return true;
}
