// Reconcile: reads a booking's event; if the agent moved or removed it, the agent's policy decides what happens.
import { calendarRefOf } from "../accounts/calendar-ref.ts";
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { givesUp, MAX_BOOKING_MS } from "../domain/booking.ts";
import { reachOf } from "../domain/conflicts.ts";
import { sameInterval } from "../domain/interval.ts";
import { type Buffers, rulesFor } from "../domain/rules.ts";
import { wakeNotices } from "../notices/wake.ts";
import type { EventState } from "../providers/booking-event.ts";
import { providerErrorOf } from "../providers/error.ts";
import { type Changed, cancelBookingRow, changeBookingRow } from "../store/bookings/changes.ts";
import { claimDelivery, type DeliveryWork } from "../store/deliveries/deliveries.ts";
import {
  type ExternalChange,
  externalChangeNotice,
  giveUpReconciliation,
  postponeReconciliation,
  type Reconciliation,
  restoreEvent,
  settleReconciliation,
} from "../store/deliveries/reconciliations.ts";
import { DELIVERY_LEASE_MS, identityOf, wakeNext } from "./deliver.ts";
import { deliverWork } from "./deliver-now.ts";

/**
 * Reconciles a delivery whose event a pull hasn't found as we left it. The pull's page may be older than our last
 * write, so the event itself is read, under a lease that keeps writes away.
 */
export async function reconcileDelivery(
  deps: Deps,
  input: { connectionId: string; bookingId: string },
): Promise<void> {
  const now = deps.now();
  const claim: Reconciliation = { ...input, leaseId: deps.newId() };
  const leaseUntil = now + DELIVERY_LEASE_MS;
  const work = await claimDelivery(deps.db, { ...claim, toDo: "reconcile", leaseUntil, now });
  if (work === null) return;
  const event = await read(deps, work, claim);
  if (event !== undefined) await decide(deps, work, claim, event);
  await wakeNext(deps, input.connectionId);
}

/** Decides about the booking and its event, and acts. */
async function decide(
  deps: Deps,
  work: DeliveryWork,
  claim: Reconciliation,
  event: EventState | null,
): Promise<void> {
  const now = deps.now();
  const { booking, settings } = work;
  const over = booking.state !== "confirmed" || booking.endsAt <= now;
  if (over || (event !== null && sameInterval(event, booking))) {
    await settleReconciliation(deps.db, { ...claim, event, now });
  } else {
    const followed =
      settings.onExternalChange === "follow" ? await follow(deps, work, claim, event) : "refused";
    if (followed === "overtaken") await postponeReconciliation(deps.db, { ...claim, lookDueAt: now });
    if (followed === "refused")
      await restoreEvent(deps.db, { ...claim, change: changeOf(work, event, false), now });
    wakeNotices(deps);
  }
}

/** The event as it is now; null: it is gone; undefined: the provider failed and is asked again later. */
async function read(
  deps: Deps,
  work: DeliveryWork,
  claim: Reconciliation,
): Promise<EventState | null | undefined> {
  const { account, connection, delivery } = work;
  const { externalId, etag, idVersion } = delivery;
  if (externalId === null) return null;
  const known = { externalId, etag, idVersion };
  try {
    return await withAccount(
      deps,
      account,
      (opened) => opened.readBooking(calendarRefOf(work), identityOf(work), known),
      { reads: connection.calendarId },
    );
  } catch (error) {
    const { kind, code, retryAt } = providerErrorOf(error);
    deps.log.warn("look.failed", { connectionId: connection.id, kind, code });
    const failures = delivery.attempts + 1;
    if (givesUp(kind, failures)) {
      await giveUpReconciliation(deps.db, { ...claim, now: deps.now() });
      return undefined;
    }
    const lookDueAt = nextAttemptAt({ kind, failures, retryAt, now: deps.now(), dice: deps.random() });
    await postponeReconciliation(deps.db, { ...claim, lookDueAt });
    return undefined;
  }
}

const changeOf = (
  { booking, connection }: DeliveryWork,
  event: EventState | null,
  followed: boolean,
): ExternalChange => ({
  agentId: booking.agentId,
  bookingId: booking.bookingId,
  connectionId: connection.id,
  event,
  followed,
});

/**
 * Moves the booking to where the agent has put its event, or cancels it if the event was removed, and updates the other
 * calendars. Refused: the new time is taken by another booking or hold, has no length, or is too long for a booking.
 * Overtaken: MaraPlace has changed the booking meanwhile, so the event must be reconciled anew.
 */
async function follow(
  deps: Deps,
  work: DeliveryWork,
  claim: Reconciliation,
  event: EventState | null,
): Promise<"followed" | "refused" | "overtaken"> {
  const now = deps.now();
  const { agentId, bookingId, revision } = work.booking;
  const write = {
    agentId,
    bookingId,
    writeId: claim.leaseId,
    // If MaraPlace has changed the booking meanwhile, its change is the newer one and wins.
    revision,
    leaseUntil: now + DELIVERY_LEASE_MS,
    along: (mine: Parameters<typeof externalChangeNotice>[1]["when"]) => [
      externalChangeNotice(changeOf(work, event, true), {
        when: mine,
        onceKey: `finding:${claim.leaseId}`,
        now,
      }),
    ],
    now,
  };
  const done =
    event === null ? await cancelBookingRow(deps.db, write) : await moveTo(deps, write, work.booking, event);
  if (done === null || done.booking === null) return "refused";
  if (!done.changed) return done.booking.revision === revision ? "refused" : "overtaken";
  await deliverWork(deps, { work: done.work, writeId: claim.leaseId, when: "now" });
  return "followed";
}

/** Null: no booking may be so short or so long. */
async function moveTo(
  deps: Deps,
  write: Omit<
    Parameters<typeof changeBookingRow>[1],
    "texts" | "timeZone" | "slot" | "rules" | "isShown" | "guard" | "reach"
  >,
  kept: Buffers,
  event: EventState,
): Promise<Changed | null> {
  const lengthMs = event.endsAt - event.startsAt;
  if (lengthMs <= 0 || lengthMs > MAX_BOOKING_MS) return null;
  // The agent has chosen this time, so none of the agent's calendars must be fresh or free for it.
  const guard = { verifiedSince: 0, excused: [], checked: null, force: true, past: true };
  const rules = rulesFor(kept);
  const slot = { startsAt: event.startsAt, endsAt: event.endsAt };
  const stays = { texts: null, timeZone: null, isShown: true };
  return changeBookingRow(deps.db, { ...write, ...stays, slot, rules, guard, reach: reachOf(slot) });
}
