// Remove events: takes what we wrote out of a calendar whose agent is erased.
import type { Deps } from "../deps.ts";
import { MINUTE_MS } from "../domain/instant.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import type { ProviderAccount } from "../providers/provider.ts";
import type { ClosingConnection } from "../store/calendars/closing.ts";
import {
  forgetOrphanedEvent,
  forgetWrittenEvents,
  listOrphanedEvents,
  listWrittenEvents,
  type WrittenEvent,
} from "../store/deliveries/written-events.ts";
import { withAccount } from "./open.ts";

/** The events of one piece, after which it is noted that they are removed. */
const PIECE = 25;
/** The pieces of one run. A provider takes some tenths of a second for each event. */
const PIECES = 8;
/** After a create without an answer its event may still appear for this long. */
const IN_DOUBT_MS = 2 * MINUTE_MS;

/** A refusal of these kinds is about one event, or its calendar: the others may be removed all the same. */
const ABOUT_EVENT: readonly ProviderError["kind"][] = ["refused", "read-only", "gone", "bug", "unsupported"];

/**
 * Removes our events from a closing calendar, and from calendars of the same account that were disconnected before. One
 * that can't be removed stays, and is counted. An event that isn't there is success, so this may be repeated.
 * @returns false: a run is over and more are left
 * @throws ProviderError where the account lets nobody in now, or a write is still under way
 */
export async function removeEvents(deps: Deps, closing: ClosingConnection): Promise<boolean> {
  const { connection, account } = closing;
  for (let piece = 0; piece < PIECES; piece += 1) {
    const events = await listWrittenEvents(deps.db, { connection, limit: PIECE });
    if (events.length === 0) {
      await removeOrphans(deps, closing);
      return true;
    }
    const settled = events.filter((event) => isSettled(event, deps.now()));
    if (settled.length === 0) {
      const retryAt = Math.min(...events.map(settledAt));
      throw new ProviderError({ kind: "retry", code: "write_in_progress", retryAt });
    }
    const left = await withAccount(deps, account, (opened) => removeAll(opened, settled));
    await forgetWrittenEvents(deps.db, {
      connectionId: connection.id,
      bookingIds: settled.map(({ identity }) => identity.bookingId),
      leftIds: left.map(({ identity }) => identity.bookingId),
    });
  }
  return false;
}

const settledAt = (event: WrittenEvent): number =>
  event.settledAt === 0 || event.known !== null ? event.settledAt : event.settledAt + IN_DOUBT_MS;

const isSettled = (event: WrittenEvent, now: number): boolean => settledAt(event) <= now;

/** The events that can't be removed. */
async function removeAll(opened: ProviderAccount, events: readonly WrittenEvent[]): Promise<WrittenEvent[]> {
  const left: WrittenEvent[] = [];
  for (const event of events) {
    if (!(await isRemoved(opened, event))) left.push(event);
  }
  return left;
}

async function isRemoved(opened: ProviderAccount, event: WrittenEvent): Promise<boolean> {
  const calendar = { calendarId: event.calendarId, fallbackTimeZone: "UTC" };
  try {
    await opened.removeBooking(calendar, event.identity, event.known);
    return true;
  } catch (caught) {
    const error = providerErrorOf(caught);
    if (ABOUT_EVENT.includes(error.kind)) return false;
    throw error;
  }
}

/** Nobody has noted which account wrote an orphaned event: any that lists its calendar may remove it. */
async function removeOrphans(deps: Deps, { connection, account }: ClosingConnection): Promise<void> {
  const { agentId, provider } = connection;
  const orphans = await listOrphanedEvents(deps.db, { agentId, provider });
  if (orphans.length === 0) return;
  await withAccount(deps, account, async (opened) => {
    const listed = new Set((await opened.listCalendars()).map(({ calendarId }) => calendarId));
    for (const orphan of orphans.filter(({ calendarId }) => listed.has(calendarId))) {
      if (await isRemoved(opened, orphan)) await forgetOrphanedEvent(deps.db, provider, orphan);
    }
  });
}
