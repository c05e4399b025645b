// Notices: lists the webhook notices to the marketplace, and sends them again.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { noticeData } from "../domain/notice.ts";
import { type ApiEnv, type Auth, requireService } from "../http/auth.ts";
import {
  AgentId,
  Count,
  cursorText,
  identifier,
  NextCursor,
  PageCursor,
  PageLimit,
  Time,
  TimeText,
  timeText,
} from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody, params, query } from "../http/validate.ts";
import { readNotices } from "../notices/read.ts";
import { replayNotice, replayNotices } from "../notices/replay.ts";
import type { NoticeRow } from "../store/outbox/notices.ts";
import { NOTICE_KINDS } from "./notices-wire.ts";

const State = z.enum(["pending", "sent", "failed"], 'Send "pending", "sent" or "failed".');

const Notice = z
  .strictObject({
    id: z.string().describe("The webhook-id."),
    agentId: z.string(),
    type: z.enum(NOTICE_KINDS).describe("The kind of notice."),
    state: State.describe("pending is being tried by itself; failed was given up, and can be replayed."),
    attempts: Count,
    nextAttemptAt: TimeText.nullable().describe("While pending: not before this time; null: in its turn."),
    reason: z.string().nullable().describe("Why the last attempt failed: an HTTP status, or a code."),
    createdAt: TimeText,
    updatedAt: TimeText,
    data: z.looseObject({ agentId: z.string() }).describe("As it is sent."),
  })
  .meta({ id: "Notice" });

function toWire(row: NoticeRow): z.input<typeof Notice> {
  return {
    id: row.id,
    agentId: row.agentId,
    type: row.kind,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.state === "pending" && row.nextAttemptAt > 0 ? formatInstant(row.nextAttemptAt) : null,
    reason: row.failureCode,
    createdAt: formatInstant(row.createdAt),
    updatedAt: formatInstant(row.updatedAt),
    data: { ...noticeData(row), agentId: row.agentId },
  };
}

const list = operation({
  id: "listNotices",
  method: "get",
  path: "/notices",
  tag: "Notices",
  summary: "What MaraPlace is and was told, in the order in which it happened",
  description: "For a service. What was sent is kept for 30 days.",
  access: "bearer",
  query: z.strictObject({
    agentId: AgentId.optional().describe("Only of this agent."),
    state: State.optional().describe("Only those that stand so."),
    type: z
      .enum(NOTICE_KINDS, `Send one of ${NOTICE_KINDS.join(", ")}.`)
      .optional()
      .describe("Only this kind."),
    cursor: PageCursor.optional(),
    limit: PageLimit,
  }),
  answers: {
    200: {
      description: "One page",
      schema: z.strictObject({
        notices: z.array(Notice),
        nextCursor: NextCursor,
        receiver: z
          .enum(["active", "disabled", "none"])
          .describe(
            "disabled: it answered 410; a replay has it asked again. none: no address is configured.",
          ),
        disabledAt: TimeText.nullable().describe("When the receiver answered 410; null: it didn't."),
      }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

const replay = operation({
  id: "replayNotice",
  method: "post",
  path: "/notices/:id/replay",
  tag: "Notices",
  summary: "Send a notice again, under the same webhook-id",
  description: "For a service. A receiver that answered 410 is asked again.",
  access: "bearer",
  params: z.strictObject({ id: identifier("notice's id", 100).describe("The notice's id.") }),
  recorded: "always",
  answers: { 202: { description: "It is being sent", schema: Notice } },
  errors: ["forbidden", "notice_not_found", "database_unavailable"],
});

const replayAll = operation({
  id: "replayNotices",
  method: "post",
  path: "/notices/replay",
  tag: "Notices",
  summary: "Send all notices since a time again, each under its webhook-id",
  description: "For a service, after a receiver lost some. One that answered 410 is asked again.",
  access: "bearer",
  body: z.strictObject({
    since: Time.describe("Of what happened at this time or later."),
    agentId: AgentId.optional().describe("Only of this agent."),
  }),
  recorded: "always",
  answers: {
    202: {
      description: "They are being sent",
      schema: z.strictObject({ replayed: Count.describe("How many.") }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

export const noticeOperations = [list, replay, replayAll];

/** The routes of notices. */
export const noticeRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(list.path, auth.bearer, query(list.query), async (c) => {
      requireService(c.get("caller"));
      const { agentId = null, state = null, type = null, cursor = 0, limit } = c.req.valid("query");
      const { notices, next, receiver, disabledAt } = await readNotices(deps, {
        ...{ agentId, state, limit },
        ...{ kind: type, after: cursor },
      });
      return c.json({
        notices: notices.map(toWire),
        nextCursor: cursorText(next),
        receiver,
        disabledAt: timeText(disabledAt),
      });
    })
    .post(replayAll.path, auth.bearer, jsonBody, body(replayAll.body), async (c) => {
      requireService(c.get("caller"));
      const { since, agentId = null } = c.req.valid("json");
      return c.json({ replayed: await replayNotices(deps, { since, agentId }) }, 202);
    })
    .post(replay.path, auth.bearer, params(replay.params), async (c) => {
      requireService(c.get("caller"));
      return c.json(toWire(await replayNotice(deps, { noticeId: c.req.valid("param").id })), 202);
    });
