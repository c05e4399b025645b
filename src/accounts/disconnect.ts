// Disconnect: a calendar stops counting at once. Its channels and its grant are closed afterwards.
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { EngineError } from "../domain/errors.ts";
import type { FailureKind } from "../domain/failure.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import { isGrantShared } from "../store/accounts/grants.ts";
import { deleteChannel, listChannels } from "../store/calendars/channels.ts";
import {
  type ClosingConnection,
  deleteClosed,
  markClosing,
  postponeClosing,
  readClosing,
} from "../store/calendars/closing.ts";
import { listAccountConnections } from "../store/calendars/connections.ts";
import type { AccountRow, ConnectionRow } from "../store/rows.ts";
import { credentialsOf, withAccount } from "./open.ts";
import { removeEvents } from "./remove-events.ts";

/** Channels last at most a month (`docs/providers/google.md` A.8): after that there is nothing left to close. */
const GIVE_UP_MS = 30 * DAY_MS;

/** An erasure must end sooner than a month after it was asked for. */
const ERASURE_GIVES_UP_MS = 7 * DAY_MS;

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

/** Until when the end of something at its provider is tried. An erasure counts from its request on. */
const triedUntil = (closingAt: Instant, erasure: { readonly requestedAt: Instant } | null): Instant =>
  erasure === null ? closingAt + GIVE_UP_MS : Math.max(closingAt, erasure.requestedAt) + ERASURE_GIVES_UP_MS;

/**
 * Is it time to end something one-sidedly? Because another try at its provider is pointless, or it was tried for long
 * enough.
 */
export const isGivenUp = (
  deps: Pick<Deps, "now">,
  { kind }: ProviderError,
  { closingAt, erasure }: { closingAt: Instant; erasure: { readonly requestedAt: Instant } | null },
): boolean => HOPELESS.includes(kind) || deps.now() >= triedUntil(closingAt, erasure);

/**
 * Why something isn't ended at its provider. A provider that this deployment has no registration for can't be asked,
 * and an unforeseen error would come again at every try. Either is the end of it: a closing may not go on for ever.
 * @throws EngineError as it was caught, where our own database fails
 */
export function endingErrorOf(caught: unknown): ProviderError {
  if (caught instanceof EngineError && caught.code === "provider_not_configured") {
    return new ProviderError({ kind: "bug", code: caught.code, cause: caught });
  }
  return providerErrorOf(caught);
}

/**
 * Closes the channels and the grant of a disconnected calendar, then deletes its row. If its agent is erased, our
 * events are removed first where that was asked for. Idempotent.
 */
export async function closeConnection(deps: Deps, input: { connectionId: string }): Promise<void> {
  const closing = await readClosing(deps.db, input.connectionId);
  if (closing === null) return;
  const { connection, erasure } = closing;
  let ended: { readonly unrevoked: string | null } | null;
  try {
    ended = (await takeOutEvents(deps, closing)) ? { unrevoked: await closeAtProvider(deps, closing) } : null;
  } catch (caught) {
    const error = endingErrorOf(caught);
    if (!isGivenUp(deps, error, { closingAt: connection.closingAt, erasure })) {
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
    ended = { unrevoked: error.code };
  }
  if (ended === null) {
    await deps.queue.send("background", [{ kind: "close-connection", connectionId: connection.id }]);
    return;
  }
  await deleteClosed(deps.db, { id: connection.id, accountId: connection.accountId, ...ended });
  deps.log.info("connection.closed", { connectionId: connection.id });
}

/**
 * Removes our events where an erasure asks for that. A refusal leaves them there, and the rest is closed all the same.
 * @returns false: more are left
 */
async function takeOutEvents(deps: Deps, closing: ClosingConnection): Promise<boolean> {
  const { connection, erasure } = closing;
  if (erasure?.events !== "remove") return true;
  try {
    return await removeEvents(deps, closing);
  } catch (caught) {
    const error = endingErrorOf(caught);
    if (!isGivenUp(deps, error, { closingAt: connection.closingAt, erasure })) throw error;
    deps.log.warn("erasure.events_left", { connectionId: connection.id, code: error.code });
    return true;
  }
}

/** Closes channels, then the grant with the last connection. Returns why the grant may live on, or null. */
async function closeAtProvider(
  deps: Deps,
  { connection, account }: ClosingConnection,
): Promise<string | null> {
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
  return (await isLast(deps, connection)) ? revokeGrant(deps, account) : null;
}

/**
 * Ends the grant of an account that is about to be forgotten.
 * @returns why it may live on at the provider; null: it is ended
 * @throws ProviderError
 */
export async function revokeGrant(deps: Deps, account: AccountRow): Promise<string | null> {
  const { can, oauth } = deps.providers.get(account.provider);
  if (!can.revoke) return "not_revocable";
  if (await isGrantShared(deps.db, account)) return "grant_shared";
  await oauth.revoke(await credentialsOf(deps, account));
  return null;
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
