// Holds: slots reserved for some minutes while a client pays.
import { Hono } from "hono";
import * as z from "zod";
import { holdAnyOf } from "../bookings/any-of.ts";
import { type HoldView, placeHold, releaseHold } from "../bookings/hold.ts";
import type { Deps } from "../deps.ts";
import { formatInstant, MINUTE_MS } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { HoldId, MaybeAgentId, minutes, TimeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody, params, query } from "../http/validate.ts";
import { anyOfFields, anyOfIsWhole } from "./any-of-wire.ts";
import { forceFor, securing } from "./events-wire.ts";
import { buffers, buffersToWire, rulesFromWire } from "./rules-wire.ts";
import { slotFields, slotIsWhole, slotMeta, slotOf } from "./slot-wire.ts";

const Hold = z
  .strictObject({
    agentId: z.string(),
    holdId: z.string(),
    start: TimeText,
    end: TimeText,
    ...buffers,
    expiresAt: TimeText.describe("From then on the slot is free again, unless it was booked."),
    state: z
      .enum(["held", "released", "booked", "expired"])
      .describe("Only held keeps the slot; booked: it has become a booking."),
    bookingId: z.string().nullable().describe("The booking it became."),
    createdAt: TimeText,
  })
  .meta({ id: "Hold" });

function toWire({
  startsAt,
  endsAt,
  bufferBeforeMs,
  bufferAfterMs,
  ...view
}: HoldView): z.input<typeof Hold> {
  return {
    ...view,
    ...buffersToWire({ bufferBeforeMs, bufferAfterMs }),
    start: formatInstant(startsAt),
    end: formatInstant(endsAt),
    expiresAt: formatInstant(view.expiresAt),
    createdAt: formatInstant(view.createdAt),
  };
}

const place = operation({
  id: "placeHold",
  method: "post",
  path: "/holds",
  tag: "Bookings",
  summary: "Reserve a slot for some minutes",
  description:
    "Under the conditions of a sale; then nobody else can book or hold it. It ends by itself. Book it with its " +
    "holdId. Repeating the request is safe, and doesn't make it last longer. With agents one of them is chosen and held in one step; " +
    "the answer names the agent, to be named again when the hold is booked.",
  access: "bearer",
  tool: "hold",
  body: z
    .strictObject({
      agentId: MaybeAgentId,
      ...anyOfFields,
      holdId: HoldId.describe("Chosen by the caller."),
      ...slotFields,
      minutes: minutes(1, 60).default(10).describe("How long it lasts."),
      ...securing,
    })
    .superRefine(slotIsWhole)
    .superRefine(anyOfIsWhole)
    .meta(slotMeta),
  answers: {
    201: { description: "Held", schema: Hold },
    200: { description: "This very hold existed already", schema: Hold },
  },
  errors: [
    "forbidden",
    "agent_not_found",
    "hold_exists",
    "hold_over",
    "slot_taken",
    "slot_unverified",
    "invalid_time",
    "time_skipped_by_dst",
    "database_unavailable",
  ],
});

const release = operation({
  id: "releaseHold",
  method: "delete",
  path: "/holds/:holdId",
  tag: "Bookings",
  summary: "Give a held slot back",
  description: "Repeating it is safe. A hold that has become a booking is refused: cancel the booking.",
  access: "bearer",
  params: z.strictObject({ holdId: HoldId }),
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "Given back, or over already", schema: Hold } },
  errors: ["forbidden", "hold_not_found", "hold_over", "database_unavailable"],
});

export const holdOperations = [place, release];

/** The routes of holds. */
export const holdRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .post(place.path, auth.bearer, jsonBody, body(place.body), async (c) => {
      const caller = c.get("caller");
      const input = c.req.valid("json");
      const wanted = {
        holdId: input.holdId,
        slot: slotOf(input, deps.now()),
        lifetimeMs: input.minutes * MINUTE_MS,
        rules: rulesFromWire(input.rules),
        maxAgeMs: input.maxAgeMs ?? null,
        force: forceFor(caller, input.force),
      };
      const agents = input.agents?.map((agentId) => agentFor(caller, agentId));
      const { created, hold } =
        agents === undefined
          ? await placeHold(deps, { ...wanted, agentId: agentFor(caller, input.agentId) })
          : await holdAnyOf(deps, { ...wanted, agents, assign: input.assign ?? "first" });
      return c.json(toWire(hold), created ? 201 : 200);
    })
    .delete(release.path, auth.bearer, params(release.params), query(release.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { holdId } = c.req.valid("param");
      const { hold } = await releaseHold(deps, { agentId, holdId });
      return c.json(toWire(hold));
    });
