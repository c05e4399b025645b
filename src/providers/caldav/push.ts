// Push: no CalDAV server has any that a stranger may use, so calendars are polled (`providers.md` C.1).
import { ProviderError } from "../error.ts";
import type { NotificationReading, OpenedChannel } from "../provider.ts";

/** @throws ProviderError `unsupported`, always */
export async function openChannel(): Promise<OpenedChannel> {
  throw new ProviderError({ kind: "unsupported", code: "no_push" });
}

/** @throws ProviderError `recreate-channel`, always: there is none to renew */
export async function renewChannel(): Promise<OpenedChannel> {
  throw new ProviderError({ kind: "recreate-channel", code: "no_push" });
}

/** There is never one to close. */
export async function closeChannel(): Promise<void> {}

/** Nobody sends any. */
export function readNotification(): NotificationReading {
  return { kind: "malformed", reason: "no_push" };
}
