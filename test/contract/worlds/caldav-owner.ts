// The owner's own app at a real CalDAV server: plain requests, without the engine's code.
import { type PersonsApp, personOver, writtenOf } from "./caldav.ts";
import type { Owner } from "./real.ts";

/** Where the owner's calendars lie, and how they sign in. */
export interface DavLogin {
  readonly origin: string;
  /** The path under which calendars are made. */
  readonly home: string;
  readonly username: string;
  readonly password: string;
}

/** The owner's app, which also writes objects as they are. */
export interface DavOwner extends Owner {
  /** @throws Error where the server refuses the object */
  put(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** The paths of all calendars. */
  calendars(): Promise<readonly string[]>;
}

const zoneText = (timeZone: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VTIMEZONE\r\nTZID:${timeZone}\r\nBEGIN:STANDARD\r\n` +
  "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";

const newCalendar = (name: string, timeZone: string) =>
  '<?xml version="1.0" encoding="utf-8"?><c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">' +
  `<d:set><d:prop><d:displayname>${name}</d:displayname>` +
  `<c:calendar-timezone>${zoneText(timeZone)}</c:calendar-timezone></d:prop></d:set></c:mkcalendar>`;

const LIST_ETAGS =
  '<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>';

/** A token of the same form that the server never gave: for one that counts, a number it hasn't come to. */
const spoilt = (token: string) =>
  token.replace(/[0-9a-z]{1,6}(?=[^0-9a-z]*$)/i, (end) => "9".repeat(end.length));

export function caldavOwner(login: DavLogin, send: typeof fetch): DavOwner {
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  const call = async (
    method: string,
    path: string,
    body: string | null = null,
    headers: Record<string, string> = {},
  ) => {
    const response = await send(new URL(path, login.origin), {
      method,
      body,
      headers: { authorization, ...headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} answered ${response.status}`);
    return text;
  };
  const xml = { "content-type": 'application/xml; charset="utf-8"' };
  const read = (path: string) => call("GET", path);
  const put = async (path: string, text: string) =>
    void (await call("PUT", path, text, { "content-type": "text/calendar; charset=utf-8" }));
  const edit = async (path: string, change: (text: string) => string) => put(path, change(await read(path)));

  async function hrefsIn(path: string): Promise<string[]> {
    const answer = await call("PROPFIND", path, LIST_ETAGS, { ...xml, depth: "1" });
    return [...answer.matchAll(/<(?:[\w-]+:)?href[^>]*>([^<]+)</g)].map(([, href = ""]) => href);
  }

  async function eventIds(path: string): Promise<string[]> {
    return (await hrefsIn(path)).flatMap((href) => {
      const name = new URL(href, login.origin).pathname.split("/").at(-1) ?? "";
      return name === "" ? [] : [name];
    });
  }

  const appIn = (path: string): PersonsApp => ({
    read: (name) => read(path + name),
    put: (calendar, name, text) => put(calendar + name, text),
    edit: (name, change) => edit(path + name, change),
    remove: async (name) => void (await call("DELETE", path + name)),
  });

  let made = 0;
  return {
    async makeCalendar(name, timeZone) {
      made += 1;
      const path = `${login.home}${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-${made}/`;
      await call("MKCALENDAR", path, newCalendar(name, timeZone), xml);
      return path;
    },
    removeCalendar: async (path) => void (await call("DELETE", path)),
    eventIds,
    put,
    read,
    calendars: async () =>
      (await hrefsIn(login.home)).filter((href) => new URL(href, login.origin).pathname !== login.home),
    removeEvent: async (path, name) => void (await call("DELETE", path + name)),
    personIn: (path, tag) => personOver(login.username, path, appIn(path), tag),
    async bookings(path) {
      const names = await eventIds(path);
      const texts = await Promise.all(names.map((name) => read(path + name)));
      return names.flatMap((name, index) => writtenOf(name, texts[index] ?? "") ?? []);
    },
    staging: {
      isCreate: ({ method }) => method === "PUT",
      isUpdate: ({ method }) => method === "PUT",
      async spoil(request) {
        const { method, headers, url } = request;
        const body = method === "REPORT" ? await request.text() : null;
        if (body === null) return request;
        const spoiled = body.replace(
          /(sync-token>)([^<]+)(<)/,
          (_, open, token, close) => open + spoilt(token) + close,
        );
        return new Request(url, { method, headers, body: spoiled });
      },
      limit: null,
      touch: ({ url }) =>
        edit(new URL(url).pathname, (text) =>
          /^SEQUENCE:/m.test(text)
            ? text.replace(/^SEQUENCE:\d+/m, "SEQUENCE:7")
            : text.replace(/^END:VEVENT/m, "SEQUENCE:7\r\nEND:VEVENT"),
        ),
    },
  };
}
