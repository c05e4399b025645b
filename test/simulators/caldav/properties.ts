// Properties: WebDAV properties of every kind of place, in a multistatus (`docs/providers/caldav.md` C.4).
import type { XmlElement } from "../../../src/providers/webdav/xml.ts";
import { APPLE, CALDAV, CS, DAV, el, type Markup } from "./markup.ts";
import { homeOf, type Place, principalOf } from "./places.ts";
import {
  type CaldavState,
  PARTITION_HOST,
  type SimulatedCalendar,
  type SimulatedUser,
  visibleResources,
  visibleRevision,
} from "./state.ts";
import { writeToken } from "./tokens.ts";

/** The caller, and the origin that was called. */
export interface Asker {
  readonly state: CaldavState;
  readonly user: SimulatedUser;
  readonly url: URL;
}

type Properties = Readonly<Record<string, Markup>>;

const href = (path: string) => el(DAV, "href", path);
const keyed = (...elements: Markup[]): Properties =>
  Object.fromEntries(elements.map((element) => [`${element.ns} ${element.name}`, element]));

/** iCloud names the partition's host with its port, whichever host was asked. Locally there is only one host. */
function homeHref({ user, url }: Asker): string {
  if (user.profile !== "icloud") return homeOf(user);
  const origin = url.hostname.endsWith(".icloud.com") ? `https://${PARTITION_HOST}:443` : url.origin;
  return `${origin}${homeOf(user)}`;
}

/** C47: RFC 4791 6.2.1 lets a home set name calendars instead of their home. */
function homeHrefs(asker: Asker): string[] {
  const { state, user } = asker;
  if (!state.knobs.take("home.calendar", { user: user.email })) return [homeHref(asker)];
  const origin = homeHref(asker).slice(0, -homeOf(user).length);
  return [...state.calendars.values()].flatMap(({ owner, path }) =>
    owner === user.email ? [origin + path] : [],
  );
}

function principalProperties(asker: Asker): Properties {
  const { state, user } = asker;
  const address = (text: string, index: number): Markup => ({
    ...href(text),
    attributes: index === 0 ? { preferred: "1" } : {},
  });
  const noHome = state.knobs.take("disc.noHome", { user: user.email }) !== undefined;
  return keyed(
    el(DAV, "displayname", user.email),
    el(DAV, "resourcetype", el(DAV, "principal")),
    ...(noHome
      ? []
      : [el(CALDAV, "calendar-home-set", ...homeHrefs(asker).map((path) => href(found(asker, path))))]),
    ...(state.knobs.take("disc.noAddresses", { user: user.email })
      ? []
      : [el(CALDAV, "calendar-user-address-set", ...user.addresses.map(address))]),
  );
}

function typeOf({ kind }: SimulatedCalendar): Markup[] {
  if (kind === "calendar") return [el(CALDAV, "calendar")];
  if (kind === "inbox" || kind === "outbox") return [el(CALDAV, `schedule-${kind}`)];
  if (kind === "notification") return [el(CS, "notification")];
  return kind === "subscribed" ? [el(CALDAV, "calendar"), el(CS, "subscribed")] : [];
}

function zoneProperty({ timeZone, zoneAs }: SimulatedCalendar): Markup[] {
  if (timeZone === null) return [];
  if (zoneAs === "id") return [el(CALDAV, "calendar-timezone-id", timeZone)];
  const standard =
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD";
  const zone = `BEGIN:VTIMEZONE\r\nTZID:${timeZone}\r\n${standard}\r\nEND:VTIMEZONE`;
  const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Simulator//EN\r\n${zone}\r\nEND:VCALENDAR\r\n`;
  return [el(CALDAV, "calendar-timezone", text)];
}

function syncProperties({ state, user }: Asker, calendar: SimulatedCalendar): Markup[] {
  const place = { user: user.email, calendar: calendar.path };
  const revision = visibleRevision(state, calendar);
  const ctag = state.knobs.take("ctag.none", place) ? [] : [el(CS, "getctag", `ctag-${revision}`)];
  const reports = ["calendar-multiget", "calendar-query"].map((name) => el(CALDAV, name));
  const synced = user.profile !== "minimal";
  if (synced) reports.push(el(DAV, "sync-collection"));
  return [
    ...ctag,
    ...(synced ? [el(DAV, "sync-token", writeToken(user.profile, calendar, revision))] : []),
    el(
      DAV,
      "supported-report-set",
      ...reports.map((report) => el(DAV, "supported-report", el(DAV, "report", report))),
    ),
  ];
}

function calendarProperties(asker: Asker, calendar: SimulatedCalendar): Properties {
  const privileges = calendar.writable ? ["read", "write", "write-content", "bind", "unbind"] : ["read"];
  return keyed(
    el(DAV, "resourcetype", el(DAV, "collection"), ...typeOf(calendar)),
    ...(calendar.name === null ? [] : [el(DAV, "displayname", calendar.name)]),
    ...(asker.user.profile === "minimal"
      ? []
      : [
          el(
            DAV,
            "current-user-privilege-set",
            ...privileges.map((name) => el(DAV, "privilege", el(DAV, name))),
          ),
        ]),
    el(DAV, "owner", href(principalOf(asker.user))),
    el(DAV, "getetag", `"collection-${calendar.revision}"`),
    ...syncProperties(asker, calendar),
    ...zoneProperty(calendar),
    ...(calendar.components === null
      ? []
      : [
          el(
            CALDAV,
            "supported-calendar-component-set",
            ...calendar.components.map((name) => ({ ...el(CALDAV, "comp"), attributes: { name } })),
          ),
        ]),
    el(CALDAV, "schedule-calendar-transp", el(CALDAV, calendar.transparent ? "transparent" : "opaque")),
    el(APPLE, "calendar-color", "#1BADF8FF"),
  );
}

/** The etag as this server writes it into XML (C36). */
export function shownEtag(asker: Asker, calendar: SimulatedCalendar, etag: string): string {
  const how = asker.state.knobs.take("etag.weak", { user: asker.user.email, calendar: calendar.path });
  const bare = asker.state.knobs.take("etag.bare", { user: asker.user.email, calendar: calendar.path });
  if (bare) return etag.replaceAll('"', "");
  if (how === undefined) return etag;
  return how === "weak" ? `W/${etag}` : etag.replaceAll('"', "");
}

/** Two slashes begin a network path, so that a client may take the first name for a host. */
function found(asker: Asker, path: string): string {
  const { state, user } = asker;
  return state.knobs.take("disc.doubled", { user: user.email }) ? path.replace(/^\//, "//") : path;
}

/** All properties of a place; null where listings don't show it yet. */
export function propertiesOf(asker: Asker, place: Place): Properties | null {
  const { user } = asker;
  const principal = el(DAV, "current-user-principal", href(found(asker, principalOf(user))));
  if (place.kind === "nowhere") return null;
  if (place.kind === "context") return keyed(principal, el(DAV, "resourcetype", el(DAV, "collection")));
  if (place.kind === "calendar") return { ...calendarProperties(asker, place.calendar), ...keyed(principal) };
  if (place.kind === "resource") {
    const etag = visibleResources(asker.state, place.calendar).get(place.name);
    if (etag === undefined) return null;
    return keyed(
      el(DAV, "getetag", shownEtag(asker, place.calendar, etag)),
      el(DAV, "getcontenttype", "text/calendar; charset=utf-8; component=VEVENT"),
      el(DAV, "resourcetype"),
    );
  }
  const home = keyed(principal, el(DAV, "resourcetype", el(DAV, "collection")));
  if (place.kind === "principal" || homeOf(user) === principalOf(user)) {
    return { ...home, ...principalProperties(asker) };
  }
  return home;
}

/** One `<response>`: existing properties under 200, missing ones under 404 (C6). */
export function responseOf(path: string, wanted: readonly XmlElement[], properties: Properties): Markup {
  const found = wanted.flatMap(({ namespace, name }) => properties[`${namespace} ${name}`] ?? []);
  const missing = wanted.filter(({ namespace, name }) => properties[`${namespace} ${name}`] === undefined);
  const propstat = (elements: Markup[], status: string) =>
    elements.length === 0
      ? []
      : [el(DAV, "propstat", el(DAV, "prop", ...elements), el(DAV, "status", `HTTP/1.1 ${status}`))];
  return el(
    DAV,
    "response",
    href(path),
    ...propstat(found, "200 OK"),
    ...propstat(
      missing.map(({ namespace, name }) => el(namespace, name)),
      "404 Not Found",
    ),
  );
}

/** One `<response>` that has only a status. */
export const statusOf = (path: string, status: string, ...more: Markup[]): Markup =>
  el(DAV, "response", href(path), el(DAV, "status", `HTTP/1.1 ${status}`), ...more);
