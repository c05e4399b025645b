// The tour: calls every operation of the API once, as a marketplace would come to call them. Its calls are the examples
// of the OpenAPI document and of the documentation's pages.
import { recordDeadLetters } from "../../src/dead-letters/record.ts";
import type { ExampleRequest } from "../../src/http/examples.ts";
import type { World } from "../support/world.ts";

/** Calls an operation and answers what came back. The first call of an operation is its example. */
export type Call = (
  id: string,
  request?: ExampleRequest,
  unshown?: Readonly<Record<string, string>>,
) => Promise<{
  // Each step knows the shape it asked for; the declared schema has been checked already.
  // biome-ignore lint/suspicious/noExplicitAny: bodies of all operations
  body: any;
  headers: Headers;
}>;

const DAY = "2026-03-03";
const at = (time: string) => `${DAY}T${time}:00Z`;
const slot = (from: string, to: string) => ({ start: at(from), end: at(to) });

const SETTINGS = {
  timeZone: "Europe/Berlin",
  rules: { tentative: true, allDay: true, outOfOffice: true, unanswered: true, workingElsewhere: false },
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 15,
  minimumNoticeMinutes: 60,
  workingHours: [
    { weekday: 1, start: "09:00", end: "17:00" },
    { weekday: 2, start: "09:00", end: "17:00" },
    { weekday: 3, start: "09:00", end: "13:00" },
  ],
  onStale: "refuse",
  onExternalChange: "keep",
  reminderMinutes: [30],
};

/** Connects a Google account, as the agent's browser would, and one at iCloud. */
async function connecting(world: World, call: Call) {
  const { agentId, email } = world;
  await call("createConnectLink", { body: { agentId, minutes: 15 } });
  const started = await call(
    "startConsent",
    { params: { provider: "google" }, query: { agentId } },
    { accept: "application/json" },
  );
  const callback = new URL(world.google.consent(started.body.authorizationUrl, { user: email }));
  const cookie = started.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const query = Object.fromEntries(
    ["code", "state"].map((name) => [name, callback.searchParams.get(name) ?? ""]),
  );
  const { body } = await call(
    "finishConsent",
    { params: { provider: "google" }, query },
    { accept: "application/json", cookie },
  );
  await world.drain();
  const { email: username, password } = world.apple;
  await call("connectByPassword", {
    params: { provider: "apple" },
    body: { agentId: "agent-bob", username, password },
  });
  await world.drain();
  return { accountId: String(body.accountId), connectionId: String(body.connectionIds[0]) };
}

async function calendars(world: World, call: Call) {
  const { accountId, connectionId } = await connecting(world, call);
  const { id: calendarId } = world.google.addCalendar({
    ...{ owner: world.email, summary: "Team", timeZone: "Europe/Berlin" },
  });
  await call("listConnections", { query: { agentId: world.agentId } });
  await call("listRemoteCalendars", { params: { id: accountId } });
  const second = await call("connectCalendar", { body: { accountId, calendarId, receivesBookings: true } });
  await world.drain();
  const params = { id: String(second.body.id) };
  await call("changeConnection", { params, body: { blocksAvailability: false } });
  world.advance(1_000);
  await call("syncNow", { params: { connectionId } });
  await call("disconnectCalendar", { params });
  await world.query(
    `INSERT INTO unreadable_objects (connection_id, object_key, version, reason, extent, generation, first_seen_at)
     VALUES (?, 'm-1.ics', 'e11', 'broken_end', 'known', 1, ?)`,
    [connectionId, world.deps.now()],
  );
  await call("listUnreadable", { params: { id: connectionId } });
  await call("countUnreadableAsFree", {
    params: { id: connectionId },
    body: { objects: [{ key: "m-1.ics", version: "e11" }] },
  });
  await call("receiveNotifications", { params: { provider: "google" } }, GOOGLE_SAYS);
  return connectionId;
}

const GOOGLE_SAYS = {
  "x-goog-channel-id": "channel-1",
  "x-goog-channel-token": "secret",
  "x-goog-resource-id": "resource-1",
  "x-goog-resource-state": "exists",
  "x-goog-message-number": "2",
};

async function availability(world: World, call: Call) {
  const { agentId } = world;
  await call("getSettings", { query: { agentId } });
  await call("putSettings", { query: { agentId }, body: SETTINGS });
  await call("changeSettings", {
    query: { agentId },
    body: { overrides: [{ date: "2026-12-24", hours: [] }], maxPerDay: 6 },
  });
  const half = { date: DAY, startTime: "10:00", endTime: "10:30", timeZone: "Europe/Berlin" };
  await call("checkAvailability", { body: { agentId, ...half } });
  await call("checkManyAvailabilities", {
    body: { checks: [{ agentId, ...slot("14:00", "14:30"), purpose: "confirm" }] },
  });
  const params = { name: "check", arguments: { agentId, ...half } };
  await call(
    "mcp",
    { body: { jsonrpc: "2.0", id: 1, method: "tools/call", params } },
    { accept: "application/json, text/event-stream", origin: world.deps.config.baseUrl },
  );
  await call("findSlots", {
    body: { agentId, from: at("08:00"), to: at("16:00"), durationMinutes: 30, limit: 3 },
  });
}

async function bookings(world: World, call: Call) {
  const { agentId } = world;
  const client = { clientName: "Grace Hopper", clientEmail: "grace@example.com" };
  const talk = { agentId, title: "Consultation", groupId: "course-1" };
  await call("placeHold", { body: { agentId, holdId: "hold-1", minutes: 10, ...slot("10:00", "10:30") } });
  await call("createBooking", {
    body: {
      ...{ agentId, bookingId: "booking-1", title: "Consultation", ...client },
      ...{ ...slot("10:00", "10:30"), holdId: "hold-1" },
    },
  });
  await world.drain();
  await call("getBooking", { params: { bookingId: "booking-1" }, query: { agentId } });
  await call("changeBooking", {
    params: { bookingId: "booking-1" },
    body: { agentId, ...slot("11:00", "11:30"), location: "Room 4" },
  });
  await world.drain();
  const { body } = await call("createFeed", { body: { agentId, shows: "details" } });
  await call("listFeeds", { query: { agentId } });
  await call("readFeed", { params: { file: String(new URL(body.url).pathname.split("/").at(-1)) } });
  await call("revokeFeed", { params: { id: String(body.feed.id) } });
  const past = { from: at("00:00"), to: at("23:00"), limit: "2" };
  await call("listBookings", { query: { agentId, ...past } });
  await call("listBusy", { query: { agentId, ...past } });
  await call("bulkBookings", {
    body: {
      atomic: true,
      operations: [
        { action: "create", bookingId: "lesson-1", ...talk, ...slot("12:00", "12:30") },
        { action: "create", bookingId: "lesson-2", ...talk, ...slot("13:00", "13:30") },
      ],
    },
  });
  await call("shiftGroup", { params: { groupId: "course-1" }, body: { from: at("12:00"), days: 7 } });
  await call("cancelGroup", { params: { groupId: "course-1" } });
  await call("cancelBooking", { params: { bookingId: "booking-1" }, query: { agentId } });
  await call("placeHold", { body: { agentId, holdId: "hold-2", minutes: 10, ...slot("14:00", "14:30") } });
  await call("releaseHold", { params: { holdId: "hold-2" }, query: { agentId } });
  await world.drain();
}

async function operations(world: World, call: Call, connectionId: string) {
  const { agentId } = world;
  await recordDeadLetters(world.deps, {
    lane: "background",
    messages: [{ id: "message-1", body: { kind: "pull", connectionId } }],
  });
  const failed = await call("listFailures", { query: { agentId, limit: "1" } });
  await call("retryFailure", { params: { id: String(failed.body.failures[0].id) } });
  const told = await call("listNotices", { query: { agentId, limit: "1" } });
  await call("replayNotice", { params: { id: String(told.body.notices[0].id) } });
  await call("replayNotices", { body: { since: "2026-03-02T00:00:00Z", agentId } });
  await call("readAnalytics", {
    query: { agentId, from: "2026-03-01T00:00:00Z", to: "2026-03-08T00:00:00Z" },
  });
  await call("readAuditTrail", { query: { agentId, limit: "2" } });
  await call("eraseClient", { body: { email: "grace@example.com" } });
  await call("putSettings", { query: { agentId: "agent-eve" }, body: SETTINGS });
  await call("exportAgent", { params: { agentId: "agent-eve" } });
  await call("eraseAgent", { params: { agentId: "agent-eve" }, query: { events: "remove" } });
  await call("health");
  await call("ready");
  await call("openApiDocument");
}

/** Calls every operation, in an order in which each finds what it needs. */
export async function tour(world: World, call: Call): Promise<void> {
  const connectionId = await calendars(world, call);
  await availability(world, call);
  await bookings(world, call);
  await operations(world, call, connectionId);
}
