// Problem: turns a provider's failure into an answer for the caller who waits.
import { EngineError, type ErrorCode } from "../domain/errors.ts";
import type { FailureKind } from "../domain/failure.ts";
import { formatInstant } from "../domain/instant.ts";
import { ProviderError } from "../providers/error.ts";

const LATER = "The calendar provider can't answer right now. Try again in a few minutes.";

const DETAIL: Record<FailureKind, string> = {
  retry: LATER,
  wait: LATER,
  pause: "The calendar provider limits this calendar for some hours. Try again later.",
  reauth: "The calendar account no longer lets us in. Connect it again.",
  refused:
    "The calendar provider doesn't let us do this, though it lets us do the rest. We try again now and then.",
  "no-service":
    "This account has no calendar service. Its owner or their administrator must switch it on at the provider.",
  operator:
    "This deployment's registration with the calendar provider doesn't work. Its operator must look at it.",
  resync: LATER,
  "recreate-channel": LATER,
  adopt: LATER,
  reread: LATER,
  gone: "The calendar no longer exists, or is no longer shared with this account.",
  "read-only": "This calendar can't be written to.",
  unsupported: "The calendar provider doesn't support this for that calendar.",
  ignore: LATER,
  bug: "The calendar provider refused our request. Trying again won't help; the operator must look at it.",
};

const CODE: Partial<Record<FailureKind, ErrorCode>> = {
  reauth: "account_needs_reauth",
  "no-service": "no_calendars",
};

/** Runs `work`. @throws EngineError account_needs_reauth, no_calendars, provider_unavailable in place of a provider's error */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const code = CODE[error.kind] ?? "provider_unavailable";
    throw new EngineError(code, DETAIL[error.kind], {
      cause: error,
      extra: {
        providerCode: error.code,
        ...(error.retryAt === null ? {} : { retryAt: formatInstant(error.retryAt) }),
      },
    });
  }
}
