// Unreadable: the events of a calendar that can't be read to the end, and the agent's word that they count as free.
import { Hono } from "hono";
import * as z from "zod";
import { countAsFree, listUnreadable, MOST_LISTED, type UnreadableView } from "../availability/unreadable.ts";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, ownedBy } from "../http/auth.ts";
import { ConnectionId, SeenObjects, TimeText, timeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody, params } from "../http/validate.ts";

const Unreadable = z
  .strictObject({
    key: z.string().describe("Names it within its calendar."),
    version: z.string().describe("Changes with it."),
    reason: z.string().describe("A stable code."),
    extent: z
      .enum(["known", "unknown"])
      .describe(
        "unknown: it may take time that nobody can know. known: its busy time is at least what it takes.",
      ),
    start: TimeText.nullable().describe("The first start that could be read."),
    endsBy: TimeText.nullable().describe("When it has ended by any reading."),
    firstSeenAt: TimeText.describe("When this version was first seen."),
    countedFreeAt: TimeText.nullable().describe("When it was counted as free; null: it is outstanding."),
  })
  .meta({ id: "UnreadableEvent" });

const Listed = z.strictObject({ objects: z.array(Unreadable) });

const list = operation({
  id: "listUnreadable",
  method: "get",
  path: "/connections/:id/unreadable",
  tag: "Connections",
  summary: "The events of a calendar that can't be read to the end",
  description: `Outstanding ones first, ${MOST_LISTED} at most, without those that have ended by any reading.`,
  access: "bearer",
  params: z.strictObject({ id: ConnectionId }),
  answers: { 200: { description: "What is known of them", schema: Listed } },
  errors: ["connection_not_found", "database_unavailable"],
});

const count = operation({
  id: "countUnreadableAsFree",
  method: "post",
  path: "/connections/:id/unreadable/count-free",
  tag: "Connections",
  summary: "Count events that can't be read as free",
  description:
    "Holds for exactly these versions; another version is outstanding again. What could be read of them still takes " +
    "its time.",
  access: "bearer",
  params: z.strictObject({ id: ConnectionId }),
  body: z.strictObject({ objects: SeenObjects }),
  recorded: "always",
  answers: { 200: { description: "The calendar's unreadable events as they stand now", schema: Listed } },
  errors: ["connection_not_found", "unreadable_changed", "database_unavailable"],
});

export const unreadableOperations = [list, count];

const toWire = (objects: readonly UnreadableView[]): z.input<typeof Listed> => ({
  objects: objects.map(({ connectionId: _, startsAt, ...object }) => ({
    ...object,
    start: timeText(startsAt),
    endsBy: timeText(object.endsBy),
    firstSeenAt: formatInstant(object.firstSeenAt),
    countedFreeAt: timeText(object.countedFreeAt),
  })),
});

/** The routes of unreadable events. */
export const unreadableRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(list.path, auth.bearer, params(list.params), async (c) => {
      const input = { ownedBy: ownedBy(c.get("caller")), connectionId: c.req.valid("param").id };
      return c.json(toWire(await listUnreadable(deps, input)));
    })
    .post(count.path, auth.bearer, params(count.params), jsonBody, body(count.body), async (c) => {
      const objects = await countAsFree(deps, {
        ownedBy: ownedBy(c.get("caller")),
        connectionId: c.req.valid("param").id,
        objects: c.req.valid("json").objects,
      });
      return c.json(toWire(objects));
    });
