// Own event: a booking's event inside a stored object, and what of it is ours.
import type { BookingTexts } from "../../domain/booking.ts";
import { DAY_MS, type Instant, MINUTE_MS } from "../../domain/instant.ts";
import { propertyIn } from "./lines.ts";
import { BOOKING_PROPERTY } from "./mark.ts";
import { isBlock, type SourceBlock, type SourceItem, type SourceLine, sourceOf } from "./source.ts";
import { copyOf, mergedText, type SharedText, unescaped } from "./texts.ts";
import { durationOf } from "./values.ts";

/** Says in an alarm that it is ours: the minutes before the start that we wrote. */
export const REMINDER_PROPERTY = "X-MARAPLACE-REMINDER";

/** Whether the item is a VEVENT of this UID. */
export const isEventOf = (item: SourceItem, uid: string): item is SourceBlock =>
  isBlock(item) && item.block === "VEVENT" && textIn(item, "UID") === uid;

/** The event of a UID. Where the agent has made a series of it, the one that stands for all its occurrences. */
export function eventIn(items: readonly SourceItem[], uid: string): SourceBlock | undefined {
  const events = eventsIn(items).filter((event) => textIn(event, "UID") === uid);
  return events.find((event) => textIn(event, "RECURRENCE-ID") === null) ?? events[0];
}

function eventsIn(items: readonly SourceItem[]): SourceBlock[] {
  const calendars = items.filter(isBlock).filter(({ block }) => block === "VCALENDAR");
  return calendars
    .flatMap((calendar) => calendar.items.filter(isBlock))
    .filter(({ block }) => block === "VEVENT");
}

/** The UID of a booking's event in a text: ours, or the one that a server has put in its place. Null without one. */
export function ownUidIn(text: string, uid: string, bookingId: string): string | null {
  const items = sourceOf(text) ?? [];
  if (eventIn(items, uid) !== undefined) return uid;
  const marked = eventsIn(items).find((event) => textIn(event, BOOKING_PROPERTY) === bookingId);
  return marked === undefined ? null : textIn(marked, "UID");
}

/** The largest INTEGER of RFC 5545 3.3.8. */
const MAX_INTEGER = 2 ** 31 - 1;

/**
 * The SEQUENCE of the next version. Nobody compares it but guests whom the agent invited, and servers that refuse to go
 * back. It only has to grow, and the clock grows.
 */
export function nextSequence(text: string, uid: string, at: Instant): number {
  const event = eventIn(sourceOf(text) ?? [], uid);
  const said = Number.parseInt((event && textIn(event, "SEQUENCE")) ?? "", 10) || 0;
  return Math.min(Math.max(Math.floor(at / MINUTE_MS), said + 1), MAX_INTEGER);
}

export const lineValue = (line: SourceLine): string => propertyIn(line.text, [line.name])?.value ?? "";

/** The text of the first property of this name; null where there is none. */
export function textIn({ items }: SourceBlock, name: string): string | null {
  const line = items.find((item): item is SourceLine => !isBlock(item) && item.name === name);
  return line === undefined ? null : unescaped(lineValue(line));
}

/** A server that drops our properties drops all of them. Then nobody knows what we wrote. */
const isMarked = (event: SourceBlock): boolean => textIn(event, BOOKING_PROPERTY) !== null;

/**
 * What one of the texts should say.
 * @param wanted our words now
 */
export function textFor(event: SourceBlock, name: SharedText, wanted: string): string {
  const ours = textIn(event, copyOf(name)) ?? (isMarked(event) ? "" : null);
  return mergedText(name, textIn(event, name) ?? "", { ours, wanted });
}

/**
 * The booking with the texts that its event has. For a booking whose own texts were forgotten.
 * @param text the object that holds the event
 */
export function withTextsIn<Booking extends BookingTexts>(
  text: string,
  booking: Booking,
  uid: string,
): Booking {
  const event = eventIn(sourceOf(text) ?? [], uid);
  if (event === undefined) return booking;
  // What the agent has added below our description isn't ours. Where nobody knows what is, all of it stays.
  const description = textIn(event, isMarked(event) ? copyOf("DESCRIPTION") : "DESCRIPTION");
  const said = { title: textIn(event, "SUMMARY") ?? "", location: textIn(event, "LOCATION") };
  return { ...booking, ...said, description, clientName: null, clientEmail: null };
}

/** An alarm of an event. */
export interface Alarm {
  readonly block: SourceBlock;
  /** Its distance from the start in ms, negative before it. NaN for an alarm at a fixed time or by the end. */
  readonly distanceMs: number;
  /** Whether we wrote it, and nobody has moved it. */
  readonly isOurs: boolean;
}

export function alarmsOf(event: SourceBlock): Alarm[] {
  return event.items.filter(isBlock).flatMap((block) => {
    if (block.block !== "VALARM") return [];
    const distanceMs = distanceOf(block);
    const ours = textIn(block, REMINDER_PROPERTY);
    return [{ block, distanceMs, isOurs: ours !== null && distanceMs === -Number(ours) * MINUTE_MS }];
  });
}

function distanceOf({ items }: SourceBlock): number {
  const trigger = items.find((item): item is SourceLine => !isBlock(item) && item.name === "TRIGGER");
  const property = trigger && propertyIn(trigger.text, ["TRIGGER"]);
  const distance = durationOf(property?.value ?? "");
  if (distance === null || property?.parameters["RELATED"]?.toUpperCase() === "END") return Number.NaN;
  return distance.days * DAY_MS + distance.ms;
}
