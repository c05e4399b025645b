// Events: creates, reads, changes and cancels one booking.
import { Hono } from "hono";
import * as z from "zod";
import { createAnyOf } from "../bookings/any-of.ts";
import { cancelBooking } from "../bookings/cancel.ts";
import { changeBooking } from "../bookings/change.ts";
import { createBooking } from "../bookings/create.ts";
import { getBooking } from "../bookings/get.ts";
import type { Deps } from "../deps.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { BookingId, MaybeAgentId } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, headers, jsonBody, params, query } from "../http/validate.ts";
import { anyOfFields, anyOfIsWhole, refuseKey, toCreateAnyOf } from "./any-of-wire.ts";
import {
  BookingResult,
  bookingToWire,
  changeFields,
  changeIsWhole,
  createFields,
  toChange,
  toCreate,
} from "./events-wire.ts";
import { slotIsWhole, slotMeta } from "./slot-wire.ts";

const create = operation({
  id: "createBooking",
  method: "post",
  path: "/events",
  tag: "Bookings",
  summary: "Book a slot and write it into the agent's calendars",
  description:
    "Confirms only a time that is free by fresh knowledge of every calendar. Repeating the request is safe: " +
    "the booking id is its natural key. With agents one of them is chosen and booked in one step: the answer names " +
    "the agent, and repeating the request gives the same one.",
  access: "bearer",
  tool: "book",
  headers: z.object({
    "idempotency-key": z
      .string()
      .min(1, "Send a key or leave the header out.")
      .max(255, "Send at most 255 characters.")
      .regex(/^[\x20-\x7e]+$/, "Send printable ASCII only.")
      .optional()
      .describe("A key belongs to one booking of the agent. With another booking it is refused."),
  }),
  body: z
    .strictObject({ ...createFields, ...anyOfFields })
    .superRefine(slotIsWhole)
    .superRefine(anyOfIsWhole)
    .meta(slotMeta),
  recorded: "by force",
  answers: {
    201: { description: "Booked", schema: BookingResult },
    200: { description: "This very booking existed already", schema: BookingResult },
  },
  errors: [
    "forbidden",
    "agent_not_found",
    "hold_not_found",
    "hold_over",
    "slot_taken",
    "slot_unverified",
    "booking_exists",
    "booking_cancelled",
    "idempotency_key_reused",
    "invalid_time",
    "time_skipped_by_dst",
    "database_unavailable",
  ],
});

const get = operation({
  id: "getBooking",
  method: "get",
  path: "/events/:bookingId",
  tag: "Bookings",
  summary: "A booking and how far it got in each calendar",
  description: "Cancelled ones as well. What is pending goes on by itself.",
  access: "bearer",
  params: z.strictObject({ bookingId: BookingId }),
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "The booking", schema: BookingResult } },
  errors: ["forbidden", "booking_not_found", "database_unavailable"],
});

const change = operation({
  id: "changeBooking",
  method: "patch",
  path: "/events/:bookingId",
  tag: "Bookings",
  summary: "Move a booking, or change what it says",
  description:
    "Fields left out stay as they are; null empties those that may be empty. A new slot is sold as a first one " +
    "would be, with the booking itself out of the way: if it can't be had, nothing changes. A local date and times " +
    "without a timeZone are meant in the booking's own.",
  access: "bearer",
  tool: "move",
  params: z.strictObject({ bookingId: BookingId }),
  body: z.strictObject(changeFields).superRefine(changeIsWhole),
  recorded: "by force",
  answers: { 200: { description: "As it is now", schema: BookingResult } },
  errors: [
    "forbidden",
    "booking_not_found",
    "booking_cancelled",
    "slot_taken",
    "slot_unverified",
    "invalid_time",
    "time_skipped_by_dst",
    "database_unavailable",
  ],
});

const cancel = operation({
  id: "cancelBooking",
  method: "delete",
  path: "/events/:bookingId",
  tag: "Bookings",
  summary: "Cancel a booking",
  description: "Frees its slot and takes it out of the calendars. For good; repeating it is safe.",
  access: "bearer",
  tool: "cancel",
  params: z.strictObject({ bookingId: BookingId }),
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "It is cancelled", schema: BookingResult } },
  errors: ["forbidden", "booking_not_found", "database_unavailable"],
});

export const eventOperations = [create, get, change, cancel];

/** The routes of bookings. */
export const eventRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .post(create.path, auth.bearer, headers(create.headers), jsonBody, body(create.body), async (c) => {
      const caller = c.get("caller");
      const { agents, assign, ...fields } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")["idempotency-key"] ?? null;
      const now = deps.now();
      if (agents !== undefined) {
        refuseKey(idempotencyKey);
        const input = { ...toCreateAnyOf(caller, fields, agents, now), assign: assign ?? "first" };
        const answer = await createAnyOf(deps, { ...input, deliver: "now" });
        c.set("actAgentId", answer.booking.agentId);
        return c.json(bookingToWire(answer), answer.created ? 201 : 200);
      }
      const input = { ...toCreate(caller, fields, now), idempotencyKey };
      const answer = await createBooking(deps, { ...input, deliver: "now" });
      return c.json(bookingToWire(answer), answer.created ? 201 : 200);
    })
    .get(get.path, auth.bearer, params(get.params), query(get.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { bookingId } = c.req.valid("param");
      return c.json(bookingToWire(await getBooking(deps, { agentId, bookingId })));
    })
    .patch(change.path, auth.bearer, params(change.params), jsonBody, body(change.body), async (c) => {
      const { bookingId } = c.req.valid("param");
      const input = toChange(c.get("caller"), bookingId, c.req.valid("json"), deps.now());
      return c.json(bookingToWire(await changeBooking(deps, { ...input, deliver: "now" })));
    })
    .delete(cancel.path, auth.bearer, params(cancel.params), query(cancel.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { bookingId } = c.req.valid("param");
      return c.json(bookingToWire(await cancelBooking(deps, { agentId, bookingId, deliver: "now" })));
    });
