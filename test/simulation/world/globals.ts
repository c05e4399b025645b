// Globals: replaces time limits, randomness and cryptography of this process during a simulation.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  KeyObject,
  timingSafeEqual,
} from "node:crypto";

/** The simulation's parts that the replaced globals call. */
export interface Lender {
  /** A number in [0, 1) for the code that runs now. */
  random(): number;
  /** Does the engine run now, and not a simulator or the harness? */
  isEngine(): boolean;
  /** Calls `abort` after `ms` of virtual time, unless the invocation that runs now has ended by then. */
  limit(ms: number, abort: () => void): void;
}

/** A cryptographic call whose result waits. */
export interface CryptoCall {
  /** Gives the result, or the error, to the caller. */
  release(): Promise<void>;
}

type Call = (...args: never[]) => Promise<unknown>;
type Subtle = Record<string, Call>;

const TAG_BYTES = 16;
const bytesOf = (data: BufferSource): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
const bufferOf = (...parts: Uint8Array[]): ArrayBuffer => new Uint8Array(Buffer.concat(parts)).buffer;

interface GcmParams {
  readonly name: string;
  readonly iv: BufferSource;
  readonly additionalData?: BufferSource;
}

/** All keys of the engine have 256 bits. */
const GCM = "aes-256-gcm";

function encrypted(params: GcmParams, key: CryptoKey, data: BufferSource): ArrayBuffer {
  const cipher = createCipheriv(GCM, KeyObject.from(key), bytesOf(params.iv));
  if (params.additionalData !== undefined) cipher.setAAD(bytesOf(params.additionalData));
  return bufferOf(cipher.update(bytesOf(data)), cipher.final(), cipher.getAuthTag());
}

function decrypted(params: GcmParams, key: CryptoKey, data: BufferSource): ArrayBuffer {
  const bytes = bytesOf(data);
  const decipher = createDecipheriv(GCM, KeyObject.from(key), bytesOf(params.iv));
  if (params.additionalData !== undefined) decipher.setAAD(bytesOf(params.additionalData));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return bufferOf(decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final());
}

const hmac = (key: CryptoKey, data: BufferSource): Uint8Array =>
  createHmac("sha256", KeyObject.from(key)).update(bytesOf(data)).digest();

const isHmac = (algorithm: unknown): boolean =>
  algorithm === "HMAC" || (algorithm as { name?: string }).name === "HMAC";

/**
 * The frequent calls of the engine, by the same OpenSSL but on this thread. Results from other threads would arrive
 * in an order that the seed doesn't decide. Undefined: the call can't be made here.
 */
const HERE: Record<string, (...args: never[]) => unknown> = {
  digest: (algorithm: string, data: BufferSource) =>
    bufferOf(createHash(algorithm.replace("-", "").toLowerCase()).update(bytesOf(data)).digest()),
  encrypt: encrypted,
  decrypt: decrypted,
  verify: (algorithm: unknown, key: CryptoKey, signature: BufferSource, data: BufferSource) => {
    if (!isHmac(algorithm)) return undefined;
    const [given, own] = [bytesOf(signature), hmac(key, data)];
    return given.length === own.length && timingSafeEqual(given, own);
  },
  sign: (algorithm: unknown, key: CryptoKey, data: BufferSource) =>
    isHmac(algorithm) ? bufferOf(hmac(key, data)) : undefined,
};

const ELSEWHERE = [
  "sign",
  "verify",
  "importKey",
  "exportKey",
  "generateKey",
  "deriveBits",
  "deriveKey",
] as const;

/** Makes a call on this thread if possible. Otherwise the real call is made and its result waits in `queue`. */
function lent(name: string, real: Call | undefined, queue: CryptoCall[]): Call {
  return async (...args) => {
    const made = HERE[name]?.(...args);
    if (made !== undefined) return made;
    return new Promise((resolve, reject) => {
      const settled = real?.apply(crypto.subtle, args).then(
        (value) => () => resolve(value),
        (error: unknown) => () => reject(error),
      );
      queue.push({ release: async () => (await settled)?.() });
    });
  };
}

/** The part of an `AbortSignal` that the engine uses. Whole ones are slow, and every request has one. */
function plainSignal(lender: Lender, ms: number): AbortSignal {
  const listeners: (() => void)[] = [];
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_: "abort", listener: () => void) => void listeners.push(listener),
  };
  lender.limit(ms, () => {
    signal.aborted = true;
    signal.reason = new DOMException("The operation timed out.", "TimeoutError");
    for (const listener of listeners) listener();
  });
  return signal as unknown as AbortSignal;
}

function wholeSignal(lender: Lender, ms: number): AbortSignal {
  const controller = new AbortController();
  lender.limit(ms, () => controller.abort(new DOMException("The operation timed out.", "TimeoutError")));
  return controller.signal;
}

/** Replaces the globals until the returned function is called. */
export function lendGlobals(lender: Lender, queue: CryptoCall[]): () => void {
  const subtle = crypto.subtle as unknown as Subtle;
  const kept = { random: Math.random, timeout: AbortSignal.timeout, frames: Error.stackTraceLimit };
  // The database's client creates an error with each request. Its stack trace is slow, and nobody reads it.
  Error.stackTraceLimit = 1;
  const names = [...new Set([...Object.keys(HERE), ...ELSEWHERE])];
  for (const name of names) {
    Object.defineProperty(subtle, name, { value: lent(name, subtle[name], queue), configurable: true });
  }
  Math.random = () => lender.random();
  AbortSignal.timeout = (ms: number) =>
    lender.isEngine() ? plainSignal(lender, ms) : wholeSignal(lender, ms);
  Object.defineProperty(crypto, "getRandomValues", {
    configurable: true,
    value: <T extends ArrayBufferView>(array: T): T => {
      const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let index = 0; index < view.length; index += 1) view[index] = Math.floor(lender.random() * 256);
      return array;
    },
  });
  return () => {
    Math.random = kept.random;
    AbortSignal.timeout = kept.timeout;
    Error.stackTraceLimit = kept.frames;
    Reflect.deleteProperty(crypto, "getRandomValues");
    for (const name of names) Reflect.deleteProperty(subtle, name);
  };
}
