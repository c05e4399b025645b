// CalDAV as a world of the contract suite: a simulated server of one kind, one person, and their account.
import type { Instant } from "../../../src/domain/instant.ts";
import type { Interval } from "../../../src/domain/interval.ts";
import { createApple, createCaldav } from "../../../src/providers/caldav/index.ts";
import type { CalendarRef, Credentials, Provider, ProviderDeps } from "../../../src/providers/provider.ts";
import { readCalendar } from "../../simulators/caldav/icalendar-check.ts";
import { type CaldavSimulator, createCaldavSimulator, type Profile } from "../../simulators/caldav.ts";
import {
  DAY,
  type Person,
  type PersonEvent,
  type Skip,
  type Stage,
  type When,
  type World,
  type WrittenEvent,
} from "../world.ts";

export const NOW = Date.parse("2026-03-02T08:00:00Z");
export const ANA = "ana@example.com";
export const PASSWORD = "abcd-efgh-ijkl-mnop";

/** The contract's tests of push, which CalDAV doesn't have. */
export const NO_PUSH: Skip = {
  reason: "no CalDAV server offers push",
  tests: [
    "an open channel notifies of changes with its key and its secret",
    "L13: two channels may watch one calendar, so that none lapses unreplaced",
    "a channel is renewed in place where that is declared, unless it is gone",
    "G32: closing twice, or closing a channel that was never opened, succeeds",
  ],
};

/** A world with the simulator behind it, for tests that only CalDAV has. */
export interface CaldavWorld extends World {
  calendarIn(timeZone: string): CalendarRef;
  bookings(): WrittenEvent[];
  readonly dav: CaldavSimulator;
  readonly clock: { now: Instant };
  readonly credentials: Credentials;
  readonly deps: ProviderDeps;
  /** The path of the main calendar. The simulator knows it by that. */
  readonly path: string;
}

const basic = (at: Instant) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
const dateOf = (at: Instant) => basic(at).slice(0, 8);

function timesOf(when: When): string[] {
  if (!("date" in when)) return [`DTSTART:${basic(when.startsAt)}`, `DTEND:${basic(when.endsAt)}`];
  const startsAt = Date.parse(`${when.date}T00:00:00Z`);
  return [`DTSTART;VALUE=DATE:${dateOf(startsAt)}`, `DTEND;VALUE=DATE:${dateOf(startsAt + when.days * DAY)}`];
}

const SHOWN = {
  free: "TRANSP:TRANSPARENT",
  tentative: "STATUS:TENTATIVE",
  "out-of-office": "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
};
const ANSWERS = {
  accepted: "ACCEPTED",
  declined: "DECLINED",
  tentative: "TENTATIVE",
  nothing: "NEEDS-ACTION",
};

/** A resource as a person's own app writes it. */
export function resourceOf(uid: string, lines: readonly string[], more: readonly string[] = []): string {
  const event = ["BEGIN:VEVENT", `UID:${uid}`, "DTSTAMP:20260301T100000Z", ...lines, "END:VEVENT"];
  const all = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Person//EN", ...event, ...more, "END:VCALENDAR"];
  return all.map((line) => `${line}\r\n`).join("");
}

function linesOf(event: PersonEvent, email: string): string[] {
  const count = event.repeats?.daily === "forever" ? "" : `;COUNT=${event.repeats?.daily}`;
  return [
    `SUMMARY:${event.title}`,
    ...timesOf(event.when),
    ...(event.repeats ? [`RRULE:FREQ=DAILY${count}`] : []),
    ...(event.shows ? [SHOWN[event.shows]] : []),
    ...(event.answered
      ? ["ORGANIZER:mailto:bo@example.com", `ATTENDEE;PARTSTAT=${ANSWERS[event.answered]}:mailto:${email}`]
      : []),
  ];
}

const addLines = (text: string, ...lines: string[]) =>
  text.replace("END:VEVENT", `${lines.join("\r\n")}\r\nEND:VEVENT`);

function moved(text: string, to: When): string {
  const [start = "", end = ""] = timesOf(to);
  const lines = text.replace(/^DTSTART.*$/m, start).replace(/^DTEND.*$/m, end);
  return lines.replaceAll(/\r?\n/g, "\r\n");
}

function withMovedOccurrence(text: string, startsAt: Instant, to: Interval): string {
  const uid = /^UID:(.*?)\r?$/m.exec(text)?.[1] ?? "";
  const lines = ["BEGIN:VEVENT", `UID:${uid}`, "DTSTAMP:20260301T110000Z", ...timesOf(to)];
  lines.push(`RECURRENCE-ID:${basic(startsAt)}`, "SUMMARY:canary title", "END:VEVENT");
  return text.replace("END:VCALENDAR", `${lines.join("\r\n")}\r\nEND:VCALENDAR`);
}

/** How a person's own app reaches the server. */
export interface PersonsApp {
  read(name: string): Promise<string>;
  put(calendar: string, name: string, text: string): Promise<void>;
  edit(name: string, change: (text: string) => string): Promise<void>;
  remove(name: string): Promise<void>;
}

/**
 * A person's changes, as objects that their own app writes into the calendar at `path`.
 * @param tag part of every UID, for calendars that more than one test uses
 */
export function personOver(email: string, path: string, app: PersonsApp, tag = "ana@example.com"): Person {
  let uids = 0;
  const bin = new Map<string, string>();
  return {
    async create(event, calendar) {
      uids += 1;
      const uid = `E${uids}-of-${tag}`;
      const name = `${encodeURIComponent(uid)}.ics`;
      await app.put(calendar?.calendarId ?? path, name, resourceOf(uid, linesOf(event, email)));
      return name;
    },
    move: (id, to) => app.edit(id, (text) => moved(text, to)),
    makeFree: (id) =>
      app.edit(id, (text) => addLines(text.replace(/^TRANSP:.*\r\n/m, ""), "TRANSP:TRANSPARENT")),
    decline: (id) => app.edit(id, (text) => text.replace(/PARTSTAT=[A-Z-]+/, "PARTSTAT=DECLINED")),
    async remove(id) {
      bin.set(id, await app.read(id));
      await app.remove(id);
    },
    restore: (id) => app.put(path, id, bin.get(id) ?? ""),
    async rename(id) {
      const text = await app.read(id);
      await app.remove(id);
      await app.put(path, `renamed-${id}`, text);
      return `renamed-${id}`;
    },
    async take(id, to) {
      const text = await app.read(id);
      await app.remove(id);
      await app.put(to.calendarId, id, text);
    },
    repeat: (id, days) => app.edit(id, (text) => addLines(text, `RRULE:FREQ=DAILY;COUNT=${days}`)),
    moveOccurrence: (id, startsAt, to) => app.edit(id, (text) => withMovedOccurrence(text, startsAt, to)),
    removeOccurrence: (id, startsAt) => app.edit(id, (text) => addLines(text, `EXDATE:${basic(startsAt)}`)),
  };
}

/** The changes that the owner makes in a calendar. */
export function personOf(dav: CaldavSimulator, path: string, email: string): Person {
  return personOver(email, path, {
    read: async (name) => dav.event(path, name)?.text ?? "",
    put: async (calendar, name, text) => void dav.putEvent(calendar, text, name),
    edit: async (name, change) => void dav.editEvent(path, name, change),
    remove: async (name) => dav.deleteEvent(path, name),
  });
}

function stageOf(dav: CaldavSimulator, path: string): Stage {
  const { knobs } = dav;
  const once = { times: 1 };
  return {
    pagesOf: (events) => void knobs.set("sync.truncate", events),
    emptyPage: () => void knobs.set("sync.truncate", 0, once),
    loseCursors: () => dav.expireSyncTokens(),
    loseAnswer: () => void knobs.set("net.reset", "after", { ...once, operation: "put" }),
    breakNetwork: () => void knobs.set("net.reset", "before", once),
    cutAnswer: () => void knobs.set("net.truncate", true, once),
    burnIds: () => void knobs.set("uid.trash", true),
    editBeforeWrite: () => void knobs.set("event.touch", true, once),
    throttle: (retryAfter) => void knobs.set("limit.retryAfter", retryAfter),
    breakDown: () => void knobs.set("api.status", { status: 503, html: true }),
    expireToken: () => dav.revoke(ANA),
    removeCalendar: () => dav.removeCalendar(path),
    recover: () => knobs.clear(),
  };
}

/** Servers may write 60 minutes as an hour, or an hour as 60 minutes. */
function minutesBefore(trigger: string): number {
  const [, days = 0, hours = 0, minutes = 0] =
    /^-P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(trigger) ?? [];
  return (Number(days) * 24 + Number(hours)) * 60 + Number(minutes);
}

/** A stored object as the event of a booking; null where it isn't ours. */
export function writtenOf(name: string, text: string): WrittenEvent | null {
  const event = readCalendar(text)?.components.find((component) => component.name === "VEVENT");
  const value = (property: string) => event?.lines.find((line) => line.name === property)?.value ?? "";
  const plain = (property: string) =>
    value(property).replace(/\\(.)/gs, (_, letter) => (letter === "n" ? "\n" : letter));
  if (value("X-MARAPLACE-BOOKING") === "") return null;
  const instant = (property: string) =>
    Date.parse(value(property).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const alarms = event?.components.filter((component) => component.name === "VALARM") ?? [];
  const triggers = alarms.flatMap(({ lines }) => lines.filter((line) => line.name === "TRIGGER"));
  return {
    eventId: name,
    title: plain("SUMMARY"),
    description: plain("DESCRIPTION"),
    location: plain("LOCATION"),
    startsAt: instant("DTSTART"),
    endsAt: instant("DTEND"),
    reminderMinutes: triggers.map((line) => minutesBefore(line.value)),
    guests: event?.lines.filter((line) => line.name === "ATTENDEE").length ?? 0,
  };
}

/** The provider for a profile: Apple's for iCloud, the general one for the others. */
export function providerOf(profile: Profile, deps: ProviderDeps): Provider {
  return profile === "icloud"
    ? createApple({ origin: null }, deps)
    : createCaldav({ allowHttpHosts: ["dav.example.org"], ports: [443, 8443] }, deps);
}

/** A fresh world: Ana with an empty calendar in Lisbon and one that is shared with her to read. */
export async function makeCaldavWorld(profile: Profile): Promise<CaldavWorld> {
  const clock = { now: NOW };
  const dav = createCaldavSimulator({ now: () => clock.now });
  dav.addUser({ email: ANA, password: PASSWORD, profile });
  const add = (name: string, timeZone: string, writable = true) =>
    dav.addCalendar({ owner: ANA, name, timeZone, writable });
  const { path } = add("Work", "Europe/Lisbon");
  const readOnly = add("Shared", "Europe/Lisbon", false);
  const deps = { fetch: dav.fetch, now: () => clock.now, newId: () => "id" };
  const provider = providerOf(profile, deps);
  const connected = await provider.password?.connect({
    serverUrl: profile === "icloud" ? null : dav.serverUrl(ANA),
    username: ANA,
    password: PASSWORD,
  });
  if (connected === undefined) throw new Error("not connected");
  const { credentials } = connected;
  const ref = (calendarId: string, fallbackTimeZone = "Europe/Lisbon"): CalendarRef => ({
    calendarId,
    fallbackTimeZone,
  });
  return {
    get now() {
      return clock.now;
    },
    clock,
    dav,
    deps,
    credentials,
    path,
    provider,
    account: provider.open(credentials),
    calendar: ref(path),
    statesZones: true,
    remindersKept: 5,
    readOnlyCalendar: ref(readOnly.path),
    unwatchableCalendar: ref(path),
    person: personOf(dav, path, ANA),
    stage: stageOf(dav, path),
    calendarIn: (timeZone) => ref(add(timeZone, timeZone).path, "UTC"),
    bookings: () =>
      dav.events(path).flatMap(({ name, text }) => {
        const written = writtenOf(name, text);
        return written === null ? [] : [written];
      }),
    notifications: async () => [],
    secrets: [PASSWORD, credentials.accessToken],
  };
}
