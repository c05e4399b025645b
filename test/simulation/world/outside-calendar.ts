// Outside calendar: one set of edits by owners for the calendars of every provider.
import type { CaldavSimulator } from "../../simulators/caldav.ts";
import type { GoogleSimulator } from "../../simulators/google.ts";
import type { MicrosoftSimulator } from "../../simulators/microsoft.ts";
import {
  type EventSpec,
  laterDate,
  MINUTE,
  type OutsideEvent,
  occurrenceAt,
  wallClock,
} from "./outside-event.ts";
import { icsOf, readIcs } from "./outside-ics.ts";

/** The event of a booking, as a calendar shows it. Times are epoch milliseconds. */
export interface BookingEvent {
  readonly native: string;
  readonly title: string;
  readonly startsAt: number;
  readonly endsAt: number;
  /** The whole event in the provider's format. */
  readonly text: string;
}

/** A calendar at its provider, as its owner sees and edits it. */
export interface EditableCalendar {
  /** Stores a new event. Returns its id at the provider. */
  add(event: OutsideEvent): string;
  /** Replaces the whole event. */
  change(event: OutsideEvent): void;
  remove(event: OutsideEvent): void;
  /** Moves or cancels one occurrence, as `exceptions` says. */
  except(event: OutsideEvent, index: number): void;
  /** Is the event still there? Under some knobs a server loses events by itself. */
  has(event: OutsideEvent): boolean;
  /** The provider's version of an event that can't be read; null where every event can be read. */
  versionOf(event: OutsideEvent): string | null;
  /** The live events whose title begins with `title`. */
  bookingEvents(title: string): BookingEvent[];
  /** The agent moves the event of a booking, or deletes it. */
  moveBookingEvent(native: string, startsAt: number, endsAt: number): void;
  removeBookingEvent(native: string): void;
  /** Deletes the calendar. From then on it is empty. */
  destroy(): void;
  /** The calendar's ids at its provider, the present one last. */
  readonly ids: readonly string[];
  /** The provider gives the calendar another id. Nothing happens at Google, where ids last. */
  giveNewId(): void;
}

type Edits = Omit<EditableCalendar, "destroy" | "ids" | "giveNewId">;

/** Adds the deletion of the calendar, and its changes of id. */
function deletable(
  calendar: Edits,
  remove: () => void,
  ids: string[],
  newId: (() => string) | null = null,
): EditableCalendar {
  let gone = false;
  return {
    ...calendar,
    ids,
    giveNewId: () => void (newId !== null && ids.push(newId())),
    bookingEvents: (title) => (gone ? [] : calendar.bookingEvents(title)),
    destroy() {
      gone = true;
      remove();
    },
  };
}

const TITLE = "Outside";
const utc = (at: number): string => new Date(at).toISOString().slice(0, 19);
const bounds = (startsAt: number, { span }: EventSpec) =>
  [startsAt, startsAt + (span.kind === "timed" ? span.minutes * MINUTE : 0)] as const;

/** Shows a part of the event so that nobody can read it, or shows it as it is. */
function damage(
  owner: Pick<GoogleSimulator, "breakEvent">,
  calendarId: string,
  native: string,
  { spec: { broken } }: OutsideEvent,
): void {
  if (broken !== "rule") owner.breakEvent(calendarId, native, broken);
}

function googleBody({ spec, zone }: OutsideEvent): Record<string, unknown> {
  const { span, status, repeat } = spec;
  const transparency = status === "free" ? "transparent" : "opaque";
  const common = { summary: TITLE, transparency, status: status === "tentative" ? "tentative" : "confirmed" };
  if (span.kind === "days") {
    const date = (day: string) => ({ date: day, dateTime: null, timeZone: null });
    return { ...common, start: date(span.date), end: date(laterDate(span.date, span.days)) };
  }
  const time = (at: number) => ({ dateTime: `${utc(at)}Z`, timeZone: zone, date: null });
  const [startsAt, endsAt] = bounds(span.startsAt, spec);
  const rule = repeat && `RRULE:FREQ=${repeat.every === "day" ? "DAILY" : "WEEKLY"};COUNT=${repeat.count}`;
  return { ...common, start: time(startsAt), end: time(endsAt), recurrence: rule && [rule] };
}

/** A calendar at Google. */
export function googleCalendar(google: GoogleSimulator, id: string, zone: string): EditableCalendar {
  const time = (at: number) => ({ dateTime: `${utc(at)}Z`, timeZone: zone, date: null });
  const calendar = {
    add(event) {
      const native = String(google.addEvent(id, googleBody(event))["id"]);
      damage(google, id, native, event);
      return native;
    },
    change(event) {
      google.patchEvent(id, event.native, googleBody(event));
      damage(google, id, event.native, event);
    },
    remove: (event) => google.deleteEvent(id, event.native),
    except(event, index) {
      const original = `${utc(occurrenceAt(event.spec, index, event.zone))}Z`;
      const exception = event.exceptions.get(index);
      if (exception === "cancelled") return google.cancelInstance(id, event.native, original);
      const [start, end] = bounds(exception ?? 0, event.spec);
      google.moveInstance(id, event.native, original, { start: time(start), end: time(end) });
    },
    has: () => true,
    versionOf: ({ native }) => String(google.event(id, native)?.["etag"]),
    bookingEvents: (title) =>
      google.events(id).flatMap((event) => {
        const { summary, start, end } = event as Record<string, { dateTime?: string }> & { summary?: string };
        if (!String(summary ?? "").startsWith(title)) return [];
        const at = (side: { dateTime?: string } | undefined) => Date.parse(side?.dateTime ?? "");
        return [
          {
            native: String(event["id"]),
            title: String(summary),
            startsAt: at(start),
            endsAt: at(end),
            text: JSON.stringify(event),
          },
        ];
      }),
    moveBookingEvent: (native, start, end) =>
      void google.patchEvent(id, native, { start: time(start), end: time(end) }),
    removeBookingEvent: (native) => google.deleteEvent(id, native),
  } satisfies Edits;
  return deletable(calendar, () => google.removeCalendar(id), [id]);
}

const SHOWN_AS = { busy: "busy", tentative: "tentative", free: "free" } as const;

function graphBody({ spec, zone }: OutsideEvent): Record<string, unknown> {
  const { span, status, repeat } = spec;
  const common = { subject: TITLE, showAs: SHOWN_AS[status], isAllDay: span.kind === "days" };
  if (span.kind === "days") {
    const date = (day: string) => ({ dateTime: `${day}T00:00:00`, timeZone: zone });
    return {
      ...common,
      start: date(span.date),
      end: date(laterDate(span.date, span.days)),
      recurrence: null,
    };
  }
  // Only recurring events use the wall clock: in an hour that the clocks repeat it would mean the first one.
  const time = (at: number) =>
    repeat === null
      ? { dateTime: utc(at), timeZone: "UTC" }
      : { dateTime: wallClock(at, zone), timeZone: zone };
  const [startsAt, endsAt] = bounds(span.startsAt, spec);
  const startDate = wallClock(startsAt, zone).slice(0, 10);
  const weekday = new Date(`${startDate}T00:00:00Z`)
    .toLocaleDateString("en", { weekday: "long", timeZone: "UTC" })
    .toLowerCase();
  const pattern =
    repeat?.every === "week"
      ? { type: "weekly", interval: 1, daysOfWeek: [weekday] }
      : { type: "daily", interval: 1 };
  const range = { type: "numbered", startDate, numberOfOccurrences: repeat?.count };
  return { ...common, start: time(startsAt), end: time(endsAt), recurrence: repeat && { pattern, range } };
}

/** A calendar at Microsoft. */
export function microsoftCalendar(graph: MicrosoftSimulator, first: string): EditableCalendar {
  const ids = [first];
  const id = () => ids.at(-1) ?? first;
  const time = (at: number) => ({ dateTime: utc(at), timeZone: "UTC" });
  const calendar = {
    add(event) {
      const native = String(graph.addEvent(id(), graphBody(event))["id"]);
      damage(graph, id(), native, event);
      return native;
    },
    change(event) {
      graph.patchEvent(id(), event.native, graphBody(event));
      damage(graph, id(), event.native, event);
    },
    remove: (event) => graph.deleteEvent(id(), event.native),
    except(event, index) {
      const original = `${utc(occurrenceAt(event.spec, index, event.zone))}Z`;
      const exception = event.exceptions.get(index);
      if (exception === "cancelled") return graph.cancelInstance(id(), event.native, original);
      const [start, end] = bounds(exception ?? 0, event.spec);
      graph.moveInstance(id(), event.native, original, { start: time(start), end: time(end) });
    },
    has: () => true,
    versionOf: ({ native }) => String(graph.event(id(), native)?.["@odata.etag"]),
    bookingEvents: (title) =>
      graph.events(id()).flatMap((event) => {
        const { subject, start, end } = event as Record<string, { dateTime?: string }> & { subject?: string };
        if (!String(subject ?? "").startsWith(title)) return [];
        const at = (side: { dateTime?: string } | undefined) =>
          Date.parse(`${side?.dateTime?.slice(0, 19) ?? ""}Z`);
        return [
          {
            native: String(event["id"]),
            title: String(subject),
            startsAt: at(start),
            endsAt: at(end),
            text: JSON.stringify(event),
          },
        ];
      }),
    moveBookingEvent: (native, start, end) =>
      void graph.patchEvent(id(), native, { start: time(start), end: time(end), isAllDay: false }),
    removeBookingEvent: (native) => graph.deleteEvent(id(), native),
  } satisfies Edits;
  return deletable(
    calendar,
    () => graph.removeCalendar(id()),
    ids,
    () => graph.giveNewId(id()),
  );
}

/** A calendar on a CalDAV server, named by its path. */
export function davCalendar(dav: CaldavSimulator, first: string): EditableCalendar {
  const ids = [first];
  const path = () => ids.at(-1) ?? first;
  const put = (event: OutsideEvent) => dav.putEvent(path(), icsOf(event, TITLE)).name;
  const calendar = {
    add: put,
    change: (event) => void put(event),
    remove: (event) => dav.deleteEvent(path(), event.native),
    except: (event) => void put(event),
    has: (event) => dav.event(path(), event.native) !== null,
    versionOf: (event) => dav.event(path(), event.native)?.etag ?? null,
    bookingEvents: (title) =>
      dav.events(path()).flatMap(({ name, text }) => {
        const read = readIcs(text);
        return read.title.startsWith(title) ? [{ native: name, text, ...read }] : [];
      }),
    moveBookingEvent(native, start, end) {
      const stamp = (at: number) => `${utc(at).replaceAll(/[-:]/g, "")}Z`;
      dav.editEvent(path(), native, (text) =>
        text.replace(/^DTSTART.*$/m, `DTSTART:${stamp(start)}`).replace(/^DTEND.*$/m, `DTEND:${stamp(end)}`),
      );
    },
    removeBookingEvent: (native) => dav.deleteEvent(path(), native),
  } satisfies Edits;
  return deletable(
    calendar,
    () => dav.removeCalendar(path()),
    ids,
    () => dav.giveNewPath(path()),
  );
}
