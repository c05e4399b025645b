// Ids: calendars, events in both forms, occurrences made of master and day (`providers.md` B.2, B.5.4).
import { randomText } from "../random.ts";
import type { EventIds } from "./state.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export const newCalendarId = (random: () => number): string =>
  `AAMkAGViY${randomText(random, LETTERS, 90)}AAA=`;

/** What no calendar of a mailbox shares with another: random, then the form's own beginning. */
export const newImmutableId = (random: () => number): string => `AAkALg${randomText(random, LETTERS, 90)}AA=`;
export const newRegularId = (random: () => number): string =>
  `AAMkAGE1${randomText(random, LETTERS, 110)}AA=`;

/** A version 4 UUID. */
export function newUuid(random: () => number): string {
  const hex = randomText(random, "0123456789abcdef", 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const dayCode = (day: string): string => `DO${day.replaceAll("-", "")}`;

/** The ids of a series' occurrence on a day ("2026-03-03"): the same whatever its time of day. */
export function occurrenceIds(master: EventIds, day: string): EventIds {
  const join = (id: string) => `${id.slice(0, -1)}${dayCode(day)}=`;
  return { immutable: join(master.immutable), regular: join(master.regular) };
}

/** The master's id and the day named by an occurrence's id; null for any other id. */
export function splitOccurrenceId(id: string): { masterId: string; day: string } | null {
  const match = /^(.+)DO(\d{4})(\d{2})(\d{2})=$/.exec(id);
  return match === null ? null : { masterId: `${match[1]}=`, day: `${match[2]}-${match[3]}-${match[4]}` };
}

/** Could this be an event's id at all? */
export const isEventId = (id: string): boolean => /^AA(kALg|MkAGE1)[\w-]+=$/.test(id);

/** Is it of the form that stays when the event moves? */
export const isImmutableId = (id: string): boolean => id.startsWith("AAkALg");
