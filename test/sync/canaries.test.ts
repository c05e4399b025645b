// P8: after all main flows, with DEBUG on, no table, log line, job or notice holds what it must not.
import { expect, test } from "vitest";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { type Api, apiOf } from "../http/api.ts";
import { createBrowser, makeLink } from "../support/browser.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { watchedWire } from "../support/wire.ts";
import { createWorld, type World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();
const MINUTE = 60_000;
const DAY = 86_400_000;

/** What people wrote in outside events. It may be nowhere. */
const OUTSIDE = /outside-canary|Otto Outside/i;
/** What the marketplace wrote into bookings. It may be nowhere either: the database holds it sealed. */
const BOOKED = {
  title: "booking-canary-title",
  description: "booking-canary-description",
  location: "booking-canary-location",
  clientName: "Bo Booked",
  clientEmail: "booking-canary@mail.example",
};
const BOOKING_TEXTS = /booking-canary|Bo Booked/i;

const slot = (day: number, hour: number) => ({
  start: `2026-03-${String(day).padStart(2, "0")}T${String(hour).padStart(2, "0")}:00:00Z`,
  end: `2026-03-${String(day).padStart(2, "0")}T${String(hour + 1).padStart(2, "0")}:00:00Z`,
});

const GOOGLE_EVENT = (day: number) => ({
  summary: "outside-canary title",
  description: "outside-canary description",
  location: "outside-canary place",
  attendees: [
    { email: "outside-canary@guest.example", displayName: "Otto Outside", responseStatus: "accepted" },
  ],
  extendedProperties: { private: { note: "outside-canary property" } },
  start: { dateTime: slot(day, 9).start, timeZone: "UTC" },
  end: { dateTime: slot(day, 9).end, timeZone: "UTC" },
});

const GRAPH_EVENT = (day: number) => ({
  subject: "outside-canary title",
  body: { contentType: "text", content: "outside-canary body" },
  location: { displayName: "outside-canary place" },
  attendees: [
    { emailAddress: { address: "outside-canary@guest.example", name: "Otto Outside" }, type: "required" },
  ],
  start: { dateTime: slot(day, 11).start.slice(0, -1), timeZone: "UTC" },
  end: { dateTime: slot(day, 11).end.slice(0, -1), timeZone: "UTC" },
});

const ICAL_EVENT = (uid: string, rule: string) =>
  [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//outside-canary//EN", "BEGIN:VEVENT", `UID:${uid}`],
    ...["DTSTAMP:20260101T000000Z", "DTSTART:20260311T130000Z", "DTEND:20260311T140000Z", rule],
    ...["SUMMARY:outside-canary title", "DESCRIPTION:outside-canary text", "LOCATION:outside-canary place"],
    ...["ATTENDEE;CN=Otto Outside;PARTSTAT=ACCEPTED:mailto:outside-canary@guest.example", "END:VEVENT"],
    ...["END:VCALENDAR", ""],
  ].join("\r\n");

/** Connects every provider, with outside events in each calendar, events that can't be read among them. */
async function connectAll(world: World): Promise<string[]> {
  world.google.addEvent(world.email, GOOGLE_EVENT(10));
  world.google.addEvent(world.email, { ...GOOGLE_EVENT(11), recurrence: ["RRULE:FREQ=WEEKLY"] });
  for (const email of [world.workEmail, world.homeEmail]) {
    world.microsoft.addEvent(world.microsoft.calendarId(email), GRAPH_EVENT(10));
  }
  for (const [calendar, uid] of [
    [world.apple.calendar, "uid-apple"],
    [world.caldav.calendar, "uid-caldav"],
  ] as const) {
    world.dav.putEvent(calendar, ICAL_EVENT(uid, "RRULE:FREQ=WEEKLY"));
    world.dav.putEvent(calendar, ICAL_EVENT(`${uid}-broken`, "RRULE:FREQ=outside-canary"));
  }
  const connected = [
    await world.connect(),
    await world.connect({ provider: "OFFICE365" }),
    await world.connect({ provider: "OUTLOOK" }),
    await world.connectByPassword(),
    await world.connectByPassword({ provider: "CALDAV" }),
  ];
  return connected.map(({ connectionId }) => connectionId);
}

/** Sells, changes, moves, forces, reserves and cancels. */
async function sell(world: World, service: Api): Promise<void> {
  const { agentId } = world;
  const expected = (status: number, answer: { status: number; body: unknown }) => {
    if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  const book = { agentId, ...BOOKED };
  expected(201, await service("createBooking", { body: { ...book, bookingId: "b-1", ...slot(12, 14) } }));
  expected(201, await service("createBooking", { body: { ...book, bookingId: "b-2", ...slot(13, 14) } }));
  expected(
    201,
    await service("createBooking", { body: { ...book, bookingId: "b-3", force: true, ...slot(10, 9) } }),
  );
  expected(409, await service("createBooking", { body: { ...book, bookingId: "b-4", ...slot(10, 9) } }));
  expected(
    400,
    await service("createBooking", { body: { ...book, bookingId: "b-5", start: BOOKED.title, end: "x" } }),
  );
  expected(
    201,
    await service("placeHold", { body: { agentId, holdId: "h-1", minutes: 10, ...slot(16, 14) } }),
  );
  await world.drain();
  const moved = { agentId, title: `${BOOKED.title} again`, ...slot(12, 16) };
  expected(200, await service("changeBooking", { params: { bookingId: "b-1" }, body: moved }));
  expected(200, await service("cancelBooking", { params: { bookingId: "b-2" }, query: { agentId } }));
  const operations = [{ action: "create", ...book, bookingId: "b-6", ...slot(17, 14) }];
  expected(200, await service("bulkBookings", { body: { operations } }));
  await world.drain();
}

/** Every failure that calendars have, one after the other, with more outside edits meanwhile. */
async function fail(world: World): Promise<void> {
  for (const [board, name, value] of [
    ["google", "api.status", 503],
    ["google", "sync.expire", true],
    ["google", "net.truncate", true],
    ["google", "api.expireAccess", true],
    ["google", "push.badToken", true],
    ["google", "push.orphan", true],
    ["google", "list.broken", "end"],
    ["microsoft", "net.truncate", true],
    ["microsoft", "push.badState", true],
    ["dav", "net.html", true],
    ["dav", "ics.garbage", true],
    ["dav", "auth.reject", true],
  ] as const) {
    const { knobs } = { google: world.google, microsoft: world.microsoft, dav: world.dav }[board];
    try {
      (knobs.set as (name: string, value: unknown, scope: object) => void)(name, value, { times: 2 });
    } catch {
      // This simulator has no such knob.
    }
    world.google.addEvent(world.email, GOOGLE_EVENT(18));
    world.microsoft.addEvent(world.microsoft.calendarId(world.workEmail), GRAPH_EVENT(18));
    world.dav.putEvent(world.apple.calendar, ICAL_EVENT(`uid-${name}`, "TRANSP:OPAQUE"));
    await world.drain();
    world.advance(6 * MINUTE);
    await world.cron();
    knobs.clear();
  }
}

async function life() {
  const wire = watchedWire();
  const world = createWorld({
    ...{ databaseUrl: databaseUrl(), notices: true, fetch: wire.fetch },
    bindings: { DEBUG_CALENDAR_SYNC: "true" },
  });
  const jobs: unknown[] = [];
  const { queue } = world.deps;
  const { send } = queue;
  Object.assign(queue, {
    send: async (...[lane, sent, when]: Parameters<typeof send>) => {
      jobs.push(...sent);
      await send(lane, sent, when);
    },
  });
  const service = apiOf(world, await world.token("service"));
  const [first = "", ...others] = await connectAll(world);
  // Events that can't be read make calendars unverified, which would refuse each sale.
  const { agentId } = world;
  const { revision: _, ...settings } = (await service("getSettings", { query: { agentId } })).body;
  await service("putSettings", { query: { agentId }, body: { ...settings, onStale: "allow" } });
  await sell(world, service);
  await fail(world);
  const link = await makeLink(world);
  const browser = await createBrowser(world);
  await browser.go("/api/calendar/connect");
  await browser.go("/api/calendar/apple/auth", {
    username: world.apple.email,
    password: "wrong-canary-pass",
  });
  await service("syncNow", { params: { connectionId: first } });
  // The agent moves a booking's event and removes another: both are looked at and told.
  const copies = await world.query(
    "SELECT external_id FROM deliveries WHERE connection_id = ? AND booking_id = 'b-1'",
    [first],
  );
  for (const { external_id } of copies) {
    world.google.patchEvent(world.email, String(external_id), {
      start: { dateTime: slot(19, 9).start },
      end: { dateTime: slot(19, 9).end },
    });
  }
  await world.drain();
  world.advance(10 * MINUTE);
  await world.cron();
  world.google.removeAccess(world.email);
  world.advance(DAY);
  await world.cron();
  await world.cron("17 3 * * *");
  for (const connectionId of others) {
    await disconnect(world.deps, { ownedBy: world.agentId, connectionId });
    await world.drain();
  }
  const { config } = world.deps;
  const secrets = [
    ...wire.secrets,
    ...[world.apple.password, world.caldav.password, "wrong-canary-pass"],
    ...[
      await world.token("service"),
      await world.token("agent"),
      new URL(link).searchParams.get("link") ?? "",
    ],
    ...browser.cookies.values(),
    ...[world.secrets.googleClientSecret, world.secrets.microsoftClientSecret, world.secrets.jwtSecret],
    ...[world.secrets.tokenKey, world.secrets.cookieKey, world.secrets.noticeSecret],
  ];
  const tables = await world.query(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  const dump = new Map<string, string>();
  for (const { name } of tables) {
    dump.set(String(name), JSON.stringify(await world.query(`SELECT * FROM "${name}"`)));
  }
  const places = new Map([
    ...dump,
    ["the log", JSON.stringify(world.logs)],
    ["the queues", JSON.stringify(jobs)],
    ["the notices", JSON.stringify(world.maraplace.arrivals)],
  ]);
  return { world, config, secrets, places };
}

test("P8: titles, people, places, tokens, passwords and bookings' texts are nowhere", async () => {
  const { world, secrets, places } = await life();
  // The test is worth what it saw: all of these were written.
  for (const place of [
    "accounts",
    "connections",
    "channels",
    "busy",
    "bookings",
    "deliveries",
    "sync_runs",
  ]) {
    expect(places.get(place), place).not.toBe("[]");
  }
  expect(places.get("unreadable_objects")).not.toBe(undefined);
  expect(places.get("the notices")).toContain("booking.");
  expect(new Set(world.logs.map(({ level }) => level))).toContain("debug");
  expect(secrets.length).toBeGreaterThan(25);
  for (const [place, text] of places) {
    expect(OUTSIDE.exec(text)?.[0] ?? null, place).toBeNull();
    for (const secret of secrets) {
      expect(text.includes(secret) ? secret : null, place).toBeNull();
    }
    expect(BOOKING_TEXTS.exec(text)?.[0] ?? null, place).toBeNull();
  }
  const logs = places.get("the log") ?? "";
  // Addresses of people are in no log line either.
  expect(/[\w.+-]+@[\w-]+\.[\w.]+/.exec(logs)?.[0] ?? null).toBeNull();
});
