// Revise: changes what is ours in a stored object, and leaves all other lines as they are.
import type { BookingEvent } from "../booking-event.ts";
import { bookingCalendar, type Version } from "./compose.ts";
import { folded } from "./fold.ts";
import { holds, standsAt } from "./holds.ts";
import { writtenParameters } from "./lines.ts";
import { BOOKING_PROPERTY } from "./mark.ts";
import { alarmsOf, eventIn, isEventOf, lineValue, textFor, textIn } from "./own-event.ts";
import {
  isBlock,
  type SourceBlock,
  type SourceItem,
  type SourceLine,
  sourceLine,
  sourceOf,
  textOfSource,
} from "./source.ts";
import { copyOf, escaped, SHARED_TEXTS, type SharedText, unescaped } from "./texts.ts";

const TIMES = ["DTSTART", "DTEND", "DURATION"];

/** Our other properties of an event. A booking's event doesn't recur. */
const OURS = [
  ...["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"],
  ...["DTSTAMP", "SEQUENCE", "SUMMARY", "STATUS", "TRANSP", "CLASS"],
  ...[BOOKING_PROPERTY, ...SHARED_TEXTS, ...SHARED_TEXTS.map(copyOf)],
];

/** Properties that say in another form what one of the texts says. They are wrong once it has changed. */
const REPEATS: Readonly<Record<SharedText, readonly string[]>> = {
  DESCRIPTION: ["X-ALT-DESC"],
  LOCATION: ["X-APPLE-STRUCTURED-LOCATION"],
};

/** Parameters that belong to a property's old value. */
const OF_VALUE = ["TZID", "VALUE", "ALTREP", "ENCODING", "CHARSET"];

/**
 * The object with the booking as it is now. Guests whom the agent invited, their alarms, notes and categories, and
 * everything that nobody knows stay. If that fails, the object is written anew.
 */
export function revisedCalendar(current: string, booking: BookingEvent, version: Version): string {
  const { uid } = version;
  const whole = bookingCalendar(booking, version);
  const [said, meant] = [current, whole].map((text) => eventIn(sourceOf(text) ?? [], uid));
  if (said === undefined || meant === undefined) return whole;
  // Where the time is right it stays as the agent's app wrote it.
  const names = standsAt(current, booking, uid) ? OURS : [...OURS, ...TIMES];
  const master = revisedEvent(said, meant, { names, title: booking.title });
  const calendars = (sourceOf(current) ?? []).map((item) =>
    isBlock(item) && item.block === "VCALENDAR" ? withEvent(item, master, uid) : item,
  );
  const revised = textOfSource(calendars);
  return holds(revised, booking, uid) ? revised : whole;
}

/** The calendar with one event in place of all of its UID. Occurrences of their own end with the recurrence. */
function withEvent(calendar: SourceBlock, master: SourceBlock, uid: string): SourceBlock {
  const first = calendar.items.findIndex((item) => isEventOf(item, uid));
  return {
    ...calendar,
    items: calendar.items.flatMap((item, index): SourceItem[] => {
      if (index === first) return [master];
      // A stored object has none (RFC 4791 4.1), so servers that hold one refuse to take it back.
      if (!isBlock(item) && item.name === "METHOD") return [];
      return isEventOf(item, uid) ? [] : [item];
    }),
  };
}

/** @param names our properties: those that may change */
function revisedEvent(
  said: SourceBlock,
  meant: SourceBlock,
  { names, title }: { names: readonly string[]; title: string },
): SourceBlock {
  const lines = new Map(wantedLines(said, meant, names).map((line) => [line.name, line]));
  const alarms = revisedAlarms(said, meant, title);
  const stale = SHARED_TEXTS.flatMap((name) => {
    const line = lines.get(name);
    return (textIn(said, name) ?? "") === (line ? unescaped(lineValue(line)) : "") ? [] : REPEATS[name];
  });
  const kept = said.items.flatMap((item): SourceItem[] => {
    if (isBlock(item)) return alarms.kept.get(item) ?? (item.block === "VALARM" ? [] : [item]);
    if (!names.includes(item.name)) return stale.includes(item.name) ? [] : [item];
    const line = lines.get(item.name);
    // It is the second of its name, or has no place any longer.
    if (line === undefined) return [];
    lines.delete(item.name);
    return [unescaped(lineValue(item)) === unescaped(lineValue(line)) ? item : withParameters(item, line)];
  });
  const blocks = kept.findIndex(isBlock);
  const at = blocks === -1 ? kept.length : blocks;
  const items = [...kept.slice(0, at), ...lines.values(), ...kept.slice(at), ...alarms.added];
  return { ...said, items };
}

/** Our lines as they should be, the two texts with what the agent has added to them. */
function wantedLines(said: SourceBlock, meant: SourceBlock, names: readonly string[]): SourceLine[] {
  const own = meant.items.filter((item): item is SourceLine => !isBlock(item) && names.includes(item.name));
  const texts = SHARED_TEXTS.flatMap((name) => {
    const text = textFor(said, name, textIn(meant, name) ?? "");
    return text === "" ? [] : [sourceLine(folded(`${name}:${escaped(text)}`))];
  });
  return [...own.filter(({ name }) => !(SHARED_TEXTS as readonly string[]).includes(name)), ...texts];
}

/** The new value with the old parameters, but for those that are about the old value. */
function withParameters(old: SourceLine, line: SourceLine): SourceLine {
  const parameters = writtenParameters(old.text, old.name)
    .filter(({ name }) => !OF_VALUE.includes(name))
    .map(({ written }) => `;${written}`);
  return sourceLine(folded(`${line.name}${parameters.join("")}:${lineValue(line)}`));
}

/** The agent's alarms and those of ours that stay, by what they are now; and those of ours that are missing. */
function revisedAlarms(said: SourceBlock, meant: SourceBlock, title: string) {
  const wanted = alarmsOf(meant);
  const staying = alarmsOf(said).filter(
    ({ isOurs, distanceMs }) => !isOurs || wanted.some((alarm) => alarm.distanceMs === distanceMs),
  );
  return {
    kept: new Map(staying.map(({ block, isOurs }) => [block, [isOurs ? titled(block, title) : block]])),
    added: wanted
      .filter(({ distanceMs }) => !staying.some((alarm) => alarm.distanceMs === distanceMs))
      .map(({ block }) => block),
  };
}

/** An alarm of ours under the booking's title. */
function titled(alarm: SourceBlock, title: string): SourceBlock {
  const line = sourceLine(folded(`DESCRIPTION:${escaped(title)}`));
  const items = alarm.items.map((item) =>
    !isBlock(item) && item.name === "DESCRIPTION" && unescaped(lineValue(item)) !== unescaped(lineValue(line))
      ? withParameters(item, line)
      : item,
  );
  return { ...alarm, items };
}
