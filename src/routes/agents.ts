// Agents: erases everything about an agent, and exports it.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ErasureView, eraseAgent } from "../erasure/erase-agent.ts";
import { exportAgent } from "../erasure/export-agent.ts";
import { type ApiEnv, type Auth, agentFor, requireService } from "../http/auth.ts";
import { AgentId, Count, TimeText, timeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { params, query } from "../http/validate.ts";
import { EventsChoice, EventsLeft, UnrevokedAccess } from "./erasure-wire.ts";

const Erasure = z
  .strictObject({
    agentId: z.string(),
    events: EventsChoice,
    requestedAt: TimeText,
    doneAt: TimeText.nullable().describe("null: something is left to do."),
    left: z
      .strictObject({
        connections: Count.describe("Calendars that aren't closed yet."),
        accounts: Count.describe("Accounts whose grant isn't ended yet."),
        events: Count.describe("Bookings in those calendars."),
      })
      .describe("What is still to be done."),
    eventsLeft: EventsLeft,
    unrevoked: z.array(UnrevokedAccess),
  })
  .meta({ id: "Erasure" });

const erase = operation({
  id: "eraseAgent",
  method: "delete",
  path: "/agents/:agentId",
  tag: "Operations",
  summary: "Erase an agent: end their grants and forget everything about them",
  description:
    "For a service. From the first request on nothing new is stored about the agent. What is left to do goes on by " +
    "itself, for a week at most; repeating the request says how far it is, and the notice agent.erased when it is done. " +
    "Afterwards the same id may begin anew.",
  access: "bearer",
  params: z.strictObject({ agentId: AgentId }),
  query: z.strictObject({ events: EventsChoice.default("keep") }),
  recorded: "always",
  answers: {
    200: { description: "Nothing is left", schema: Erasure },
    202: { description: "Begun; something is left to do", schema: Erasure },
  },
  errors: ["forbidden", "database_unavailable"],
});

const Row = z.record(z.string(), z.unknown());

const readAll = operation({
  id: "exportAgent",
  method: "get",
  path: "/agents/:agentId/export",
  tag: "Operations",
  summary: "Everything that is stored about an agent",
  description:
    "Rows as they are stored, by table, without secrets. The texts of bookings are open; of outside events only times " +
    "are stored. The answer is sent while it is read: one that breaks off isn't whole.",
  access: "bearer",
  params: z.strictObject({ agentId: AgentId }),
  recorded: "always",
  answers: {
    200: {
      description: "All of it",
      schema: z
        .strictObject({
          agentId: z.string(),
          exportedAt: TimeText,
          tables: z.record(z.string(), z.array(Row)).describe("The rows, by the name of their table."),
        })
        .meta({ id: "AgentExport" }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

export const agentOperations = [erase, readAll];

function toWire({ erasure, left }: ErasureView): z.input<typeof Erasure> {
  const { agentId, events, requestedAt, doneAt, eventsLeft, unrevoked } = erasure;
  return {
    ...{ agentId, events, requestedAt: formatInstant(requestedAt), doneAt: timeText(doneAt) },
    left: { ...left, connections: left.connections.length },
    ...{ eventsLeft, unrevoked },
  };
}

/** The routes about a whole agent. */
export const agentRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .delete(erase.path, auth.bearer, params(erase.params), query(erase.query), async (c) => {
      requireService(c.get("caller"));
      const { agentId } = c.req.valid("param");
      c.set("actAgentId", agentId);
      const view = await eraseAgent(deps, { agentId, ...c.req.valid("query") });
      return c.json(toWire(view), view.erasure.doneAt === null ? 202 : 200);
    })
    .get(readAll.path, auth.bearer, params(readAll.params), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("param").agentId);
      c.set("actAgentId", agentId);
      c.header("Cache-Control", "no-store");
      c.header("Content-Type", "application/json");
      return c.body(await exportAgent(deps, { agentId }));
    });
