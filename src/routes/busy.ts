// Busy: what blocks an agent in a range of time, for a view of their calendar.
import { Hono } from "hono";
import * as z from "zod";
import { findBusy } from "../availability/busy.ts";
import type { Deps } from "../deps.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import {
  cursorText,
  MaybeAgentId,
  NextCursor,
  PageCursor,
  PageLimit,
  Time,
  TimeText,
} from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { query } from "../http/validate.ts";
import { intervalToWire, provenance, provenanceToWire } from "./availability-wire.ts";
import { assertNotTooFar, rangeIsWhole } from "./slot-wire.ts";

const Stretch = z
  .strictObject({
    start: TimeText,
    end: TimeText,
    reason: z
      .enum([
        ...(["busy", "tentative", "unanswered", "out_of_office", "working_elsewhere"] as const),
        ...(["all_day", "booking", "hold"] as const),
      ])
      .describe("The rule by which it blocks."),
    connectionId: z.string().nullable().describe("The calendar; null: a booking or hold of ours."),
    bookingId: z.string().nullable().describe("The booking, if it is one of ours; null: it is none."),
  })
  .meta({ id: "BusyStretch" });

const list = operation({
  id: "listBusy",
  method: "get",
  path: "/busy",
  tag: "Availability",
  summary: "What blocks the agent in a range, by rule and calendar",
  description:
    "For a view of the agent's calendar. Events of one calendar that block by the same rule and touch are one stretch. " +
    "Nothing that people wrote into them is known. Stretches are cut to the range; buffers, notice and working hours " +
    "aren't among them. Those that start together stay on one page, so a page may hold a few more than its limit.",
  access: "bearer",
  query: z
    .strictObject({
      agentId: MaybeAgentId,
      from: Time,
      to: Time,
      cursor: PageCursor.optional(),
      limit: PageLimit,
    })
    .superRefine(rangeIsWhole),
  answers: {
    200: {
      description: "One page, in order of start",
      schema: z.strictObject({ busy: z.array(Stretch), nextCursor: NextCursor, ...provenance }),
    },
  },
  errors: ["forbidden", "agent_not_found", "invalid_time", "database_unavailable"],
});

export const busyOperations = [list];

/** The route of busy time. */
export const busyRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(list.path, auth.bearer, query(list.query), async (c) => {
    const { agentId, from, to, cursor, limit } = c.req.valid("query");
    assertNotTooFar(to, deps.now());
    const asked = { agentId: agentFor(c.get("caller"), agentId), from, to, after: cursor ?? from, limit };
    const { busy, next, ...known } = await findBusy(deps, asked);
    return c.json({
      busy: busy.map(({ startsAt, endsAt, ...rest }) => ({
        ...intervalToWire({ startsAt, endsAt }),
        ...rest,
      })),
      nextCursor: cursorText(next),
      ...provenanceToWire(known),
    });
  });
