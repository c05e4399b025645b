// Ended: how the first reading of calendars and the writing of bookings have ended, in a sentence.
import type { CalendarOverview } from "../../availability/calendar-overview.ts";
import type { Remedy } from "../../domain/obstacle.ts";
import type { Words } from "../words/english.ts";
import { remedyOf } from "./alerts.ts";

/** Remedies that come without the agent. */
const OTHERS: ReadonlySet<Remedy | null> = new Set([null, "ours", "reading", "trying"]);

const needsAgent = (calendar: CalendarOverview): boolean => !OTHERS.has(remedyOf(calendar));

/** How the reading of all calendars has ended, once none is read for the first time any more. */
export function readWords({ connect }: Words, calendars: readonly CalendarOverview[]): string {
  const unknown = calendars.filter(({ isRead, isKnown }) => isRead && !isKnown);
  if (unknown.length === 0) return connect.ended.read;
  return unknown.some(needsAgent) ? connect.ended.needsYou : connect.ended.unread;
}

/** How the writing of bookings has ended, once none is about to be written any more. */
export function writtenWords({ connect }: Words, calendars: readonly CalendarOverview[]): string {
  return calendars.every(({ unwritten }) => unwritten.length === 0)
    ? connect.ended.written
    : connect.ended.unwritten;
}
