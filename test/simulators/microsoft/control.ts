// Control: how a test or a demo changes simulated Microsoft from outside the API.
import type { AccessControl, Decision } from "../shared/access-controls.ts";
import type { EventControl } from "../shared/event-controls.ts";
import { endAccess } from "../shared/grants.ts";
import { decide, readAuthorization } from "./authorization.ts";
import { flush } from "./delivery.ts";
import {
  addEvent,
  calendarById,
  findOrRefuse,
  liveEvents,
  occurrenceId,
  patchEvent,
  showEvent,
  splitSeries,
} from "./edit.ts";
import { itemNotFound, resourceNotFound } from "./errors.ts";
import { generate } from "./generate.ts";
import { newCalendarId } from "./ids.ts";
import { recordOf } from "./instances.ts";
import { endGrant } from "./issue.ts";
import type { Knobs } from "./knobs.ts";
import { type LifecycleEvent, liveSubscriptions, notifyChange, notifyLifecycle } from "./notifications.ts";
import { addCalendar, addUser, defaultCalendarId, type NewCalendar, type NewUser } from "./people.ts";
import { isIdentityScope } from "./scopes.ts";
import type {
  AuthorizationRecord,
  DeliveryRecord,
  EndpointHealth,
  Limits,
  MicrosoftState,
  PendingNotification,
  RequestRecord,
  SentMail,
  SimulatedCalendar,
  SimulatedUser,
  Subscription,
} from "./state.ts";
import { deleteEvent, moveEvent, reimportEvent, restoreEvent } from "./write.ts";

/**
 * Everything that a test can do to simulated Microsoft besides calling it. Events have the API's body, plus
 * `organizer`, `isOrganizer`, `responseStatus`, `isCancelled`, `isDraft`; patches replace the fields that they name.
 * Events are answered in UTC under their immutable ids, and found by either form of id.
 */
export interface MicrosoftControl extends EventControl, AccessControl {
  readonly knobs: Knobs;
  /** Every request so far, oldest first; the parts of a batch too. */
  readonly requests: RequestRecord[];
  /** Every authorisation that has ended, with the parameters of its URL. */
  readonly authorizations: readonly AuthorizationRecord[];
  /** Every POST to a webhook: validations, notifications, lifecycle, garbage. */
  readonly deliveries: readonly DeliveryRecord[];
  /** Entries that aren't delivered yet. */
  readonly pending: readonly PendingNotification[];
  /** Mails that were sent to guests. */
  readonly mails: readonly SentMail[];
  addUser(input: NewUser): SimulatedUser;
  addCalendar(input: NewCalendar): SimulatedCalendar;
  /** The id of a person's default calendar. */
  calendarId(email: string): string;
  /** A person's calendars, the default one first. */
  calendars(email: string): SimulatedCalendar[];
  /** Renames a calendar or changes whether it can be edited. */
  changeCalendar(calendarId: string, change: { name?: string; canEdit?: boolean }): void;
  /** Deletes the calendar. */
  removeCalendar(calendarId: string): void;
  /** The calendar gets another id, which is returned; the old one finds nothing. Its events keep theirs (B.3). */
  giveNewId(calendarId: string): string;
  /** Gives a person a mailbox, or removes it. */
  setMailbox(email: string, mailbox: boolean): void;
  /** The person restores an event from Deleted Items. */
  restoreEvent(calendarId: string, eventId: string): void;
  /** Moves an event to another calendar of the mailbox. Its regular id changes; the immutable one stays. */
  moveEvent(calendarId: string, eventId: string, toCalendarId: string): void;
  /** Exports and imports an event. It gets new ids, and its old ones find nothing (B.2). Returns the immutable id. */
  reimportEvent(calendarId: string, eventId: string): string;
  /** Subscriptions that haven't ended. */
  subscriptions(): Subscription[];
  /** Ends a subscription at `at` (default: now). */
  expireSubscription(subscriptionId: string, at?: number): void;
  /** Removes the subscription without a notification. */
  removeSubscription(subscriptionId: string): void;
  /** Queues a lifecycle notification; `subscriptionRemoved` also removes the subscription. */
  sendLifecycle(subscriptionId: string, event: LifecycleEvent): void;
  /** Queues a notification for a calendar's subscriptions as if its newest event had changed. */
  touchCalendar(calendarId: string): void;
  /** How a webhook host has answered lately; undefined before the first answer. */
  endpoint(host: string): EndpointHealth | undefined;
  /** Makes the delta links issued so far answer 410, for one calendar or all. */
  expireDeltaTokens(calendarId?: string): void;
  /** The person changes their password. A refresh answers 50173. */
  revokeSessions(email: string): void;
  setLimits(limits: Limits | null): void;
  /** Delivers the notifications that are due. Returns the number of POSTs. */
  flush(): Promise<number>;
}

function consent(state: MicrosoftState, url: string, { user, scopes, allow = true }: Decision): string {
  const request = readAuthorization(state, new URL(url));
  return decide(state, request, { user, allow, scopes: scopes?.filter((scope) => !isIdentityScope(scope)) });
}

function subscriptionById(state: MicrosoftState, id: string): Subscription {
  const subscription = state.subscriptions.get(id);
  if (subscription === undefined) throw resourceNotFound();
  return subscription;
}

function eventControl(state: MicrosoftState) {
  const calendar = (id: string) => calendarById(state, id);
  return {
    addEvent: (id, event) => addEvent(state, id, event),
    patchEvent: (id, eventId, change) => patchEvent(state, id, eventId, change),
    breakEvent(id, eventId, part) {
      if ((state.broken.get(eventId) ?? null) === part) return;
      if (part === null) state.broken.delete(eventId);
      else state.broken.set(eventId, part);
      patchEvent(state, id, eventId, {});
    },
    deleteEvent: (id, eventId) =>
      deleteEvent(state, calendar(id), findOrRefuse(state, calendar(id), eventId)),
    restoreEvent(id, eventId) {
      const record = calendar(id).bin.get(eventId);
      if (record === undefined) throw itemNotFound();
      restoreEvent(state, calendar(id), record);
    },
    moveEvent(id, eventId, to) {
      moveEvent(state, calendar(id), recordOf(findOrRefuse(state, calendar(id), eventId)), calendar(to));
    },
    reimportEvent: (id, eventId) =>
      reimportEvent(state, calendar(id), recordOf(findOrRefuse(state, calendar(id), eventId))),
    moveInstance: (id, master, start, to) =>
      patchEvent(state, id, occurrenceId(state, id, master, start), to),
    cancelInstance(id, master, start) {
      deleteEvent(
        state,
        calendar(id),
        findOrRefuse(state, calendar(id), occurrenceId(state, id, master, start)),
      );
    },
    splitSeries: (id, master, from, change) => splitSeries(state, id, master, from, change),
    events: (id, range) => liveEvents(state, id, range),
    event: (id, eventId) => showEvent(state, calendar(id), eventId),
    generate: (id, input) => generate(state, calendar(id), input),
  } satisfies Partial<MicrosoftControl>;
}

function subscriptionControl(state: MicrosoftState) {
  return {
    subscriptions: () => liveSubscriptions(state),
    expireSubscription(id, at) {
      subscriptionById(state, id).expiresAt = at ?? state.now();
    },
    removeSubscription(id) {
      state.subscriptions.delete(subscriptionById(state, id).id);
    },
    sendLifecycle(id, event) {
      notifyLifecycle(state, subscriptionById(state, id), event);
      if (event === "subscriptionRemoved") state.subscriptions.delete(id);
    },
    touchCalendar(id) {
      const calendar = calendarById(state, id);
      const newest = [...calendar.events.values()].at(-1);
      if (newest !== undefined) notifyChange(state, calendar, "updated", newest);
    },
    endpoint: (host) => state.endpoints.get(host),
  } satisfies Partial<MicrosoftControl>;
}

function accessControl(state: MicrosoftState) {
  return {
    expireDeltaTokens(id) {
      state.revision += 1;
      for (const each of state.calendars.values()) {
        if (id === undefined || each.id === id) each.syncFloor = state.revision;
      }
    },
    expireAccessTokens: (email) => endAccess(state, email),
    removeAccess: (email, clientId) => endGrant(state, email, clientId, 65001),
    revokeSessions: (email) => endGrant(state, email, undefined, 50173),
    setLimits(limits) {
      state.limits = limits;
    },
    consent: (url, decision) => consent(state, url, decision),
  } satisfies Partial<MicrosoftControl>;
}

/** The control of one simulated Microsoft. */
export function createControl(state: MicrosoftState): MicrosoftControl {
  const { knobs, requests, authorizations, deliveries, pending, mails } = state;
  return {
    ...{ knobs, requests, authorizations, deliveries, pending, mails },
    addUser: (input) => addUser(state, input),
    addCalendar: (input) => addCalendar(state, input),
    calendarId: (email) => defaultCalendarId(state, email),
    calendars: (email) =>
      [...state.calendars.values()].filter((each) => each.userEmail === email && !each.removed),
    changeCalendar: (id, change) => void Object.assign(calendarById(state, id), change),
    removeCalendar(id) {
      calendarById(state, id).removed = true;
    },
    giveNewId(id) {
      const calendar = calendarById(state, id);
      state.calendars.delete(id);
      const newId = newCalendarId(state.random);
      state.calendars.set(newId, Object.assign(calendar, { id: newId }));
      return newId;
    },
    setMailbox(email, mailbox) {
      const user = state.users.get(email);
      if (user !== undefined) user.mailbox = mailbox;
    },
    ...eventControl(state),
    ...subscriptionControl(state),
    ...accessControl(state),
    flush: () => flush(state),
  };
}
