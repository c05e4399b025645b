// Keep channel: watches a calendar by a push channel, and replaces the channel before it lapses (P6).
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { DEMANDS } from "../domain/failure.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { digestOf } from "../encoding/digest.ts";
import { ProviderError } from "../providers/error.ts";
import type { ProviderAccount } from "../providers/provider.ts";
import {
  activateChannel,
  type ChannelRow,
  deleteChannel,
  extendChannel,
  failChannel,
  insertPendingChannel,
  listChannels,
  markPolled,
} from "../store/calendars/channels.ts";
import { type OpenableConnection, readOpenable } from "../store/calendars/leases.ts";
import type { ConnectionRow } from "../store/rows.ts";
import { newSecret } from "./secret.ts";

/** How long before its end a channel is replaced: a day, or a third of a shorter life. */
const REPLACE_BEFORE_MS = DAY_MS;
/** A channel is replaced after this time even where the provider lets it live longer: it may have died unnoticed. */
const LONGEST_USE_MS = 7 * DAY_MS;
/** How long the row of a channel that the provider never confirmed is kept. */
const PENDING_LIFE_MS = DAY_MS;

/**
 * Opens a channel for the calendar unless one lasts, and closes retiring ones. After a failure it tries again, ever
 * more slowly and without end (L14). A calendar that can't be watched is marked so for good (L16). Both are polled.
 */
export async function keepChannel(deps: Deps, input: { connectionId: string }): Promise<void> {
  const found = await readOpenable(deps.db, input.connectionId);
  if (found === null || found.connection.closingAt !== null || !found.connection.isActive) return;
  const { connection } = found;
  if (deps.providers.get(connection.provider).can.push === "poll") {
    await markPolled(deps.db, connection.id);
    return;
  }
  await closeRetiring(deps, found);
  const now = deps.now();
  if (connection.channelDueAt === null || connection.channelDueAt > now) return;
  if (await renewed(deps, found)) return;
  const id = deps.newId();
  const secret = newSecret();
  const mayOpen = await insertPendingChannel(deps.db, {
    id,
    connectionId: connection.id,
    secretHash: await digestOf(secret),
    expiresAt: now + PENDING_LIFE_MS,
    now,
  });
  if (mayOpen) await openAtProvider(deps, found, { channelId: id, secret });
}

/** Renews the active channel, if the provider can do that. False: a new one must be opened. */
async function renewed(deps: Deps, { connection, account }: OpenableConnection): Promise<boolean> {
  if (deps.providers.get(connection.provider).can.push !== "subscription") return false;
  const channels = await listChannels(deps.db, connection.id);
  const channel = channels.find(({ state, expiresAt }) => state === "active" && expiresAt > deps.now());
  if (channel === undefined) return false;
  try {
    const { expiresAt } = await withAccount(deps, account, (opened) => opened.renewChannel(channel));
    await extendChannel(deps.db, {
      id: channel.id,
      connectionId: connection.id,
      expiresAt,
      replaceAt: replaceAt(expiresAt, deps.now(), deps.random()),
    });
    await deps.queue.send("urgent", [{ kind: "pull", connectionId: connection.id }]);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "recreate-channel") return false;
    await noteFailure(deps, connection, channel.id, error);
  }
  return true;
}

async function openAtProvider(
  deps: Deps,
  found: OpenableConnection,
  input: { channelId: string; secret: string },
): Promise<void> {
  const { connection, account, settings } = found;
  const { webhook } = deps.providers.get(connection.provider);
  const address = `${deps.config.baseUrl}/api/calendar/webhooks/${webhook}`;
  const calendar = { calendarId: connection.calendarId, fallbackTimeZone: settings.timeZone };
  try {
    await withAccount(deps, account, async (opened) => {
      const channel = await opened.openChannel(calendar, { ...input, address });
      const wanted = await activateChannel(deps.db, {
        id: input.channelId,
        connectionId: connection.id,
        ...channel,
        replaceAt: replaceAt(channel.expiresAt, deps.now(), deps.random()),
      });
      if (!wanted) return opened.closeChannel(channel);
      deps.log.info("channel.opened", { connectionId: connection.id, expiresAt: channel.expiresAt });
    });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await noteFailure(deps, connection, input.channelId, error);
    return;
  }
  // This pull covers the seam between the old channel and the new one (L13).
  await deps.queue.send("urgent", [{ kind: "pull", connectionId: connection.id }]);
  await closeRetiring(deps, found);
}

/** Records a failed attempt and when the next is due. */
async function noteFailure(
  deps: Deps,
  connection: ConnectionRow,
  channelId: string,
  error: ProviderError,
): Promise<void> {
  const log = DEMANDS[error.kind].alertOperator ? deps.log.error : deps.log.warn;
  log("channel.failed", { connectionId: connection.id, kind: error.kind, code: error.code });
  await failChannel(deps.db, {
    id: channelId,
    connectionId: connection.id,
    unsupported: error.kind === "unsupported",
    nextAttemptAt: nextAttemptAt({
      kind: error.kind,
      failures: connection.watchFailures + 1,
      retryAt: error.retryAt,
      now: deps.now(),
      dice: deps.random(),
    }),
  });
}

/** When to replace a channel: well before its end, and spread so that channels of one day aren't due together. */
function replaceAt(expiresAt: Instant, now: Instant, dice: number): Instant {
  const lifeMs = Math.min(Math.max(0, expiresAt - now), LONGEST_USE_MS);
  const leadMs = Math.min(REPLACE_BEFORE_MS, lifeMs / 3);
  return Math.round(now + lifeMs - leadMs * (1 + dice / 2));
}

async function closeAll(deps: Deps, opened: ProviderAccount, channels: readonly ChannelRow[]): Promise<void> {
  for (const channel of channels) {
    await opened.closeChannel(channel);
    await deleteChannel(deps.db, channel.id);
  }
}

/** Closes retiring channels. One that can't be closed lapses by itself and is purged. */
async function closeRetiring(deps: Deps, { connection, account }: OpenableConnection): Promise<void> {
  const retiring = (await listChannels(deps.db, connection.id)).filter(({ state }) => state === "retiring");
  if (retiring.length === 0) return;
  try {
    await withAccount(deps, account, (opened) => closeAll(deps, opened, retiring));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn("channel.not_closed", { connectionId: connection.id, code: error.code });
  }
}
