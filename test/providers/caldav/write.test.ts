// Bookings as calendar objects: the requests, and the answer to each server's kind of refusal.
import { describe, expect, it } from "vitest";
import type { BookingEvent, KnownEvent } from "../../../src/providers/booking-event.ts";
import { ProviderError } from "../../../src/providers/error.ts";
import type { ProviderDeps } from "../../../src/providers/provider.ts";
import { inHours, type World } from "../../contract/world.ts";
import { type CaldavWorld, makeCaldavWorld, providerOf, resourceOf } from "../../contract/worlds/caldav.ts";

const ALL = ["icloud", "sabre", "radicale", "minimal"] as const;

const bookingOf = (world: World, changes: Partial<BookingEvent> = {}): BookingEvent => ({
  bookingId: "booking-1",
  agentId: "agent-1",
  title: "Consultation; with, everything\\ in it",
  description: "Line one\nLine two, ünïcödé 🙂 ".repeat(5),
  location: "Rua Augusta 1",
  clientName: "Bo Client",
  clientEmail: "bo@client.example",
  ...inHours(world, 4),
  timeZone: "Europe/Lisbon",
  reminderMinutes: [60, 10],
  ...changes,
});

const put = (world: World, known: KnownEvent | null = null, changes: Partial<BookingEvent> = {}) =>
  world.account.putBooking(world.calendar, bookingOf(world, changes), known);

const verdict = async (run: Promise<unknown>) => {
  const error = await run.catch((caught: unknown) => caught);
  return error instanceof ProviderError ? [error.kind, error.code] : "no refusal";
};

const asked = (world: CaldavWorld) =>
  world.dav.requests
    .splice(0)
    .map(({ method, ifMatch, ifNoneMatch, status }) => ({ method, ifMatch, ifNoneMatch, status }));

const operations = (world: CaldavWorld) => world.dav.requests.splice(0).map(({ operation }) => operation);

describe.each(ALL)("%s", (profile) => {
  it("creates only what isn't there, and changes only what it knows", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.requests.length = 0;
    const known = await put(world);
    expect(known.etag).toBe(world.dav.event(world.path, known.externalId)?.etag);
    expect(asked(world).find(({ method }) => method === "PUT")).toEqual({
      ...{ method: "PUT", ifMatch: null, ifNoneMatch: "*", status: 201 },
    });
    await put(world, known, { title: "Other" });
    const [first, second] = asked(world);
    expect(first?.method).toBe("GET");
    expect(second).toEqual({ method: "PUT", ifMatch: known.etag, ifNoneMatch: null, status: 204 });
  });

  it("L33: recognises its own event after the server rewrote it, and writes nothing", async () => {
    const world = await makeCaldavWorld(profile);
    await put(world);
    world.dav.requests.length = 0;
    await put(world);
    const isRefused = profile === "icloud";
    expect(operations(world)).toEqual(isRefused ? ["put", "get"] : ["calendar-query"]);
    world.dav.knobs.set("uid.query", "none");
    await put(world);
    const looked = isRefused ? [] : ["calendar-query", "calendar-multiget"];
    expect(operations(world)).toEqual([...looked, "put", "get"]);
  });

  it("C26: asks for the etag where the write's answer has none", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("put.noEtag", true);
    const known = await put(world);
    expect(known.etag).toBe(world.dav.event(world.path, known.externalId)?.etag);
    const changed = await put(world, known, { title: "Other" });
    expect(changed.etag).toBe(world.dav.event(world.path, known.externalId)?.etag);
  });

  it("C28: writes an event again that is deleted in the moment of the write", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("event.remove", true, { times: 1 });
    await put(world, known, inHours(world, 9));
    expect(world.bookings()).toMatchObject([inHours(world, 9)]);
  });

  it.each([
    ["C23", "cal.readonly", true, ["read-only", "need-privileges"]],
    ["C27", "put.507", 507, ["pause", "http_507"]],
    ["C27", "put.507", 413, ["bug", "http_413"]],
    ["C8", "limit.retryAfter", true, ["wait", "http_429"]],
    ["C31", "net.html", true, ["retry", "unparsable_answer"]],
    ["C34", "net.reset", "before", ["retry", "network"]],
  ] as const)("%s: %s has the right kind", async (_, knob, value, expected) => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set(knob, value as never);
    const [kind, code] = (await verdict(put(world))) as string[];
    // Only sabre names its exception where no precondition is violated.
    expect(kind).toBe(expected[0]);
    if (profile !== "sabre") expect(code).toBe(expected[1]);
  });

  it("survives a lost answer to each kind of write", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    for (const change of [inHours(world, 6), inHours(world, 8)]) {
      world.dav.knobs.set("net.reset", "after", { times: 1, operation: "put" });
      expect(await verdict(put(world, known, change))).toEqual(["retry", "network"]);
      await put(world, known, change);
      expect(world.bookings()).toMatchObject([change]);
    }
    world.dav.knobs.set("net.reset", "after", { times: 1, operation: "delete" });
    await world.account.removeBooking(world.calendar, bookingOf(world), known).catch(() => null);
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(world.bookings()).toEqual([]);
  });
});

describe("the calendar in an event's identity", () => {
  it.each([
    ["a whole address", (path: string, host: string) => `https://${host}${path}`],
    ["no slash at the end", (path: string) => path.replace(/\/$/, "")],
  ])("is its path, whichever way it is given: %s", async (_, spell) => {
    const world = await makeCaldavWorld("icloud");
    const known = await put(world);
    const calendarId = spell(world.path, world.dav.requests.at(-1)?.host ?? "");
    expect(calendarId).not.toBe(world.path);
    const calendar = { ...world.calendar, calendarId };
    expect(await world.account.putBooking(calendar, bookingOf(world), null)).toEqual(known);
    expect(world.bookings()).toHaveLength(1);
  });
});

describe("an answer that calls itself a page", () => {
  it("is a success where it is empty, because PHP answers so", async () => {
    const world = await makeCaldavWorld("sabre");
    const deps: ProviderDeps = {
      ...world.deps,
      async fetch(input, init) {
        const answer = await world.deps.fetch(input, init);
        if (init?.method !== "PUT" && init?.method !== "DELETE") return answer;
        const headers = new Headers(answer.headers);
        headers.set("content-type", "text/html; charset=UTF-8");
        return new Response(null, { status: answer.status, headers });
      },
    };
    const account = providerOf("sabre", deps).open(world.credentials);
    const known = await account.putBooking(world.calendar, bookingOf(world), null);
    await account.putBooking(world.calendar, bookingOf(world, { title: "Other" }), known);
    expect(world.bookings()).toMatchObject([{ title: "Other" }]);
    await account.removeBooking(world.calendar, bookingOf(world), known);
    expect(world.bookings()).toEqual([]);
  });

  it("C31: is no deletion", async () => {
    const world = await makeCaldavWorld("radicale");
    const known = await put(world);
    world.dav.knobs.set("net.html", true);
    const removal = world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(await verdict(removal)).toEqual(["retry", "unparsable_answer"]);
  });
});

describe("a UID that is taken", () => {
  it.each([403, 409] as const)(
    "C22: by a foreign object that nobody sees (%s) gives way to the next UID",
    async (status) => {
      const world = await makeCaldavWorld("sabre");
      world.dav.knobs.set("uid.conflict", status, { times: 1 });
      const known = await put(world);
      expect(known.idVersion).toBe(1);
      expect(world.bookings()).toHaveLength(1);
    },
  );

  it.each([
    // iCloud refuses a second event with the UID and names the first, so nothing is looked for before.
    ["icloud", ["put", "get", "put"]],
    ["sabre", ["calendar-query", "put"]],
    ["radicale", ["calendar-query", "put"]],
    ["minimal", ["calendar-query", "put", "propfind"]],
  ] as const)(
    "C22: by our own event under another name is taken over there (server: %s)",
    async (profile, requests) => {
      const world = await makeCaldavWorld(profile);
      const known = await put(world);
      const name = await world.person.rename(known.externalId);
      world.dav.requests.length = 0;
      const again = await put(world, null, inHours(world, 7));
      expect(operations(world)).toEqual(requests);
      expect(again).toMatchObject({ externalId: name, idVersion: 0 });
      expect(world.bookings()).toMatchObject([inHours(world, 7)]);
      await world.account.removeBooking(world.calendar, bookingOf(world), again);
      expect(world.bookings()).toEqual([]);
    },
  );

  it("C28: isn't assumed after a 409 without a precondition where the calendar is gone", async () => {
    const world = await makeCaldavWorld("minimal");
    world.dav.removeCalendar(world.path);
    expect(await verdict(put(world))).toEqual(["gone", "http_404"]);
  });

  it("C28: isn't assumed where no object has the UID", async () => {
    const world = await makeCaldavWorld("minimal");
    world.dav.knobs.set("api.status", 409, { operation: "put" });
    expect(await verdict(put(world))).toEqual(["gone", "http_409"]);
  });

  it("C22: by an object in a bin gives way to the next UID after one search", async () => {
    const world = await makeCaldavWorld("sabre");
    const known = await put(world);
    world.dav.knobs.set("uid.trash", true);
    await world.person.remove(known.externalId);
    world.dav.requests.length = 0;
    expect((await put(world)).idVersion).toBe(1);
    expect(operations(world)).toEqual([
      ...["calendar-query", "calendar-multiget", "put", "calendar-query", "put"],
    ]);
  });

  it("C20: a foreign object under our name is left alone", async () => {
    const world = await makeCaldavWorld("sabre");
    const known = await put(world);
    world.dav.deleteEvent(world.path, known.externalId);
    const lines = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "SUMMARY:canary"];
    world.dav.putEvent(world.path, resourceOf("somebody-elses", lines), known.externalId);
    const again = await put(world);
    expect(again.idVersion).toBe(1);
    expect(world.dav.event(world.path, known.externalId)?.text).toContain("canary");
  });
});

describe("an event that is stored under another name", () => {
  const renamed = async (profile: (typeof ALL)[number], to?: string) => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    const text = world.dav.event(world.path, known.externalId)?.text ?? "";
    const uid = /^UID:(.*?)\r?$/m.exec(text.replaceAll("\r\n ", ""))?.[1] ?? "";
    const name = to ?? `${encodeURIComponent(uid)}.ics`;
    world.dav.deleteEvent(world.path, known.externalId);
    world.dav.putEvent(world.path, text, name);
    world.dav.putEvent(world.path, resourceOf(`${uid}-other`, ["DTSTART:20260302T090000Z"]), "other.ics");
    world.dav.requests.length = 0;
    return { world, known, name };
  };
  const read = (world: World, known: KnownEvent) =>
    world.account.readBooking(world.calendar, bookingOf(world), known);
  const remove = (world: World, known: KnownEvent | null) =>
    world.account.removeBooking(world.calendar, bookingOf(world), known);

  it.each(ALL)("is found and removed by its UID alone: %s", async (profile) => {
    const { world, known, name } = await renamed(profile, "renamed.ics");
    expect(await read(world, known)).toMatchObject({ externalId: name, idVersion: 0 });
    expect(operations(world)).toEqual(["calendar-multiget", "calendar-query"]);
    await remove(world, known);
    expect(operations(world)).toEqual(["delete", "calendar-query", "delete"]);
    expect(world.dav.events(world.path).map((event) => event.name)).toEqual(["other.ics"]);
  });

  it.each(ALL)("isn't doubled where a UID may be there twice: %s", async (profile) => {
    const { world, known, name } = await renamed(profile, "renamed.ics");
    world.dav.knobs.set("uid.twice", true);
    expect(await put(world, known, inHours(world, 7))).toMatchObject({ externalId: name, idVersion: 0 });
    expect(world.bookings()).toMatchObject([inHours(world, 7)]);
  });

  it.each([403, 412, 500, "all"] as const)(
    "is found under the name that apps give, or among all objects, where the server can't search: %s",
    async (how) => {
      const { world, known, name } = await renamed("sabre");
      world.dav.knobs.set("uid.query", how);
      const found = await read(world, known);
      expect(found).toMatchObject({ ...inHours(world, 4), externalId: name });
      expect((await put(world, null)).externalId).toBe(name);
      expect((await put(world, known)).externalId).toBe(name);
      expect(world.bookings()).toHaveLength(1);
      await remove(world, known);
      expect(world.bookings()).toEqual([]);
    },
  );

  it("counts as missing where the server can't search and holds too many objects to read them all", async () => {
    const { world, known } = await renamed("sabre", "renamed.ics");
    world.dav.knobs.set("uid.query", 403);
    const other = resourceOf("somebody-elses", ["DTSTART:20260302T090000Z"]);
    for (let number = 0; number < 1_000; number += 1) world.dav.putEvent(world.path, other, `${number}.ics`);
    world.dav.requests.length = 0;
    expect(await read(world, known)).toBeNull();
    expect(operations(world).length).toBeLessThan(10);
    world.dav.deleteEvent(world.path, "0.ics");
    world.dav.deleteEvent(world.path, "1.ics");
    expect(await read(world, known)).toMatchObject({ externalId: "renamed.ics" });
  });

  it.each([
    ["limit.retryAfter", true, "wait"],
    ["api.status", 503, "retry"],
    ["net.html", true, "retry"],
    ["net.truncate", true, "retry"],
    ["net.reset", "after", "retry"],
  ] as const)("isn't missing where the search says nothing: %s", async (knob, value, kind) => {
    const { world, known } = await renamed("radicale", "renamed.ics");
    world.dav.knobs.set(knob, value as never, { operation: "calendar-query" });
    await expect(read(world, known)).rejects.toMatchObject({ kind });
    await expect(remove(world, known)).rejects.toMatchObject({ kind });
    await expect(put(world, null)).rejects.toMatchObject({ kind });
    expect(world.bookings()).toHaveLength(1);
  });

  it("isn't confused with a foreign event whose UID contains ours", async () => {
    const { world, known } = await renamed("radicale", "renamed.ics");
    world.dav.deleteEvent(world.path, "renamed.ics");
    expect(await read(world, known)).toBeNull();
    await remove(world, known);
    await put(world, known);
    expect(world.dav.event(world.path, "other.ics")?.text).toContain("-other");
    expect(world.bookings()).toHaveLength(1);
  });
});

describe("removing an event", () => {
  it.each(ALL)("takes one request, and where it is gone two more: %s", async (profile) => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.requests.length = 0;
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(operations(world)).toEqual(["delete"]);
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(operations(world)).toEqual(["delete", "calendar-query", "calendar-multiget"]);
  });

  it("leaves a foreign event alone that has a name of ours", async () => {
    const world = await makeCaldavWorld("sabre");
    const known = await put(world);
    world.dav.knobs.set("uid.trash", true);
    await world.person.remove(known.externalId);
    const second = await put(world);
    world.dav.deleteEvent(world.path, second.externalId);
    const lines = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "SUMMARY:canary"];
    world.dav.putEvent(world.path, resourceOf("somebody-elses", lines), second.externalId);
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(world.dav.events(world.path)).toHaveLength(1);
  });
});

describe("a person's change of a booking's event", () => {
  it.each([
    ["makes it recur", (text: string) => text.replace("END:VEVENT", "RRULE:FREQ=DAILY\r\nEND:VEVENT")],
    ["makes it free", (text: string) => text.replace("TRANSP:OPAQUE", "TRANSP:TRANSPARENT")],
    ["cancels it", (text: string) => text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")],
    ["renames it", (text: string) => text.replace(/^SUMMARY:.*$/m, "SUMMARY:Other\r")],
    ["makes it another kind of time", (text: string) => text.replace(/^DTEND.*$/m, "DURATION:PT3H\r")],
  ])("ends as the booking says: %s", async (_, edit) => {
    const world = await makeCaldavWorld("radicale");
    const known = await put(world, null, { reminderMinutes: [10] });
    const before = world.bookings();
    world.dav.editEvent(world.path, known.externalId, edit);
    await put(world, known, { reminderMinutes: [10] });
    expect(world.bookings()).toEqual(before);
    expect(world.dav.event(world.path, known.externalId)?.text).not.toContain("RRULE");
  });

  it("doesn't count where the meaning is the same: other line ends, order, times of the same instant", async () => {
    const world = await makeCaldavWorld("radicale");
    const known = await put(world, null, { reminderMinutes: [60] });
    world.dav.editEvent(world.path, known.externalId, (text) =>
      text
        .replace(/^DTEND.*$/m, "DURATION:PT1H\r")
        .replace("TRIGGER:-PT60M", "TRIGGER:-PT1H")
        .replace("END:VALARM", "X-WR-ALARMUID:1\r\nEND:VALARM")
        // The UID says it too.
        .replace(/^X-MARAPLACE.*\r\n/m, ""),
    );
    world.dav.requests.length = 0;
    await put(world, null, { reminderMinutes: [60] });
    expect(operations(world)).toEqual(["calendar-query"]);
  });
});

describe.each(ALL)("reading an event from %s", (profile) => {
  const read = (world: World, known: KnownEvent) =>
    world.account.readBooking(world.calendar, bookingOf(world), known);

  it("takes one request, and one search more where it is gone", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.requests.length = 0;
    expect(await read(world, known)).toEqual({ ...inHours(world, 4), ...known });
    expect(operations(world)).toEqual(["calendar-multiget"]);
    await world.person.remove(known.externalId);
    expect(await read(world, known)).toBeNull();
    expect(operations(world)).toEqual(["calendar-multiget", "calendar-query"]);
  });

  it("finds none that is cancelled", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.editEvent(world.path, known.externalId, (text) =>
      text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED"),
    );
    expect(await read(world, known)).toBeNull();
  });

  it.each([
    ["ics.garbage", ["retry", "unreadable_object"]],
    ["net.html", ["retry", "unparsable_answer"]],
  ] as const)("takes no broken answer for a deletion: %s", async (knob, expected) => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set(knob, true);
    expect(await verdict(read(world, known))).toEqual(expected);
  });
});

describe("an event left out of a calendar's answer", () => {
  const answering = async (status: number) => {
    const world = await makeCaldavWorld("sabre");
    const known = await put(world);
    const deps: ProviderDeps = {
      ...world.deps,
      async fetch(input, init) {
        if (init?.method === "GET") return new Response(null, { status });
        if (init?.method !== "REPORT") return world.deps.fetch(input, init);
        return new Response('<multistatus xmlns="DAV:"/>', { status: 207 });
      },
    };
    const account = providerOf("sabre", deps).open(world.credentials);
    return account.readBooking(world.calendar, bookingOf(world), known);
  };

  it("is asked for alone, and is missing only where that answer says so", async () => {
    expect(await answering(404)).toBeNull();
    expect(await verdict(answering(403))).toEqual(["gone", "http_403"]);
    expect(await verdict(answering(503))).toEqual(["retry", "http_503"]);
  });
});
