// Bookings by CalDAV: one object per booking, under a UID chosen so that a repeated write finds the first.
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import { attempt, ProviderError } from "../error.ts";
import { bookingCalendar } from "../icalendar/compose.ts";
import { eventsOf } from "../icalendar/events.ts";
import { bookingUid } from "../icalendar/mark.ts";
import { standingOf } from "../icalendar/standing.ts";
import { UnreadableCalendar } from "../icalendar/unreadable.ts";
import { durationOf } from "../icalendar/values.ts";
import type { BookingEvent, BookingIdentity, CalendarRef, CopyState, KnownEvent } from "../provider.ts";
import { decoded, nameIn } from "../webdav.ts";
import type { DavApi } from "./api.ts";
import type { CalendarObject } from "./wire.ts";

/** How often a write is decided anew because somebody changed the event in between (C21). */
const MAX_REREADS = 3;

/** How many burnt UIDs in a row are stepped over. More than one is rare. */
const MAX_GENERATIONS = 8;

/** How many names in a row may be empty before a booking counts as not there: a deleted one leaves no trace. */
const MAX_GAPS = 4;

/** Where bookings are written. */
export interface Target {
  readonly api: DavApi;
  /** The calendar's collection. */
  readonly url: URL;
  now(): Instant;
}

/** See `ProviderAccount.putBooking`. */
export async function putBooking(
  target: Target,
  booking: BookingEvent,
  known: KnownEvent | null,
): Promise<KnownEvent> {
  if (known === null) return create(target, booking, 0);
  const { generation, externalId: name, etag } = known;
  const place = { name, uid: await uidOf(target.url, booking, generation), generation };
  return (await change(target, booking, place, etag)) ?? create(target, booking, generation);
}

/** See `ProviderAccount.removeBooking`. Whatever the person made of the event, it goes. */
export async function removeBooking(
  { api, url }: Target,
  identity: BookingIdentity,
  known: KnownEvent | null,
): Promise<void> {
  const first = known?.generation ?? 0;
  const missed: string[] = [];
  for (let gaps = 0; gaps < MAX_GAPS; gaps++) {
    const own =
      known !== null && gaps === 0 ? known.externalId : nameOf(await uidOf(url, identity, first + gaps));
    const refusal = await attempt(api.remove(objectUrl(url, own), null), ["gone", "reread"]);
    if (!(refusal instanceof ProviderError)) return;
    missed.push(objectUrl(url, own).pathname);
  }
  // Where the calendar is gone every object in it is answered 404: only one that can be read can miss an event.
  const left = await api.multiget(url, missed);
  if ([...left.values()].every((object) => object === null)) return;
  throw new ProviderError({ kind: "retry", code: "still_there" });
}

/**
 * See `ProviderAccount.readBooking`. Asked of the calendar and not of the object: where the calendar is gone every
 * object in it is answered 404.
 */
export async function readBooking(
  { api, url }: Target,
  { fallbackTimeZone }: CalendarRef,
  known: KnownEvent,
): Promise<CopyState | null> {
  const name = known.externalId;
  const { pathname } = objectUrl(url, name);
  const listed = (await api.multiget(url, [pathname])).get(name);
  // Left out of the answer, which says nothing about it.
  const object = listed === undefined ? await objectOrNull(api, objectUrl(url, name)) : listed;
  if (object === null) return null;
  try {
    const stretch = standingOf(object.text, fallbackTimeZone);
    return stretch && { ...known, ...stretch, etag: object.etag };
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    throw new ProviderError({ kind: "retry", code: "unreadable_object" });
  }
}

async function objectOrNull(api: DavApi, url: URL): Promise<CalendarObject | null> {
  const object = await attempt(api.get(url), ["gone"]);
  if (!(object instanceof ProviderError)) return object;
  // C11: it is there, but not for this person.
  if (object.status === 403) throw object;
  return null;
}

/** Which object a booking's event is, or is to be. */
interface Place {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
}

/** Writes the first object under a free UID; what is there already is taken over (C20, C22). */
async function create(target: Target, booking: BookingEvent, first: number): Promise<KnownEvent> {
  const { api, url } = target;
  for (let generation = first; generation < first + MAX_GENERATIONS; generation++) {
    const uid = await uidOf(target.url, booking, generation);
    const place = { name: nameOf(uid), uid, generation };
    const created = await api.create(objectUrl(url, place.name), textOf(target, booking, uid, 0));
    if (!("takenBy" in created)) return knownOf(target, place, created.etag);
    const name = nameIn(url, created.takenBy);
    const adopted = name === null ? null : await takeOver(target, booking, { ...place, name });
    if (adopted !== null) return adopted;
  }
  throw new ProviderError({ kind: "bug", code: "no_free_uid" });
}

/** Null: what is in the way isn't ours, or is nothing that can be seen, such as a bin's content. */
async function takeOver(target: Target, booking: BookingEvent, place: Place): Promise<KnownEvent | null> {
  const current = await read(target, place);
  if (current === null || sayingOf(current.text)["UID"] !== place.uid) return null;
  if (holds(current, booking, place.uid)) return knownOf(target, place, current.etag);
  return change(target, booking, place, current.etag);
}

/** Brings an object to the booking's state. Null: it is deleted, by whoever. */
async function change(
  target: Target,
  booking: BookingEvent,
  place: Place,
  known: string | null,
): Promise<KnownEvent | null> {
  let etag = known;
  for (let reread = 0; ; reread++) {
    // Nobody is invited, so nobody's copy is compared by it: it only has to grow, and it does with the clock.
    const text = textOf(target, booking, place.uid, Math.floor(target.now() / MINUTE_MS));
    const updated = await attempt(target.api.update(objectUrl(target.url, place.name), text, etag), [
      "gone",
      "reread",
    ]);
    if (!(updated instanceof ProviderError)) return knownOf(target, place, updated);
    if (updated.kind === "gone") return null;
    if (reread === MAX_REREADS) throw updated;
    const current = await read(target, place);
    if (current === null) return null;
    if (holds(current, booking, place.uid)) return knownOf(target, place, current.etag);
    etag = current.etag;
  }
}

async function read({ api, url }: Target, { name }: Place): Promise<CalendarObject | null> {
  const current = await attempt(api.get(objectUrl(url, name)), ["gone"]);
  return current instanceof ProviderError ? null : current;
}

/** Asks for the etag where the write's answer had none: the server may have changed what it was sent (C26). */
async function knownOf({ api, url }: Target, place: Place, etag: string | null): Promise<KnownEvent> {
  const { name: externalId, generation } = place;
  const stored = etag ?? (await attempt(api.etag(objectUrl(url, externalId)), ["gone"]));
  return { externalId, etag: stored instanceof ProviderError ? null : stored, generation };
}

/** Without the host, which servers move people away from (C33), and however the path is percent-encoded. */
const uidOf = (collection: URL, identity: BookingIdentity, generation: number): Promise<string> =>
  bookingUid(decoded(collection.pathname).replace(/\/$/, ""), identity, generation);

const textOf = (target: Target, booking: BookingEvent, uid: string, sequence: number): string =>
  bookingCalendar(booking, { uid, sequence, stampedAt: target.now(), times: "utc" });

/** The UID's own part: short enough for a file name, and letters that no server minds. */
const nameOf = (uid: string): string => `${uid.slice(0, uid.indexOf("@"))}.ics`;

const objectUrl = (collection: URL, name: string): URL =>
  new URL(collection.pathname.replace(/\/?$/, "/") + name, collection);

/** Does the object say what the booking says? By meaning: servers add, reorder and rewrite (C.7.1). */
function holds({ text }: CalendarObject, booking: BookingEvent, uid: string): boolean {
  const wanted = bookingCalendar(booking, { uid, sequence: 0, stampedAt: 0, times: "utc" });
  const [said, meant] = [sayingOf(text), sayingOf(wanted)];
  const place = { key: uid, window: booking, fallbackTimeZone: "UTC", ownAddresses: [] };
  try {
    const { events, recurs } = eventsOf(text, place);
    const [event] = events;
    return (
      !recurs &&
      events.length === 1 &&
      event?.startsAt === booking.startsAt &&
      event.endsAt === booking.endsAt &&
      event.status === "busy" &&
      event.bookingId === booking.bookingId &&
      Object.entries(meant).every(([name, value]) => said[name] === value) &&
      Object.keys(said).every((name) => Object.hasOwn(meant, name))
    );
  } catch {
    return false;
  }
}

const SAID = ["UID", "SUMMARY", "DESCRIPTION", "LOCATION", "CLASS"];

/** What the event says to a person, by property; the alarms as their distances, sorted, under `TRIGGER`. */
function sayingOf(text: string): Record<string, string> {
  const said: Record<string, string> = {};
  const alarms: number[] = [];
  let inside = "";
  for (const line of text.replace(/\r?\n[ \t]/g, "").split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([\w-]+)(?:;(?:"[^"]*"|[^":])*)?:(.*)$/.exec(line) ?? [];
    const property = name.toUpperCase();
    if (property === "BEGIN") inside = value.toUpperCase();
    else if (property === "END" && inside === "VALARM") inside = "VEVENT";
    else if (inside === "VALARM" && property === "TRIGGER") alarms.push(distanceOf(value));
    else if (inside === "VEVENT" && SAID.includes(property)) said[property] = unescaped(value).trim();
  }
  return { ...said, TRIGGER: alarms.sort((a, b) => a - b).join() };
}

/** An alarm's distance in milliseconds; an alarm at a date has none. */
function distanceOf(trigger: string): number {
  try {
    const { days, ms } = durationOf(trigger);
    return days * 24 * 60 * MINUTE_MS + ms;
  } catch {
    return Number.NaN;
  }
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (_, letter: string) => (/n/i.test(letter) ? "\n" : letter));
