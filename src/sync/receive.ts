// Receive: verifies a notification, notes it as a hint, and answers. Only a pull reads the truth (P4).
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { digestOf } from "../encoding/digest.ts";
import type { NotificationRequest, ProviderName } from "../providers/provider.ts";
import {
  type HashedNotification,
  type Hit,
  markChannelLost,
  markNotified,
} from "../store/calendars/channels.ts";

/** How the provider's request must be answered. */
export type Reception =
  | { readonly kind: "accepted"; readonly known: number; readonly unknown: number }
  | { readonly kind: "challenge"; readonly echo: string }
  | { readonly kind: "malformed"; readonly reason: string };

/** After three seconds an answer may count as slow, which delays others (`docs/providers/microsoft.md` B.7.4). */
const ANSWER_WITHIN_MS = 2_500;
/** One body brings two to four for each action of a person. The limit bounds the work that one request can cause. */
const MAX_AT_ONCE = 100;

/**
 * Receives notifications with one request to the database, which is a mere read where no channel is known: a stranger
 * makes nobody wait. Only a calendar that was clean before gets a queue message.
 * Unknown channels and wrong secrets are counted and ignored, so that a sender learns nothing.
 * @throws EngineError database_unavailable, so that the provider tries again
 */
export async function receiveNotifications(
  deps: Deps,
  input: { provider: ProviderName; request: NotificationRequest },
): Promise<Reception> {
  const reading = deps.providers.get(input.provider).readNotification(input.request);
  if (reading.kind !== "notifications") return reading;
  if (reading.notifications.length > MAX_AT_ONCE) return { kind: "malformed", reason: "too_many" };
  const hashed = await Promise.all(
    reading.notifications
      // That a channel was opened says nothing about events.
      .filter(({ meaning }) => meaning !== "opened")
      .map(async ({ secret, ...rest }) => ({ ...rest, secretHash: await digestOf(secret) })),
  );
  if (hashed.length === 0) return { kind: "accepted", known: 0, unknown: 0 };
  const noting = note(deps, hashed);
  const known = await Promise.race([noting, deps.sleep(ANSWER_WITHIN_MS).then(() => null)]);
  if (known === null) {
    // The write goes on. When the provider sends the notification again, that does no harm.
    deps.defer(
      noting.catch((error: unknown) =>
        deps.log.warn("notification.lost", { error: error instanceof Error ? error.name : "unknown" }),
      ),
    );
    throw new EngineError("database_unavailable", "The database is slow. Send the notification again.");
  }
  const unknown = hashed.length - known;
  if (unknown > 0) deps.log.warn("notification.unknown", { provider: input.provider, unknown });
  return { kind: "accepted", known, unknown };
}

/** Writes the hints and sends jobs for them. Returns the number of known notifications. */
async function note(deps: Deps, notifications: readonly HashedNotification[]): Promise<number> {
  const { known, hits } = await markNotified(deps.db, notifications);
  await wake(deps, hits);
  return known;
}

async function wake(deps: Deps, hits: readonly Hit[]): Promise<void> {
  const lost = hits.filter(({ meaning, own }) => own && (meaning === "removed" || meaning === "renew"));
  for (const { connectionId } of lost) await markChannelLost(deps.db, { connectionId, now: deps.now() });
  const jobs = [
    ...hits
      .filter(({ wasClean }) => wasClean)
      .map(({ connectionId }) => ({ kind: "pull" as const, connectionId })),
    ...lost.map(({ connectionId }) => ({ kind: "open-channel" as const, connectionId })),
  ];
  if (jobs.length > 0) await deps.queue.send("urgent", jobs);
}
