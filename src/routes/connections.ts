// Connections: the calendars an agent has connected.
import { Hono } from "hono";
import * as z from "zod";
import { changeConnection, connectCalendar, listConnections } from "../accounts/connections.ts";
import { disconnect } from "../accounts/disconnect.ts";
import type { ConnectionView } from "../accounts/views.ts";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor, ownedBy } from "../http/auth.ts";
import {
  AccountId,
  CalendarId,
  ConnectionId,
  Flag,
  MaybeAgentId,
  TimeText,
  timeText,
} from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Provider } from "../http/provider-segment.ts";
import { body, jsonBody, params, query } from "../http/validate.ts";

const Connection = z
  .strictObject({
    id: z.string().describe("The connection's id."),
    agentId: z.string(),
    accountId: z.string(),
    provider: Provider,
    calendarId: z.string(),
    name: z.string(),
    timeZone: z.string().nullable(),
    role: z.enum(["reader", "writer"]).describe("reader: the calendar can't receive bookings."),
    isActive: z.boolean(),
    syncEnabled: z.boolean(),
    blocksAvailability: z.boolean(),
    receivesBookings: z.boolean(),
    status: z
      .enum(["active", "needs_reauth", "calendar_gone", "failing", "syncing"])
      .describe(
        "calendar_gone: the account no longer has this calendar. Its last known times count until it is disconnected.",
      ),
    statusReason: z.string().nullable().describe("The code of the failure behind the status; null: none."),
    push: z.enum(["active", "pending", "unsupported"]).describe("Whether the provider tells us of changes."),
    lastSyncAt: TimeText.nullable().describe("When a sync last ended; null: never."),
    verifiedAt: TimeText.nullable().describe("When the provider last confirmed what we know."),
    auditedAt: TimeText.nullable().describe(
      "When the whole calendar was last listed anew and compared with what we know.",
    ),
    createdAt: TimeText,
    updatedAt: TimeText,
  })
  .meta({ id: "Connection" });

function toWire(view: ConnectionView): z.input<typeof Connection> {
  return {
    ...view,
    lastSyncAt: timeText(view.lastSyncAt),
    verifiedAt: timeText(view.verifiedAt),
    auditedAt: timeText(view.auditedAt),
    createdAt: formatInstant(view.createdAt),
    updatedAt: formatInstant(view.updatedAt),
  };
}

const list = operation({
  id: "listConnections",
  method: "get",
  path: "/connections",
  tag: "Connections",
  summary: "The agent's connected calendars",
  description:
    "Each with what it is for, how it stands, and when it was last confirmed. Nobody is asked for it.",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: {
    200: { description: "All of them", schema: z.strictObject({ connections: z.array(Connection) }) },
  },
  errors: ["forbidden", "database_unavailable"],
});

const connect = operation({
  id: "connectCalendar",
  method: "post",
  path: "/connections",
  tag: "Connections",
  summary: "Connect another calendar of an account",
  description: "The account must have been connected through consent before.",
  access: "bearer",
  body: z.strictObject({
    accountId: AccountId,
    calendarId: CalendarId,
    blocksAvailability: Flag.default(true).describe("Its events make the agent busy."),
    receivesBookings: Flag.default(false).describe("Bookings are written into it."),
  }),
  recorded: "always",
  answers: { 201: { description: "Connected; its first sync has been started", schema: Connection } },
  errors: [
    "account_not_found",
    "agent_being_erased",
    "account_needs_reauth",
    "no_calendars",
    "calendar_not_found",
    "calendar_not_readable",
    "calendar_read_only",
    "connection_exists",
    "provider_unavailable",
    "database_unavailable",
  ],
});

const change = operation({
  id: "changeConnection",
  method: "patch",
  path: "/connections/:id",
  tag: "Connections",
  summary: "Switch what a connected calendar does",
  description: "Send the switches to change. A calendar that is switched on again is read at once.",
  access: "bearer",
  params: z.strictObject({ id: ConnectionId }),
  body: z
    .strictObject({
      isActive: Flag.optional().describe("false: the calendar is ignored until it is switched on again."),
      syncEnabled: Flag.optional().describe(
        "false: the calendar is no longer read, and its events don't count meanwhile.",
      ),
      blocksAvailability: Flag.optional(),
      receivesBookings: Flag.optional(),
    })
    .refine((patch) => Object.keys(patch).length > 0, "Send at least one switch to change.")
    .meta({ minProperties: 1 }),
  recorded: "always",
  answers: { 200: { description: "As it is now", schema: Connection } },
  errors: ["connection_not_found", "calendar_read_only", "database_unavailable"],
});

const remove = operation({
  id: "disconnectCalendar",
  method: "delete",
  path: "/connections/:id",
  tag: "Connections",
  summary: "Disconnect a calendar",
  description: "Stops its notifications and forgets its events. The account's last one ends the consent too.",
  access: "bearer",
  params: z.strictObject({ id: ConnectionId }),
  recorded: "always",
  answers: { 204: { description: "Disconnected" } },
  errors: ["connection_not_found", "database_unavailable"],
});

export const connectionOperations = [list, connect, change, remove];

/** The routes of connections. */
export const connectionRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(list.path, auth.bearer, query(list.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const connections = await listConnections(deps, { agentId });
      return c.json({ connections: connections.map(toWire) });
    })
    .post(connect.path, auth.bearer, jsonBody, body(connect.body), async (c) => {
      const input = { ...c.req.valid("json"), ownedBy: ownedBy(c.get("caller")) };
      return c.json(toWire(await connectCalendar(deps, input)), 201);
    })
    .patch(change.path, auth.bearer, params(change.params), jsonBody, body(change.body), async (c) => {
      const view = await changeConnection(deps, {
        ownedBy: ownedBy(c.get("caller")),
        connectionId: c.req.valid("param").id,
        patch: c.req.valid("json"),
      });
      return c.json(toWire(view));
    })
    .delete(remove.path, auth.bearer, params(remove.params), async (c) => {
      const { agentId } = await disconnect(deps, {
        ownedBy: ownedBy(c.get("caller")),
        connectionId: c.req.valid("param").id,
      });
      c.set("actAgentId", agentId);
      return c.body(null, 204);
    });
