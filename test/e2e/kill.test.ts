// The Worker's process is killed with SIGKILL while work of every kind is under way: nothing may be lost.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../scripts/local/process.ts";
import { API, type LocalStack, startStack } from "../../scripts/local/stack.ts";
import { type Agent, createAgent, untilSwept } from "./agent.ts";

const EVENTS = 300;

let stack: LocalStack;

const google = () => stack.google.simulator;

/** Waits until Google has got so many requests of a kind from one person. */
async function asked(agent: Agent, operation: string, times = 1): Promise<void> {
  await waitFor(`${operation} of ${agent.email}`, 30_000, () => {
    const made = google().requests.filter(
      (request) => request.operation === operation && request.user === agent.email,
    );
    return made.length >= times;
  });
}

/** The agent's events at Google that carry this booking's title and aren't deleted. */
function eventsOf(agent: Agent, bookingId: string): number {
  return google()
    .events(agent.email)
    .filter(({ summary, status }) => summary === bookingId && status !== "cancelled").length;
}

/** Sends the notification that Google would send for the agent's calendar. */
async function notify(agent: Agent): Promise<number> {
  const channel = google()
    .channels()
    .find(({ calendarId, stopped }) => calendarId === agent.email && !stopped);
  const answer = await fetch(`${stack.worker.url}${API}/webhooks/google`, {
    method: "POST",
    headers: {
      "x-goog-channel-id": channel?.id ?? "",
      "x-goog-channel-token": channel?.token ?? "",
      "x-goog-resource-id": channel?.resourceId ?? "",
      "x-goog-resource-state": "exists",
      "x-goog-message-number": "42",
    },
  });
  return answer.status;
}

async function delivered(agent: Agent, bookingId: string): Promise<boolean> {
  const { body } = await agent.api("GET", `/events/${bookingId}`);
  return JSON.stringify(body).includes('"synced"');
}

beforeAll(async () => {
  stack = await startStack();
});

afterAll(async () => {
  await stack?.stop();
});

describe("P3: a Worker killed in the middle of its work loses nothing", () => {
  let starting: Agent;
  let booking: Agent;
  let booked: Agent;
  let notified: Agent;
  let resyncing: Agent;
  let leaving: Agent;
  let busyBefore = 0;
  let killedAt = 0;

  beforeAll(async () => {
    const settle = async (name: string) => {
      const agent = await createAgent(stack, name, EVENTS);
      await agent.connect();
      await agent.settled();
      return agent;
    };
    booking = await settle("booking");
    booked = await settle("booked");
    notified = await settle("notified");
    resyncing = await settle("resyncing");
    leaving = await settle("leaving");
    starting = await createAgent(stack, "starting", EVENTS);
    busyBefore = resyncing.busySpans().length;
    google().requests.length = 0;

    // Each stops at its own worst moment: Google has got the request and doesn't answer.
    google().knobs.set("net.hang", "before", { user: booking.email, operation: "events.insert" });
    google().knobs.set("net.hang", "after", { user: booked.email, operation: "events.insert" });
    google().knobs.set("net.hang", "before", { user: leaving.email, operation: "channels.stop" });
    // So many pages that the listing can't end before the kill.
    google().knobs.set("list.shortPage", 4, { user: resyncing.email });
    google().expireSyncTokens(resyncing.email);
    const [connection] = await leaving.connections();
    const cutOff = () => null;
    const unanswered = [
      booking.book("before-insert", booking.slot(9)).catch(cutOff),
      booked.book("after-insert", booked.slot(9)).catch(cutOff),
      leaving.api("DELETE", `/connections/${connection?.id}`).catch(cutOff),
    ];
    await asked(booking, "events.insert");
    await asked(booked, "events.insert");
    await asked(leaving, "channels.stop");

    google().knobs.set("push.drop", true, { calendar: notified.email });
    google().addEvent(notified.email, {
      summary: "Told, then killed",
      start: { dateTime: new Date(notified.slot(9).start).toISOString() },
      end: { dateTime: new Date(notified.slot(9).end).toISOString() },
    });
    google().knobs.set("net.hang", "before", { user: starting.email, operation: "events.list" });
    await starting.connect();
    await asked(starting, "events.list");
    const [listed] = await resyncing.connections();
    unanswered.push(resyncing.api("POST", `/sync/${listed?.id}`).catch(cutOff));
    // The 410, then at least one page of the new listing.
    await asked(resyncing, "events.list", 3);
    expect(await notify(notified)).toBe(204);

    killedAt = Date.now();
    await stack.worker.kill9();
    await Promise.all(unanswered);
    google().knobs.clear();
    await stack.worker.restart();
  });

  it("P2: a calendar that was being listed anew stays as busy as it was", async () => {
    const spans = resyncing.busySpans();
    expect(spans).toHaveLength(busyBefore);
    expect(await resyncing.availableOf(spans)).toBe(0);
  });

  it("P9: a calendar whose first sync was cut off isn't called free", async () => {
    const [start, end] = [starting.slot(9).start, starting.slot(9).end].map((at) =>
      new Date(at).toISOString(),
    );
    const { body } = await starting.api("POST", "/availability", { start, end, purpose: "confirm" });
    // The killed job held no lease, so the check may pull the calendar itself. Then it knows.
    const known = { available: true, complete: true, calendars: [{ evidence: "verified" }] };
    const unknown = { available: false, complete: false, reason: "unverified" };
    const { available } = body as { available: boolean };
    expect(body).toMatchObject(available ? known : unknown);
    if (available) expect(await starting.availableOf(starting.busySpans())).toBe(0);
  });

  it("a first sync that was cut off is finished by the sweep", async () => {
    await untilSwept(stack, "the first sync", async () =>
      (await starting.connections()).every(({ lastSyncAt }) => lastSyncAt !== null),
    );
    expect(await starting.availableOf(starting.busySpans())).toBe(0);
    expect(await starting.availableOf([starting.slot(9)])).toBe(1);
  });

  it("a booking whose insert never took effect is delivered, once", async () => {
    await untilSwept(stack, "the delivery", () => delivered(booking, "before-insert"));
    expect(eventsOf(booking, "before-insert")).toBe(1);
  });

  it("a booking whose insert took effect without an answer isn't written twice", async () => {
    await untilSwept(stack, "the delivery", () => delivered(booked, "after-insert"));
    expect(eventsOf(booked, "after-insert")).toBe(1);
  });

  it("P4: a change that was notified right before the kill is found", async () => {
    await untilSwept(stack, "the change", async () => (await notified.availableOf([notified.slot(9)])) === 0);
  });

  it("a listing that was cut off is finished, and the calendar is complete", async () => {
    await untilSwept(stack, "the listing", async () =>
      (await resyncing.connections()).every(({ lastSyncAt }) => Date.parse(lastSyncAt ?? "") > killedAt),
    );
    expect(await resyncing.availableOf(resyncing.busySpans())).toBe(0);
    expect(await resyncing.availableOf([resyncing.slot(9)])).toBe(1);
  });

  it("a disconnect that was cut off is finished: channel stopped, grant revoked, calendar forgotten", async () => {
    await untilSwept(stack, "the revocation", () =>
      google().requests.some(({ operation, status }) => operation === "revoke" && status === 200),
    );
    const channels = google()
      .channels()
      .filter(({ calendarId }) => calendarId === leaving.email);
    expect(channels.every(({ stopped }) => stopped)).toBe(true);
    expect(await leaving.connections()).toEqual([]);
  });
});
