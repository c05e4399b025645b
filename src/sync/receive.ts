// Receive: a notification is verified, noted as a hint, and answered; the pull is the truth (P4).
import type { Deps } from "../deps.ts";
import type { NotificationRequest, ProviderName } from "../providers/provider.ts";
import { type Hit, markChannelLost, markNotified } from "../store/channels.ts";
import { secretHashOf } from "./secret.ts";

/** How the provider's request is to be answered. */
export type Reception =
  | { readonly kind: "accepted"; readonly known: number; readonly unknown: number }
  | { readonly kind: "challenge"; readonly echo: string }
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * Takes notifications in: one write to the database, a queue message only for what was clean before. Unknown
 * channels and wrong secrets are counted and ignored, so that a sender learns nothing.
 * @throws EngineError database_unavailable, for which the provider should try again
 */
export async function receiveNotifications(
  deps: Deps,
  input: { provider: ProviderName; request: NotificationRequest },
): Promise<Reception> {
  const reading = deps.providers.get(input.provider).readNotification(input.request);
  if (reading.kind !== "notifications") return reading;
  const hashed = await Promise.all(
    reading.notifications
      // The word that a channel was opened says nothing about events.
      .filter(({ meaning }) => meaning !== "opened")
      .map(async ({ secret, ...rest }) => ({ ...rest, secretHash: await secretHashOf(secret) })),
  );
  const hits = hashed.length === 0 ? [] : await markNotified(deps.db, hashed);
  const unknown = hashed.length - hits.length;
  if (unknown > 0) deps.log.warn("notification.unknown", { provider: input.provider, unknown });
  await wake(deps, hits);
  return { kind: "accepted", known: hits.length, unknown };
}

async function wake(deps: Deps, hits: readonly Hit[]): Promise<void> {
  const lost = hits.filter(({ meaning }) => meaning === "removed" || meaning === "renew");
  for (const { connectionId } of lost) await markChannelLost(deps.db, { connectionId, now: deps.now() });
  const jobs = [
    ...hits
      .filter(({ wasClean }) => wasClean)
      .map(({ connectionId }) => ({ kind: "pull" as const, connectionId })),
    ...lost.map(({ connectionId }) => ({ kind: "open-channel" as const, connectionId })),
  ];
  if (jobs.length > 0) await deps.queue.send("urgent", jobs);
}
