// Listings: which rows of an answer are a calendar's objects. An answer about something else isn't believed.
import { ProviderError } from "../error.ts";
import { DAV, type DavRow, propertyOf } from "./multistatus.ts";
import { canonicalPath, nameOf, normalPath, type Place, placesIn } from "./places.ts";
import { childOf } from "./xml.ts";

/**
 * How far a listed resource is known to be an object of the calendar.
 * - `certain`: it lies directly in the calendar.
 * - `possible`: its address ends in a slash, so it may be a collection. It is an object if it has a calendar's text.
 * - `doubtful`: it lies deeper, or outside. It may be an object under another address: its absence proves nothing.
 */
export type Certainty = "certain" | "possible" | "doubtful";

/** A row about a resource that may be an object of the calendar. */
export interface ListedRow {
  /** Its key: the same for every spelling of its address. */
  readonly name: string;
  readonly certainty: Certainty;
  readonly row: DavRow;
}

/**
 * The rows of a listing, without those of the calendar itself, of what is above it, and of collections in it.
 * @param hasOwnRow whether such a listing has a row for the calendar itself, also where the calendar is empty
 * @throws ProviderError `retry`/`listing_outside_calendar` where the listing can't be the calendar's
 */
export function listedRows(
  rows: readonly DavRow[],
  collection: URL,
  { hasOwnRow }: { hasOwnRow: boolean },
): ListedRow[] {
  // The row that says that the answer was cut is about the request, under whatever address (C12).
  const told = rows.filter(({ status }) => status !== 507);
  const places = placesOf(collection, told);
  const has = (kind: Place["kind"]) => places.some(([, place]) => place.kind === kind);
  const isEmpty = has("self") || (told.length === 0 && !hasOwnRow);
  // A folder in the calendar proves nothing about objects that lie elsewhere.
  const hasObject = places.some(([row, { kind }]) => kind === "member" && !mayBeFolder(row));
  if (has("outside") ? !hasObject : !has("member") && !isEmpty) throw outsideOf("listing_outside_calendar");
  const listed = places.flatMap(([row, place]) => listedRow(row, place) ?? []);
  const collections = listed.filter(({ row }) => isCollection(row) === true).map(({ name }) => name);
  const isInCollection = (name: string) =>
    collections.some((outer) => name === outer || name.startsWith(`${outer}%2F`));
  return listed.filter(({ name }) => !isInCollection(name));
}

function listedRow(row: DavRow, place: Place): ListedRow | null {
  if (place.kind === "self" || place.kind === "above") return null;
  if (place.kind === "outside") return { name: outsideName(row.url), certainty: "doubtful", row };
  const name = nameOf(place.path);
  if (row.url.pathname.endsWith("/") && isCollection(row) === null)
    return { name, certainty: "possible", row };
  return { name, certainty: place.path.length > 1 ? "doubtful" : "certain", row };
}

/** An object as it is asked for: its key, and its address as the server wrote it. */
export interface Asked {
  readonly name: string;
  readonly href: string;
}

/**
 * The rows of an answer about single objects, by key. Rows about anything else are left out.
 * @throws ProviderError `retry`/`objects_outside_calendar` where the answer is about other resources only
 */
export function answeredRows(
  rows: readonly DavRow[],
  collection: URL,
  asked: readonly Asked[],
): (readonly [string, DavRow])[] {
  const names = new Set(asked.map(({ name }) => name));
  const places = placesOf(collection, rows);
  const found = places.flatMap(([row, place]): (readonly [string, DavRow])[] => {
    const name = place.kind === "member" ? nameOf(place.path) : outsideName(row.url);
    return names.has(name) ? [[name, row]] : [];
  });
  const isAboutOthers = places.some(([, { kind }]) => kind !== "self");
  if (found.length === 0 && isAboutOthers) throw outsideOf("objects_outside_calendar");
  return found;
}

/**
 * The rows of a search, by key. Only members count.
 * @throws ProviderError `unsupported`/`search_outside_calendar` where no row is about a member
 */
export function foundRows(rows: readonly DavRow[], collection: URL): (readonly [string, DavRow])[] {
  const places = placesOf(collection, rows);
  const found = places.flatMap(([row, place]): (readonly [string, DavRow])[] =>
    place.kind === "member" ? [[nameOf(place.path), row]] : [],
  );
  if (found.length === 0 && places.some(([, { kind }]) => kind === "outside")) {
    throw new ProviderError({ kind: "unsupported", code: "search_outside_calendar", status: 207 });
  }
  return found;
}

/** @throws ProviderError `retry`/`listing_outside_calendar` where the row isn't the collection's own */
export function ownRow(row: DavRow, collection: URL): DavRow {
  const [place] = placesIn(collection, [row.url]);
  if (place?.kind !== "self") throw outsideOf("listing_outside_calendar");
  return row;
}

/**
 * The home itself and the collections that it lists, each at its URL at the home's own host.
 * @throws ProviderError `retry`/`listing_outside_home` where the listing can't be the home's
 */
export function collectionsIn(rows: readonly DavRow[], home: URL): DavRow[] {
  const asked = rows[0]?.base ?? home;
  const places = placesOf(asked, rows);
  if (!places.some(([, { kind }]) => kind === "self" || kind === "member")) {
    throw outsideOf("listing_outside_home");
  }
  const path = canonicalPath(asked);
  // A redirect to another host is followed each time, so that the calendars keep their URLs.
  const host = path === canonicalPath(home) ? home : asked;
  return places.flatMap(([row, place]) => {
    if (place.kind === "above") return [];
    if (place.kind === "outside") return [row];
    const isPlain = `${canonicalPath(row.url)}/`.startsWith(`${path}/`);
    const names = place.kind === "self" ? [] : place.path;
    const own = isPlain ? normalPath(row.url) : [path, ...names, ""].join("/");
    return [{ ...row, url: new URL(own, host) }];
  });
}

const placesOf = (collection: URL, rows: readonly DavRow[]): (readonly [DavRow, Place])[] => {
  const places = placesIn(
    collection,
    // The path alone: as many URLs as a listing has rows would take many times its size.
    rows.map(({ url: { pathname } }) => ({ pathname })),
  );
  return rows.flatMap((row, index): (readonly [DavRow, Place])[] => {
    const place = places[index];
    return place === undefined ? [] : [[row, place]];
  });
};

/** The key of a resource outside the calendar. No member has a key that begins so. */
const outsideName = (url: URL): string => encodeURIComponent(canonicalPath(url));

/** Null where the server doesn't say. */
function isCollection(row: DavRow): boolean | null {
  const type = propertyOf(row, DAV, "resourcetype");
  return type === undefined ? null : childOf(type, DAV, "collection") !== undefined;
}

const mayBeFolder = (row: DavRow): boolean => isCollection(row) ?? row.url.pathname.endsWith("/");

const outsideOf = (code: string) => new ProviderError({ kind: "retry", code, status: 207 });
