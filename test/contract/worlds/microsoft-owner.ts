// The owner's own app at Microsoft: plain requests to Graph, without the engine's code.

import { formatInstant } from "../../../src/domain/instant.ts";
import { expandMark } from "../../../src/providers/microsoft/wire.ts";
import type { Person } from "../world.ts";
import { jsonCaller } from "./json-calls.ts";
import { bodyOf, timesOf, writtenOf } from "./microsoft.ts";
import { CannotStage, type Owner } from "./real.ts";

const BASE = "https://graph.microsoft.com/v1.0/me/calendars";
const PREFER = { prefer: 'outlook.timezone="UTC", IdType="ImmutableId"' };
/** The engine's mark must be asked for. */
const MARK = `$expand=${encodeURIComponent(expandMark)}`;

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value : []);

/** @param token gives a fresh access token */
export function microsoftOwner(token: () => Promise<string>, send: typeof fetch): Owner {
  const plain = jsonCaller(token, send);
  const call = (method: string, url: string, body?: object) => plain(method, url, body, PREFER);
  const events = (calendarId: string) => `${BASE}/${encodeURIComponent(calendarId)}/events`;
  const at = (calendarId: string, id: string) => `${events(calendarId)}/${encodeURIComponent(id)}`;
  const list = async (calendarId: string, query = "") =>
    listOf((await call("GET", `${events(calendarId)}?$top=200${query}`))["value"]);

  function personIn(main: string): Person {
    const patch = async (id: string, body: object) => void (await call("PATCH", at(main, id), body));
    const occurrence = async (seriesId: string, startsAt: number) => {
      const until = formatInstant(startsAt + 86_400_000);
      const span = `startDateTime=${formatInstant(startsAt)}&endDateTime=${until}`;
      const [one] = listOf((await call("GET", `${at(main, seriesId)}/instances?${span}`))["value"]);
      if (one === undefined) throw new Error("no such occurrence");
      return String(one["id"]);
    };
    const never = (reason: string) => () => Promise.reject(new CannotStage(reason));
    return {
      async create(event, calendar) {
        if (event.answered !== undefined) throw new CannotStage("nobody else invites the person");
        return String((await call("POST", events(calendar?.calendarId ?? main), bodyOf(event)))["id"]);
      },
      move: (id, to) => patch(id, timesOf(to)),
      makeFree: (id) => patch(id, { showAs: "free" }),
      decline: never("nobody else invites the person"),
      remove: async (id) => void (await call("DELETE", at(main, id))),
      restore: never("Graph can't take an event out of the bin"),
      rename: never("Graph gives no event another id because a test asks for it"),
      take: never("Graph moves no event to another calendar"),
      async repeat(id, numberOfOccurrences) {
        const { start } = await call("GET", at(main, id));
        const startDate = (start as { dateTime: string }).dateTime.slice(0, 10);
        const range = { type: "numbered", startDate, numberOfOccurrences };
        await patch(id, { recurrence: { pattern: { type: "daily", interval: 1 }, range } });
      },
      moveOccurrence: async (id, startsAt, to) => patch(await occurrence(id, startsAt), timesOf(to)),
      removeOccurrence: async (id, startsAt) =>
        void (await call("DELETE", at(main, await occurrence(id, startsAt)))),
    };
  }

  return {
    // A calendar of Graph has no zone.
    makeCalendar: async (name) => String((await call("POST", BASE, { name }))["id"]),
    removeCalendar: async (id) => void (await call("DELETE", `${BASE}/${encodeURIComponent(id)}`)),
    eventIds: async (calendarId) => (await list(calendarId)).map(({ id }) => String(id)),
    removeEvent: async (calendarId, id) => void (await call("DELETE", at(calendarId, id))),
    personIn,
    bookings: async (calendarId) => writtenOf(await list(calendarId, `&${MARK}`)),
    staging: {
      isCreate: ({ method, url }) => method === "POST" && new URL(url).pathname.endsWith("/events"),
      isUpdate: ({ method }) => method === "PATCH",
      async spoil(request) {
        const url = new URL(request.url);
        const token = url.searchParams.get("$deltatoken");
        if (token === null) return request;
        url.searchParams.set("$deltatoken", `${token.slice(0, -4)}0000`);
        return new Request(url, request);
      },
      limit(request, most) {
        if (!new URL(request.url).pathname.endsWith("/delta")) return request;
        const limited = new Request(request);
        const prefer = request.headers.get("prefer")?.replace(/odata\.maxpagesize=\d+/, "") ?? "";
        limited.headers.set("prefer", `${prefer}, odata.maxpagesize=${most}`);
        return limited;
      },
      touch: async ({ url }) => {
        const { origin, pathname } = new URL(url);
        await call("PATCH", origin + pathname, { importance: "high" });
      },
    },
  };
}
