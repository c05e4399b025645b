// Look at copy: was the event of a booking moved or removed in the agent's calendar? Then the agent's policy decides.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { givesUp, MAX_BOOKING_MS } from "../domain/booking.ts";
import { reachOf } from "../domain/conflicts.ts";
import { wakeNotices } from "../notices/wake.ts";
import { providerErrorOf } from "../providers/error.ts";
import type { CopyState } from "../providers/provider.ts";
import { type Changed, cancelBookingRow, changeBookingRow } from "../store/bookings/changes.ts";
import { claimDelivery, type DeliveryWork } from "../store/deliveries/deliveries.ts";
import {
  type Finding,
  giveUpLook,
  type Look,
  postponeLook,
  restoreCopy,
  settleLook,
  tellFinding,
} from "../store/deliveries/reconciliations.ts";
import { DELIVERY_LEASE_MS, wakeNext } from "./deliver.ts";
import { deliverWork } from "./deliver-now.ts";

/**
 * Looks at the copy of a booking which a pull hasn't found as we left it. The page that raised the suspicion may be
 * older than our last write, so the event itself is asked, while nobody writes it.
 */
export async function lookAtCopy(
  deps: Deps,
  input: { connectionId: string; bookingId: string },
): Promise<void> {
  const now = deps.now();
  const look: Look = { ...input, leaseId: deps.newId() };
  const leaseUntil = now + DELIVERY_LEASE_MS;
  const work = await claimDelivery(deps.db, { ...look, toDo: "look", leaseUntil, now });
  if (work === null) return;
  const copy = await read(deps, work, look);
  if (copy !== undefined) await decide(deps, work, look, copy);
  await wakeNext(deps, input.connectionId);
}

/** What becomes of the booking and of its copy. */
async function decide(deps: Deps, work: DeliveryWork, look: Look, copy: CopyState | null): Promise<void> {
  const now = deps.now();
  const { booking, settings } = work;
  const over = booking.state !== "confirmed" || booking.endsAt <= now;
  if (over || (copy?.startsAt === booking.startsAt && copy.endsAt === booking.endsAt)) {
    await settleLook(deps.db, { ...look, copy, now });
  } else {
    const followed =
      settings.onExternalChange === "follow" ? await follow(deps, work, look, copy) : "refused";
    if (followed === "overtaken") await postponeLook(deps.db, { ...look, lookDueAt: now });
    if (followed === "refused")
      await restoreCopy(deps.db, { ...look, finding: findingOf(work, copy, false), now });
    wakeNotices(deps);
  }
}

/** The event as it now is; null: it is gone; undefined: the provider couldn't say, and is asked again later. */
async function read(deps: Deps, work: DeliveryWork, look: Look): Promise<CopyState | null | undefined> {
  const { account, booking, connection, delivery, settings } = work;
  const { externalId, etag, generation } = delivery;
  if (externalId === null) return null;
  const calendar = {
    calendarId: connection.calendarId,
    fallbackTimeZone: connection.timeZone ?? settings.timeZone,
  };
  try {
    return await withAccount(deps, account, (opened) =>
      opened.readBooking(calendar, booking, { externalId, etag, generation }),
    );
  } catch (error) {
    const { kind, code, retryAt } = providerErrorOf(error);
    deps.log.warn("look.failed", { connectionId: connection.id, kind, code });
    const failures = delivery.attempts + 1;
    if (givesUp(kind, failures)) {
      await giveUpLook(deps.db, { ...look, now: deps.now() });
      return undefined;
    }
    const lookDueAt = nextAttemptAt({ kind, failures, retryAt, now: deps.now(), dice: deps.random() });
    await postponeLook(deps.db, { ...look, lookDueAt });
    return undefined;
  }
}

const findingOf = (
  { booking, connection }: DeliveryWork,
  copy: CopyState | null,
  followed: boolean,
): Finding => ({
  agentId: booking.agentId,
  bookingId: booking.bookingId,
  connectionId: connection.id,
  copy,
  followed,
});

/**
 * The booking goes where the agent has put its copy, or is cancelled with it, and the other calendars follow. Refused
 * where it can't: over another booking or hold, of no length or longer than a booking may be. Overtaken: MaraPlace has
 * changed the booking meanwhile, and what that leaves of the agent's change is to be looked at anew.
 */
async function follow(
  deps: Deps,
  work: DeliveryWork,
  look: Look,
  copy: CopyState | null,
): Promise<"followed" | "refused" | "overtaken"> {
  const now = deps.now();
  const { agentId, bookingId, revision } = work.booking;
  const write = {
    agentId,
    bookingId,
    writeId: look.leaseId,
    // What MaraPlace has changed meanwhile is the newer word.
    revision,
    leaseUntil: now + DELIVERY_LEASE_MS,
    along: (mine: Parameters<typeof tellFinding>[1]["when"]) => [
      tellFinding(findingOf(work, copy, true), { when: mine, onceKey: `finding:${look.leaseId}`, now }),
    ],
    now,
  };
  const done = copy === null ? await cancelBookingRow(deps.db, write) : await moveTo(deps, write, copy);
  if (done === null || done.booking === null) return "refused";
  if (!done.changed) return done.booking.revision === revision ? "refused" : "overtaken";
  await deliverWork(deps, { work: done.work, writeId: look.leaseId, when: "now" });
  return "followed";
}

/** Null: no booking can be so short or so long. */
async function moveTo(
  deps: Deps,
  write: Omit<Parameters<typeof changeBookingRow>[1], "details" | "slot" | "guard" | "reach">,
  copy: CopyState,
): Promise<Changed | null> {
  const lengthMs = copy.endsAt - copy.startsAt;
  if (lengthMs <= 0 || lengthMs > MAX_BOOKING_MS) return null;
  // The agent's own doing: no calendar of theirs need be asked.
  const guard = { verifiedSince: 0, excused: [], hoursRevision: null, force: true, past: true };
  const slot = { startsAt: copy.startsAt, endsAt: copy.endsAt };
  return changeBookingRow(deps.db, { ...write, details: {}, slot, guard, reach: reachOf(slot, null) });
}
