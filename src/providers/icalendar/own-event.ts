// Own event: a booking's event inside a stored object, and what of it is ours.
import { DAY_MS, MINUTE_MS } from "../../domain/instant.ts";
import { propertyIn } from "./lines.ts";
import { BOOKING_PROPERTY } from "./mark.ts";
import { isBlock, type SourceBlock, type SourceItem, type SourceLine } from "./source.ts";
import { copyOf, mergedText, type SharedText, unescaped } from "./texts.ts";
import { durationOf } from "./values.ts";

/** Says in an alarm that it is ours: the minutes before the start that we wrote. */
export const REMINDER_PROPERTY = "X-MARAPLACE-REMINDER";

/** Whether the item is a VEVENT of this UID. */
export const isEventOf = (item: SourceItem, uid: string): item is SourceBlock =>
  isBlock(item) && item.block === "VEVENT" && textIn(item, "UID") === uid;

/** The event of a UID in an object that holds no other occurrence of it. */
export function eventIn(items: readonly SourceItem[], uid: string): SourceBlock | undefined {
  const calendars = items.filter(isBlock).filter(({ block }) => block === "VCALENDAR");
  return calendars.flatMap((calendar) => calendar.items).find((item) => isEventOf(item, uid));
}

export const lineValue = (line: SourceLine): string => propertyIn(line.text, [line.name])?.value ?? "";

/** The text of the first property of this name; null where there is none. */
export function textIn({ items }: SourceBlock, name: string): string | null {
  const line = items.find((item): item is SourceLine => !isBlock(item) && item.name === name);
  return line === undefined ? null : unescaped(lineValue(line));
}

/**
 * What one of the texts should say.
 * @param wanted our words now
 */
export function textFor(event: SourceBlock, name: SharedText, wanted: string): string {
  // A server that drops our properties drops all of them. Then nobody knows what we wrote.
  const isMarked = textIn(event, BOOKING_PROPERTY) !== null;
  const ours = textIn(event, copyOf(name)) ?? (isMarked ? "" : null);
  return mergedText(name, textIn(event, name) ?? "", { ours, wanted });
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
