// HTTP to all providers: limits on time and size, answers parsed with zod, one error type.
import type * as z from "zod";
import type { FailureKind } from "../domain/failure.ts";
import { DAY_MS, type Instant, SECOND_MS } from "../domain/instant.ts";
import { parseCleanJson } from "../encoding/clean-text.ts";
import { ProviderError } from "./error.ts";
import type { ProviderDeps } from "./provider.ts";

/** The longest a provider may take for a whole answer, body included. */
const TIME_LIMIT_MS = 15 * SECOND_MS;

/** The largest answer read. A page of 2,500 events with every field is a few megabytes. */
const SIZE_LIMIT_BYTES = 20 * 1024 * 1024;

/** The longest wait that a provider may ask for. Without a limit a wrong header would park an account for good. */
const LONGEST_WAIT_MS = DAY_MS;

/** The code of an answer that is larger. */
export const TOO_LARGE = "answer_too_large";

/** The most pages of a listing that is read in one go. Calendar lists and single series have a few. */
const MOST_PAGES = 100;

/** What HTTP needs of the outside world. */
export type HttpDeps = Pick<ProviderDeps, "fetch" | "now">;

/** An answer read to its end. It is a redirect only where the caller follows redirects by rules of its own. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Options of one request. */
export interface SendOptions {
  readonly timeLimitMs?: number;
  readonly sizeLimitBytes?: number;
  /** `refuse` (the default) makes an error of a redirect. `answer` returns it. None is ever followed. */
  readonly redirects?: "refuse" | "answer";
}

/** The verdict of a provider's failure table on one refusal. */
export interface Verdict {
  readonly kind: FailureKind;
  readonly code: string;
  /** See `ProviderError.tokenRefused`; by default a 401. */
  readonly tokenRefused?: boolean;
  /** See `ProviderError.claims`. */
  readonly claims?: string | null;
}

/** A refusal as a failure table sees it: `body` is the parsed JSON, or null where it isn't JSON. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A provider's failure table. */
export type Classify = (refusal: Refusal) => Verdict;

/**
 * Sends one request and reads the answer to its end, within the limits.
 * @throws ProviderError `retry` (timeout, network) or `bug` (too large, a redirect), never for another status
 */
export async function send(
  { fetch }: HttpDeps,
  url: string | URL,
  init: RequestInit,
  options: SendOptions = {},
): Promise<RawAnswer> {
  const signal = AbortSignal.timeout(options.timeLimitMs ?? TIME_LIMIT_MS);
  try {
    const reading = fetch(url, { ...init, signal, redirect: "manual" }).then((response) =>
      readWhole(response, options),
    );
    return await Promise.race([reading, aborted(signal)]);
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError({ kind: "retry", code: signal.aborted ? "timeout" : "network", cause });
  }
}

/**
 * The same dependencies, but no request is begun that couldn't end by `until`. Whoever writes under a lease must not
 * write past its end, over the writes of the next holder.
 */
export function endingBy(deps: ProviderDeps, until: Instant | undefined): ProviderDeps {
  if (until === undefined) return deps;
  const late = () => deps.now() + TIME_LIMIT_MS > until;
  const refused = () => Promise.reject(new ProviderError({ kind: "retry", code: "out_of_time" }));
  return { ...deps, fetch: (input, init) => (late() ? refused() : deps.fetch(input, init)) };
}

/**
 * `send` in the shape of `fetch`, for libraries that build requests themselves. Answers are complete when it
 * resolves. It throws the errors of `send`.
 */
export function boundedFetch(deps: HttpDeps): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init && wireOnly(init));
    const { method, headers } = request;
    const body = method === "GET" || method === "HEAD" ? null : await request.text();
    const answer = await send(deps, request.url, { method, headers, body });
    const bodiless = answer.status === 204 || answer.status === 205;
    return new Response(bodiless ? null : answer.text, { status: answer.status, headers: answer.headers });
  };
}

/**
 * The answer's JSON in the shape of `schema`.
 * @throws ProviderError as `classify` says for a refusal; `retry`/`unparsable_answer` for a success that isn't
 *   JSON (it was cut off on the way, G40); `bug`/`unexpected_answer` for JSON of another shape
 */
export function readAnswer<T>(answer: RawAnswer, schema: z.ZodType<T>, classify: Classify, now: Instant): T {
  expectSuccess(answer, classify, now);
  const { status } = answer;
  const body = parseCleanJson(answer.text);
  if (body === undefined) throw new ProviderError({ kind: "retry", code: "unparsable_answer", status });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ProviderError({ kind: "bug", code: "unexpected_answer", status, cause: parsed.error });
}

/**
 * For answers whose body doesn't matter.
 * @throws ProviderError as `classify` says, with the instant of `Retry-After`, unless the status is 2xx
 */
export function expectSuccess(answer: RawAnswer, classify: Classify, now: Instant): void {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return;
  const verdict = classify({ status, headers, body: parseCleanJson(answer.text) ?? null });
  throw new ProviderError({ ...verdict, status, retryAt: readRetryAfter(headers, now) });
}

/** The instant of `Retry-After`, which holds seconds or an HTTP date; null where it is missing or unreadable. */
export function readRetryAfter(headers: Headers, now: Instant): Instant | null {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (text === "") return null;
  const at = /^\d+$/.test(text) ? now + Number(text) * SECOND_MS : Date.parse(text);
  return Number.isNaN(at) ? null : Math.min(Math.max(at, now), now + LONGEST_WAIT_MS);
}

/** The same URL at another origin, so that a simulator can replace a provider. Null leaves it as it is. */
export function atOrigin(url: string, origin: string | null): string {
  return origin === null ? url : new URL(new URL(url).pathname, origin).href;
}

/** @throws ProviderError `retry` where a listing that is read in one go has so many pages that it may have no end */
export function expectEnd(pages: number): void {
  if (pages > MOST_PAGES) throw new ProviderError({ kind: "retry", code: "listing_endless" });
}

/**
 * A query string. Spaces become %20, because Graph doesn't read a plus as a space everywhere
 * (`docs/providers/microsoft.md` B.6.3).
 */
export const queryOf = (parameters: Readonly<Record<string, string | number>>) =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");

/** Only method, headers and body. A library's other options (agents, redirect modes) must not widen the limits. */
function wireOnly({ method = "GET", headers = {}, body = null }: RequestInit): RequestInit {
  return { method, headers, body };
}

/** Rejects when the signal fires. So the time limit holds even where `fetch` or the body ignores the signal. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function readWhole(response: Response, options: SendOptions): Promise<RawAnswer> {
  const { status } = response;
  const { redirects = "refuse", sizeLimitBytes = SIZE_LIMIT_BYTES } = options;
  // Credentials must go to no other host than the one they were meant for, so no redirect is followed.
  if (response.type === "opaqueredirect" || (redirects === "refuse" && status >= 300 && status < 400)) {
    await response.body?.cancel();
    throw new ProviderError({ kind: "bug", code: "unexpected_redirect", status });
  }
  // The body is decoded by now. These two headers describe the bytes before that.
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return { status, headers, text: await readText(response, sizeLimitBytes) };
}

async function readText(response: Response, sizeLimitBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > sizeLimitBytes) {
      await reader.cancel();
      throw new ProviderError({ kind: "bug", code: TOO_LARGE, status: response.status });
    }
    text += decoder.decode(value, { stream: true });
  }
}
