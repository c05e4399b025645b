// The calls of Graph: common headers, links that are followed as they are, and a limit on calls at once.
import type * as z from "zod";
import type { Interval } from "../../domain/interval.ts";
import { parseCleanJson } from "../../encoding/clean-text.ts";
import { ProviderError } from "../error.ts";
import {
  atOrigin,
  expectEnd,
  expectSuccess,
  queryOf as query,
  type RawAnswer,
  readAnswer,
  send,
} from "../http.ts";
import type { ProviderDeps } from "../provider.ts";
import type { Semaphore } from "../semaphore.ts";
import { classifyApi, type Operation } from "./failures.ts";
import {
  anywhere,
  BatchAnswer,
  type BatchPart,
  bookingIdOf,
  CALENDAR_FIELDS,
  CalendarsPage,
  calendar,
  EventsPage,
  event,
  existingIdOf,
  expandMark,
  LISTED_FIELDS,
  MarkedEvent,
  OWN_QUERY,
  OwnEvent,
  range,
  STANDING_FIELDS,
  Subscription,
  SubscriptionsPage,
  subscription,
} from "./wire.ts";

const BASE_URL = "https://graph.microsoft.com/v1.0";

/** How many requests at once Outlook allows for a mailbox (`docs/providers/microsoft.md` B.8). */
export const PLACES = 4;

/** Requests in one `$batch` (B.8). */
export const BATCH = 20;

/** Every request needs it. Without it times shift and ids change their form (B.2). */
const PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"';

interface Call {
  readonly operation: Operation;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** A path below the base, or a link that Graph gave. */
  readonly url: string;
  readonly prefer?: string;
  readonly ifMatch?: string | null;
  readonly body?: Readonly<Record<string, unknown>>;
  /** How many of the mailbox's places it takes. */
  readonly weight?: number;
}

/** One page of a listing. */
interface Listing<T> {
  readonly "@odata.nextLink"?: string | undefined;
  readonly value: T[];
}

type Body = Readonly<Record<string, unknown>>;
/** The booking in an event's mark; null where there is no mark or no longer an event. An error concerns its part only. */
export type Mark = string | null | ProviderError;

/** The result of a create. `takenBy` is the event that its transaction id made before; null where Graph names none. */
export type Created = { readonly event: OwnEvent } | { readonly takenBy: string | null };

/** Graph on behalf of one account. All calls throw `ProviderError` by `failures.ts`. */
export type GraphApi = ReturnType<typeof createApi>;

/**
 * @param origin replaces the origin of every URL; null for Graph itself
 * @param accessToken the access token of the account; `atOnce` also knows the mailbox by it
 */
export function createApi(
  deps: ProviderDeps,
  input: { origin: string | null; accessToken: string; atOnce: Semaphore },
) {
  const baseUrl = atOrigin(BASE_URL, input.origin);

  /** A link is followed as it is or not at all, because the token must go to no other host (M25). */
  function resolve(url: string): string {
    if (/^\/[^/]/.test(url)) return baseUrl + url;
    if (URL.canParse(url) && new URL(url).origin === new URL(baseUrl).origin) return url;
    throw new ProviderError({ kind: "bug", code: "foreign_link" });
  }

  function transmit({ method, url, prefer, ifMatch, body, weight }: Call): Promise<RawAnswer> {
    const target = resolve(url);
    return input.atOnce(input.accessToken, weight ?? 1, () =>
      send(deps, target, {
        method,
        headers: {
          authorization: `Bearer ${input.accessToken}`,
          prefer: prefer === undefined ? PREFER : `${PREFER}, ${prefer}`,
          "client-request-id": deps.newId(),
          "return-client-request-id": "true",
          ...(ifMatch != null && { "if-match": ifMatch }),
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  }

  const read = <T>(answer: RawAnswer, schema: z.ZodType<T>, operation: Operation): T =>
    readAnswer(answer, schema, (refusal) => classifyApi(operation, refusal), deps.now());

  const ask = async <T>(schema: z.ZodType<T>, call: Call): Promise<T> =>
    read(await transmit(call), schema, call.operation);

  /** All pages of a listing. */
  async function askAll<T>(schema: z.ZodType<Listing<T>>, call: Call): Promise<T[]> {
    const entries: T[] = [];
    for (let url: string | undefined = call.url, pages = 0; url !== undefined; pages += 1) {
      expectEnd(pages);
      const page: Listing<T> = await ask(schema, { ...call, url });
      entries.push(...page.value);
      url = page["@odata.nextLink"];
    }
    return entries;
  }

  const command = async (call: Call): Promise<void> =>
    expectSuccess(await transmit(call), (refusal) => classifyApi(call.operation, refusal), deps.now());

  function markIn(part: BatchPart | undefined): Mark {
    if (part === undefined) return new ProviderError({ kind: "retry", code: "batch_part_missing" });
    if (part.status === 404) return null;
    const { status, headers, body } = part;
    try {
      const answer = { status, headers: new Headers(headers), text: JSON.stringify(body) };
      return bookingIdOf(read(answer, MarkedEvent, "marks"));
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
  }

  /** The marks of at most `BATCH` events, in order. Each part of a batch succeeds or fails alone (M47). */
  async function listMarks(calendarId: string, eventIds: readonly string[]): Promise<Mark[]> {
    const requests = eventIds.map((eventId, index) => ({
      id: String(index),
      method: "GET",
      url: `${event(calendarId, eventId)}?${query({ $select: "id", $expand: expandMark })}`,
      headers: { prefer: PREFER },
    }));
    const { responses } = await ask(BatchAnswer, {
      operation: "marks",
      method: "POST",
      url: "/$batch",
      body: { requests },
      // Outlook works on four parts at a time (B.8).
      weight: Math.min(PLACES, requests.length),
    });
    return requests.map((request) => markIn(responses.find(({ id }) => id === request.id)));
  }

  return {
    now: () => deps.now(),

    listCalendars: () =>
      askAll(CalendarsPage, {
        operation: "calendars",
        method: "GET",
        url: `/me/calendars?${query({ $top: 100, $select: CALENDAR_FIELDS })}`,
      }),

    /** One page. Its links are checked now, so that none is stored that can't be followed later. */
    async listPage(call: Pick<Call, "operation" | "url" | "prefer">): Promise<EventsPage> {
      const page = await ask(EventsPage, { ...call, method: "GET" });
      for (const link of [page["@odata.nextLink"], page["@odata.deltaLink"]]) resolve(link ?? call.url);
      return page;
    },

    /** The occurrences of a series that touch the window, including exceptions. */
    listOccurrences: (calendarId: string, masterId: string, window: Interval) =>
      askAll(EventsPage, {
        operation: "occurrences",
        method: "GET",
        url: `${event(calendarId, masterId)}/instances?${query({ ...range(window), $select: LISTED_FIELDS, $top: 500 })}`,
      }),

    listMarks,

    /** The body comes as text, because HTML would always differ from the written text. */
    getEvent: (calendarId: string, eventId: string) =>
      ask(OwnEvent, {
        operation: "get",
        method: "GET",
        url: `${event(calendarId, eventId)}?${query(OWN_QUERY)}`,
        prefer: 'outlook.body-content-type="text"',
      }),

    /** Whether an event exists and when it is. */
    getEventTimes: (calendarId: string, eventId: string) =>
      ask(OwnEvent, {
        operation: "inspect",
        method: "GET",
        url: `${event(calendarId, eventId)}?${query({ $select: STANDING_FIELDS })}`,
      }),

    /** Single events and series of the calendar by a filter (`wire.ts`). Throws where the calendar can't be read. */
    findEvents: (operation: "find" | "inspect", calendarId: string, filter: string) =>
      askAll(EventsPage, {
        operation,
        method: "GET",
        url: `${calendar(calendarId)}/events?${query({ $filter: filter, $select: "id,transactionId" })}`,
      }),

    async createEvent(calendarId: string, body: Body): Promise<Created> {
      const answer = await transmit({
        operation: "create",
        method: "POST",
        url: `${calendar(calendarId)}/events`,
        body,
      });
      try {
        return { event: read(answer, OwnEvent, "create") };
      } catch (error) {
        if (!(error instanceof ProviderError && error.kind === "adopt")) throw error;
        return { takenBy: existingIdOf(parseCleanJson(answer.text)) };
      }
    },

    /** @param etag the version that the patch must meet; null for any version */
    patchEvent: (calendarId: string, eventId: string, body: Body, etag: string | null) =>
      ask(OwnEvent, {
        operation: "patch",
        method: "PATCH",
        url: event(calendarId, eventId),
        ifMatch: etag,
        body,
      }),

    /** @param calendarId null: wherever in the person's own mailbox the event is */
    deleteEvent: (calendarId: string | null, eventId: string) =>
      command({
        operation: "delete",
        method: "DELETE",
        url: calendarId === null ? anywhere(eventId) : event(calendarId, eventId),
      }),

    createSubscription: (body: Body) =>
      ask(Subscription, { operation: "subscribe", method: "POST", url: "/subscriptions", body }),

    /** The subscriptions of this application for this account. */
    listSubscriptions: () =>
      askAll(SubscriptionsPage, { operation: "subscriptions", method: "GET", url: "/subscriptions" }),

    renewSubscription: (id: string, body: Body) =>
      ask(Subscription, { operation: "renew", method: "PATCH", url: subscription(id), body }),

    deleteSubscription: (id: string) =>
      command({ operation: "unsubscribe", method: "DELETE", url: subscription(id) }),
  };
}
