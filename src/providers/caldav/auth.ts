// Sign-in by password: from an address to the person's calendars (`docs/providers/caldav.md` C.2).
import * as z from "zod";
import { attempt, ProviderError } from "../error.ts";
import type { HttpDeps } from "../http.ts";
import type { Credentials, Identity, OAuthFlow, PasswordFlow, RemoteCalendar } from "../provider.ts";
import { collectionsIn } from "../webdav/listing.ts";
import {
  addressesIn,
  CALDAV,
  DAV,
  type DavRow,
  decoded,
  hrefsIn,
  isUnauthenticated,
  propertyOf,
} from "../webdav/multistatus.ts";
import { normalPath } from "../webdav/places.ts";
import { checkUserUrl, sameProvider } from "../webdav/safe-url.ts";
import type { UrlRules } from "../webdav/url-rules.ts";
import { createApi, type DavApi } from "./api.ts";
import { eventCalendars, zoneOf } from "./wire.ts";

/** The server, and the form of its app passwords. */
export interface ServerConfig {
  /** The provider's only server; null where each person names one. */
  readonly preset: URL | null;
  /** The form of app passwords, and a text that says where they are made; null where the provider has none. */
  readonly appPassword: { readonly shape: RegExp; readonly madeAt: string } | null;
  readonly rules: UrlRules;
  /** See `BookingCalendar` in `booking-objects.ts`. */
  readonly mayTakeDoubles: boolean;
}

/** How often discovery is tried where a server doesn't name the home. iCloud does that at times (C5). */
const HOME_ATTEMPTS = 3;

/** Passwords don't end by themselves. */
const NEVER = Date.UTC(9999, 11, 31);

/** The credentials of an account. Their JSON is sealed in place of a token. */
const Access = z.strictObject({
  v: z.literal(1),
  username: z.string(),
  password: z.string(),
  homes: z.array(z.url()).min(1),
  /** The owner's calendar user addresses. They find the owner's answer to an invitation. */
  addresses: z.array(z.string()),
});
export type Access = z.infer<typeof Access>;

/** @throws ProviderError `reauth` for text that `connect` didn't make */
export function readAccess(accessToken: string): Access {
  try {
    return Access.parse(JSON.parse(accessToken));
  } catch {
    throw new ProviderError({ kind: "reauth", code: "unreadable_credentials" });
  }
}

export function createPasswordFlow(config: ServerConfig, deps: HttpDeps): PasswordFlow {
  return {
    asksServer: config.preset === null,
    appPasswordsAt: config.appPassword?.madeAt ?? null,
    async connect({ serverUrl, username, password, ownAddress = null }) {
      const start = config.preset ?? checkUserUrl(serverUrl ?? "", config.rules);
      const login = { username: username.trim(), password: password.trim() };
      const api = createApi(deps, start, login, config.rules);
      try {
        return await explore(api, start, login, ownAddress);
      } catch (error) {
        throw refusalOf(error, config, login.password);
      }
    },
  };
}

/** A password can't be refreshed and can't be revoked from here. After a refusal the person must connect again. */
export const NO_OAUTH: OAuthFlow = {
  requiredScopes: [],
  authorize: () => Promise.reject(new ProviderError({ kind: "bug", code: "no_oauth" })),
  exchange: () => Promise.reject(new ProviderError({ kind: "bug", code: "no_oauth" })),
  refresh: () => Promise.reject(new ProviderError({ kind: "reauth", code: "password_refused" })),
  revoke: () => Promise.resolve(),
};

async function explore(
  api: DavApi,
  start: URL,
  login: { username: string; password: string },
  ownAddress: string | null,
): Promise<{ credentials: Credentials; identity: Identity }> {
  const principal = await findPrincipal(api, start);
  const { homes, addresses } = await findHomes(api, principal, start);
  const calendars = await readCalendars(api, homes);
  if (calendars.length === 0) throw new ProviderError({ kind: "gone", code: "no_calendars" });
  await proveReadable(api, homes, calendars);
  // Radicale names no mail address, so the user name takes its place where it looks like one.
  // C48: a person may name the address at which they are invited, where nothing else says it.
  const named = [ownAddress ?? "", login.username].filter((text) => text.includes("@"));
  const own = [...addresses, ...named.map((address) => `mailto:${address}`)];
  const access: Access = { v: 1, ...login, homes: homes.map(({ href }) => href), addresses: own };
  const mail = own.find((address) => /^mailto:/i.test(address))?.slice("mailto:".length);
  return {
    credentials: { accessToken: JSON.stringify(access), accessTokenExpiresAt: NEVER, refreshToken: "" },
    identity: {
      // By the host that was asked first, because iCloud moves people between the hosts that answer (C.2).
      userId: start.host + decoded(principal.pathname),
      email: login.username.includes("@") ? login.username : (mail ?? null),
    },
  };
}

/**
 * Proves that the calendar to be connected opens where its listing says that it is (C51). Without that it would be
 * connected and never read.
 */
async function proveReadable(api: DavApi, homes: readonly URL[], calendars: readonly RemoteCalendar[]) {
  const { calendarId } = calendars.find(({ primary }) => primary) ?? calendars[0] ?? { calendarId: "" };
  const opened = await attempt(api.inspect(new URL(calendarId, homes[0])), ["gone", "refused"]);
  if (opened instanceof ProviderError) throw elsewhere(opened);
}

const elsewhere = (cause?: ProviderError) =>
  new ProviderError({ kind: "bug", code: "calendars_elsewhere", cause });

/**
 * All event calendars among the homes and in them. Those at another provider are left out, because they must not get
 * the password.
 * @throws ProviderError `bug`/`calendars_elsewhere` where all are (C51)
 */
export async function readCalendars(api: DavApi, homes: readonly URL[]): Promise<RemoteCalendar[]> {
  const rows: DavRow[] = [];
  let missing: ProviderError | null = null;
  for (const home of homes) {
    const listed = await attempt(api.list(home), ["gone"]);
    if (listed instanceof ProviderError) missing = listed;
    else rows.push(...collectionsIn(listed, home));
  }
  // A home may be a calendar, and one that was deleted says nothing about the others (C47).
  if (missing !== null && rows.length === 0) throw missing;
  // Every resource has a type. A listing that tells none was refused row by row (C7).
  if (!rows.some((row) => propertyOf(row, DAV, "resourcetype") !== undefined))
    throw new ProviderError({ kind: "retry", code: "listing_without_types", status: 207 });
  const listed = eventCalendars(rows);
  const found = listed.filter(({ url }) => homes[0] !== undefined && sameProvider(homes[0], url));
  if (found.length === 0 && listed.length > 0) throw elsewhere();
  const first = found.findIndex(({ writable }) => writable !== false);
  return found.map((row, index) => ({
    calendarId:
      row.url.origin === homes[0]?.origin ? normalPath(row.url) : row.url.origin + normalPath(row.url),
    name: row.name ?? decoded(row.url.pathname.split("/").filter(Boolean).at(-1) ?? ""),
    timeZone: zoneOf(row),
    // Where a server states no rights, the engine assumes that people may write.
    role: row.writable === false ? "reader" : "writer",
    // CalDAV has no main calendar, so the first writable one is taken.
    primary: index === first,
    ...row.recognition,
  }));
}

/** Asks the address itself, then the well-known one, then the root, until one names the principal. */
async function findPrincipal(api: DavApi, start: URL): Promise<URL> {
  const places = [start.href, new URL("/.well-known/caldav", start).href, new URL("/", start).href];
  let refused: ProviderError | null = null;
  let failed: ProviderError | null = null;
  for (const place of new Set(places)) {
    const row = await api
      .find(new URL(place), ["d:current-user-principal", "d:principal-URL"])
      .catch((error) => {
        if (!(error instanceof ProviderError) || !isElsewhere(error)) throw error;
        if (isRefusedRedirect(error)) refused = error;
        if (isBroken(error)) failed = error;
        return null;
      });
    const principal = row === null ? undefined : principalIn(row);
    if (principal !== undefined) return principal;
  }
  throw failed ?? refused ?? new ProviderError({ kind: "gone", code: "not_caldav" });
}

function principalIn(row: DavRow): URL | undefined {
  if (isUnauthenticated(row))
    throw new ProviderError({ kind: "reauth", code: "unauthenticated", status: 401 });
  return [...hrefsIn(row, DAV, "current-user-principal"), ...hrefsIn(row, DAV, "principal-URL")][0];
}

/** Whether the refusal means that this address doesn't speak CalDAV, and not that something is broken (C4, C46). */
function isElsewhere(error: ProviderError): boolean {
  const { status, code, kind } = error;
  const codes = ["unparsable_answer", "answer_too_large", "unexpected_redirect"];
  if (codes.includes(code) || isRefusedRedirect(error) || status === 501 || isBroken(error)) return true;
  return status !== null && status >= 400 && kind !== "reauth" && kind !== "wait" && kind !== "retry";
}

/** Whether this place alone may fail: an answer of 503 is about the whole server. */
const isBroken = ({ status }: ProviderError): boolean =>
  status !== null && status >= 500 && status !== 501 && status !== 503;

/** Whether the place redirects to an address to which no password may go: http, a port, another provider. */
const isRefusedRedirect = ({ code }: ProviderError): boolean =>
  code === "redirect_refused" || code.startsWith("url_");

/** The homes and the person's addresses. A home at another provider must not get the password. */
async function findHomes(
  api: DavApi,
  principal: URL,
  start: URL,
): Promise<{ homes: URL[]; addresses: string[] }> {
  for (let attempt = 1; ; attempt++) {
    const row = await api.find(principal, ["c:calendar-home-set", "c:calendar-user-address-set"]);
    const homes = hrefsIn(row, CALDAV, "calendar-home-set");
    // The first home is where all requests begin, so it must be allowed to lead to the others.
    const near = homes.filter((home) => sameProvider(start, home));
    const own = near.filter((home) => near[0] !== undefined && sameProvider(near[0], home));
    if (own.length > 0)
      return { homes: own, addresses: addressesIn(row, CALDAV, "calendar-user-address-set") };
    if (homes.length > 0) throw new ProviderError({ kind: "bug", code: "redirect_refused" });
    if (attempt === HOME_ATTEMPTS) throw new ProviderError({ kind: "retry", code: "home_not_found" });
  }
}

/** The refusal with a code that says what the person can do about it (C1, C3). */
function refusalOf(error: unknown, { appPassword }: ServerConfig, password: string): unknown {
  if (!(error instanceof ProviderError)) return error;
  // The person's own address has passed its check, so this refusal is about an address that the server named.
  if (error.code.startsWith("url_") || error.code === "other_provider")
    return new ProviderError({ kind: "bug", code: "redirect_refused", cause: error });
  if (error.kind !== "reauth") return error;
  const ordinary = appPassword !== null && !appPassword.shape.test(password);
  const code = ordinary ? "app_password_needed" : "password_refused";
  return new ProviderError({ kind: "reauth", code, status: error.status });
}
