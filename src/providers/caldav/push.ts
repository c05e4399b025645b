// Push: no CalDAV server has a push that the engine may use, so it polls (`docs/providers/caldav.md` C.1).
import { ProviderError } from "../error.ts";
import type { NotificationReading, OpenedChannel } from "../provider.ts";

/** @throws ProviderError `unsupported`, always */
export async function openChannel(): Promise<OpenedChannel> {
  throw new ProviderError({ kind: "unsupported", code: "no_push" });
}

/** @throws ProviderError `recreate-channel`, always, because there is no channel */
export async function renewChannel(): Promise<OpenedChannel> {
  throw new ProviderError({ kind: "recreate-channel", code: "no_push" });
}

/** Does nothing, because there is no channel. */
export async function closeChannel(): Promise<void> {}

/** Nobody sends notifications, so every request is malformed. */
export function readNotification(): NotificationReading {
  return { kind: "malformed", reason: "no_push" };
}
