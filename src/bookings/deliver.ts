// Deliver: makes calendars show the newest revision of a booking, exactly once each.
import { calendarRefOf } from "../accounts/calendar-ref.ts";
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { type BookingTexts, givesUp, NEUTRAL_TEXTS } from "../domain/booking.ts";
import { DEMANDS } from "../domain/failure.ts";
import { MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { isForgotten, openTexts } from "../encoding/booking-texts.ts";
import { SealError } from "../encoding/seal.ts";
import { wakeNotices } from "../notices/wake.ts";
import type { BookingEvent, BookingIdentity, KnownEvent } from "../providers/booking-event.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import type { ProviderAccount } from "../providers/provider.ts";
import { claimDelivery, type DeliveryWork } from "../store/deliveries/deliveries.ts";
import { nextDue } from "../store/deliveries/due-deliveries.ts";
import { type DeliveryOutcome, recordOutcomes } from "../store/deliveries/outcomes.ts";
import type { BookingRow } from "../store/rows.ts";

/** No write takes longer: two requests at their time limit, or many at their usual pace. */
export const DELIVERY_LEASE_MS = 45 * SECOND_MS;

/** After a create without an answer its event may still appear for this long. */
const IN_DOUBT_MS = 2 * MINUTE_MS;
const IN_DOUBT = "write_in_doubt";

/**
 * Writes one booking into one calendar, if that is due and no other write into the calendar runs. Then wakes the next
 * one: writes into a calendar go one after another (`docs/providers/google.md` A.10).
 */
export async function deliver(deps: Deps, input: { connectionId: string; bookingId: string }): Promise<void> {
  const now = deps.now();
  const leaseId = deps.newId();
  const work = await claimDelivery(deps.db, {
    ...input,
    toDo: "write",
    leaseId,
    leaseUntil: now + DELIVERY_LEASE_MS,
    now,
  });
  if (work === null) return;
  await record(deps, [await write(deps, work, leaseId)]);
}

/**
 * Records how writes ended. Wakes the notices that this inserted and the deliveries that waited for the same calendars,
 * without waiting for the queue: if a job is lost, the next sweep finds the work.
 */
export async function record(deps: Deps, outcomes: readonly DeliveryOutcome[]): Promise<void> {
  const { noticesWaiting, due } = await recordOutcomes(deps.db, outcomes, deps.now());
  if (noticesWaiting) wakeNotices(deps);
  const jobs = due.map((next) => ({ kind: "deliver" as const, ...next }));
  if (jobs.length > 0) deps.defer(deps.queue.send("urgent", jobs));
}

/** Sends a job for the work that waits next for this calendar. */
export async function wakeNext(deps: Deps, connectionId: string): Promise<void> {
  const next = await nextDue(deps.db, { connectionId, now: deps.now() });
  if (next === null) return;
  await deps.queue.send("urgent", [{ kind: next.toDo, connectionId, bookingId: next.bookingId }]);
}

/** Writes at the provider under the lease and returns the outcome. Throws only failures of the database. */
export async function write(deps: Deps, work: DeliveryWork, leaseId: string): Promise<DeliveryOutcome> {
  const { booking, connection, delivery } = work;
  const identity = { connectionId: connection.id, bookingId: booking.bookingId, leaseId };
  try {
    const event = booking.state === "confirmed" ? await eventOf(deps, work) : null;
    const use = async (opened: ProviderAccount) => {
      const calendar = calendarRefOf(work);
      const known = knownOf(work);
      if (event === null) {
        await opened.removeBooking(calendar, identityOf(work), known);
        return null;
      }
      // What the agent has removed of the past stays removed.
      const isPast = known !== null && booking.endsAt <= deps.now();
      if (isPast && (await opened.readBooking(calendar, identityOf(work), known)) === null) return null;
      return opened.putBooking(calendar, event, known);
    };
    // No request outlasts the lease: it could overwrite the newer revision of the lease's next holder.
    const known = await withAccount(deps, work.account, use, { until: delivery.leaseUntil });
    const { revision, startsAt, endsAt } = booking;
    if (known === null && isInDoubt(work)) {
      const failed = { failureKind: "retry", failureCode: IN_DOUBT } as const;
      return { ...identity, kind: "failed", revision, ...failed, nextAttemptAt: deps.now() + IN_DOUBT_MS };
    }
    const knownBefore = delivery.externalId;
    return { ...identity, kind: "written", revision, known, knownBefore, startsAt, endsAt };
  } catch (error) {
    return { ...identity, ...failureOf(deps, work, providerErrorOf(error)) };
  }
}

/** The event of a create without an answer may appear after we found nothing to remove, so we try once more. */
const isInDoubt = ({ delivery }: DeliveryWork): boolean =>
  delivery.externalId === null && delivery.failureKind === "retry" && delivery.failureCode !== IN_DOUBT;

function failureOf(deps: Deps, { booking, connection, delivery }: DeliveryWork, error: ProviderError) {
  const { kind, code, retryAt } = error;
  const log = DEMANDS[kind].alertOperator ? deps.log.error : deps.log.warn;
  log("delivery.failed", { connectionId: connection.id, kind, code });
  const failures = delivery.attempts + 1;
  const again = () => nextAttemptAt({ kind, failures, retryAt, now: deps.now(), dice: deps.random() });
  return {
    kind: "failed" as const,
    revision: booking.revision,
    failureKind: kind,
    failureCode: code,
    nextAttemptAt: givesUp(kind, failures) ? null : again(),
  };
}

function knownOf({ booking, delivery }: DeliveryWork): KnownEvent | null {
  const { externalId, idVersion } = delivery;
  // Texts that we no longer know can only be kept by a write that has read the event.
  const etag = isForgotten(booking) ? null : delivery.etag;
  return externalId === null ? null : { externalId, etag, idVersion };
}

/** What identifies the booking's event in that calendar. */
export const identityOf = ({ booking, connection }: DeliveryWork): BookingIdentity => ({
  bookingId: booking.bookingId,
  agentId: booking.agentId,
  markedAs: connection.markedAs,
});

/** The event with texts or, where these were forgotten, one that leaves the texts in the calendar as they are. */
async function eventOf(deps: Deps, work: DeliveryWork): Promise<BookingEvent> {
  const { booking, settings } = work;
  const texts = await textsFor(deps, booking);
  return {
    ...identityOf(work),
    ...(texts ?? NEUTRAL_TEXTS),
    keepsTexts: texts === null,
    startsAt: booking.startsAt,
    endsAt: booking.endsAt,
    timeZone: booking.timeZone,
    reminderMinutes: settings.reminderMinutes,
  };
}

/**
 * @throws ProviderError `operator` if no key opens them: the deployment lacks a key, and neither calendar nor agent is
 *   to blame
 */
async function textsFor({ config }: Deps, booking: BookingRow): Promise<BookingTexts | null> {
  try {
    return await openTexts(config.tokenKeys, booking);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new ProviderError({ kind: "operator", code: "texts_unreadable", cause });
  }
}
