// Events: bookings on their way into the agent's calendars.
import { Hono } from "hono";
import * as z from "zod";
import { createBooking } from "../bookings/create.ts";
import { getBooking } from "../bookings/get.ts";
import type { BookingAnswer } from "../bookings/views.ts";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, agentFor } from "./auth.ts";
import { BookingId, Email, line, lines, MaxAgeMs, MaybeAgentId, TimeText } from "./fields.ts";
import { operation } from "./operation.ts";
import { slotFields, slotIsWhole, slotMeta, slotOf } from "./slot-input.ts";
import { body, headers, jsonBody, params, query } from "./validate.ts";

const Booking = z
  .strictObject({
    agentId: z.string(),
    bookingId: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    location: z.string().nullable(),
    clientName: z.string().nullable(),
    clientEmail: z.string().nullable(),
    start: TimeText,
    end: TimeText,
    timeZone: z.string(),
    state: z.enum(["confirmed", "cancelled"]),
    revision: z.int(),
    createdAt: TimeText,
    updatedAt: TimeText,
  })
  .meta({ id: "Booking" });

const Delivery = z
  .strictObject({
    connectionId: z.string(),
    provider: z.string(),
    calendarName: z.string(),
    status: z
      .enum(["synced", "pending", "failed"])
      .describe("pending is being tried by itself; failed waits until its reason is gone."),
    externalId: z.string().nullable().describe("The event's id at the provider."),
    reason: z.string().nullable(),
  })
  .meta({ id: "Delivery" });

const BookingResult = z
  .strictObject({
    success: z.boolean().describe("No calendar has failed so far. The booking itself holds either way."),
    created: z.boolean().describe("false: this very booking existed already."),
    booking: Booking,
    results: z.array(Delivery).describe("One per calendar that receives bookings."),
  })
  .meta({ id: "BookingResult" });

function toWire({ created, booking, results }: BookingAnswer): z.input<typeof BookingResult> {
  const { startsAt, endsAt, ...rest } = booking;
  return {
    success: results.every((result) => result.status !== "failed"),
    created,
    booking: {
      ...rest,
      start: formatInstant(startsAt),
      end: formatInstant(endsAt),
      createdAt: formatInstant(booking.createdAt),
      updatedAt: formatInstant(booking.updatedAt),
    },
    results: [...results],
  };
}

const create = operation({
  id: "createBooking",
  method: "post",
  path: "/events",
  tag: "Bookings",
  summary: "Book a slot and write it into the agent's calendars",
  description:
    "Confirms only a time that is free by a fresh picture of every calendar. Repeating the request is safe: " +
    "the booking id is its natural key.",
  access: "bearer",
  headers: z.object({
    "idempotency-key": z
      .string()
      .min(1, "Send a key or leave the header out.")
      .max(255, "Send at most 255 characters.")
      .regex(/^[\x20-\x7e]+$/, "Send printable ASCII only.")
      .optional()
      .describe("The same key with another body is refused."),
  }),
  body: z
    .strictObject({
      agentId: MaybeAgentId,
      bookingId: BookingId,
      title: line(300).min(1, "Send a title; it is empty."),
      description: lines(8_000).nullish(),
      location: line(1_000).nullish(),
      clientName: line(200).nullish(),
      clientEmail: Email.nullish(),
      ...slotFields,
      maxAgeMs: MaxAgeMs.optional(),
    })
    .superRefine(slotIsWhole)
    .meta(slotMeta),
  answers: {
    201: { description: "Booked", schema: BookingResult },
    200: { description: "This very booking existed already", schema: BookingResult },
  },
  errors: [
    "forbidden",
    "agent_not_found",
    "slot_taken",
    "slot_unverified",
    "booking_exists",
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
  access: "bearer",
  params: z.strictObject({ bookingId: BookingId }),
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "The booking", schema: BookingResult } },
  errors: ["forbidden", "booking_not_found", "database_unavailable"],
});

export const eventOperations = [create, get];

/** The routes of bookings. */
export const eventRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .post(create.path, auth.bearer, headers(create.headers), jsonBody, body(create.body), async (c) => {
      const input = c.req.valid("json");
      const answer = await createBooking(deps, {
        agentId: agentFor(c.get("caller"), input.agentId),
        bookingId: input.bookingId,
        title: input.title,
        description: input.description ?? null,
        location: input.location ?? null,
        clientName: input.clientName ?? null,
        clientEmail: input.clientEmail ?? null,
        slot: slotOf(input, deps.now()),
        idempotencyKey: c.req.valid("header")["idempotency-key"] ?? null,
        maxAgeMs: input.maxAgeMs ?? null,
      });
      return c.json(toWire(answer), answer.created ? 201 : 200);
    })
    .get(get.path, auth.bearer, params(get.params), query(get.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { bookingId } = c.req.valid("param");
      return c.json(toWire(await getBooking(deps, { agentId, bookingId })));
    });
