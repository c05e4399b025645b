// Ids: calendars, both forms of event ids, occurrences by master and day (`docs/providers/microsoft.md` B.2, B.5.4).
import { randomText } from "../random.ts";
import type { EventIds } from "./state.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export const newCalendarId = (random: () => number): string =>
  `AAMkAGViY${randomText(random, LETTERS, 90)}AAA=`;

/** A random part that no other calendar of a mailbox shares, then the start of the form. */
export const newImmutableId = (random: () => number): string => `AAkALg${randomText(random, LETTERS, 90)}AA=`;
export const newRegularId = (random: () => number): string =>
  `AAMkAGE1${randomText(random, LETTERS, 110)}AA=`;

/** A version 4 UUID. */
export function newUuid(random: () => number): string {
  const hex = randomText(random, "0123456789abcdef", 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const dayCode = (day: string): string => `DO${day.replaceAll("-", "")}`;

/** The ids of a series' occurrence on a day ("2026-03-03"). The time of day doesn't matter. */
export function occurrenceIds(master: EventIds, day: string): EventIds {
  const join = (id: string) => `${id.slice(0, -1)}${dayCode(day)}=`;
  return { immutable: join(master.immutable), regular: join(master.regular) };
}

/** The master's id and the day in an occurrence's id; null for any other id. */
export function splitOccurrenceId(id: string): { masterId: string; day: string } | null {
  const match = /^(.+)DO(\d{4})(\d{2})(\d{2})=$/.exec(id);
  return match === null ? null : { masterId: `${match[1]}=`, day: `${match[2]}-${match[3]}-${match[4]}` };
}

/** Could this be an event's id? */
export const isEventId = (id: string): boolean => /^AA(kALg|MkAGE1)[\w-]+=$/.test(id);

/** Is it in the form that stays when the event moves? */
export const isImmutableId = (id: string): boolean => id.startsWith("AAkALg");
