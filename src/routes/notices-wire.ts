// The shapes of notices, one of each kind, for the OpenAPI document and for tests of what is sent.
import * as z from "zod";
import { BUSY_STATUSES } from "../domain/busy.ts";
import type { NoticeKind } from "../domain/notice.ts";
import { Count, TimeText } from "../http/fields.ts";
import { BASE_PATH, type WebhookOperation } from "../http/operation.ts";
import { Provider } from "../http/provider-segment.ts";
import { EventsChoice, EventsLeft, UnrevokedAccess } from "./erasure-wire.ts";
import { NOTICE_SAMPLES } from "./notice-samples.ts";

const Revision = Count.describe("The booking's revision; it rises with every change.");
const Reason = z.string().describe("A stable code.");
const Followed = z
  .boolean()
  .describe("true: the booking was changed with it. false: our event is written again as the booking says.");
const Way = z.enum(["changes", "listings"]);
const Connections = z.array(z.string()).describe("The account's connected calendars, 200 at most.");

interface Declared {
  readonly summary: string;
  readonly data: z.ZodRawShape;
}

const booking = { bookingId: z.string() };
const account = { accountId: z.string(), provider: Provider };

/** Typed without `Partial`: a new kind breaks the build until its shape is declared. */
const DECLARED: Record<NoticeKind, Declared> = {
  "booking.delivered": {
    summary:
      "Every calendar that receives bookings shows this revision, or no longer shows a cancelled booking",
    data: {
      ...booking,
      revision: Revision,
      state: z.enum(["confirmed", "cancelled"]).describe("What the calendars show."),
    },
  },
  "booking.delivery_failed": {
    summary: "A calendar can't be made to show this revision; GET /failures lists it",
    data: { ...booking, revision: Revision, connectionId: z.string(), reason: Reason },
  },
  "booking.moved_outside": {
    summary: "The agent moved the booking's event in their own calendar",
    data: {
      ...booking,
      revision: Revision,
      connectionId: z.string(),
      start: TimeText.describe("Where the agent moved it."),
      end: TimeText,
      followed: Followed,
    },
  },
  "booking.removed_outside": {
    summary: "The agent deleted the booking's event in their own calendar",
    data: { ...booking, revision: Revision, connectionId: z.string(), followed: Followed },
  },
  "booking.conflict": {
    summary: "An event of the agent's own came to lie over a confirmed booking",
    data: {
      ...booking,
      connectionId: z.string(),
      start: TimeText.describe("When that event begins."),
      end: TimeText,
      status: z.enum(BUSY_STATUSES).describe("As in the conflicts of an availability answer."),
    },
  },
  "connection.needs_consent": {
    summary: "An account no longer lets us in: the agent must connect it again",
    data: { ...account, connectionIds: Connections, reason: Reason },
  },
  "connection.unavailable": {
    summary: "The provider offers an account no calendars; connecting it again doesn't help",
    data: { ...account, connectionIds: Connections, reason: Reason },
  },
  "connection.restored": {
    summary: "An account lets us in again, or a calendar that was gone is back",
    data: { ...account, connectionIds: Connections },
  },
  "connection.lost": {
    summary: "A calendar is no longer in its account; its last times count until the agent disconnects it",
    data: { ...account, connectionId: z.string(), reason: Reason },
  },
  "calendar.standstill": {
    summary:
      "A calendar's provider answered without end, so it could not be read; it is read in the other way now",
    data: {
      ...account,
      connectionId: z.string(),
      reason: Reason,
      triedBy: Way.describe("How it was read: by what changed, or by a list of everything each time."),
      nextBy: Way.describe("How it is read next. Once both are told of, neither works at the moment."),
    },
  },
  "calendar.drift": {
    summary:
      "Busy time was missing from what we knew of a calendar, so it could have been sold; it is known now",
    data: {
      ...account,
      connectionId: z.string(),
      missing: Count.describe("Events whose time was missing."),
      extra: Count.describe("Events whose time was kept although they are no longer there."),
    },
  },
  "calendar.unreadable": {
    summary:
      "A calendar holds events that can't be read to the end, so time may be taken that nobody can know",
    data: {
      ...account,
      connectionId: z.string(),
      count: Count.describe("How many weren't known before in this version."),
      unknown: Count.describe("How many of them may take time that nobody can know."),
      reasons: z.array(z.string()).describe("Stable codes."),
    },
  },
  "agent.erased": {
    summary: "An agent is erased: nothing is stored about them any more",
    data: {
      requestedAt: TimeText,
      events: EventsChoice,
      eventsLeft: EventsLeft,
      unrevoked: z.array(UnrevokedAccess),
    },
  },
};

/** Every kind of notice. */
export const NOTICE_KINDS = Object.keys(DECLARED) as NoticeKind[];

const nameOf = (kind: NoticeKind): string =>
  kind.replaceAll(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase());

function bodyOf(kind: NoticeKind): z.ZodObject {
  return z
    .strictObject({
      type: z.literal(kind),
      timestamp: TimeText.describe("When it happened. Attempts to tell it may come days later."),
      data: z.strictObject({ agentId: z.string(), ...DECLARED[kind].data }),
    })
    .meta({ id: `${nameOf(kind)}Notice` });
}

/** The body of a notice of each kind, as it is sent. */
export const NOTICE_BODIES = Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, bodyOf(kind)])) as Record<
  NoticeKind,
  z.ZodObject
>;

/** The headers of every notice. */
const Headers = z.object({
  "webhook-id": z
    .string()
    .describe("The same in every attempt and replay: what has been seen under it needs no second look."),
  "webhook-timestamp": z.string().describe("When this attempt was made, in seconds since 1970."),
  "webhook-signature": z.string().describe("One `v1,` signature for each secret, separated by spaces."),
});

const ANSWERS = {
  "2XX": "Taken. Anything else but 410 is tried again over three days, `Retry-After` heeded.",
  "410": `No more notices are wanted. They are kept, until POST ${BASE_PATH}/notices/replay or another address.`,
};

/** Every kind of notice as a webhook of the OpenAPI document. */
export const NOTICE_WEBHOOKS: readonly WebhookOperation[] = NOTICE_KINDS.map((kind) => ({
  id: `tell${nameOf(kind)}`,
  name: kind,
  summary: DECLARED[kind].summary,
  description: "Signed, at least once, and in order about each booking and each account.",
  headers: Headers,
  body: NOTICE_BODIES[kind],
  sample: { type: kind, timestamp: "2026-03-02T08:00:00.000Z", data: NOTICE_SAMPLES[kind] },
  answers: ANSWERS,
}));
