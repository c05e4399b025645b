// Notice samples: what a notice of each kind says, for the OpenAPI document. A test holds them to their schemas.
import type { NoticeKind } from "../domain/notice.ts";
import { CONSENT_PROVIDERS } from "../providers/provider.ts";

const agentId = "agent-ada";
const connectionId = "9184c43c-a4e8-460f-97b1-314a8a74a6e2";
const booking = { agentId, bookingId: "booking-1" };
const account = {
  agentId,
  accountId: "6a601aca-65b5-4f48-b0fb-e3436fc609f8",
  provider: CONSENT_PROVIDERS[0],
};

/** The `data` of a notice of each kind. */
export const NOTICE_SAMPLES: Record<NoticeKind, unknown> = {
  "booking.delivered": { ...booking, revision: 1, state: "confirmed" },
  "booking.delivery_failed": { ...booking, revision: 2, connectionId, reason: "requiredAccessLevel" },
  "booking.moved_outside": {
    ...{ ...booking, revision: 2, connectionId, followed: true },
    ...{ start: "2026-03-03T11:00:00.000Z", end: "2026-03-03T11:30:00.000Z" },
  },
  "booking.removed_outside": { ...booking, revision: 1, connectionId, followed: false },
  "booking.conflict": {
    ...{ ...booking, connectionId, status: "busy" },
    ...{ start: "2026-03-03T10:00:00.000Z", end: "2026-03-03T11:00:00.000Z" },
  },
  "connection.needs_consent": { ...account, connectionIds: [connectionId], reason: "invalid_grant" },
  "connection.unavailable": { ...account, connectionIds: [connectionId], reason: "notACalendarUser" },
  "connection.restored": { ...account, connectionIds: [connectionId] },
  "connection.lost": { ...account, connectionId, reason: "notFound" },
  "calendar.standstill": {
    ...{ ...account, connectionId, reason: "round_standstill" },
    ...{ triedBy: "changes", nextBy: "listings" },
  },
  "calendar.drift": { ...account, connectionId, missing: 1, extra: 0 },
  "calendar.unreadable": { ...account, connectionId, count: 2, unknown: 1, reasons: ["broken_end"] },
  "agent.erased": {
    ...{ agentId, requestedAt: "2026-03-02T08:00:00.000Z", events: "remove", eventsLeft: 0 },
    unrevoked: [{ provider: CONSENT_PROVIDERS[2], reason: "not_revocable" }],
  },
};
