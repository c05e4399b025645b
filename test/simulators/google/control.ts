// Control: how a test or a demo changes simulated Google from outside the API.
import type { AccessControl, Decision } from "../shared/access-controls.ts";
import type { EventControl } from "../shared/event-controls.ts";
import { endAccess } from "../shared/grants.ts";
import { decide, readAuthorization } from "./consent.ts";
import {
  addEvent,
  calendarById,
  findOrRefuse,
  instanceId,
  liveEvents,
  patchEvent,
  showEvent,
  splitSeries,
} from "./edit.ts";
import { notFound } from "./errors.ts";
import { generate } from "./generate.ts";
import { endGrant } from "./issue.ts";
import type { Knobs } from "./knobs.ts";
import { composeNotification, enqueue, flush } from "./notifications.ts";
import { addCalendar, addUser, changeEntry, type NewCalendar, type NewUser } from "./people.ts";
import { isIdentityScope } from "./scopes.ts";
import type {
  Channel,
  DeliveryRecord,
  GoogleState,
  Limits,
  ListEntry,
  PendingNotification,
  RequestRecord,
  SimulatedCalendar,
  SimulatedUser,
} from "./state.ts";
import { cancelEvent } from "./write.ts";

/**
 * Everything that a test can do to simulated Google besides calling it. Events have the API's body, plus `organizer`;
 * patches are JSON merge patches. Cancelled events are still shown.
 */
export interface GoogleControl extends EventControl, AccessControl {
  readonly knobs: Knobs;
  /** Every request so far, oldest first. */
  readonly requests: RequestRecord[];
  /** Every attempt to deliver a notification. */
  readonly deliveries: readonly DeliveryRecord[];
  /** Notifications that aren't delivered yet. */
  readonly pending: readonly PendingNotification[];
  addUser(input: NewUser): SimulatedUser;
  addCalendar(input: NewCalendar): SimulatedCalendar;
  /** Renames a calendar or changes its zone. */
  changeCalendar(calendarId: string, change: { summary?: string; timeZone?: string | null }): void;
  /** Changes a calendar's entry in one person's list: role, hidden, deleted (unsubscribed) and so on. */
  changeEntry(calendarId: string, email: string, change: Partial<Omit<ListEntry, "revision">>): void;
  /** Deletes the calendar for everybody. */
  removeCalendar(calendarId: string): void;
  /** The calendar gets another id, as a primary one does with its account's address (A.2); the old one finds nothing. */
  giveNewId(calendarId: string, newId: string): void;
  /** Removes the stub of a deleted event for good. It answers 404 from then on. */
  eraseEvent(calendarId: string, eventId: string): void;
  channels(): Channel[];
  /** Ends a channel at `at` (default: now). */
  expireChannel(channelId: string, at?: number): void;
  /** Queues a notification for a channel as if something had changed. */
  touchChannel(channelId: string): void;
  /** Makes the sync tokens issued so far answer 410, for one calendar or all. */
  expireSyncTokens(calendarId?: string): void;
  setLimits(limits: Limits | null): void;
  /** Delivers the notifications that are due. Returns the number of attempts. */
  flush(): Promise<number>;
}

function consent(state: GoogleState, url: string, decision: Decision) {
  const request = readAuthorization(state, new URL(url));
  const { user, allow = true } = decision;
  const scopes = decision.scopes ?? request.scopes.filter((scope) => !isIdentityScope(scope));
  return decide(state, request, { user, scopes, allow });
}

function touchChannel(state: GoogleState, channelId: string): void {
  const channel = state.channels.get(channelId);
  if (channel === undefined) throw notFound();
  enqueue(state, composeNotification(state, channel, "exists"));
}

/** The control of one simulated Google. */
export function createControl(state: GoogleState): GoogleControl {
  const calendar = (id: string) => calendarById(state, id);
  return {
    knobs: state.knobs,
    requests: state.requests,
    deliveries: state.deliveries,
    pending: state.pending,
    addUser: (input) => addUser(state, input),
    addCalendar: (input) => addCalendar(state, input),
    changeCalendar(id, change) {
      Object.assign(calendar(id), change);
      for (const email of calendar(id).entries.keys()) changeEntry(state, calendar(id), email, {});
    },
    changeEntry: (id, email, change) => changeEntry(state, calendar(id), email, change),
    removeCalendar(id) {
      for (const email of calendar(id).entries.keys())
        changeEntry(state, calendar(id), email, { deleted: true });
    },
    giveNewId(id, newId) {
      const readdressed = Object.assign(calendar(id), { id: newId });
      state.calendars.delete(id);
      state.calendars.set(newId, readdressed);
      for (const event of readdressed.events.values()) {
        if (event.organizer.email === id) event.organizer = { ...event.organizer, email: newId };
      }
    },
    addEvent: (id, event) => addEvent(state, id, event),
    patchEvent: (id, eventId, change) => patchEvent(state, id, eventId, change),
    breakEvent(id, eventId, part) {
      if ((state.broken.get(eventId) ?? null) === part) return;
      if (part === null) state.broken.delete(eventId);
      else state.broken.set(eventId, part);
      patchEvent(state, id, eventId, {});
    },
    deleteEvent(id, eventId) {
      cancelEvent(state, calendar(id), findOrRefuse(state, calendar(id), eventId));
    },
    eraseEvent(id, eventId) {
      calendar(id).events.delete(eventId);
    },
    moveInstance: (id, master, start, to) => patchEvent(state, id, instanceId(state, id, master, start), to),
    cancelInstance(id, master, start) {
      cancelEvent(
        state,
        calendar(id),
        findOrRefuse(state, calendar(id), instanceId(state, id, master, start)),
      );
    },
    splitSeries: (id, master, from, change) => splitSeries(state, id, master, from, change),
    events: (id, range) => liveEvents(state, id, range),
    event: (id, eventId) => showEvent(state, calendar(id), eventId),
    generate: (id, input) => generate(state, calendar(id), input),
    channels: () => [...state.channels.values()],
    expireChannel(channelId, at) {
      const channel = state.channels.get(channelId);
      if (channel === undefined) throw notFound();
      channel.expiresAt = at ?? state.now();
    },
    touchChannel: (channelId) => touchChannel(state, channelId),
    expireSyncTokens(id) {
      state.revision += 1;
      for (const each of state.calendars.values())
        if (id === undefined || each.id === id) each.syncFloor = state.revision;
    },
    expireAccessTokens: (email) => endAccess(state, email),
    removeAccess(email, clientId) {
      for (const client of state.options.clients) {
        if (clientId === undefined || client.clientId === clientId) endGrant(state, email, client.clientId);
      }
    },
    setLimits(limits) {
      state.limits = limits;
    },
    consent: (url, decision) => consent(state, url, decision),
    flush: () => flush(state),
  };
}
