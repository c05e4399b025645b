// Globals: time limits, randomness and cryptography of this process, as a simulation lends them to the real code.
import type { webcrypto } from "node:crypto";

/** What stands behind the globals while a simulation runs. */
export interface Lender {
  /** A number in [0, 1) for whoever is running now. */
  random(): number;
  /** Fires `abort` after so much virtual time, unless whoever is running now has ended by then. */
  limit(ms: number, abort: () => void): void;
}

/** A cryptographic call whose result waits to be handed out. */
export interface CryptoCall {
  readonly ready: Promise<unknown>;
  /** Hands the result, or the error, to whoever called. */
  release(): Promise<void>;
}

const SUBTLE = [
  "digest",
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "importKey",
  "exportKey",
  "generateKey",
  "deriveBits",
] as const;

type Subtle = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** The real calls: they end on other threads, in an order of their own. Their results are handed out in ours. */
function queueCalls(queue: CryptoCall[], real: (...args: unknown[]) => Promise<unknown>) {
  return (...args: unknown[]) =>
    new Promise((resolve, reject) => {
      const settled = real.apply(crypto.subtle, args).then(
        (value) => () => resolve(value),
        (error: unknown) => () => reject(error),
      );
      queue.push({ ready: settled, release: async () => (await settled)() });
    });
}

/**
 * Replaces the globals until the returned function is called. Calls of `crypto.subtle` are made for real; their
 * results wait in `queue` for the scheduler to hand them out.
 */
export function lendGlobals(lender: Lender, queue: CryptoCall[]): () => void {
  const subtle = crypto.subtle as unknown as Subtle;
  const kept = { random: Math.random, timeout: AbortSignal.timeout };
  const values = crypto.getRandomValues.bind(crypto);
  const real = Object.fromEntries(SUBTLE.map((name) => [name, subtle[name]]));
  for (const name of SUBTLE) {
    const call = real[name];
    if (call !== undefined)
      Object.defineProperty(subtle, name, { value: queueCalls(queue, call), configurable: true });
  }
  Math.random = () => lender.random();
  AbortSignal.timeout = (ms: number) => {
    const controller = new AbortController();
    lender.limit(ms, () => controller.abort(new DOMException("The operation timed out.", "TimeoutError")));
    return controller.signal;
  };
  Object.defineProperty(crypto, "getRandomValues", {
    configurable: true,
    value: <T extends webcrypto.BufferSource>(array: T): T => {
      const bytes = ArrayBuffer.isView(array) ? array : new Uint8Array(array);
      const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let index = 0; index < view.length; index += 1) view[index] = Math.floor(lender.random() * 256);
      return array;
    },
  });
  return () => {
    Math.random = kept.random;
    AbortSignal.timeout = kept.timeout;
    Object.defineProperty(crypto, "getRandomValues", { configurable: true, value: values });
    for (const name of SUBTLE) Reflect.deleteProperty(subtle, name);
  };
}
