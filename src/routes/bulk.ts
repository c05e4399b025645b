// Bulk: many bookings made, changed and cancelled in one request.
import { Hono } from "hono";
import * as z from "zod";
import { type BulkOperation, type BulkOutcome, runBulk } from "../bookings/bulk.ts";
import { MOST_TOGETHER } from "../bookings/group.ts";
import { runTogether } from "../bookings/together.ts";
import type { Deps } from "../deps.ts";
import { EngineError, resultOrError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor, type Caller } from "../http/auth.ts";
import { logUnexpected } from "../http/errors.ts";
import { BookingId, Flag, HttpStatus, MaybeAgentId } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Problem } from "../http/problem-schema.ts";
import { body, jsonBody } from "../http/validate.ts";
import {
  BookingResult,
  changeFields,
  changeIsWhole,
  createFields,
  toChange,
  toCreate,
} from "./events-wire.ts";
import { slotIsWhole, slotMeta } from "./slot-wire.ts";
import { doneToWire, failedToWire, resultsTogether } from "./together-wire.ts";

const MAX_OPERATIONS = 100;
const MAX_BULK_BYTES = 1_024 * 1_024;

const Operation = z.discriminatedUnion(
  "action",
  [
    z
      .strictObject({ action: z.literal("create").describe("Make a booking."), ...createFields })
      .superRefine(slotIsWhole)
      .meta({ id: "BulkCreate", ...slotMeta }),
    z
      .strictObject({
        action: z.literal("change").describe("Change a booking."),
        bookingId: BookingId,
        ...changeFields,
      })
      .superRefine(changeIsWhole)
      .meta({ id: "BulkChange" }),
    z
      .strictObject({
        action: z.literal("cancel").describe("Cancel a booking."),
        bookingId: BookingId,
        agentId: MaybeAgentId,
      })
      .meta({ id: "BulkCancel" }),
  ],
  'Send "create", "change" or "cancel".',
);

/** Refuses what can't be done together. For `superRefine`. */
function canBeAtomic(
  { atomic, operations }: { atomic: boolean; operations: readonly z.output<typeof Operation>[] },
  context: z.RefinementCtx,
): void {
  if (!atomic) return;
  const refuse = (message: string) => context.addIssue({ code: "custom", path: ["operations"], message });
  if (operations.length > MOST_TOGETHER) refuse(`Send at most ${MOST_TOGETHER} operations with atomic.`);
}

const outcome = {
  bookingId: z.string(),
  status: HttpStatus.describe("The HTTP status that a call of its own would have had."),
};

const bulk = operation({
  id: "bulkBookings",
  method: "post",
  path: "/events/bulk",
  tag: "Bookings",
  summary: "Make, change and cancel many bookings at once",
  description:
    "Each operation takes the fields of its own call and ends by itself: one that fails stops no other. Those about " +
    "one agent are done in their order. Calendars are written afterwards, so results are pending. A malformed " +
    "operation has the whole request refused, before anything is done. With atomic all is done or nothing, across " +
    "agents and times: bulk_refused then says in failed which operations can't be done and why.",
  access: "bearer",
  maxBodyBytes: MAX_BULK_BYTES,
  body: z
    .strictObject({
      atomic: Flag.default(false).describe(
        `All or nothing. At most ${MOST_TOGETHER} operations, each about another booking.`,
      ),
      operations: z
        .array(Operation, "Send a list of operations.")
        .min(1, "Send at least one operation.")
        .max(MAX_OPERATIONS, `Send at most ${MAX_OPERATIONS} operations.`)
        .describe("What to do, each with the fields of its own call."),
    })
    .superRefine(canBeAtomic),
  recorded: "by force",
  answers: {
    200: {
      description: "One result per operation, in their order",
      schema: z.strictObject({
        results: z
          .array(
            z.union([
              z.strictObject({ ...outcome, result: BookingResult }),
              z.strictObject({ ...outcome, error: Problem }),
            ]),
          )
          .describe("One result per operation, in their order."),
      }),
    },
  },
  errors: ["bulk_refused", "forbidden", "slot_unverified", "database_unavailable"],
});

export const bulkOperations = [bulk];

type Asked = z.output<typeof Operation>;

function toOperation(caller: Caller, asked: Asked, now: Instant): BulkOperation {
  switch (asked.action) {
    case "create":
      return { action: asked.action, input: { ...toCreate(caller, asked, now), idempotencyKey: null } };
    case "change":
      return { action: asked.action, input: toChange(caller, asked.bookingId, asked, now) };
    case "cancel": {
      const agentId = agentFor(caller, asked.agentId);
      return { action: asked.action, input: { agentId, bookingId: asked.bookingId } };
    }
  }
}

/** The verb's input for an operation, or the error of an operation that can't be tried. */
function prepare(
  caller: Caller,
  asked: Asked,
  now: Instant,
): BulkOperation | { readonly error: EngineError } {
  const operation = resultOrError(() => toOperation(caller, asked, now));
  return operation instanceof EngineError ? { error: operation } : operation;
}

const resultOf = (bookingId: string, ended: BulkOutcome) =>
  "error" in ended ? { bookingId, ...failedToWire(ended.error) } : { bookingId, ...doneToWire(ended.answer) };

/**
 * Refuses operations of which two would write the same booking, or spend the same hold. By the agent whom each is about:
 * a token may stand for the agent whom another operation names.
 * @throws EngineError invalid_request
 */
function requireDistinct(operations: readonly BulkOperation[]): void {
  const bookings = operations.map(({ input: { agentId, bookingId } }) =>
    JSON.stringify([agentId, bookingId]),
  );
  const holds = operations.flatMap(({ action, input }) =>
    action === "create" && input.holdId !== null ? [JSON.stringify([input.agentId, input.holdId])] : [],
  );
  if (new Set(bookings).size < bookings.length) {
    throw new EngineError("invalid_request", "Send one operation for each booking with atomic.");
  }
  if (new Set(holds).size < holds.length) {
    throw new EngineError(
      "invalid_request",
      "Send each holdId once with atomic: a hold becomes one booking.",
    );
  }
}

/** The answer to operations that belong together. */
async function answerTogether(deps: Deps, caller: Caller, asked: readonly Asked[]) {
  const operations = asked.map((one) => toOperation(caller, one, deps.now()));
  requireDistinct(operations);
  return { results: resultsTogether(await runTogether(deps, operations), asked) };
}

/** The route of many bookings. */
export const bulkRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().post(bulk.path, auth.bearer, jsonBody, body(bulk.body), async (c) => {
    const { atomic, operations } = c.req.valid("json");
    if (atomic) return c.json(await answerTogether(deps, c.get("caller"), operations));
    const prepared = operations.map((asked) => prepare(c.get("caller"), asked, deps.now()));
    const possible = prepared.filter((one) => "action" in one);
    const outcomes = await runBulk(deps, possible);
    const endOf = new Map(possible.map((one, index) => [one, outcomes[index]]));
    const results = operations.map(({ bookingId }, index) => {
      const one = prepared[index];
      const ended = one === undefined || "error" in one ? one : endOf.get(one);
      if (ended === undefined) throw new EngineError("internal_error", "An operation had no outcome.");
      if ("error" in ended) logUnexpected(deps, ended.error, c.get("requestId"));
      return resultOf(bookingId, ended);
    });
    return c.json({ results });
  });
