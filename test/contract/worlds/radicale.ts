// A real Radicale as a world of the contract suite. Faults are staged between the engine and the server.
import { createCaldav } from "../../../src/providers/caldav/index.ts";
import type { CalendarRef } from "../../../src/providers/provider.ts";
import type { Radicale } from "../../support/radicale.ts";
import type { Person, Stage, World } from "../world.ts";
import { NOW, personOver, writtenOf } from "./caldav.ts";

/** The faults between the provider and the server. */
interface Faults {
  before: (request: Request) => Promise<Response | null>;
  after: (request: Request, response: Response) => Promise<Response>;
}

const PASSING: Faults = { before: async () => null, after: async (_, response) => response };
const brokenNetwork = () => new TypeError("fetch failed", { cause: new Error("ECONNRESET") });

const zoneText = (timeZone: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VTIMEZONE\r\nTZID:${timeZone}\r\nBEGIN:STANDARD\r\n` +
  "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";

function faultyFetch(faults: Faults): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    return (await faults.before(request)) ?? faults.after(request, await fetch(request));
  };
}

/** The same faults as the simulator's knobs, for one request or until `recover`. */
function stageOf(
  faults: Faults,
  server: { forget(): void; remove(): void; edit(url: string): Promise<void> },
): Stage {
  const always = (answer: () => Response) => {
    faults.before = async () => answer();
  };
  const once = (
    part: "before" | "after",
    fault: (request: Request, response?: Response) => Promise<Response | null>,
  ) => {
    const run = async (request: Request, response?: Response) => {
      const result = await fault(request, response);
      if (result !== null) Object.assign(faults, { [part]: PASSING[part] });
      return result ?? response ?? null;
    };
    Object.assign(faults, { [part]: run });
  };
  return {
    // Radicale always answers everything at once.
    pagesOf: () => {},
    emptyPage: () => {},
    burnIds: () => {},
    loseCursors: server.forget,
    loseAnswer: () =>
      once("after", async ({ method }) => {
        if (method !== "PUT") return null;
        Object.assign(faults, PASSING);
        throw brokenNetwork();
      }),
    breakNetwork: () =>
      once("before", async () => {
        Object.assign(faults, PASSING);
        throw brokenNetwork();
      }),
    cutAnswer: () =>
      once("after", async (_, response) => {
        const text = (await response?.text()) ?? "";
        return new Response(text.slice(0, text.length / 2), { status: response?.status ?? 207 });
      }),
    editBeforeWrite: () => {
      faults.before = async ({ method, url }) => {
        if (method !== "PUT") return null;
        Object.assign(faults, PASSING);
        await server.edit(url);
        return null;
      };
    },
    throttle: (seconds) =>
      always(() => new Response(null, { status: 429, headers: { "retry-after": `${seconds}` } })),
    breakDown: () => always(() => new Response("<html>down</html>", { status: 503 })),
    expireToken: () => always(() => new Response(null, { status: 401 })),
    removeCalendar: server.remove,
    recover: () => void Object.assign(faults, PASSING),
  };
}

/** Another app of the same person, which knows nothing of the engine. */
function appOf(radicale: Radicale, email: string) {
  const authorization = `Basic ${btoa(`${email}:${radicale.password}`)}`;
  const call = async (method: string, url: string, body: string | null = null) => {
    const headers = {
      authorization,
      ...(body !== null && { "content-type": "text/calendar; charset=utf-8" }),
    };
    const response = await fetch(url, { method, headers, body });
    if (!response.ok) throw new Error(`${method} answered ${response.status}`);
    return response.text();
  };
  return {
    read: (path: string, name: string) => call("GET", radicale.url + path + name),
    put: (path: string, name: string, text: string) => call("PUT", radicale.url + path + name, text),
    remove: (path: string, name: string) => call("DELETE", radicale.url + path + name),
    async edit(url: string, change: (text: string) => string) {
      await call("PUT", url, change(await call("GET", url)));
    },
  };
}

/** A person of their own for each world. */
export async function makeRadicaleWorld(radicale: Radicale): Promise<World> {
  const email = radicale.newUser();
  const add = (slug: string, timeZone: string) =>
    radicale.addCalendar(email, slug, { "D:displayname": slug, "C:calendar-timezone": zoneText(timeZone) });
  const path = add("work", "Europe/Lisbon");
  const shared = add("shared", "Europe/Lisbon");
  const app = appOf(radicale, email);
  const faults: Faults = { ...PASSING };
  const deps = { fetch: faultyFetch(faults), now: () => NOW, newId: () => "id" };
  const provider = createCaldav({ allowHttpHosts: [new URL(radicale.url).host], ports: [443, 8443] }, deps);
  const login = { serverUrl: radicale.url, username: email, password: radicale.password };
  const connected = await provider.password?.connect(login);
  if (connected === undefined) throw new Error("not connected");
  const { credentials } = connected;
  const ref = (calendarId: string, fallbackTimeZone = "Europe/Lisbon"): CalendarRef => ({
    calendarId,
    fallbackTimeZone,
  });
  const person: Person = personOver(email, path, {
    read: (name) => app.read(path, name),
    put: async (calendar, name, text) => void (await app.put(calendar, name, text)),
    edit: (name, change) => app.edit(radicale.url + path + name, change),
    remove: async (name) => void (await app.remove(path, name)),
  });
  return {
    now: NOW,
    provider,
    account: provider.open(credentials),
    calendar: ref(path),
    statesZones: true,
    remindersKept: 5,
    readOnlyCalendar: ref(shared),
    unwatchableCalendar: ref(path),
    person,
    stage: stageOf(faults, {
      forget: () => radicale.forgetTokens(path),
      remove: () => radicale.removeCalendar(path),
      edit: (url) => app.edit(url, (text) => text.replace(/^SEQUENCE:\d+/m, "SEQUENCE:7")),
    }),
    calendarIn: (timeZone) => ref(add(timeZone.replace("/", "-"), timeZone), "UTC"),
    bookings: () =>
      [...radicale.objects(path)].flatMap(([name, text]) => {
        const written = writtenOf(name, text);
        return written === null ? [] : [written];
      }),
    notifications: async () => [],
    secrets: [radicale.password, credentials.accessToken],
  };
}
