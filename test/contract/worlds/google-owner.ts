// The owner's own app at Google: plain requests to the Calendar API, without the engine's code.

import type { Person } from "../world.ts";
import { bodyOf, timesOf, writtenOf } from "./google.ts";
import { type JsonCall, jsonCaller } from "./json-calls.ts";
import { CannotStage, type Owner } from "./real.ts";

const BASE = "https://www.googleapis.com/calendar/v3";

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value : []);

/** @param token gives a fresh access token */
export function googleOwner(token: () => Promise<string>, send: typeof fetch): Owner {
  const call: JsonCall = jsonCaller(token, send);
  const events = (calendarId: string) => `${BASE}/calendars/${encodeURIComponent(calendarId)}/events`;
  const at = (calendarId: string, id: string) => `${events(calendarId)}/${encodeURIComponent(id)}`;
  const list = async (calendarId: string) =>
    listOf((await call("GET", `${events(calendarId)}?maxResults=2500`))["items"]);

  function personIn(main: string): Person {
    const patch = async (id: string, body: object) => void (await call("PATCH", at(main, id), body));
    const occurrence = async (seriesId: string, startsAt: number) => {
      const found = await call("GET", `${at(main, seriesId)}/instances?maxResults=250`);
      const one = listOf(found["items"]).find(
        ({ start }) => Date.parse((start as { dateTime: string }).dateTime) === startsAt,
      );
      if (one === undefined) throw new Error("no such occurrence");
      return String(one["id"]);
    };
    return {
      async create(event, calendar) {
        if (event.answered !== undefined || event.shows === "out-of-office") {
          throw new CannotStage(
            "invitations of others, and absences, can't be made in a calendar of its own",
          );
        }
        return String((await call("POST", events(calendar?.calendarId ?? main), bodyOf(event)))["id"]);
      },
      move: (id, to) => patch(id, timesOf(to)),
      makeFree: (id) => patch(id, { transparency: "transparent" }),
      decline: () => Promise.reject(new CannotStage("nobody else invites the person")),
      remove: async (id) => void (await call("DELETE", at(main, id))),
      restore: (id) => patch(id, { status: "confirmed" }),
      rename: async (id) => id,
      take: async (id, to) =>
        void (await call("POST", `${at(main, id)}/move?destination=${encodeURIComponent(to.calendarId)}`)),
      repeat: (id, days) => patch(id, { recurrence: [`RRULE:FREQ=DAILY;COUNT=${days}`] }),
      moveOccurrence: async (id, startsAt, to) => patch(await occurrence(id, startsAt), timesOf(to)),
      removeOccurrence: async (id, startsAt) =>
        void (await call("DELETE", at(main, await occurrence(id, startsAt)))),
    };
  }

  return {
    makeCalendar: async (summary, timeZone) =>
      String((await call("POST", `${BASE}/calendars`, { summary, timeZone }))["id"]),
    removeCalendar: async (id) => void (await call("DELETE", `${BASE}/calendars/${encodeURIComponent(id)}`)),
    eventIds: async (calendarId) => (await list(calendarId)).map(({ id }) => String(id)),
    removeEvent: async (calendarId, id) => void (await call("DELETE", at(calendarId, id))),
    personIn,
    bookings: async (calendarId) => writtenOf(await list(calendarId)),
    staging: {
      isCreate: ({ method, url }) => method === "POST" && new URL(url).pathname.endsWith("/events"),
      isUpdate: ({ method }) => method === "PATCH",
      async spoil(request) {
        const url = new URL(request.url);
        const token = url.searchParams.get("syncToken");
        if (token === null) return request;
        url.searchParams.set("syncToken", `${token.slice(0, -4)}0000`);
        return new Request(url, request);
      },
      // A sync token takes no other page size than the one that it was made with.
      limit: null,
      touch: async ({ url }) => {
        const { origin, pathname } = new URL(url);
        await call("PATCH", origin + pathname, { colorId: "5" });
      },
    },
  };
}
