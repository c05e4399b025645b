// Reports: PROPFIND and REPORT, and how strictly requests are checked (`docs/providers/caldav.md` C.4 to C.6).
import { childOf, childrenOf, parseXml, type XmlElement } from "../../../src/providers/webdav/xml.ts";
import {
  badRequest,
  DavRefusal,
  needPrivileges,
  notFound,
  precondition,
  unsupportedMediaType,
} from "./errors.ts";
import { readFilter } from "./filter.ts";
import { CALDAV, DAV, el, type Markup } from "./markup.ts";
import { type Place, placeOf } from "./places.ts";
import { type Asker, propertiesOf, responseOf, shownEtag, statusOf } from "./properties.ts";
import { isSpelled, type Speller, spellerOf } from "./spelling.ts";
import { record, type SimulatedCalendar, visibleResources, visibleRevision } from "./state.ts";
import { readToken, writeToken } from "./tokens.ts";

/** A PROPFIND or REPORT request. */
export interface Question extends Asker {
  readonly place: Place;
  readonly path: string;
  readonly depth: string | null;
  readonly root: XmlElement;
}

/** The body's root. Refuses a wrong content type and a body that isn't XML. */
export function readBody(contentType: string | null, body: string): XmlElement {
  if (!/^(?:application|text)\/xml\b/i.test(contentType ?? "")) throw unsupportedMediaType();
  const root = parseXml(body);
  if (root === null) throw badRequest();
  return root;
}

function wantedOf(root: XmlElement): readonly XmlElement[] {
  const prop = childOf(root, DAV, "prop");
  if (prop === undefined || prop.children.length === 0) throw badRequest();
  return prop.children;
}

export function propfind(question: Question): Markup {
  const { state, user, place, path, depth, root } = question;
  if (root.namespace !== DAV || root.name !== "propfind") throw badRequest();
  if (depth !== "0" && depth !== "1") throw precondition(403, DAV, "propfind-finite-depth");
  const wanted = wantedOf(root);
  const properties = propertiesOf(question, place);
  if (properties === null) throw notFound();
  const calendarPath = place.kind === "calendar" ? place.calendar.path : null;
  const spell = spellerOf(question, place.kind === "calendar" ? "propfind" : place.kind, calendarPath);
  const responses = [responseOf(spell(path), wanted, properties)];
  if (depth === "1" && place.kind === "home" && !state.knobs.take("disc.noCalendars", { user: user.email })) {
    const refused = state.knobs.take("list.refused", { user: user.email });
    if (refused !== undefined) return el(DAV, "multistatus", statusOf(path, `${refused} Refused`));
    for (const calendar of state.calendars.values()) {
      if (calendar.owner !== user.email) continue;
      const own = propertiesOf(question, { kind: "calendar", calendar }) ?? {};
      const moved = state.knobs.take("list.host", { user: user.email });
      const path = spell(calendar.path).replace(/^\.\/$/, lastNameOf(calendar));
      responses.push(responseOf(moved === undefined ? path : moved + lastNameOf(calendar), wanted, own));
    }
  }
  if (depth === "1" && place.kind === "calendar") {
    const { calendar } = place;
    for (const name of visibleResources(state, calendar).keys()) {
      const own = propertiesOf(question, { kind: "resource", calendar, name }) ?? {};
      responses.push(responseOf(spell(calendar.path + name), wanted, own));
    }
    responses.push(...strays(question, calendar, wanted, spell));
  }
  return el(DAV, "multistatus", ...responses);
}

export function report(question: Question): Markup {
  const { place, root, user } = question;
  if (place.kind !== "calendar") throw notFound();
  const name = `${root.namespace} ${root.name}`;
  if (name === `${DAV} sync-collection` && user.profile !== "minimal")
    return syncCollection(question, place.calendar);
  if (name === `${CALDAV} calendar-multiget`) return multiget(question, place.calendar);
  if (name === `${CALDAV} calendar-query`) return query(question, place.calendar);
  throw precondition(403, DAV, "supported-report");
}

function refuseSync({ state, user, root }: Question, calendar: SimulatedCalendar): void {
  const at = { user: user.email, calendar: calendar.path, operation: "sync-collection" };
  const unsupported = state.knobs.take("sync.unsupported", at);
  if (unsupported !== undefined) {
    throw new DavRefusal(unsupported, {
      precondition: unsupported === 403 ? el(DAV, "supported-report") : null,
    });
  }
  const forbidden = state.knobs.take("sync.forbidden", at);
  if (forbidden === "privileges") throw needPrivileges();
  if (forbidden !== undefined) throw new DavRefusal(403, { html: forbidden === "html" });
  if (childOf(root, DAV, "limit") !== undefined && state.knobs.take("sync.noLimit", at)) {
    throw new DavRefusal(507, { precondition: el(DAV, "number-of-matches-within-limits") });
  }
}

/** The revision from which to continue; null for a listing from scratch. */
function startOf({ state, user, root }: Question, calendar: SimulatedCalendar): number | null {
  const token = childOf(root, DAV, "sync-token")?.text;
  if (token === undefined || childOf(root, DAV, "sync-level")?.text !== "1") throw badRequest();
  const at = { user: user.email, calendar: calendar.path };
  if (state.knobs.take("sync.relist", at)) return null;
  if (token === "") {
    const refused = state.knobs.take("sync.refuseFirst", at);
    if (refused !== undefined) throw new DavRefusal(refused, { precondition: el(DAV, "valid-sync-token") });
    return null;
  }
  const expired = state.knobs.take("sync.expire", at);
  const revision = readToken(user.profile, calendar, token);
  if (expired !== undefined || revision === null) {
    throw new DavRefusal(expired ?? 403, {
      precondition: el(DAV, "valid-sync-token"),
      exception: "Sabre\\DAV\\Exception\\InvalidSyncToken",
    });
  }
  return revision;
}

/** The last change of each name since `from`, in order. A listing from scratch leaves out deleted names. */
function changesSince({ state }: Question, calendar: SimulatedCalendar, from: number | null) {
  const newest = visibleRevision(state, calendar);
  const last = new Map<string, (typeof calendar.changes)[number]>();
  for (const change of calendar.changes) {
    if (change.revision <= (from ?? 0) || change.revision > newest) continue;
    last.delete(change.name);
    last.set(change.name, change);
  }
  return [...last.values()].filter(({ deleted }) => from !== null || !deleted);
}

function limitOf({ state, user, root }: Question, calendar: SimulatedCalendar): number {
  const truncate = state.knobs.take("sync.truncate", { user: user.email, calendar: calendar.path });
  const asked = childOf(childOf(root, DAV, "limit") ?? root, DAV, "nresults")?.text;
  const granted = asked !== undefined && user.profile === "sabre" ? Number(asked) : Number.POSITIVE_INFINITY;
  return Math.min(truncate ?? Number.POSITIVE_INFINITY, granted);
}

function syncCollection(question: Question, calendar: SimulatedCalendar): Markup {
  const { state, user, depth, root } = question;
  if (depth !== null && depth !== "0") throw badRequest();
  refuseSync(question, calendar);
  const from = startOf(question, calendar);
  const wanted = wantedOf(root);
  const isFirst = childOf(root, DAV, "sync-token")?.text === "";
  const isMute =
    isFirst && state.knobs.take("sync.emptyFirst", { user: user.email, calendar: calendar.path });
  const changes = isMute ? [] : changesSince(question, calendar, from);
  const limit = limitOf(question, calendar);
  const spell = spellerOf(question, "sync-collection", calendar.path);
  const shown = changes.slice(0, limit);
  const rows = shown.map(({ name, etag }) => {
    if (etag === null) return statusOf(spell(calendar.path + name), "404 Not Found");
    const properties = { [`${DAV} getetag`]: el(DAV, "getetag", shownEtag(question, calendar, etag)) };
    return responseOf(spell(calendar.path + name), wanted, properties);
  });
  rows.push(...strays(question, calendar, wanted, spell));
  // C15
  if (user.profile === "icloud") {
    rows.unshift(
      responseOf(spell(calendar.path), wanted, propertiesOf(question, { kind: "calendar", calendar }) ?? {}),
    );
  }
  const truncated = changes.length > shown.length;
  if (truncated) {
    const error = el(DAV, "error", el(DAV, "number-of-matches-within-limits"));
    rows.push(statusOf(spell(calendar.path), "507 Insufficient Storage", error));
  }
  const upTo = truncated ? (shown.at(-1)?.revision ?? from ?? 0) : visibleRevision(state, calendar);
  return el(DAV, "multistatus", ...rows, el(DAV, "sync-token", writeToken(user.profile, calendar, upTo)));
}

/** Rows about resources that aren't the calendar's objects. */
function strays(
  question: Question,
  calendar: SimulatedCalendar,
  wanted: readonly XmlElement[],
  spell: Speller,
): Markup[] {
  const { state, user } = question;
  const at = { user: user.email, calendar: calendar.path };
  const type = (...types: Markup[]) => ({ [`${DAV} resourcetype`]: el(DAV, "resourcetype", ...types) });
  const etag = { [`${DAV} getetag`]: el(DAV, "getetag", '"stray"') };
  return [
    ...(state.knobs.take("href.stray", at)
      ? [responseOf("/somebody/else/stray.ics", wanted, { ...etag, ...type() })]
      : []),
    ...(state.knobs.take("href.folder", at)
      ? [responseOf(spell(`${calendar.path}folder/`), wanted, { ...etag, ...type(el(DAV, "collection")) })]
      : []),
  ];
}

const lastNameOf = ({ path }: SimulatedCalendar) => `${path.split("/").at(-2)}/`;

const GARBAGE = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:soon\r\nthis is no line\r\n";

function objectRow(
  question: Question,
  calendar: SimulatedCalendar,
  name: string,
  wanted: readonly XmlElement[],
  spell: Speller,
): Markup {
  const { state, user } = question;
  const resource = calendar.resources.get(name);
  if (resource === undefined) return statusOf(spell(calendar.path + name), "404 Not Found");
  const garbage = state.knobs.take("ics.garbage", { user: user.email, calendar: calendar.path });
  const brokenRule = state.knobs.take("ics.brokenRule", { user: user.email, calendar: calendar.path });
  const whole = brokenRule
    ? resource.text.replaceAll("END:VEVENT", "RRULE:FREQ=SOMETIMES\r\nEND:VEVENT")
    : resource.text;
  const text = garbage ? GARBAGE : whole;
  const lines = user.profile === "minimal" ? text.replaceAll("\r\n", "\n") : text;
  return responseOf(spell(calendar.path + name), wanted, {
    [`${DAV} getetag`]: el(DAV, "getetag", shownEtag(question, calendar, resource.etag)),
    [`${CALDAV} calendar-data`]: el(CALDAV, "calendar-data", lines),
  });
}

function multiget(question: Question, calendar: SimulatedCalendar): Markup {
  const { state, user, url, root } = question;
  const wanted = wantedOf(root);
  const hrefs = childrenOf(root, DAV, "href").map((child) => child.text);
  if (hrefs.length === 0) throw badRequest();
  const spell = spellerOf(question, "calendar-multiget", calendar.path);
  const names = hrefs.map((href) => {
    const written = [...calendar.resources.keys()].find((name) =>
      isSpelled(question, calendar.path + name, href.trim()),
    );
    if (written !== undefined) return written;
    const place = placeOf(state, user, new URL(href.trim(), url).pathname);
    return place.kind === "resource" && place.calendar === calendar ? place.name : null;
  });
  const fails = state.knobs.take("object.fails", { user: user.email, calendar: calendar.path });
  if (fails !== undefined && names.includes(fails.name)) throw new DavRefusal(fails.status, {});
  if (state.knobs.take("event.race", { user: user.email, calendar: calendar.path })) {
    for (const name of names)
      if (name !== null && calendar.resources.has(name)) record(state, calendar, name, null);
  }
  const isMissing = names.some((name) => name === null || !calendar.resources.has(name));
  if (isMissing && state.knobs.take("multiget.whole", { user: user.email, calendar: calendar.path }))
    throw notFound();
  const rows = names.map((name, index) =>
    name === null
      ? statusOf(hrefs[index] ?? "", "404 Not Found")
      : objectRow(question, calendar, name, wanted, spell),
  );
  return el(DAV, "multistatus", ...rows);
}

function query(question: Question, calendar: SimulatedCalendar): Markup {
  const { state, user, depth, root } = question;
  if (depth !== "1") throw badRequest();
  const filter = readFilter(root);
  const at = { user: user.email, calendar: calendar.path, operation: "calendar-query" };
  const broken = filter.searches ? state.knobs.take("uid.query", at) : undefined;
  if (typeof broken === "number") throw new DavRefusal(broken);
  const wanted = wantedOf(root);
  const names = [...visibleResources(state, calendar).keys()].filter((name) => {
    const resource = calendar.resources.get(name);
    const isLeftOut = broken === "none" || broken === "cut";
    return resource !== undefined && !isLeftOut && (broken === "all" || filter.fits(resource.text));
  });
  const spell = spellerOf(question, "calendar-query", calendar.path);
  const cut = broken === "cut" ? [statusOf(calendar.path, "507 Insufficient Storage")] : [];
  const rows = names.map((name) => objectRow(question, calendar, name, wanted, spell));
  return el(DAV, "multistatus", ...rows, ...cut);
}
