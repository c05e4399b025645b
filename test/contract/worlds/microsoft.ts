// Microsoft as a world of the contract suite: the simulator, one person of either kind, and an account opened.
import { formatInstant, type Instant } from "../../../src/domain/instant.ts";
import { createOffice365, createOutlook } from "../../../src/providers/microsoft/index.ts";
import type {
  CalendarRef,
  Credentials,
  ProviderAccount,
  ProviderDeps,
} from "../../../src/providers/provider.ts";
import { createMicrosoftSimulator, type MicrosoftSimulator } from "../../simulators/microsoft.ts";
import type { Person, PersonEvent, Stage, When, World, WrittenEvent } from "../world.ts";
import { dateAfter, inbox, NOW, openByConsent, ref } from "./consent.ts";

export const PEOPLE = { OUTLOOK: "ana@outlook.example", OFFICE365: "ana@contoso.example" } as const;
export const CLIENT = {
  clientId: "0f1e0000-0000-4000-8000-000000000001",
  clientSecret: "client-secret-of-ours",
  redirectUri: "https://sync.example.org/back",
};

export type Kind = keyof typeof PEOPLE;

/** A world with the simulator behind it, for tests that only Microsoft has. */
export interface MicrosoftWorld extends World {
  calendarIn(timeZone: string): CalendarRef;
  bookings(): WrittenEvent[];
  readonly microsoft: MicrosoftSimulator;
  readonly email: string;
  readonly credentials: Credentials;
  readonly deps: ProviderDeps;
  /** The same account, opened with other dependencies. */
  reopen(deps: Partial<ProviderDeps>): ProviderAccount;
}

const utc = (dateTime: string) => ({ dateTime, timeZone: "UTC" });

/** Start and end as the API writes them, together with the kind of the event. */
export function timesOf(when: When, timeZone = "Europe/Lisbon") {
  if ("date" in when) {
    const date = (value: string) => ({ dateTime: `${value}T00:00:00`, timeZone });
    return { isAllDay: true, start: date(when.date), end: date(dateAfter(when.date, when.days)) };
  }
  const time = (at: Instant) => utc(formatInstant(at).slice(0, -1));
  return { isAllDay: false, start: time(when.startsAt), end: time(when.endsAt) };
}

const ANSWERS = {
  accepted: "accepted",
  declined: "declined",
  tentative: "tentativelyAccepted",
  nothing: "notResponded",
};
const SHOWN = { free: "free", tentative: "tentative", "out-of-office": "oof" };

/** A recurrence by days, as the API writes it. */
function dailyOf({ when, repeats }: PersonEvent) {
  if (repeats === undefined || "date" in when) return {};
  const startDate = formatInstant(when.startsAt).slice(0, 10);
  const range =
    repeats.daily === "forever"
      ? { type: "noEnd", startDate }
      : { type: "numbered", startDate, numberOfOccurrences: repeats.daily };
  return { recurrence: { pattern: { type: "daily", interval: 1 }, range } };
}

/** An event as its owner's app writes it. */
export function bodyOf(event: PersonEvent) {
  return {
    subject: event.title,
    ...timesOf(event.when),
    ...dailyOf(event),
    ...(event.shows && { showAs: SHOWN[event.shows] }),
    ...(event.answered && {
      isOrganizer: false,
      organizer: { emailAddress: { address: "bo@example.com" } },
      responseStatus: { response: ANSWERS[event.answered] },
    }),
  };
}

/** The changes that the owner makes in a calendar. */
export function personOf(microsoft: MicrosoftSimulator, main: string): Person {
  return {
    create: async (event, calendar) =>
      String(microsoft.addEvent(calendar?.calendarId ?? main, bodyOf(event))["id"]),
    move: async (id, to) => void microsoft.patchEvent(main, id, timesOf(to)),
    makeFree: async (id) => void microsoft.patchEvent(main, id, { showAs: "free" }),
    decline: async (id) => void microsoft.patchEvent(main, id, { responseStatus: { response: "declined" } }),
    remove: async (id) => microsoft.deleteEvent(main, id),
    restore: async (id) => microsoft.restoreEvent(main, id),
    rename: async (id) => microsoft.reimportEvent(main, id),
    take: async (id, to) => microsoft.moveEvent(main, id, to.calendarId),
    async repeat(id, numberOfOccurrences) {
      const start = microsoft.event(main, id)?.["start"] as { dateTime: string };
      const range = { type: "numbered", startDate: start.dateTime.slice(0, 10), numberOfOccurrences };
      microsoft.patchEvent(main, id, { recurrence: { pattern: { type: "daily", interval: 1 }, range } });
    },
    moveOccurrence: async (id, startsAt, to) =>
      void microsoft.moveInstance(main, id, formatInstant(startsAt), timesOf(to)),
    removeOccurrence: async (id, startsAt) => microsoft.cancelInstance(main, id, formatInstant(startsAt)),
  };
}

function stageOf(microsoft: MicrosoftSimulator, main: string): Stage {
  const { knobs } = microsoft;
  const once = { times: 1 };
  return {
    pagesOf: (events) => void knobs.set("delta.shortPage", events),
    emptyPage: () => void knobs.set("delta.emptyPage", true, once),
    loseCursors: () => microsoft.expireDeltaTokens(),
    loseAnswer: () => void knobs.set("net.reset", "after", { ...once, operation: "events.create" }),
    breakNetwork: () => void knobs.set("net.reset", "before", once),
    cutAnswer: () => void knobs.set("net.truncate", true, once),
    // Transaction ids stay used up, whatever becomes of their events.
    burnIds: () => {},
    editBeforeWrite: () => void knobs.set("event.touch", true, once),
    throttle(retryAfter) {
      knobs.set("limit.mailbox", true);
      knobs.set("limit.retryAfter", retryAfter);
    },
    breakDown: () => void knobs.set("api.status", { status: 503, html: true }),
    expireToken: () => microsoft.expireAccessTokens(),
    removeCalendar: () => microsoft.removeCalendar(main),
    recover: () => knobs.clear(),
  };
}

/** The engine's own events in a calendar. */
export const bookingsOf = (microsoft: MicrosoftSimulator, main: string): WrittenEvent[] =>
  writtenOf(microsoft.events(main));

/** Those of some events of Graph that have the engine's mark. */
export function writtenOf(events: readonly object[]): WrittenEvent[] {
  const own = events.filter((event) => JSON.stringify(event).includes("maraplaceBooking"));
  return own.map((event) => {
    // The API's shape: a simulator has checked it when they were written, and a real server answers in it.
    const { id, subject, body, location, start, end, isReminderOn, reminderMinutesBeforeStart, attendees } =
      event as unknown as {
        id: string;
        subject: string;
        body: { content: string };
        location: { displayName: string };
        start: { dateTime: string };
        end: { dateTime: string };
        isReminderOn: boolean;
        reminderMinutesBeforeStart: number;
        attendees: unknown[];
      };
    return {
      eventId: id,
      title: subject,
      description: body.content,
      location: location.displayName,
      startsAt: Date.parse(`${start.dateTime.slice(0, 19)}Z`),
      endsAt: Date.parse(`${end.dateTime.slice(0, 19)}Z`),
      reminderMinutes: isReminderOn ? [reminderMinutesBeforeStart] : [],
      guests: attendees.length,
    };
  });
}

function populate(microsoft: MicrosoftSimulator, kind: Kind) {
  const email = PEOPLE[kind];
  microsoft.addUser({
    email,
    kind: kind === "OUTLOOK" ? "personal" : "work",
    timeZone: "Europe/Lisbon",
    extras: false,
  });
  const readOnly = microsoft.addCalendar({ user: email, name: "Holidays", canEdit: false });
  const shared = microsoft.addCalendar({ user: email, name: "Bo", sharedBy: "bo@example.com" });
  return { email, main: microsoft.calendarId(email), readOnly: readOnly.id, shared: shared.id };
}

/** A fresh world: Ana with an empty calendar, one she may only read, and one that Bo shares with her. */
export async function makeMicrosoftWorld(kind: Kind): Promise<MicrosoftWorld> {
  const { deliver, take } = inbox();
  const microsoft = createMicrosoftSimulator({
    now: () => NOW,
    deliver,
    clients: [{ ...CLIENT, redirectUris: [CLIENT.redirectUri] }],
  });
  const { email, main, readOnly, shared } = populate(microsoft, kind);
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`;
  };
  const deps = { fetch: microsoft.fetch, now: () => NOW, newId };
  const create = kind === "OUTLOOK" ? createOutlook : createOffice365;
  const provider = create({ ...CLIENT, origin: null, loginOrigin: null }, deps);
  const { account, credentials } = await openByConsent(provider, CLIENT.redirectUri, (url) =>
    microsoft.consent(url, { user: email }),
  );
  return {
    now: NOW,
    microsoft,
    email,
    deps,
    credentials,
    provider,
    account,
    reopen: (parts) =>
      create({ ...CLIENT, origin: null, loginOrigin: null }, { ...deps, ...parts }).open(credentials),
    calendar: ref(main),
    statesZones: false,
    remindersKept: 1,
    readOnlyCalendar: ref(readOnly),
    unwatchableCalendar: ref(shared),
    person: personOf(microsoft, main),
    stage: stageOf(microsoft, main),
    // Calendars have no zone, so all-day events are read in the engine's fallback zone.
    calendarIn: (timeZone) => ref(microsoft.addCalendar({ user: email, name: timeZone }).id, timeZone),
    bookings: () => bookingsOf(microsoft, main),
    async notifications() {
      await microsoft.flush();
      return take();
    },
    secrets: [credentials.accessToken, credentials.refreshToken, CLIENT.clientSecret],
  };
}
