// Full agent: an agent with rows in every table that holds data about agents.
import { disconnect } from "../../src/accounts/disconnect.ts";
import { recordDeadLetters } from "../../src/dead-letters/record.ts";
import { apiOf } from "../http/api.ts";
import type { GoogleWorld } from "../support/google-world.ts";

/** What only this agent has: none of it may be found anywhere after an erasure. */
export interface FullAgent {
  readonly connectionId: string;
  /** A calendar at Google that was disconnected and still shows a booking. */
  readonly leftCalendarId: string;
  readonly secrets: readonly string[];
}

/** What nobody may find afterwards, in the clear or not. */
export const TEXTS = {
  title: "erasure-canary-title",
  description: "erasure-canary-description",
  location: "erasure-canary-location",
  clientName: "Erasure Canary",
  clientEmail: "erasure-canary@mail.example",
} as const;

const hour = (day: number, from: number) => ({
  start: `2026-03-${String(day).padStart(2, "0")}T${String(from).padStart(2, "0")}:00:00Z`,
  end: `2026-03-${String(day).padStart(2, "0")}T${String(from + 1).padStart(2, "0")}:00:00Z`,
});

const WEEKLY = [
  ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:weekly"],
  ...["DTSTAMP:20260101T000000Z", "DTSTART:20260311T130000Z", "DTEND:20260311T140000Z", "RRULE:FREQ=WEEKLY"],
  ...["SUMMARY:outside-canary", "END:VEVENT", "END:VCALENDAR", ""],
].join("\r\n");

/** Gives the world's agent calendars at three providers, and rows in every table. */
export async function furnish(world: GoogleWorld): Promise<FullAgent> {
  const { agentId } = world;
  const service = apiOf(world, await world.token("service"));
  world.addDaily(2);
  world.dav.putEvent(world.caldav.calendar, WEEKLY);
  const { accountId, connectionId } = await world.connect();
  const left = await world.addConnection(accountId, "Left");
  const { calendarId: leftCalendarId } = await world.connection(left);
  const book = async (bookingId: string, day: number) => {
    const body = { agentId, bookingId, ...TEXTS, ...hour(day, 14) };
    const { status } = await service("createBooking", { body });
    if (status !== 201) throw new Error(`the agent can't be booked: ${status}`);
  };
  await book("erasure-b-1", 5);
  await world.drain();
  // Its event stays in the calendar that is disconnected, and the account can still reach it.
  await disconnect(world.deps, { ownedBy: agentId, connectionId: left });
  await world.drain();
  const others = [
    await world.connect({ provider: "OFFICE365" }),
    await world.connectByPassword({ provider: "CALDAV" }),
  ];
  await book("erasure-b-2", 6);
  await service("cancelBooking", { params: { bookingId: "erasure-b-2" }, query: { agentId } });
  await service("placeHold", { body: { agentId, holdId: "erasure-h-1", minutes: 60, ...hour(9, 9) } });
  await service("createConnectLink", { body: { agentId, minutes: 60 } });
  await service("createFeed", { body: { agentId } });
  await world.drain();
  await recordDeadLetters(world.deps, {
    lane: "background",
    messages: [{ id: `message-of-${agentId}`, body: { kind: "pull", connectionId } }],
  });
  const wrong = {
    agentId,
    serverUrl: world.caldav.serverUrl ?? "",
    username: world.caldav.email,
    password: "wrong",
  };
  await service("connectByPassword", { params: { provider: "caldav" }, body: wrong });
  const { revision: _, ...settings } = (await service("getSettings", { query: { agentId } })).body;
  await service("putSettings", { query: { agentId }, body: settings });
  await world.query(
    `INSERT INTO unreadable_objects (connection_id, object_key, version, reason, extent, generation, first_seen_at)
     VALUES (?, 'erasure-object', '1', 'broken_end', 'unknown', 1, 5)`,
    [connectionId],
  );
  await world.query("INSERT INTO sync_days (agent_id, day, connection_id, counts) VALUES (?, 5, ?, '{}')", [
    agentId,
    connectionId,
  ]);
  await world.query("INSERT INTO lost_sales (agent_id, day, reason, count) VALUES (?, 5, 'taken', 1)", [
    agentId,
  ]);
  const rows = await world.query("SELECT id FROM connections UNION ALL SELECT id FROM accounts");
  const secrets = [
    ...rows.map(({ id }) => String(id)),
    ...[connectionId, left, ...others.map((one) => one.connectionId)],
    ...[world.email, world.workEmail, world.caldav.email],
    ...["erasure-b-1", "erasure-b-2", "erasure-h-1", "erasure-object", ...Object.values(TEXTS)],
  ];
  return { connectionId, leftCalendarId, secrets };
}
