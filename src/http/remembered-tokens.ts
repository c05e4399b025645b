// Remembered tokens: who a verified token was, so that the next request needn't verify its signature again.
import { type Instant, MINUTE_MS } from "../domain/instant.ts";

/** After this time a token is verified again: its key may have been withdrawn. */
const REMEMBERED_MS = 2 * MINUTE_MS;
/** More are forgotten, the longest remembered first. With the longest tokens these take 4 MB. */
const MAX_TOKENS = 500;

/** The tokens that one isolate has verified lately, never beyond their end. */
interface RememberedTokens<Verified> {
  /** Null: it isn't known, or it has to be verified again. */
  find(token: string, now: Instant): Verified | null;
  remember(token: string, verified: Verified, now: Instant): void;
}

/** Remembers nothing yet. */
export function rememberTokens<
  Verified extends { readonly expiresAt: Instant },
>(): RememberedTokens<Verified> {
  const known = new Map<string, { readonly verified: Verified; readonly at: Instant }>();
  return {
    find(token, now) {
      const found = known.get(token);
      if (found === undefined) return null;
      const { verified, at } = found;
      // A clock that was set back counts as time that has passed.
      if (now >= at && now < at + REMEMBERED_MS && now < verified.expiresAt) return verified;
      known.delete(token);
      return null;
    },
    remember(token, verified, now) {
      known.delete(token);
      known.set(token, { verified, at: now });
      for (const oldest of known.keys()) {
        if (known.size <= MAX_TOKENS) return;
        known.delete(oldest);
      }
    },
  };
}
