// Groups: moves or cancels bookings that belong together, as one.
import { Hono } from "hono";
import * as z from "zod";
import { cancelGroup, type GroupOutcome, MOST_TOGETHER, shiftGroup } from "../bookings/group.ts";
import type { Deps } from "../deps.ts";
import { MINUTE_MS } from "../domain/instant.ts";
import { type ApiEnv, type Auth, ownedBy } from "../http/auth.ts";
import { GroupId, Time } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody, params } from "../http/validate.ts";
import { forceFor, securing } from "./events-wire.ts";
import { resultsTogether, TogetherResult } from "./together-wire.ts";

const MAX_DAYS = 366;
const MAX_MINUTES = 1_440;

const whole = (max: number) =>
  z.int("Send a whole number.").min(-max, `Send at least -${max}.`).max(max, `Send at most ${max}.`);

const Group = z
  .strictObject({ groupId: z.string(), results: z.array(TogetherResult).describe("By their start.") })
  .meta({ id: "Group" });

const shift = operation({
  id: "shiftGroup",
  method: "patch",
  path: "/groups/:groupId",
  tag: "Bookings",
  summary: "Move bookings that belong together by the same shift",
  description:
    "Moves those that haven't begun, all or none. A shift by days keeps the time of day in each booking's zone. They " +
    `may move onto each other's old places. Repeating it is safe: from says where the first of them was. At most ${MOST_TOGETHER}.`,
  access: "bearer",
  params: z.strictObject({ groupId: GroupId }),
  body: z
    .strictObject({
      from: Time.describe("The start of the first booking that hasn't begun, before the shift."),
      days: whole(MAX_DAYS).default(0).describe("By how many days, which keep the time of day."),
      minutes: whole(MAX_MINUTES).default(0).describe("By how many minutes, besides."),
      ...securing,
    })
    .superRefine(({ days, minutes }, context) => {
      if (days !== 0 || minutes !== 0) return;
      context.addIssue({ code: "custom", path: [], message: "Send days or minutes other than 0." });
    }),
  recorded: "by force",
  answers: { 200: { description: "As they are now", schema: Group } },
  errors: [
    ...(["forbidden", "group_not_found", "group_changed", "group_too_large", "bulk_refused"] as const),
    ...(["slot_unverified", "time_skipped_by_dst", "invalid_time", "database_unavailable"] as const),
  ],
});

const cancel = operation({
  id: "cancelGroup",
  method: "delete",
  path: "/groups/:groupId",
  tag: "Bookings",
  summary: "Cancel bookings that belong together",
  description: `Cancels those that aren't over, all or none. For good; repeating it is safe. At most ${MOST_TOGETHER}.`,
  access: "bearer",
  params: z.strictObject({ groupId: GroupId }),
  answers: { 200: { description: "They are cancelled", schema: Group } },
  errors: ["group_not_found", "group_too_large", "bulk_refused", "slot_unverified", "database_unavailable"],
});

export const groupOperations = [shift, cancel];

const groupToWire = (groupId: string, { bookings, outcome }: GroupOutcome): z.input<typeof Group> => ({
  groupId,
  results: resultsTogether(outcome, bookings),
});

/** The routes of groups. */
export const groupRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .patch(shift.path, auth.bearer, params(shift.params), jsonBody, body(shift.body), async (c) => {
      const caller = c.get("caller");
      const { groupId } = c.req.valid("param");
      const { from, days, minutes, maxAgeMs, force } = c.req.valid("json");
      const moved = await shiftGroup(deps, {
        ...{ groupId, ownedBy: ownedBy(caller), from, shift: { days, ms: minutes * MINUTE_MS } },
        ...{ maxAgeMs: maxAgeMs ?? null, force: forceFor(caller, force) },
      });
      return c.json(groupToWire(groupId, moved));
    })
    .delete(cancel.path, auth.bearer, params(cancel.params), async (c) => {
      const { groupId } = c.req.valid("param");
      const ended = await cancelGroup(deps, { groupId, ownedBy: ownedBy(c.get("caller")) });
      return c.json(groupToWire(groupId, ended));
    });
