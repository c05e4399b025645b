// Sync and page tokens: opaque to clients, base64url JSON inside (`docs/providers/google.md` A.12).
import * as z from "zod";
import { readToken, writeToken } from "../shared/opaque-token.ts";

const syncToken = z.strictObject({
  t: z.literal("sync"),
  /** The calendar, or the user of a calendar list. */
  of: z.string(),
  revision: z.number(),
  /** The parameters that must not change between rounds. */
  params: z.string(),
});

const pageToken = z.strictObject({
  t: z.literal("page"),
  of: z.string(),
  params: z.string(),
  /** The revision at the round's first page. The next delta begins there. */
  asOf: z.number(),
  /** Where the last page ended. */
  after: z.array(z.number()),
  page: z.number(),
});

export type SyncToken = z.infer<typeof syncToken>;
export type PageToken = z.infer<typeof pageToken>;

export const writeSyncToken = (token: Omit<SyncToken, "t">): string => writeToken({ t: "sync", ...token });
export const writePageToken = (token: Omit<PageToken, "t">): string => writeToken({ t: "page", ...token });

/** Null for a text that was never a token of this kind. */
export const readSyncToken = (text: string): SyncToken | null => readToken(syncToken, text);
export const readPageToken = (text: string): PageToken | null => readToken(pageToken, text);
