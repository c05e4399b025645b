// ProviderError: the one error that providers throw.
import { EngineError } from "../domain/errors.ts";
import type { FailureKind } from "../domain/failure.ts";
import type { Instant } from "../domain/instant.ts";

/**
 * A provider refused, or didn't answer. `kind` decides what happens next. `code` is the provider's own stable code
 * for logs ("fullSyncRequired", "timeout"), never message text. The error holds no token, title or address.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: FailureKind;
  readonly code: string;
  /** HTTP status, or null where no answer came. */
  readonly status: number | null;
  /** The access token was refused, so a new one may be let in. */
  readonly tokenRefused: boolean;
  /** The instant before which the provider must not be asked again; null where it named none. */
  readonly retryAt: Instant | null;
  /** The claims that must go along when the person authorises again (Graph's conditional access). */
  readonly claims: string | null;

  constructor(input: {
    kind: FailureKind;
    code: string;
    status?: number | null;
    tokenRefused?: boolean;
    retryAt?: Instant | null;
    claims?: string | null;
    cause?: unknown;
  }) {
    super(`${input.kind}: ${input.code}`, { cause: input.cause });
    this.kind = input.kind;
    this.code = input.code;
    this.status = input.status ?? null;
    this.tokenRefused = input.tokenRefused ?? input.status === 401;
    this.retryAt = input.retryAt ?? null;
    this.claims = input.claims ?? null;
  }
}

/**
 * The error that was thrown during a call to a provider. An unforeseen error becomes a `bug`, so that it is recorded
 * like any other failure and neither repeated for ever nor hidden.
 * @throws EngineError as it was caught: a failure of the engine isn't a failure of the provider
 */
export function providerErrorOf(error: unknown): ProviderError {
  if (error instanceof EngineError) throw error;
  if (error instanceof ProviderError) return error;
  return new ProviderError({ kind: "bug", code: "unexpected_error", cause: error });
}

/** The call's result, or its error where the caller can handle an error of that kind. */
export async function attempt<T>(
  call: Promise<T>,
  kinds: readonly FailureKind[],
): Promise<T | ProviderError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProviderError && kinds.includes(error.kind)) return error;
    throw error;
  }
}

/** Codes end in logs, so only a plain word counts as a code. Anything else may be text. */
export const isPlainCode = (code: string): boolean => /^[\w.-]{1,64}$/.test(code);
