// Sync: reads one calendar now and answers with the result.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, ownedBy } from "../http/auth.ts";
import { ConnectionId, TimeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { params } from "../http/validate.ts";
import { syncNow } from "../sync/sync-now.ts";

const Sync = z
  .strictObject({
    connectionId: z.string(),
    outcome: z.enum(["ok", "partial", "failed"]),
    mode: z.enum(["snapshot", "delta"]).describe("snapshot: everything was read. delta: only changes."),
    pages: z.int(),
    upserts: z.int(),
    removals: z.int(),
    unreadable: z.int().describe("Of what was read, the events that can't be read to the end."),
    startedAt: TimeText,
    finishedAt: TimeText,
    failure: z.strictObject({ kind: z.string(), code: z.string() }).nullable(),
  })
  .meta({ id: "Sync" });

const sync = operation({
  id: "syncNow",
  method: "post",
  path: "/sync/:connectionId",
  tag: "Connections",
  summary: "Read a calendar's changes now",
  access: "bearer",
  params: z.strictObject({ connectionId: ConnectionId }),
  answers: { 200: { description: "What the sync did", schema: Sync } },
  errors: [
    "connection_not_found",
    "sync_in_progress",
    "sync_disabled",
    "sync_held_off",
    "database_unavailable",
  ],
});

export const syncOperations = [sync];

/** The route of syncs. */
export const syncRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().post(sync.path, auth.bearer, params(sync.params), async (c) => {
    const view = await syncNow(deps, {
      ownedBy: ownedBy(c.get("caller")),
      connectionId: c.req.valid("param").connectionId,
    });
    return c.json({
      ...view,
      startedAt: formatInstant(view.startedAt),
      finishedAt: formatInstant(view.finishedAt),
    });
  });
