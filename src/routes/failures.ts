// Failures: the list of dead letters, and the retry of one.
import { Hono } from "hono";
import * as z from "zod";
import { type DeadLetterView, listDeadLetters } from "../dead-letters/list.ts";
import { retryDeadLetter } from "../dead-letters/retry.ts";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor, ownedBy } from "../http/auth.ts";
import { AgentId, Count, identifier, NextCursor, PageLimit, TimeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { params, query } from "../http/validate.ts";
import { Explanation, explained } from "./explanation-wire.ts";
import { NOTICE_KINDS } from "./notices-wire.ts";

/** The id of a delivery and the cursor contain a booking id; the longest one fits. */
const MAX_ID = 4_096;

const id = z.string().describe("For the retry.");
const failedAt = TimeText;

const DeliveryFailure = z
  .strictObject({
    kind: z.literal("delivery").describe("A booking that a calendar can't be made to show."),
    id,
    failedAt,
    agentId: z.string(),
    connectionId: z.string(),
    bookingId: z.string(),
    revision: Count.describe("Of the booking, that the calendar should show."),
    reason: z.string().nullable().describe("The code of the last failure, often the provider's own."),
    explanation: Explanation.nullable().describe("The reason in words; null: there is none."),
  })
  .meta({ id: "DeliveryFailure" });

const JobFailure = z
  .strictObject({
    kind: z.literal("job").describe("A job that a queue gave up."),
    id,
    failedAt,
    agentId: z.string().nullable().describe("null: what it was about is gone, or it is about nobody."),
    lane: z.enum(["urgent", "background"]).describe("The queue that gave it up."),
    job: z.unknown().describe("As it was sent: its kind, and the ids of what it is about."),
  })
  .meta({ id: "JobFailure" });

const NoticeFailure = z
  .strictObject({
    kind: z.literal("notice").describe("A notice that nobody took."),
    id,
    failedAt,
    agentId: z.string(),
    noticeId: z.string(),
    notice: z.enum(NOTICE_KINDS).describe("What it tells."),
    subject: z.string().describe("What it is about, as kind and id."),
    reason: z.string().nullable().describe("Why the last attempt failed: an HTTP status, or a code."),
  })
  .meta({ id: "NoticeFailure" });

const Failure = z.discriminatedUnion("kind", [DeliveryFailure, JobFailure, NoticeFailure]);

function toWire({ failureId, ...view }: DeadLetterView): z.input<typeof Failure> {
  const wire = { id: failureId, failedAt: formatInstant(view.failedAt) };
  if (view.kind === "job") return { ...view, ...wire };
  if (view.kind === "delivery") {
    const { failureKind, ...rest } = view;
    return { ...rest, ...wire, explanation: explained(view.reason, failureKind) };
  }
  const { id: noticeId, ...rest } = view;
  return { ...rest, noticeId, ...wire };
}

const list = operation({
  id: "listFailures",
  method: "get",
  path: "/failures",
  tag: "Operations",
  summary: "What failed for good, newest first",
  description:
    "Bookings that a calendar can't be made to show, jobs that a queue gave up (kept 30 days), and notices that " +
    "nobody took. What is still being tried by itself isn't here.",
  access: "bearer",
  query: z.strictObject({
    agentId: AgentId.optional().describe(
      "An agent sees their own. A service leaves it out to see everybody's.",
    ),
    limit: PageLimit,
    cursor: z
      .string()
      .max(MAX_ID, "Send the nextCursor of the page before.")
      .optional()
      .describe("The nextCursor of the page before."),
  }),
  answers: {
    200: {
      description: "One page",
      schema: z.strictObject({
        failures: z.array(Failure),
        nextCursor: NextCursor,
      }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

const retry = operation({
  id: "retryFailure",
  method: "post",
  path: "/failures/:id/retry",
  tag: "Operations",
  summary: "Try again what failed for good",
  description: "It leaves the list, and comes back to it if it fails for good once more.",
  access: "bearer",
  params: z.strictObject({
    id: identifier("failure's id", MAX_ID).describe("The failure's id, as it was listed."),
  }),
  recorded: "always",
  answers: { 202: { description: "It is being tried again" } },
  errors: ["failure_not_found", "calendar_switched_off", "database_unavailable"],
});

export const failureOperations = [list, retry];

/** The routes of failures. */
export const failureRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(list.path, auth.bearer, query(list.query), async (c) => {
      const caller = c.get("caller");
      const { agentId, limit, cursor } = c.req.valid("query");
      const page = await listDeadLetters(deps, {
        agentId: caller.role === "service" ? (agentId ?? null) : agentFor(caller, agentId),
        cursor: cursor ?? null,
        limit,
      });
      return c.json({ failures: page.failures.map(toWire), nextCursor: page.nextCursor });
    })
    .post(retry.path, auth.bearer, params(retry.params), async (c) => {
      const failureId = c.req.valid("param").id;
      await retryDeadLetter(deps, { ownedBy: ownedBy(c.get("caller")), failureId });
      return c.body(null, 202);
    });
