// Server: checks who may come in, and chooses the handler.
import { badRequest, DavRefusal, notFound, refusalResponse, refusedInside } from "./errors.ts";
import { document } from "./markup.ts";
import { claimedUser, journal, transport } from "./network.ts";
import { deleteObject, getObject, type ObjectCall, putObject } from "./objects.ts";
import { contextOf, placeOf } from "./places.ts";
import type { Asker } from "./properties.ts";
import { propfind, readBody, report } from "./reports.ts";
import { type CaldavState, ICLOUD_HOST, PARTITION_HOST, type RequestRecord } from "./state.ts";

const ICLOUD_HOSTS: readonly string[] = [ICLOUD_HOST, PARTITION_HOST];

/** C1, C2: the challenge depends on the host that is asked, not on the caller. */
function unauthorized(state: CaldavState, request: Request): Response {
  const claimed = claimedUser(state, request)?.user;
  const icloud = ICLOUD_HOSTS.includes(new URL(request.url).hostname) || claimed?.profile === "icloud";
  const headers = new Headers();
  if (icloud) {
    headers.append("www-authenticate", 'X-MobileMe-AuthToken realm="MMCalDav"');
    headers.append("www-authenticate", 'Basic realm="MMCalDav"');
    if (claimed !== undefined) headers.set("x-apple-user-partition", "42");
  } else headers.append("www-authenticate", 'Basic realm="Calendars"');
  return new Response(null, { status: 401, headers });
}

function letIn(state: CaldavState, request: Request, entry: RequestRecord): Asker | null {
  const claimed = claimedUser(state, request);
  const url = new URL(request.url);
  if (claimed === null || state.knobs.take("auth.reject", entry)) return null;
  const { user, password } = claimed;
  if (state.knobs.take("auth.revoke", entry)) user.passwords.delete(password);
  const icloudHost = ICLOUD_HOSTS.includes(url.hostname);
  const atHome = user.profile === "icloud" ? icloudHost || url.hostname === "127.0.0.1" : !icloudHost;
  return atHome && user.passwords.has(password) ? { state, user, url } : null;
}

function objectResponse(call: ObjectCall): Response {
  if (call.request.method === "GET") return getObject(call);
  return call.request.method === "PUT" ? putObject(call) : deleteObject(call);
}

function respond(asker: Asker, request: Request, entry: RequestRecord): Response {
  const { state, user, url } = asker;
  if (entry.operation === "well-known") {
    const location = state.knobs.take("wk.redirect", entry) ?? contextOf(user);
    const status = state.knobs.take("wk.status", entry) ?? 301;
    return new Response(null, { status, headers: { location } });
  }
  const away = url.pathname === "/" ? state.knobs.take("root.redirect", entry) : undefined;
  if (away !== undefined) return new Response(null, { status: 301, headers: { location: away } });
  const place = placeOf(state, user, url.pathname);
  const gone = entry.calendar === null ? undefined : state.knobs.take("cal.gone", entry);
  if (gone !== undefined) throw new DavRefusal(gone);
  // Only a partition has calendars. A client that resolves hrefs against the first host finds nothing.
  if (url.hostname === ICLOUD_HOST && place.kind !== "context" && place.kind !== "principal")
    throw notFound();
  if (["GET", "PUT", "DELETE"].includes(request.method)) {
    if (place.kind === "nowhere" && request.method !== "PUT") throw notFound();
    if (place.kind !== "resource") {
      const status = request.method === "PUT" ? (state.knobs.take("put.noCalendar", entry) ?? 409) : 405;
      throw new DavRefusal(status);
    }
    return objectResponse({ ...asker, place, request, body: entry.body });
  }
  if (request.method !== "PROPFIND" && request.method !== "REPORT") throw new DavRefusal(501);
  const root = readBody(entry.contentType, entry.body);
  const question = { ...asker, place, path: url.pathname, depth: entry.depth, root };
  const body = document(request.method === "PROPFIND" ? propfind(question) : report(question), user.profile);
  return new Response(body, { status: 207, headers: { "content-type": "application/xml; charset=utf-8" } });
}

function answer(state: CaldavState, request: Request, entry: RequestRecord): Response {
  const asker = letIn(state, request, entry);
  if (asker === null) return unauthorized(state, request);
  if ((request.headers.get("user-agent") ?? "") === "")
    return refusalResponse(badRequest(), asker.user.profile);
  try {
    return respond(asker, request, entry);
  } catch (error) {
    if (!(error instanceof DavRefusal)) throw error;
    const isWrite = request.method === "PUT" || request.method === "DELETE";
    const inside = isWrite ? state.knobs.take("write.multistatus", entry) : undefined;
    return inside === undefined
      ? refusalResponse(error, asker.user.profile)
      : refusedInside(error, asker.url.pathname, asker.user.profile, inside);
  }
}

/** Answers one request to the server. */
export async function serve(state: CaldavState, request: Request): Promise<Response> {
  const entry = journal(state, request, await request.text());
  return transport(state, entry, () => answer(state, request, entry));
}
