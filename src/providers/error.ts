// The one error providers throw.
import { EngineError } from "../domain/errors.ts";
import type { FailureKind } from "../domain/failure.ts";
import type { Instant } from "../domain/instant.ts";

/**
 * A provider said no, or didn't answer. `kind` decides what happens next; `code` is the provider's own stable
 * code for logs ("fullSyncRequired", "timeout"), never message text. Holds no token, title or address.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: FailureKind;
  readonly code: string;
  /** HTTP status, or null where no answer came. */
  readonly status: number | null;
  /** The instant before which the provider doesn't want to be asked again. */
  readonly retryAt: Instant | null;
  /** What must be passed back when the person authorises again (Graph's conditional access). */
  readonly claims: string | null;

  constructor(input: {
    kind: FailureKind;
    code: string;
    status?: number | null;
    retryAt?: Instant | null;
    claims?: string | null;
    cause?: unknown;
  }) {
    super(`${input.kind}: ${input.code}`, { cause: input.cause });
    this.kind = input.kind;
    this.code = input.code;
    this.status = input.status ?? null;
    this.retryAt = input.retryAt ?? null;
    this.claims = input.claims ?? null;
  }
}

/**
 * What was thrown while a provider was at work. What nobody foresaw becomes a `bug`, to be written down like any other
 * failure: neither looped on nor hidden.
 * @throws EngineError as it was caught: the engine's own failures are no provider's
 */
export function providerErrorOf(error: unknown): ProviderError {
  if (error instanceof EngineError) throw error;
  if (error instanceof ProviderError) return error;
  return new ProviderError({ kind: "bug", code: "unexpected_error", cause: error });
}

/** The call's result, or its error where that is of a kind the caller has a way on from. */
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

/** Codes end in logs: anything but a plain word is taken for text, and no code. */
export const isPlainCode = (code: string): boolean => /^[\w.-]{1,64}$/.test(code);
