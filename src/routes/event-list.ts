// Event list: pages of bookings by their time, of an agent, of a client or of a group.
import { Hono } from "hono";
import * as z from "zod";
import { readBookings } from "../bookings/list.ts";
import type { Deps } from "../deps.ts";
import { DAY_MS } from "../domain/instant.ts";
import { jsonFromBase64url, toBase64url } from "../encoding/base64url.ts";
import { type ApiEnv, type Auth, agentFor, ownedBy, requireService } from "../http/auth.ts";
import {
  AgentId,
  BookingId,
  Email,
  GroupId,
  MaybeAgentId,
  NextCursor,
  PageLimit,
  Time,
} from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { query } from "../http/validate.ts";
import type { BookingPlace } from "../store/bookings/booking-list.ts";
import { Booking, bookingViewToWire } from "./events-wire.ts";

const Place = z
  .tuple([z.int(), AgentId, BookingId])
  .transform(([startsAt, agentId, bookingId]): BookingPlace => ({ startsAt, agentId, bookingId }));

/** Bookings of one state may be few among many years of others, so all of those aren't searched for them. */
const STATE_PAST_MS = 31 * DAY_MS;

/** A place as a text that callers needn't understand. */
const cursorOf = ({ startsAt, agentId, bookingId }: BookingPlace): string =>
  toBase64url(JSON.stringify([startsAt, agentId, bookingId]));

const BookingCursor = z
  .string()
  // Two ids of 200 characters outside of ASCII make a cursor of 1,700.
  .max(4_000, "Send the nextCursor of the page before.")
  .transform((text, context): BookingPlace => {
    const place = Place.safeParse(jsonFromBase64url(text));
    if (place.success) return place.data;
    context.addIssue("Send the nextCursor of the page before.");
    return z.NEVER;
  })
  .describe("The nextCursor of the page before.");

const list = operation({
  id: "listBookings",
  method: "get",
  path: "/events",
  tag: "Bookings",
  summary: "Bookings by their time, of an agent, of a client or of a group",
  description:
    "In order of start. How far a booking got in each calendar is answered for one booking at a time. A service may " +
    "name a client's address or a group instead of an agent, or several of them.",
  access: "bearer",
  tool: "list",
  query: z
    .strictObject({
      agentId: MaybeAgentId,
      client: Email.optional().describe("For a service: the address of the client."),
      groupId: GroupId.optional(),
      from: Time.optional().describe(
        "Only bookings that end after this time. An agent's bookings of one state are listed from 31 days ago, unless sent.",
      ),
      to: Time.optional().describe("Only bookings that start before this time."),
      state: z
        .enum(["confirmed", "cancelled"], 'Send "confirmed" or "cancelled".')
        .optional()
        .describe("Both, unless sent."),
      cursor: BookingCursor.optional(),
      limit: PageLimit,
    })
    .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
      path: ["to"],
      message: "Send a to that is after from.",
    }),
  answers: {
    200: {
      description: "One page",
      schema: z.strictObject({ bookings: z.array(Booking), nextCursor: NextCursor }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

export const eventListOperations = [list];

/** The route of the list of bookings. */
export const eventListRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(list.path, auth.bearer, query(list.query), async (c) => {
    const { agentId, client, groupId, from, to, state, cursor, limit } = c.req.valid("query");
    const caller = c.get("caller");
    if (client !== undefined) requireService(caller);
    const isOfSome = client !== undefined || groupId !== undefined;
    const isOfOthers = isOfSome && agentId === undefined;
    const { bookings, next } = await readBookings(deps, {
      agentId: isOfOthers ? ownedBy(caller) : agentFor(caller, agentId),
      client: client ?? null,
      groupId: groupId ?? null,
      from: from ?? (state !== undefined && !isOfSome ? deps.now() - STATE_PAST_MS : null),
      to: to ?? null,
      state: state ?? null,
      after: cursor ?? null,
      limit,
    });
    return c.json({
      bookings: bookings.map(bookingViewToWire),
      nextCursor: next === null ? null : cursorOf(next),
    });
  });
