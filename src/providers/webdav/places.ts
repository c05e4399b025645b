// Places: where the resources of an answer lie, seen from the collection that was asked, however their addresses are
// spelled (`docs/providers/caldav.md` C.6.5).

/** How many names at the end two different paths must share to name the same collection. */
const SHARED_NAMES = 2;

/** The letters that a canonical name holds as they are. All others are percent-encoded. */
const PLAIN = /^[A-Za-z0-9\-_.!~*'()]$/;

/** Where a resource lies. */
export type Place =
  /** It is the collection itself. */
  | { readonly kind: "self" }
  /** It is above the collection, so it is none of its members. */
  | { readonly kind: "above" }
  /** `path` leads from the collection to it, in canonical spelling. */
  | { readonly kind: "member"; readonly path: readonly string[] }
  /** Nothing says that it has to do with the collection. */
  | { readonly kind: "outside" };

/** A path as its names, in canonical spelling. */
type Path = readonly string[];

/**
 * The places of an answer's resources. Host, percent-encoding, doubled slashes and a slash at the end don't count. A
 * path with a longer or a shorter beginning, as behind a proxy, counts where all resources have the same one.
 */
export function placesIn(collection: URL, resources: readonly Pick<URL, "pathname">[]): Place[] {
  const places = placed(pathOf(collection), resources.map(pathOf));
  if (places.some(({ kind }) => kind === "self" || kind === "member")) return places;
  // Some proxies write an encoded slash as a slash.
  return placed(flat(pathOf(collection)), resources.map(pathOf).map(flat));
}

/** The place of one resource. */
const placeIn = (collection: URL, resource: URL): Place =>
  placesIn(collection, [resource])[0] ?? { kind: "outside" };

/** A member's name: one text for every spelling. It never leads out of a collection that it is appended to. */
export const nameOf = (path: readonly string[]): string => path.join("%2F");

/** A member's name in its collection; null where the resource is no member. */
export function nameIn(collection: URL, resource: URL): string | null {
  const place = placeIn(collection, resource);
  return place.kind === "member" ? nameOf(place.path) : null;
}

/** The URL of a member by its name. It is always at the collection's own host. */
export const memberUrl = (collection: URL, name: string): URL =>
  new URL(collection.pathname.replace(/\/?$/, "/") + name, collection);

/** The path in canonical spelling, without a slash at its end. */
export const canonicalPath = (url: URL): string => `/${pathOf(url).join("/")}`;

/**
 * The path in the normal form of RFC 3986 6.2.2, without doubled slashes. Unlike the canonical spelling it leaves a
 * letter that may be encoded or not as the server wrote it, so that the ids that calendars were stored under stay.
 */
export const normalPath = ({ pathname }: URL): string =>
  pathname.replace(/\/{2,}/g, "/").replace(/%[0-9a-f]{2}/gi, (code) => {
    const letter = letterOf(code);
    return /^[A-Za-z0-9\-._~]$/.test(letter) ? letter : code.toUpperCase();
  });

function placed(own: Path, resources: readonly Path[]): Place[] {
  const base = baseOf(own, resources);
  return resources.map((path): Place => {
    if (isWithin(own, path)) return placeBelow(path.slice(own.length));
    if (base !== null && isWithin(base, path)) return placeBelow(path.slice(base.length));
    return { kind: isWithin(path, own) ? "above" : "outside" };
  });
}

function placeBelow(path: Path): Place {
  if (path.length === 0) return { kind: "self" };
  return path.some((name) => name === "." || name === "..") ? { kind: "outside" } : { kind: "member", path };
}

/** The server's path of the collection where it differs from the one that was asked; null where none is certain. */
function baseOf(own: Path, resources: readonly Path[]): Path | null {
  if (own.length < SHARED_NAMES) return null;
  const others = resources.filter((path) => path.length !== own.length || !isWithin(own, path));
  // A server that knows the members by the path that was asked means something else by any other path.
  if (others.some((path) => isWithin(own, path))) return null;
  const [first] = others;
  if (first === undefined) return null;
  const longer = first.map((_, index) => first.slice(0, index + 1)).filter((base) => endsWith(base, own));
  const shorter = own.map((_, index) => own.slice(index + 1)).filter(({ length }) => length >= SHARED_NAMES);
  const bases = [...longer, ...shorter].filter((base) => others.every((path) => isWithin(base, path)));
  return bases.length === 1 ? (bases[0] ?? null) : null;
}

const isWithin = (outer: Path, path: Path): boolean =>
  outer.length <= path.length && outer.every((name, index) => name === path[index]);

const endsWith = (path: Path, end: Path): boolean =>
  path.length > end.length && end.every((name, index) => name === path[path.length - end.length + index]);

const flat = (path: Path): Path => path.flatMap((name) => name.split("%2F")).filter((name) => name !== "");

const pathOf = ({ pathname }: Pick<URL, "pathname">): Path =>
  pathname
    .split("/")
    .filter((name) => name !== "")
    .map(canonical);

/** The name with each byte spelled in one way. Bytes that aren't UTF-8 stay what they are. */
const canonical = (name: string): string =>
  name.replace(/%[0-9a-f]{2}|[^A-Za-z0-9\-_.!~*'()]/gi, (letter) => {
    if (letter.length === 1) return encodeURIComponent(letter);
    const plain = letterOf(letter);
    return PLAIN.test(plain) ? plain : letter.toUpperCase();
  });

const letterOf = (code: string): string => String.fromCharCode(Number.parseInt(code.slice(1), 16));
