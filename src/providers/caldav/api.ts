// CalDAV's calls: the requests, and what is read of their answers.
import { createObject, type DAVDepth, davRequest, deleteObject, updateObject } from "tsdav";
import { attempt, ProviderError } from "../error.ts";
import { type HttpDeps, readRetryAfter } from "../http.ts";
import { type Arrived, createExchange, type Login, refusedIn } from "../webdav/exchange.ts";
import { type Asked, ownRow } from "../webdav/listing.ts";
import {
  type DavRow,
  etagOf,
  type Multistatus,
  readMultistatus,
  resolveHref,
  strongEtag,
  unparsable,
} from "../webdav/multistatus.ts";
import type { UrlRules } from "../webdav/url-rules.ts";
import { classifyDav, mayBeTaken, type Operation, WRITES } from "./failures.ts";
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

/** How many rows of a listing are asked for at a time. Some servers ignore the limit, others refuse it (C13). */
const SYNC_LIMIT = 200;

const XML_TYPE = "application/xml; charset=utf-8";
const OBJECT_TYPE = "text/calendar; charset=utf-8";

/** The result of a create: the etag, null where the server states none (C26), or the object in its way. */
export type Created =
  /** `storedAt` is where a server that chooses names says that it put the object (C43). */
  | { readonly etag: string | null; readonly storedAt: URL | null }
  /** `takenBy` is null where the server names no object. The refusal isn't `adopt` where there may be no object. */
  | { readonly takenBy: URL | null; readonly refusal: ProviderError };

/** CalDAV on behalf of one person. All calls throw `ProviderError` by `failures.ts`. */
export type DavApi = ReturnType<typeof createApi>;

/**
 * @param home credentials go to this URL's provider and to no other
 * @param rules the hosts that may be asked without https
 */
export function createApi(deps: HttpDeps, home: URL, login: Login, rules: UrlRules) {
  const exchange = createExchange(deps, home, login, rules);

  function expectSuccess(operation: Operation, arrived: Arrived): void {
    const refused = refusedIn(arrived, WRITES.includes(operation));
    if (refused === null) return;
    const { status, condition } = refused;
    const verdict = classifyDav(operation, status, condition);
    const retryAt = readRetryAfter(arrived.answer.headers, deps.now());
    throw new ProviderError({ ...verdict, status, retryAt });
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

  async function inspect(url: URL): Promise<DavRow> {
    const answer = await propfind("inspect", url, "0", COLLECTION_PROPERTIES);
    return ownRow(theOne(answer.rows), answer.url);
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
    inspect,
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
      const answer = await attempt(ask("multiget", "REPORT", url, { depth: "1", body }), ["gone"]);
      if (!(answer instanceof ProviderError)) return readObjects(answer, answer.url, asked);
      if (answer.status === 403) throw answer;
      // C42: one object that is missing may cost the whole answer. All are left out, which proves nothing about any.
      await inspect(url);
      return new Map();
    },
    /**
     * The objects with this UID, by name, and others that the server adds. Throws `unsupported` where it refuses, or
     * where it cuts the answer: an object that isn't in it may be there all the same.
     */
    async search(url: URL, uid: string): Promise<Map<string, CalendarObject | null>> {
      const body = { "c:calendar-query": { prop: OBJECT, "c:filter": uidFilter(uid) } };
      const answer = await attempt(ask("search", "REPORT", url, { depth: "1", body }), ["gone"]);
      if (answer instanceof ProviderError) {
        // As C42: the calendar is gone, or the server doesn't know the search.
        await inspect(url);
        throw new ProviderError({ kind: "unsupported", code: "search_not_found", status: answer.status });
      }
      if (answer.rows.some(({ status }) => status === 507))
        throw new ProviderError({ kind: "unsupported", code: "search_cut", status: 207 });
      return readFound(answer, answer.url);
    },
    async get(url: URL): Promise<CalendarObject> {
      const arrived = await exchange((transport) => transport(url, { method: "GET" }));
      expectSuccess("get", arrived);
      const { headers, text } = arrived.answer;
      // C31: a page of HTML where an object should be.
      if (!/^\s*\uFEFF?\s*BEGIN:VCALENDAR/i.test(text)) throw unparsable(arrived.answer.status);
      const writtenEtag = headers.get("etag") || null;
      return { text, etag: strongEtag(writtenEtag), writtenEtag };
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
        const etag = written("create", arrived);
        const location = arrived.answer.headers.get("location");
        return { etag, storedAt: location === null ? null : resolveHref(location, arrived.url) };
      } catch (error) {
        if (!(error instanceof ProviderError) || !mayBeTaken(error)) throw error;
        const href = refusedIn(arrived, true)?.href ?? null;
        const own = error.status === 412 ? url : null;
        return { takenBy: href === null ? own : resolveHref(href, arrived.url), refusal: error };
      }
    },
    /**
     * @param ifMatch the etag of the version that must be replaced, `*` for any version, null for no condition
     * @returns the etag, or null where the server states none (C26)
     */
    async update(url: URL, text: string, ifMatch: string | null): Promise<string | null> {
      const arrived = await exchange((transport) =>
        updateObject({
          url: url.href,
          data: text,
          headers: { "content-type": OBJECT_TYPE, ...(ifMatch !== null && { "if-match": ifMatch }) },
          fetch: transport,
        }),
      );
      return written("update", arrived);
    },
    /** Whatever version is there. */
    async remove(url: URL): Promise<void> {
      const arrived = await exchange((transport) => deleteObject({ url: url.href, fetch: transport }));
      expectSuccess("delete", arrived);
    },
  };

  function written(operation: "create" | "update", arrived: Arrived): string | null {
    expectSuccess(operation, arrived);
    return strongEtag(arrived.answer.headers.get("etag"));
  }
}
