// People: personal and work accounts, their calendars, birthdays, holidays, shared ones.
import { readEvent } from "./event-body.ts";
import { newCalendarId } from "./ids.ts";
import {
  calendarsOf,
  type MicrosoftState,
  nextRevision,
  PERSONAL_TENANT,
  type SimulatedCalendar,
  type SimulatedUser,
  type UserKind,
} from "./state.ts";
import { insertEvent } from "./write.ts";

export interface NewUser {
  readonly email: string;
  readonly kind: UserKind;
  /** IANA zone of the mailbox. */
  readonly timeZone: string;
  /** The tenant of a work account. Default: derived from the email's domain. */
  readonly tid?: string | undefined;
  /** The object id. Default: derived from the email. */
  readonly oid?: string | undefined;
  readonly name?: string | undefined;
  /** Whether there is a mailbox in the cloud. Default true. */
  readonly mailbox?: boolean | undefined;
  /** Whether the list holds birthdays and holidays, which can't be edited. Default true. */
  readonly extras?: boolean | undefined;
}

export interface NewCalendar {
  /** The person in whose list it is put. */
  readonly user: string;
  readonly name: string;
  readonly id?: string | undefined;
  readonly canEdit?: boolean | undefined;
  /** The address of the person who shares it. Default: the user owns it. */
  readonly sharedBy?: string | undefined;
}

/** Hex digits derived from a text, the same for the same text. */
function digest(text: string, length: number): string {
  let out = "";
  for (let round = 0; out.length < length; round += 1) {
    let hash = 0x811c9dc5 ^ round;
    for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    out += hash.toString(16).padStart(8, "0");
  }
  return out.slice(0, length);
}

function uuidOf(text: string): string {
  const hex = digest(text, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const DAY_MS = 86_400_000;
const HOLIDAYS = [
  ["01-01", 1, "New Year's Day"],
  ["05-01", 5, "Labour Day"],
  ["12-25", 12, "Christmas Day"],
] as const;

function addHolidays(state: MicrosoftState, user: SimulatedUser): void {
  const calendar = addCalendar(state, { user: user.email, name: "Holidays", canEdit: false });
  const year = new Date(state.now()).getUTCFullYear();
  for (const [day, month, subject] of HOLIDAYS) {
    const date = `${year}-${day}`;
    const next = new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);
    const time = (on: string) => ({ dateTime: `${on}T00:00:00`, timeZone: user.timeZone });
    const pattern = { type: "absoluteYearly", interval: 1, month, dayOfMonth: Number(day.slice(3)) };
    const raw = {
      subject,
      start: time(date),
      end: time(next),
      isAllDay: true,
      showAs: "free",
      recurrence: { pattern, range: { type: "noEnd", startDate: date } },
    };
    insertEvent(state, calendar, readEvent(raw, "owner"));
  }
}

/** Adds a person with a default calendar named Calendar. */
export function addUser(state: MicrosoftState, input: NewUser): SimulatedUser {
  const { email, kind, timeZone } = input;
  const cid = digest(email, 16);
  const personalOid = `00000000-0000-0000-${cid.slice(0, 4)}-${cid.slice(4)}`;
  const oid = input.oid ?? (kind === "personal" ? personalOid : uuidOf(email));
  const user: SimulatedUser = {
    email,
    kind,
    timeZone,
    oid,
    name: input.name ?? email.split("@", 1)[0] ?? email,
    tid: kind === "personal" ? PERSONAL_TENANT : (input.tid ?? uuidOf(email.split("@")[1] ?? email)),
    graphId: kind === "personal" ? oid.replaceAll("-", "").slice(-16) : oid,
    mailbox: input.mailbox ?? true,
  };
  state.users.set(email, user);
  const main = addCalendar(state, { user: email, name: "Calendar" });
  main.isDefault = true;
  if (input.extras !== false) {
    addCalendar(state, { user: email, name: "Birthdays", canEdit: false });
    addHolidays(state, user);
  }
  return user;
}

/** Adds a calendar to a person's list: their own, or one that somebody shares with them. */
export function addCalendar(state: MicrosoftState, input: NewCalendar): SimulatedCalendar {
  const user = state.users.get(input.user);
  if (user === undefined) throw new RangeError(`${input.user} has no account.`);
  const address = input.sharedBy ?? user.email;
  const calendar: SimulatedCalendar = {
    id: input.id ?? newCalendarId(state.random),
    name: input.name,
    color: "auto",
    userEmail: user.email,
    owner: { name: address === user.email ? user.name : (address.split("@", 1)[0] ?? address), address },
    isDefault: false,
    canEdit: input.canEdit ?? true,
    removed: false,
    events: new Map(),
    gone: new Map(),
    bin: new Map(),
    transactions: new Map(),
    revision: nextRevision(state),
    syncFloor: 0,
  };
  state.calendars.set(calendar.id, calendar);
  return calendar;
}

/** The id of a mailbox's default calendar. */
export function defaultCalendarId(state: MicrosoftState, email: string): string {
  const calendar = calendarsOf(state, email).find(({ isDefault }) => isDefault);
  if (calendar === undefined) throw new RangeError(`${email} has no calendar.`);
  return calendar.id;
}
