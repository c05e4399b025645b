// Demo, first part: connecting Google, the first sync, and answers from the cache.
import { connectGoogle, connectLink, followLink } from "../local/client.ts";
import type { GoogleEvent, Span } from "./google.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, type Timeline } from "./timeline.ts";

const DAY_MS = 86_400_000;
const EVENTS = 2_000;
/** So short that its end comes while somebody watches. */
const FIRST_CHANNEL_SECONDS = 9;
const TIME_ZONE = "Europe/Berlin";

/** The event's bounds when nobody can doubt that it makes the agent busy; null otherwise. */
function plainlyBusy(event: GoogleEvent): Span | null {
  const { start, end, attendees, transparency, eventType = "default" } = event;
  if (start?.dateTime === undefined || end?.dateTime === undefined || event.status !== "confirmed")
    return null;
  if (attendees !== undefined || transparency === "transparent" || eventType !== "default") return null;
  return { start: Date.parse(start.dateTime), end: Date.parse(end.dateTime) };
}

/** A plainly busy event after the quiet day. */
export async function busyEvent(scene: Scene): Promise<Span> {
  const { end } = scene.quietDay;
  const events = await scene.google.events({ start: end, end: end + 30 * DAY_MS });
  for (const event of events) {
    const span = plainlyBusy(event);
    if (span !== null && span.start > end && span.end - span.start < DAY_MS) return span;
  }
  throw new Error("The generated calendar has no plainly busy event.");
}

/** Connect, sync, ask. */
export async function connectSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const { google, maraplace, quietDay, today } = scene;

  await timeline.step(`Google has a calendar of ${EVENTS} events`, async () => {
    await google.addUser({ email: scene.email, timeZone: TIME_ZONE, name: "Ada Lovelace" });
    await google.generate({
      count: EVENTS,
      from: today,
      to: today + 365 * DAY_MS,
      timeZone: TIME_ZONE,
      keepFree: [quietDay],
    });
    await google.shortenNextChannel(FIRST_CHANNEL_SECONDS);
    return "recurring, moved, cancelled, all-day, declined, several zones";
  });

  await timeline.step("A link opens the agent's own page, once", async () => {
    const link = await connectLink({ ...scene, token: scene.stack.serviceToken });
    const looks = await fetch(link, { method: "HEAD" });
    const { status, page } = await followLink(link);
    expect(looks.status === 200 && status === 200, `The page answered ${status}.`);
    expect(page.includes(scene.agentId), "The page doesn't say for whom calendars are connected.");
    const again = await followLink(link);
    expect(again.status === 410, `The second visit was answered with ${again.status}.`);
    return "a button asks first, so that mail scanners don't use it up";
  });

  await timeline.step("Connect Google through the consent page", async () => {
    const { connectionIds } = await connectGoogle(scene);
    expect(connectionIds.length === 1, `Connected ${connectionIds.length} calendars instead of one.`);
    return "PKCE, state cookie, offline access";
  });

  await timeline.step("First sync of the calendar", async () => {
    await maraplace.connection("the first sync", 30_000, ({ lastSyncAt }) => lastSyncAt !== null);
    const { syncs } = await maraplace.analytics();
    const pages = (await google.requests("events.list")).length;
    expect(syncs.upserts > 1_000, `Only ${syncs.upserts} events were stored.`);
    return `${syncs.upserts} of them can make the agent busy; ${pages} requests`;
  });

  await timeline.step("Google tells of changes from now on", async () => {
    await maraplace.connection("the channel", 10_000, ({ push }) => push === "active");
    const [channel] = await google.channels();
    expect(channel !== undefined, "Google has no channel.");
    return `channel granted for ${duration(channel.expiresAt - Date.now())} (a week, usually)`;
  });

  await timeline.step("A busy time is answered as busy, with the conflict", async () => {
    const span = await busyEvent(scene);
    const answer = await maraplace.availability(span);
    expect(!answer.available && answer.reason === "conflict", `The answer was ${answer.reason}.`);
    const [conflict] = answer.conflicts;
    expect(conflict !== undefined, "The answer names no conflict.");
    return `${conflict.reason} ${conflict.start.slice(0, 16)}Z, answered in ${duration(answer.ms)}`;
  });

  await timeline.step("A free time is answered as free", async () => {
    const answer = await maraplace.availability(halfHour(scene, 9));
    expect(answer.available && answer.complete, `The answer was ${answer.reason}.`);
    return `complete, answered in ${duration(answer.ms)}`;
  });
}
