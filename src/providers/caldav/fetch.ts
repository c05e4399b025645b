// Fetching CalDAV: many objects at a time, and one by one where an object spoils the answer for the others.
import { attempt, ProviderError } from "../error.ts";
import { mayFailAlone, readOrLeave } from "../failing-part.ts";
import { TOO_LARGE } from "../http.ts";
import type { Asked } from "../webdav/listing.ts";
import { memberUrl } from "../webdav/places.ts";
import type { DavApi } from "./api.ts";
import type { Position } from "./cursor.ts";
import type { CalendarObject, Listed } from "./wire.ts";

interface Fetching {
  readonly api: DavApi;
  readonly url: URL;
  readonly leavesFailing: boolean;
}

type Chunk = readonly (readonly [string, Listed])[];
type Objects = ReadonlyMap<string, CalendarObject | null>;

/**
 * The objects by name; null for one that is gone. One that fails alone is left out, which proves nothing about it.
 * @param failing objects that were left out before, each as it was listed
 */
export async function fetchObjects(
  fetching: Fetching,
  chunk: Chunk,
  failing: Position["failing"],
): Promise<Objects> {
  const { api, url, leavesFailing } = fetching;
  const asked = chunk.flatMap(([name, { href }]) => (name in failing ? [] : [{ name, href }]));
  const objects: Map<string, CalendarObject | null> =
    asked.length === 0 ? new Map() : await together(fetching, asked);
  let proof: Promise<unknown> | null = null;
  const prove = () => {
    proof ??= api.inspect(url);
    return proof;
  };
  for (const [name, { certainty }] of chunk) {
    if (objects.get(name)) continue;
    // The answer left this object out, or found nothing under an address that a listing has just named. Neither
    // proves anything about it, so it is asked for by itself.
    const get = () => getOrNull(fetching, name);
    const found =
      certainty !== "certain"
        ? UNPROVEN[certainty]
        : leavesFailing || name in failing
          ? await readOrLeave(get, prove)
          : await get();
    if (found === null || found === LEFT_OUT) objects.delete(name);
    else objects.set(name, found.object);
  }
  return objects;
}

/** The objects that must be asked for again, because they failed before and are still there. */
export const listedOf = ({ failing }: Pick<Position, "failing">, removed: readonly string[]): Chunk =>
  Object.entries(failing)
    .filter(([name]) => !removed.includes(name))
    .map(([name, listed]) => [name, { ...listed, certainty: "certain" }]);

/** The objects that fail after a chunk was fetched. */
export function stillFailing(
  failing: Position["failing"],
  chunk: Chunk,
  objects: Objects,
  removed: readonly string[],
): Position["failing"] {
  const names = new Set([...removed, ...chunk.map(([name]) => name)]);
  return Object.fromEntries([
    ...Object.entries(failing).filter(([name]) => !names.has(name)),
    ...chunk
      // What may be no object of the calendar at all isn't asked for until a listing names it again.
      .filter(([name, { certainty }]) => certainty === "certain" && !objects.has(name))
      .map(([name, { href, etag }]) => [name, { href, etag }]),
  ]);
}

/** None of them where one object may be to blame for the failure: then each is asked for by itself. */
async function together({ api, url, leavesFailing }: Fetching, asked: readonly Asked[]) {
  const objects = await attempt(api.multiget(url, asked), ["retry", "bug", "gone"]);
  if (!(objects instanceof ProviderError)) return objects;
  const isCalendarGone = objects.kind === "gone" && objects.status !== 403;
  if (objects.code === TOO_LARGE || (leavesFailing && mayFailAlone(objects) && !isCalendarGone))
    return new Map();
  throw objects;
}

/** Stands for an object that alone is refused, or is too large. Asking again won't help. */
const LEFT_OUT = "left-out";

/** What an answer without the object says of it, by how far its address is known to be an object's. */
const UNPROVEN = { possible: { object: null }, doubtful: LEFT_OUT } as const;

async function getOrNull(
  { api, url }: Fetching,
  name: string,
): Promise<{ readonly object: CalendarObject | null } | typeof LEFT_OUT> {
  try {
    return { object: await api.get(memberUrl(url, name)) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === TOO_LARGE || (error.kind === "gone" && error.status === 403)) return LEFT_OUT;
    if (error.kind === "gone") return { object: null };
    throw error;
  }
}
