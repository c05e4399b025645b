// Google as a world of the contract suite: the simulator, one person, and an account opened through consent.
import { formatInstant, type Instant } from "../../../src/domain/instant.ts";
import { createGoogle } from "../../../src/providers/google/index.ts";
import type { CalendarRef, Credentials, ProviderDeps } from "../../../src/providers/provider.ts";
import { createGoogleSimulator, type GoogleSimulator } from "../../simulators/google.ts";
import type { Person, PersonEvent, Stage, When, World, WrittenEvent } from "../world.ts";
import { dateAfter, inbox, NOW, openByConsent, ref } from "./consent.ts";

export const ANA = "ana@example.com";
const CLIENT = {
  clientId: "client-1",
  clientSecret: "client-secret-of-ours",
  redirectUri: "https://sync.example.org/back",
};

/** A world with the simulator behind it, for tests that only Google has. */
export interface GoogleWorld extends World {
  calendarIn(timeZone: string): CalendarRef;
  bookings(): WrittenEvent[];
  readonly google: GoogleSimulator;
  readonly credentials: Credentials;
  readonly deps: ProviderDeps;
}

/** Start and end as the API writes them. The nulls replace times of the other kind. */
export function timesOf(when: When) {
  if ("date" in when) {
    const date = (value: string) => ({ date: value, dateTime: null, timeZone: null });
    return { start: date(when.date), end: date(dateAfter(when.date, when.days)) };
  }
  const time = (at: Instant) => ({ dateTime: formatInstant(at), timeZone: "UTC", date: null });
  return { start: time(when.startsAt), end: time(when.endsAt) };
}

const ANSWERS = {
  accepted: "accepted",
  declined: "declined",
  tentative: "tentative",
  nothing: "needsAction",
};
const SHOWN = {
  free: { transparency: "transparent" },
  tentative: { status: "tentative" },
  "out-of-office": { eventType: "outOfOffice" },
};

/** An event as its owner's app writes it. */
export function bodyOf(event: PersonEvent) {
  const count = event.repeats?.daily === "forever" ? "" : `;COUNT=${event.repeats?.daily}`;
  return {
    summary: event.title,
    ...timesOf(event.when),
    ...(event.repeats && { recurrence: [`RRULE:FREQ=DAILY${count}`] }),
    ...(event.shows && SHOWN[event.shows]),
    ...(event.answered && {
      organizer: { email: "bo@example.com" },
      attendees: [{ email: "bo@example.com" }, { email: ANA, responseStatus: ANSWERS[event.answered] }],
    }),
  };
}

/** The changes that the owner makes in a calendar. */
export function personOf(google: GoogleSimulator, main: string): Person {
  return {
    create: async (event, calendar) =>
      String(google.addEvent(calendar?.calendarId ?? main, bodyOf(event))["id"]),
    move: async (id, to) => void google.patchEvent(main, id, timesOf(to)),
    makeFree: async (id) => void google.patchEvent(main, id, { transparency: "transparent" }),
    decline: async (id) =>
      void google.patchEvent(main, id, { attendees: [{ email: ANA, responseStatus: "declined" }] }),
    remove: async (id) => google.deleteEvent(main, id),
    rename: async (id) => id,
    async take(id, to) {
      const { summary, start, end, extendedProperties } = google.event(main, id) ?? {};
      google.deleteEvent(main, id);
      google.addEvent(to.calendarId, { id, summary, start, end, extendedProperties });
    },
    restore: async (id) => void google.patchEvent(main, id, { status: "confirmed" }),
    repeat: async (id, days) =>
      void google.patchEvent(main, id, { recurrence: [`RRULE:FREQ=DAILY;COUNT=${days}`] }),
    moveOccurrence: async (id, startsAt, to) =>
      void google.moveInstance(main, id, formatInstant(startsAt), timesOf(to)),
    removeOccurrence: async (id, startsAt) => google.cancelInstance(main, id, formatInstant(startsAt)),
  };
}

function stageOf(google: GoogleSimulator): Stage {
  const { knobs } = google;
  const once = { times: 1 };
  return {
    pagesOf: (events) => void knobs.set("list.shortPage", events),
    emptyPage: () => void knobs.set("list.emptyPage", true, once),
    loseCursors: () => google.expireSyncTokens(),
    loseAnswer: () => void knobs.set("net.reset", "after", { ...once, operation: "events.insert" }),
    breakNetwork: () => void knobs.set("net.reset", "before", once),
    cutAnswer: () => void knobs.set("net.truncate", true, once),
    burnIds: () => void knobs.set("event.reviveFails", true),
    editBeforeWrite: () => void knobs.set("event.touch", true, once),
    throttle: (retryAfter) => void knobs.set("limit.user", { retryAfter }),
    breakDown: () => void knobs.set("api.status", { status: 503, html: true }),
    expireToken: () => google.expireAccessTokens(),
    removeCalendar: () => google.removeCalendar(ANA),
    recover: () => knobs.clear(),
  };
}

/** The engine's own events in a calendar. */
export const bookingsOf = (google: GoogleSimulator, main: string): WrittenEvent[] =>
  writtenOf(google.events(main));

/** Those of some events of the API that have the engine's mark. */
export function writtenOf(events: readonly object[]): WrittenEvent[] {
  const own = events.filter((event) => JSON.stringify(event).includes("maraplaceBooking"));
  // The API's shape: a simulator has checked it when they were written, and a real server answers in it.
  return (own as unknown as Record<string, string>[]).map((event) => {
    const { start, end, reminders, attendees } = event as unknown as {
      start: { dateTime: string };
      end: { dateTime: string };
      reminders?: { overrides?: { minutes: number }[] };
      attendees?: unknown[];
    };
    return {
      eventId: event["id"] ?? "",
      title: event["summary"] ?? "",
      description: event["description"] ?? "",
      location: event["location"] ?? "",
      startsAt: Date.parse(start.dateTime),
      endsAt: Date.parse(end.dateTime),
      reminderMinutes: (reminders?.overrides ?? []).map((reminder) => reminder.minutes),
      guests: attendees?.length ?? 0,
    };
  });
}

/** A fresh world: Ana with an empty calendar in Lisbon, a calendar shared with her to read, and holidays. */
export async function makeGoogleWorld(): Promise<GoogleWorld> {
  const { deliver, take } = inbox();
  const google = createGoogleSimulator({
    now: () => NOW,
    deliver,
    clients: [{ ...CLIENT, redirectUris: [CLIENT.redirectUri] }],
  });
  google.addUser({ email: ANA, timeZone: "Europe/Lisbon", holidays: false });
  const readOnly = google.addCalendar({
    owner: ANA,
    summary: "Shared",
    timeZone: "Europe/Lisbon",
    role: "reader",
  });
  const holidays = google.addCalendar({
    owner: ANA,
    summary: "Holidays",
    timeZone: "Europe/Lisbon",
    role: "reader",
    push: false,
  });
  const deps = { fetch: google.fetch, now: () => NOW, newId: () => "id" };
  const provider = createGoogle({ ...CLIENT, origin: null }, deps);
  const { account, credentials } = await openByConsent(provider, CLIENT.redirectUri, (url) =>
    google.consent(url, { user: ANA }),
  );
  return {
    now: NOW,
    google,
    deps,
    credentials,
    provider,
    account,
    calendar: ref(ANA),
    statesZones: true,
    remindersKept: 5,
    readOnlyCalendar: ref(readOnly.id),
    unwatchableCalendar: ref(holidays.id),
    person: personOf(google, ANA),
    stage: stageOf(google),
    calendarIn: (timeZone) => ref(google.addCalendar({ owner: ANA, summary: timeZone, timeZone }).id, "UTC"),
    bookings: () => bookingsOf(google, ANA),
    async notifications() {
      await google.flush();
      return take();
    },
    secrets: [credentials.accessToken, credentials.refreshToken, CLIENT.clientSecret],
  };
}
