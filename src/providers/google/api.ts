// The calls of the Calendar API, each built by Google's library and sent through our bounded fetch.
//
// The deep import leaves out the library's authentication and discovery. They are half of its size and unused.
import { createAPIRequest } from "googleapis-common/build/src/apirequest.js";
import type * as z from "zod";
import { ProviderError } from "../error.ts";
import { atOrigin, boundedFetch, expectSuccess, type HttpDeps, type RawAnswer, readAnswer } from "../http.ts";
import { classifyApi, type Operation } from "./failures.ts";
import { CalendarListPage, EventsPage, OwnEvent, WatchedChannel } from "./wire.ts";

const BASE_URL = "https://www.googleapis.com/calendar/v3";

const EVENTS = "/calendars/{calendarId}/events";
const EVENT = "/calendars/{calendarId}/events/{eventId}";

/** Google must mail nobody about the engine's writes (`docs/providers/google.md` A.6.1). */
const SILENT = { sendUpdates: "none" } as const;

interface Call {
  readonly operation: Operation;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** URL template below the base. `path` holds the values of its names. */
  readonly template: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Where one event is. */
export interface EventAddress {
  readonly calendarId: string;
  readonly eventId: string;
}

/** The Calendar API on behalf of one account. All calls throw `ProviderError` by `failures.ts`. */
export type GoogleApi = ReturnType<typeof createApi>;

/**
 * @param origin replaces the origin of every URL; null for Google itself
 * @param accessToken the access token of the account
 */
export function createApi(deps: HttpDeps, origin: string | null, accessToken: string) {
  const baseUrl = atOrigin(BASE_URL, origin);
  const fetch = boundedFetch(deps);

  async function send(call: Call): Promise<RawAnswer> {
    try {
      const answer = await createAPIRequest<string>({
        options: {
          url: baseUrl + call.template,
          method: call.method,
          headers: { ...call.headers, authorization: `Bearer ${accessToken}` },
          fetchImplementation: fetch,
          responseType: "text",
          validateStatus: () => true,
          retry: false,
        },
        params: { ...call.query, ...call.path, ...(call.body && { requestBody: call.body }) },
        requiredParams: Object.keys(call.path ?? {}),
        pathParams: Object.keys(call.path ?? {}),
        context: { _options: {} },
      });
      const headers = new Headers(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      );
      return { status: answer.status, headers, text: answer.data };
    } catch (error) {
      // The library wraps the error together with the request and its token, so only our own error goes on.
      if (error instanceof Error && error.cause instanceof ProviderError) throw error.cause;
      throw new ProviderError({ kind: "bug", code: "request_not_built" });
    }
  }

  async function ask<T>(schema: z.ZodType<T>, call: Call): Promise<T> {
    return readAnswer(
      await send(call),
      schema,
      (refusal) => classifyApi(call.operation, refusal),
      deps.now(),
    );
  }

  async function command(call: Call): Promise<void> {
    expectSuccess(await send(call), (refusal) => classifyApi(call.operation, refusal), deps.now());
  }

  return {
    listCalendars: (query: Call["query"] & object) =>
      ask(CalendarListPage, {
        operation: "calendars",
        method: "GET",
        template: "/users/me/calendarList",
        query,
      }),
    listEvents: (
      operation: "list" | "list-page" | "list-delta",
      calendarId: string,
      query: Call["query"] & object,
    ) => ask(EventsPage, { operation, method: "GET", template: EVENTS, path: { calendarId }, query }),
    getEvent: (address: EventAddress) =>
      ask(OwnEvent, { operation: "get", method: "GET", template: EVENT, path: { ...address } }),
    insertEvent: (calendarId: string, body: Call["body"] & object) =>
      ask(OwnEvent, {
        operation: "insert",
        method: "POST",
        template: EVENTS,
        path: { calendarId },
        query: SILENT,
        body,
      }),
    /** @param etag the version that the patch must meet; null for any version */
    patchEvent: (address: EventAddress, body: Call["body"] & object, etag: string | null) =>
      ask(OwnEvent, {
        operation: "patch",
        method: "PATCH",
        template: EVENT,
        path: { ...address },
        query: SILENT,
        headers: etag === null ? {} : { "if-match": etag },
        body,
      }),
    deleteEvent: (address: EventAddress) =>
      command({
        operation: "delete",
        method: "DELETE",
        template: EVENT,
        path: { ...address },
        query: SILENT,
      }),
    watchEvents: (calendarId: string, body: Call["body"] & object) =>
      ask(WatchedChannel, {
        operation: "watch",
        method: "POST",
        template: `${EVENTS}/watch`,
        path: { calendarId },
        body,
      }),
    stopChannel: (body: { id: string; resourceId: string }) =>
      command({ operation: "stop", method: "POST", template: "/channels/stop", body }),
  };
}
