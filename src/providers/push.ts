// Push: channels, and the notifications that come through them, as every provider describes them.
import type { Instant } from "../domain/instant.ts";

/** A push channel to open. The row exists before the provider is called (`docs/providers/google.md` A.9.2). */
export interface ChannelRequest {
  /** Our id of the channel. */
  readonly channelId: string;
  /** The provider sends it back in each notification. Only its hash is stored. At most 128 characters. */
  readonly secret: string;
  /** Where notifications go. */
  readonly address: string;
}

/** A push channel as the provider granted it. */
export interface OpenedChannel {
  /** The id by which notifications name the channel: ours, or one that the provider gave. */
  readonly notificationKey: string;
  /** The provider's id of the watched resource, where closing needs it. */
  readonly resourceId: string | null;
  readonly expiresAt: Instant;
}

/** One notification, read but not yet trusted. */
export interface Notification {
  readonly notificationKey: string;
  readonly secret: string;
  readonly resourceId: string | null;
  /** `changed`: pull. `lost`: pull, because some were dropped. `renew`: renew the channel. `removed`: open another. */
  readonly meaning: "opened" | "changed" | "lost" | "renew" | "removed";
}

/** What a request to the webhook address means. `malformed` asks for no repetition and is counted. */
export type NotificationReading =
  | { readonly kind: "notifications"; readonly notifications: readonly Notification[] }
  | { readonly kind: "challenge"; readonly echo: string }
  | { readonly kind: "malformed"; readonly reason: string };

/** A webhook request as providers read it. The body's size was limited before. */
export interface NotificationRequest {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}
