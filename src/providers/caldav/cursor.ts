// CalDAV's cursor: where a pull stands, and in which steps a round goes through the objects.
import * as z from "zod";
import { ProviderError } from "../error.ts";

const Failing = z.strictObject({ href: z.string(), etag: z.string().nullable() });

/**
 * Where a pull stands. `zone` is the calendar's own, read when the listing began. `failing` are objects that couldn't be
 * fetched, each as it was listed. Each round tries them again.
 */
export const Position = z.discriminatedUnion("how", [
  /**
   * Changes since `from` (null: everything). Names up to `after` are done. The round goes on from `until`, the token
   * that came first, so that changes made meanwhile are listed again.
   */
  z.strictObject({
    v: z.literal(1),
    how: z.literal("sync"),
    mode: z.enum(["snapshot", "delta"]),
    zone: z.string().nullable(),
    from: z.string().nullable(),
    until: z.string().nullable(),
    after: z.string().nullable(),
    failing: z.record(z.string(), Failing).default({}),
  }),
  /** Differences from the known etags. `ctag` is null within a round, and where the server has none. */
  z.strictObject({
    v: z.literal(1),
    how: z.literal("etags"),
    mode: z.enum(["snapshot", "delta"]),
    zone: z.string().nullable(),
    tagged: z.boolean(),
    ctag: z.string().nullable(),
    known: z.record(z.string(), z.string()),
    failing: z.record(z.string(), Failing).default({}),
  }),
]);
export type Position = z.infer<typeof Position>;
export type SyncPosition = Extract<Position, { how: "sync" }>;
export type EtagsPosition = Extract<Position, { how: "etags" }>;

/** @throws ProviderError `resync` for a cursor that no pull has stored */
export function readCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(cursor));
  } catch {
    throw new ProviderError({ kind: "resync", code: "unreadable_cursor" });
  }
}

/** How many objects are fetched at a time (`docs/providers/caldav.md` C.6.1). */
const OBJECTS_AT_A_TIME = 50;

/** At least one chunk, so that a round without changes ends in a page (L8). */
export function chunksOf<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [items.slice(0, OBJECTS_AT_A_TIME)];
  for (let at = OBJECTS_AT_A_TIME; at < items.length; at += OBJECTS_AT_A_TIME) {
    chunks.push(items.slice(at, at + OBJECTS_AT_A_TIME));
  }
  return chunks;
}

/** The order in which a round goes through names. */
export const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;
