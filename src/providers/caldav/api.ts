// CalDAV's calls, each built by tsdav and sent through our bounded fetch.
//
// tsdav builds the requests. Its reading of answers isn't used: it turns numeric names into numbers, drops namespaces,
// cuts long answers off and reports a refusal only in words (`docs/providers/caldav.md` C.11). So it gets our fetch,
// which keeps the answer, and wire.ts reads that.
import { createObject, type DAVDepth, davRequest, deleteObject, updateObject } from "tsdav";
import { ProviderError } from "../error.ts";
import { type HttpDeps, type RawAnswer, readRetryAfter, send } from "../http.ts";
import { type Asked, ownRow } from "../webdav/listing.ts";
import {
  basicAuthorization,
  type DavRow,
  etagOf,
  type Multistatus,
  readMultistatus,
  readRefusal,
  resolveHref,
  strongEtag,
  unparsable,
} from "../webdav/multistatus.ts";
import { checkRedirect, sameProvider, type UrlRules } from "../webdav/safe-url.ts";
import { classifyDav, mayBeTaken, type Operation } from "./failures.ts";
import {
  type CalendarObject,
  type Changes,
  COLLECTION_PROPERTIES,
  type Listed,
  OBJECT,
  PREFIXES,
  propertiesOf,
  readChanges,
  readFound,
  readMembers,
  readObjects,
  theOne,
  uidFilter,
} from "./wire.ts";

/** Some servers refuse a request without a User-Agent. */
const USER_AGENT = "MaraPlace-Calendar-Sync/1.0";

const MAX_REDIRECTS = 5;

/** How many rows of a listing are asked for at a time. Some servers ignore the limit, others refuse it (C13). */
const SYNC_LIMIT = 200;

const XML_TYPE = "application/xml; charset=utf-8";
const OBJECT_TYPE = "text/calendar; charset=utf-8";

/** The credentials of one person. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The result of a create: the etag, null where the server states none (C26), or the object in its way. */
export type Created =
  | { readonly etag: string | null }
  /** `takenBy` is null where the server names no object. The refusal isn't `adopt` where there may be no object. */
  | { readonly takenBy: URL | null; readonly refusal: ProviderError };

/** The function that tsdav calls instead of `fetch`. */
type Transport = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

interface Arrived {
  readonly answer: RawAnswer;
  /** The URL of the answer, after redirects. */
  readonly url: URL;
}

/** CalDAV on behalf of one person. All calls throw `ProviderError` by `failures.ts`. */
export type DavApi = ReturnType<typeof createApi>;

/**
 * @param home credentials go to this URL's provider and to no other
 * @param rules the hosts that may be asked without https
 */
export function createApi(deps: HttpDeps, home: URL, login: Login, rules: UrlRules) {
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

  /** Lets tsdav build a request, sends it, and returns an empty answer to tsdav. */
  async function exchange(build: (transport: Transport) => Promise<unknown>): Promise<Arrived> {
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
  }

  function expectSuccess(operation: Operation, { answer: { status, headers, text } }: Arrived): void {
    if (status >= 200 && status < 300) return;
    const verdict = classifyDav(operation, status, readRefusal(text).condition);
    throw new ProviderError({ ...verdict, status, retryAt: readRetryAfter(headers, deps.now()) });
  }

  async function ask(
    operation: Operation,
    method: "PROPFIND" | "REPORT",
    url: URL,
    question: { depth: DAVDepth; body: Record<string, object> },
  ): Promise<Multistatus & { url: URL }> {
    const arrived = await exchange((transport) =>
      davRequest({
        url: url.href,
        init: {
          method,
          namespace: "d",
          headers: { depth: question.depth, "content-type": XML_TYPE },
          attributes: PREFIXES,
          body: question.body,
        },
        parseOutgoing: false,
        fetch: transport,
      }),
    );
    expectSuccess(operation, arrived);
    return { ...readMultistatus(arrived.answer.text, arrived.url), url: arrived.url };
  }

  const propfind = (operation: Operation, url: URL, depth: "0" | "1", names: readonly string[]) =>
    ask(operation, "PROPFIND", url, { depth, body: { propfind: { prop: propertiesOf(names) } } });

  async function sync(url: URL, token: string | null, limit: number | null): Promise<Changes> {
    const body = {
      "sync-collection": {
        "sync-token": token === null ? {} : { _text: token },
        "sync-level": { _text: "1" },
        ...(limit !== null && { limit: { nresults: { _text: String(limit) } } }),
        prop: propertiesOf(["d:getetag"]),
      },
    };
    const answer = await ask("sync", "REPORT", url, { depth: "0", body });
    return readChanges(answer, answer.url);
  }

  return {
    /** The row of one resource with these properties, each as `prefix:name`. */
    async find(url: URL, names: readonly string[]): Promise<DavRow> {
      return theOne((await propfind("find", url, "0", names)).rows);
    },
    /** The home and its members. */
    async list(url: URL): Promise<readonly DavRow[]> {
      return (await propfind("list", url, "1", COLLECTION_PROPERTIES)).rows;
    },
    /** One collection's own properties. */
    async inspect(url: URL): Promise<DavRow> {
      const answer = await propfind("inspect", url, "0", COLLECTION_PROPERTIES);
      return ownRow(theOne(answer.rows), answer.url);
    },
    /** All members of a collection, with etags. */
    async members(url: URL): Promise<Map<string, Listed>> {
      const answer = await propfind("inspect", url, "1", ["d:getetag", "d:resourcetype"]);
      return readMembers(answer, answer.url);
    },
    /** The changes since the token, or everything without one. Asks again without a limit where that fails (C13). */
    async sync(url: URL, token: string | null): Promise<Changes> {
      try {
        return await sync(url, token, SYNC_LIMIT);
      } catch (error) {
        if (!(error instanceof ProviderError) || error.status !== 507) throw error;
        return sync(url, token, null);
      }
    },
    /** These objects, by name. They are asked for by their hrefs as the server wrote them. */
    async multiget(url: URL, asked: readonly Asked[]): Promise<Map<string, CalendarObject | null>> {
      const hrefs = asked.map(({ href }) => ({ _text: href }));
      const body = { "c:calendar-multiget": { prop: OBJECT, href: hrefs } };
      const answer = await ask("multiget", "REPORT", url, { depth: "1", body });
      return readObjects(answer, answer.url, asked);
    },
    /** The objects with this UID, by name, and others that the server adds. Throws `unsupported` where it refuses. */
    async search(url: URL, uid: string): Promise<Map<string, CalendarObject | null>> {
      const body = { "c:calendar-query": { prop: OBJECT, "c:filter": uidFilter(uid) } };
      const answer = await ask("search", "REPORT", url, { depth: "1", body });
      return readFound(answer, answer.url);
    },
    async get(url: URL): Promise<CalendarObject> {
      const arrived = await exchange((transport) => transport(url, { method: "GET" }));
      expectSuccess("get", arrived);
      const { headers, text } = arrived.answer;
      // C31: a page of HTML where an object should be.
      if (!/^\s*\uFEFF?\s*BEGIN:VCALENDAR/i.test(text)) throw unparsable(arrived.answer.status);
      return { text, etag: strongEtag(headers.get("etag")) };
    },
    /** The stored version; null where the server has no etags. */
    async etag(url: URL): Promise<string | null> {
      return etagOf(theOne((await propfind("get", url, "0", ["d:getetag"])).rows));
    },
    async create(url: URL, text: string): Promise<Created> {
      const arrived = await exchange((transport) =>
        createObject({
          url: url.href,
          data: text,
          headers: { "content-type": OBJECT_TYPE, "if-none-match": "*" },
          fetch: transport,
        }),
      );
      try {
        return { etag: written("create", arrived) };
      } catch (error) {
        if (!(error instanceof ProviderError) || !mayBeTaken(error)) throw error;
        const { href } = readRefusal(arrived.answer.text);
        const own = error.status === 412 ? url : null;
        return { takenBy: href === null ? own : resolveHref(href, arrived.url), refusal: error };
      }
    },
    /**
     * @param etag the version that must be replaced; null for any version
     * @returns the etag, or null where the server states none (C26)
     */
    async update(url: URL, text: string, etag: string | null): Promise<string | null> {
      const arrived = await exchange((transport) =>
        updateObject({
          url: url.href,
          data: text,
          etag: etag ?? "*",
          headers: { "content-type": OBJECT_TYPE },
          fetch: transport,
        }),
      );
      return written("update", arrived);
    },
    /** @param etag the version that must be removed; null for any version */
    async remove(url: URL, etag: string | null): Promise<void> {
      const arrived = await exchange((transport) =>
        deleteObject({ url: url.href, fetch: transport, ...(etag !== null && { etag }) }),
      );
      expectDone("delete", arrived);
    },
  };

  /** C31: a page of HTML as the answer to a write isn't the server's. PHP calls an empty answer HTML too. */
  function expectDone(operation: "create" | "update" | "delete", arrived: Arrived): void {
    expectSuccess(operation, arrived);
    const { status, headers, text } = arrived.answer;
    if (text.trim() !== "" && /\bhtml\b/i.test(headers.get("content-type") ?? "")) throw unparsable(status);
  }

  function written(operation: "create" | "update", arrived: Arrived): string | null {
    expectDone(operation, arrived);
    return strongEtag(arrived.answer.headers.get("etag"));
  }
}
