// Exchange: one WebDAV request and its answer, built by tsdav and sent through our bounded fetch.
//
// tsdav builds the requests. Its reading of answers isn't used: it turns numeric names into numbers, drops namespaces,
// cuts long answers off and reports a refusal only in words (`docs/providers/caldav.md` C.11). So it gets our fetch,
// which keeps the answer.
import { ProviderError } from "../error.ts";
import { type HttpDeps, type RawAnswer, send } from "../http.ts";
import { basicAuthorization, type Refused, readRefusal, readRefusedRow, unparsable } from "./multistatus.ts";
import { checkRedirect, sameProvider } from "./safe-url.ts";
import type { UrlRules } from "./url-rules.ts";

/** Some servers refuse a request without a User-Agent. */
const USER_AGENT = "MaraPlace-Calendar-Sync/1.0";

const MAX_REDIRECTS = 5;

/** The credentials of one person. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The function that tsdav calls instead of `fetch`. */
export type Transport = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** An answer as it came. */
export interface Arrived {
  readonly answer: RawAnswer;
  /** The URL of the answer, after redirects. */
  readonly url: URL;
}

/** Lets tsdav build a request, sends it, and returns an empty answer to tsdav. */
export type Exchange = (build: (transport: Transport) => Promise<unknown>) => Promise<Arrived>;

/** See `createApi`. */
export function createExchange(deps: HttpDeps, home: URL, login: Login, rules: UrlRules): Exchange {
  const authorization = basicAuthorization(login);

  async function follow(start: URL, init: RequestInit): Promise<Arrived> {
    let url = start;
    for (let hop = 0; ; hop++) {
      if (!sameProvider(home, url)) throw new ProviderError({ kind: "bug", code: "other_provider" });
      const answer = await send(deps, url, init, { redirects: "answer" });
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status >= 400) return { answer, url };
      if (location === null || hop === MAX_REDIRECTS) {
        throw new ProviderError({ kind: "bug", code: "unexpected_redirect", status: answer.status });
      }
      url = checkRedirect(url, location, rules);
    }
  }

  return async (build) => {
    let arrived: Arrived | null = null;
    const built = build(async (input, init = {}) => {
      const { method = "GET", body = null } = init;
      const headers = new Headers(init.headers);
      headers.set("authorization", authorization);
      headers.set("user-agent", USER_AGENT);
      arrived = await follow(new URL(String(input)), { method, headers, body });
      return new Response(null);
    });
    await built.catch((error: unknown) => {
      // The library's own errors may quote the request.
      throw error instanceof ProviderError
        ? error
        : new ProviderError({ kind: "bug", code: "request_not_built" });
    });
    if (arrived === null) throw new ProviderError({ kind: "bug", code: "request_not_built" });
    return arrived;
  };
}

/** What refuses a request: the status that counts, and the reason. */
export interface Refusal extends Refused {
  readonly status: number;
}

/**
 * The refusal in an answer; null where the request was done. A write may be refused inside a multistatus (C41).
 * @throws ProviderError `retry`/`unparsable_answer` for a write whose answer isn't the server's, or isn't whole
 */
export function refusedIn({ answer }: Arrived, isWrite: boolean): Refusal | null {
  const { status, headers, text } = answer;
  if (status < 200 || status >= 300) return { ...readRefusal(text), status };
  if (!isWrite) return null;
  // Radicale puts a multistatus into a plain 200.
  if (status === 207 || /^[^<]*(?:<\?[^>]*>\s*)?<(?:[\w-]+:)?multistatus[\s>]/.test(text))
    return readRefusedRow(text);
  // C31: a page of HTML as the answer to a write isn't the server's. PHP calls an empty answer HTML too, and Apache's
  // own 201 is a page.
  if (status !== 201 && text.trim() !== "" && /\bhtml\b/i.test(headers.get("content-type") ?? ""))
    throw unparsable(status);
  return null;
}
