// Audit trail: who did what to connections, settings, bookings by force, and replays.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, requireService } from "../http/auth.ts";
import {
  AgentId,
  cursorText,
  HttpStatus,
  NextCursor,
  PageCursor,
  PageLimit,
  TimeText,
} from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { query } from "../http/validate.ts";
import { type ActRow, listActs } from "../store/agents/acts.ts";

const Act = z
  .strictObject({
    at: TimeText.describe("When it was done."),
    agentId: z.string().nullable().describe("Whom it was about; null: no agent in particular."),
    action: z
      .string()
      .describe(
        "The operation's id. Forms of the agent's page have ids of their own, which aren't in this document.",
      ),
    role: z.enum(["agent", "page", "service"]).describe("page: an agent in a session of their page."),
    subject: z.string().nullable().describe("The subject of the token, or the page's agent."),
    target: z.string().nullable().describe("The id of what it was done to."),
    status: HttpStatus.describe("Of the answer. From 500 on it is unknown whether it was done."),
    requestId: z.string(),
  })
  .meta({ id: "Act" });

const list = operation({
  id: "readAuditTrail",
  method: "get",
  path: "/audit",
  tag: "Operations",
  summary: "Who did what to connections, settings, bookings by force, and replays; the newest first",
  description: "For a service. Entries hold ids and codes only, and are kept AUDIT_RETENTION_DAYS.",
  access: "bearer",
  query: z.strictObject({
    agentId: AgentId.optional().describe("Only what was done to this agent's things."),
    cursor: PageCursor.optional(),
    limit: PageLimit,
  }),
  answers: {
    200: {
      description: "One page",
      schema: z.strictObject({ acts: z.array(Act), nextCursor: NextCursor }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

export const auditOperations = [list];

const toWire = ({ sequence: _, id: __, at, ...act }: ActRow): z.input<typeof Act> => ({
  at: formatInstant(at),
  ...act,
});

/** The route of the audit trail. */
export const auditRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(list.path, auth.bearer, query(list.query), async (c) => {
    requireService(c.get("caller"));
    const { agentId = null, cursor = null, limit } = c.req.valid("query");
    const found = await listActs(deps.db, { agentId, before: cursor, limit: limit + 1 });
    const acts = found.slice(0, limit);
    const last = found.length > limit ? acts.at(-1) : undefined;
    return c.json({ acts: acts.map(toWire), nextCursor: cursorText(last?.sequence ?? null) });
  });
