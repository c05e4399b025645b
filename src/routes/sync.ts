// Sync: reads one calendar now and answers with the result.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { FAILURE_KINDS } from "../domain/failure.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, ownedBy } from "../http/auth.ts";
import { ConnectionId, Count, TimeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { params } from "../http/validate.ts";
import { syncNow } from "../sync/sync-now.ts";

const Sync = z
  .strictObject({
    connectionId: z.string(),
    outcome: z
      .enum(["ok", "partial", "failed"])
      .describe("partial: stopped in good order, and goes on by itself."),
    mode: z.enum(["snapshot", "delta"]).describe("snapshot: everything was read. delta: only changes."),
    pages: Count.describe("How many pages the provider answered."),
    upserts: Count,
    removals: Count,
    unreadable: Count.describe("Of what was read, the events that can't be read to the end."),
    startedAt: TimeText.describe("When it began."),
    finishedAt: TimeText.describe("When it ended."),
    failure: z
      .strictObject({
        kind: z.enum(FAILURE_KINDS).describe("What the failure demands."),
        code: z.string().describe("The provider's answer as a stable code."),
      })
      .nullable()
      .describe("Why it failed; null: it didn't."),
  })
  .meta({ id: "Sync" });

const sync = operation({
  id: "syncNow",
  method: "post",
  path: "/sync/:connectionId",
  tag: "Connections",
  summary: "Read a calendar's changes now",
  description:
    "Reads even if a passing failure says later, and waits where it was read less than a second ago.",
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
