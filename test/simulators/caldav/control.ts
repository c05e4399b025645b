// Control: how a test or a demo changes a simulated CalDAV server from outside the protocol.
import type { Knobs } from "./knobs.ts";
import { discard } from "./objects.ts";
import { homeOf, samePath } from "./places.ts";
import {
  type CaldavState,
  ICLOUD_HOST,
  PARTITION_HOST,
  type Profile,
  type RequestRecord,
  record,
  type SimulatedCalendar,
  type SimulatedUser,
} from "./state.ts";

export interface NewUser {
  readonly email: string;
  /** An app password. */
  readonly password: string;
  readonly profile: Profile;
  /** The person's name in paths. Default: a number at iCloud, the email elsewhere. */
  readonly id?: string;
  /** Further calendar user addresses, besides the email's. */
  readonly addresses?: readonly string[];
}

export interface NewCalendar {
  readonly owner: string;
  /** Null: the server knows no display name. */
  readonly name: string | null;
  readonly timeZone: string | null;
  /** Default: derived from the name. */
  readonly slug?: string;
  readonly writable?: boolean;
  /** Null: any. Default: events only. */
  readonly components?: readonly string[] | null;
  readonly kind?: SimulatedCalendar["kind"];
  readonly zoneAs?: SimulatedCalendar["zoneAs"];
  readonly transparent?: boolean;
}

/** One stored object. */
export interface StoredEvent {
  /** Its path. */
  readonly href: string;
  readonly name: string;
  readonly etag: string;
  readonly text: string;
}

/** Everything that a test can do to the server besides calling it. Calendars are named by their path. */
export interface CaldavControl {
  readonly knobs: Knobs;
  /** Every request so far, oldest first. */
  readonly requests: RequestRecord[];
  addUser(input: NewUser): SimulatedUser;
  addPassword(email: string, password: string): void;
  /** The person ends an app password, or all of them (as a new account password does). */
  revoke(email: string, password?: string): void;
  addCalendar(input: NewCalendar): SimulatedCalendar;
  changeCalendar(
    calendar: string,
    change: Partial<Pick<SimulatedCalendar, "name" | "timeZone" | "writable">>,
  ): void;
  removeCalendar(calendar: string): void;
  /** The collection moves to another path, which is returned; the old one finds nothing. Its objects keep their names. */
  giveNewPath(calendar: string): string;
  /** The person's own app stores an object, new or existing. The name defaults to the text's UID. */
  putEvent(calendar: string, text: string, name?: string): StoredEvent;
  /** The person's own app rewrites an object. */
  editEvent(calendar: string, name: string, edit: string | ((text: string) => string)): StoredEvent;
  deleteEvent(calendar: string, name: string): void;
  events(calendar: string): StoredEvent[];
  event(calendar: string, name: string): StoredEvent | null;
  /** Makes the sync tokens issued so far worthless, for one calendar or all. */
  expireSyncTokens(calendar?: string): void;
  /** The address that a person types in. People with iCloud type none. */
  serverUrl(email: string): string;
  /** A calendar's absolute URL. */
  urlOf(calendar: string): string;
}

const idOf = (state: CaldavState, { id, profile, email }: NewUser): string =>
  id ?? (profile === "icloud" ? String(1_234_567_890 + state.users.size) : encodeURIComponent(email));

function addUser(state: CaldavState, input: NewUser): SimulatedUser {
  const { email, password, profile, addresses = [] } = input;
  const user: SimulatedUser = {
    email,
    profile,
    id: idOf(state, input),
    addresses: [`mailto:${email}`, ...addresses],
    passwords: new Set([password]),
  };
  state.users.set(email.toLowerCase(), user);
  return user;
}

function userOf(state: CaldavState, email: string): SimulatedUser {
  const user = state.users.get(email.toLowerCase());
  if (user === undefined) throw new RangeError(`no user ${email}`);
  return user;
}

function calendarAt(state: CaldavState, path: string): SimulatedCalendar {
  const wanted = samePath(path.startsWith("http") ? new URL(path).pathname : path);
  const found = [...state.calendars.values()].find((calendar) => samePath(calendar.path) === wanted);
  if (found === undefined) throw new RangeError(`no calendar ${path}`);
  return found;
}

function addCalendar(state: CaldavState, input: NewCalendar): SimulatedCalendar {
  const { owner, name, slug, components = ["VEVENT"] } = input;
  const user = userOf(state, owner);
  const segment = slug ?? encodeURIComponent((name ?? "calendar").toLowerCase().replaceAll(/[ /]/g, "-"));
  const calendar: SimulatedCalendar = {
    path: `${homeOf(user)}${segment}/`,
    owner: user.email,
    name,
    timeZone: input.timeZone,
    zoneAs: input.zoneAs ?? "component",
    writable: input.writable ?? true,
    components,
    kind: input.kind ?? "calendar",
    transparent: input.transparent ?? false,
    resources: new Map(),
    trash: new Set(),
    changes: [],
    revision: 0,
    syncFloor: 0,
  };
  state.calendars.set(calendar.path, calendar);
  return calendar;
}

function putEvent(
  state: CaldavState,
  calendar: SimulatedCalendar,
  text: string,
  given?: string,
): StoredEvent {
  const uid = /^UID:(.+?)\r?$/m.exec(text)?.[1];
  const name = given ?? `${encodeURIComponent(uid ?? `object-${state.etags}`)}.ics`;
  const resource = record(state, calendar, name, text.replaceAll(/\r?\n/g, "\r\n"));
  if (resource === null) throw new RangeError("not stored");
  return { ...resource, href: calendar.path + name };
}

function stored(calendar: SimulatedCalendar, name: string): StoredEvent | null {
  const found = [...calendar.resources.values()].find((one) => samePath(one.name) === samePath(name));
  return found === undefined ? null : { ...found, href: calendar.path + found.name };
}

function eventAt(calendar: SimulatedCalendar, name: string): StoredEvent {
  const found = stored(calendar, name);
  if (found === null) throw new RangeError(`no event ${name}`);
  return found;
}

/** The control of one simulated server. */
export function createControl(state: CaldavState): CaldavControl {
  const at = (path: string) => calendarAt(state, path);
  const originOf = (user: SimulatedUser, host: string) =>
    user.profile === "icloud" && !state.origin.startsWith("http:") ? `https://${host}` : state.origin;
  return {
    knobs: state.knobs,
    requests: state.requests,
    addUser: (input) => addUser(state, input),
    addPassword: (email, password) => void userOf(state, email).passwords.add(password),
    revoke(email, password) {
      const { passwords } = userOf(state, email);
      if (password === undefined) passwords.clear();
      else passwords.delete(password);
    },
    addCalendar: (input) => addCalendar(state, input),
    changeCalendar: (path, change) => void Object.assign(at(path), change),
    removeCalendar: (path) => void state.calendars.delete(at(path).path),
    giveNewPath(path) {
      const calendar = at(path);
      state.calendars.delete(calendar.path);
      const newPath = calendar.path.replace(/\/$/, "-moved/");
      state.calendars.set(newPath, Object.assign(calendar, { path: newPath }));
      return newPath;
    },
    putEvent: (path, text, name) => putEvent(state, at(path), text, name),
    editEvent(path, name, edit) {
      const current = eventAt(at(path), name);
      return putEvent(state, at(path), typeof edit === "string" ? edit : edit(current.text), current.name);
    },
    deleteEvent: (path, name) => discard({ state }, at(path), eventAt(at(path), name).name),
    events: (path) =>
      [...at(path).resources.values()].map((one) => ({ ...one, href: at(path).path + one.name })),
    event: (path, name) => stored(at(path), name),
    expireSyncTokens(path) {
      for (const calendar of path === undefined ? state.calendars.values() : [at(path)]) {
        calendar.revision += 1;
        calendar.syncFloor = calendar.revision;
      }
    },
    serverUrl: (email) => `${originOf(userOf(state, email), ICLOUD_HOST)}/`,
    urlOf: (path) => `${originOf(userOf(state, at(path).owner), PARTITION_HOST)}${at(path).path}`,
  };
}
