// People: users with their primary calendar, holidays, shared calendars.

import { randomToken } from "../random.ts";
import { readEventBody } from "./event-body.ts";
import type { EventRecord, GoogleState, ListEntry, Role, SimulatedCalendar, SimulatedUser } from "./state.ts";
import { insertEvent } from "./write.ts";

export interface NewUser {
  readonly email: string;
  readonly timeZone: string;
  /** The stable account id. Default: derived from the email. */
  readonly sub?: string | undefined;
  readonly name?: string | undefined;
  /** Whether the list holds a holiday calendar, which can't be watched. Default true. */
  readonly holidays?: boolean | undefined;
}

export interface NewCalendar {
  readonly owner: string;
  readonly summary: string;
  readonly timeZone: string | null;
  readonly id?: string | undefined;
  /** Role of the owner in the list. Default `owner`. */
  readonly role?: Role | undefined;
  /** Whether it can be watched. Default true. */
  readonly push?: boolean | undefined;
}

function makeEntry(state: GoogleState, role: Role): ListEntry {
  state.revision += 1;
  return {
    role,
    hidden: false,
    selected: true,
    summaryOverride: null,
    deleted: false,
    revision: state.revision,
  };
}

function makeCalendar(
  state: GoogleState,
  fields: Pick<SimulatedCalendar, "id" | "summary" | "timeZone" | "ownerEmail" | "primaryOf" | "push">,
): SimulatedCalendar {
  state.revision += 1;
  const calendar: SimulatedCalendar = {
    ...fields,
    entries: new Map(),
    events: new Map<string, EventRecord>(),
    revision: state.revision,
    updatedAt: state.now(),
    syncFloor: 0,
  };
  state.calendars.set(calendar.id, calendar);
  return calendar;
}

const HOLIDAYS = [
  ["01-01", "New Year's Day"],
  ["05-01", "Labour Day"],
  ["12-25", "Christmas Day"],
] as const;

function holidayCalendar(state: GoogleState, timeZone: string): SimulatedCalendar {
  const id = `en.${timeZone.split("/").at(-1)?.toLowerCase() ?? "world"}#holiday@group.v.calendar.google.com`;
  const known = state.calendars.get(id);
  if (known !== undefined) return known;
  const calendar = makeCalendar(state, {
    id,
    summary: "Holidays",
    timeZone,
    ownerEmail: null,
    primaryOf: null,
    push: false,
  });
  const year = new Date(state.now()).getUTCFullYear();
  for (const [index, [day, summary]] of HOLIDAYS.entries()) {
    const start = { date: `${year}-${day}` };
    const end = { date: new Date(Date.parse(`${year}-${day}`) + 86_400_000).toISOString().slice(0, 10) };
    const raw = { summary, start, end, transparency: "transparent", recurrence: ["RRULE:FREQ=YEARLY"] };
    const input = { id: `holiday0${index}`, creator: { email: id }, organizer: null };
    insertEvent(state, calendar, readEventBody(raw, calendar), input);
  }
  return calendar;
}

/** Adds a person with a primary calendar, whose id is the email. */
export function addUser(state: GoogleState, input: NewUser): SimulatedUser {
  const { email, timeZone } = input;
  const user = {
    email,
    timeZone,
    sub:
      input.sub ??
      `1${[...email]
        .map((letter) => letter.charCodeAt(0))
        .join("")
        .slice(0, 20)}`,
    name: input.name ?? email.split("@", 1)[0] ?? email,
  };
  state.users.set(email, user);
  addCalendar(state, { owner: email, id: email, summary: email, timeZone });
  if (input.holidays !== false) {
    const holidays = holidayCalendar(state, timeZone);
    holidays.entries.set(email, makeEntry(state, "reader"));
  }
  return user;
}

/** Adds a calendar to a person's list: their own, or one that somebody shares with them in `role`. */
export function addCalendar(state: GoogleState, input: NewCalendar): SimulatedCalendar {
  const role = input.role ?? "owner";
  const calendar = makeCalendar(state, {
    id: input.id ?? `c_${randomToken(state.random, 26).toLowerCase()}@group.calendar.google.com`,
    summary: input.summary,
    timeZone: input.timeZone,
    ownerEmail: role === "owner" ? input.owner : null,
    primaryOf: input.id === input.owner ? input.owner : null,
    push: input.push ?? true,
  });
  calendar.entries.set(input.owner, makeEntry(state, role));
  return calendar;
}

/** Changes a calendar's entry in a person's list. A person without an entry gets one. */
export function changeEntry(
  state: GoogleState,
  calendar: SimulatedCalendar,
  email: string,
  change: Partial<Omit<ListEntry, "revision">>,
): void {
  const entry = calendar.entries.get(email) ?? makeEntry(state, "reader");
  state.revision += 1;
  calendar.entries.set(email, { ...entry, ...change, revision: state.revision });
}
