// Demo, third part: faults of Google, which lose nothing. The last part: leaving.
import { codeOf } from "../local/client.ts";
import { waitFor } from "../local/process.ts";
import { busyEvent } from "./connect.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, median, type Timeline } from "./timeline.ts";

const SWEEP = "* * * * *";
/** Twice as long as the longest lease of a killed Worker. */
const PATIENCE_MS = 120_000;

/** Fires cron, as happens each minute, until something holds. */
export function untilSwept<T>(
  scene: Scene,
  what: string,
  holds: () => Promise<T | null | false>,
): Promise<T> {
  return waitFor(
    what,
    PATIENCE_MS,
    async () => {
      const answer = await holds();
      if (answer === null || answer === false) await scene.stack.worker.cron(SWEEP);
      return answer;
    },
    200,
  );
}

/** The first channel's end comes soon: it must be looked at before anything else, however slow the machine. */
export async function channelSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("A channel near its end is replaced by cron", () => expiringChannel(scene));
}

/** Lost notifications, expired tokens, a killed Worker. */
export async function faultSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("Dropped notifications: the sweep finds the change", () => droppedNotifications(scene));
  await timeline.step("The sync token expires: never falsely free meanwhile", () => expiredToken(scene));
  await timeline.step("SIGKILL in a sync and a booking: nothing lost or doubled", () => killed(scene));
}

/** The last calendar goes. */
export async function leavingSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("Disconnecting stops the channel and revokes the grant", () => leaving(scene));
}

async function droppedNotifications(scene: Scene): Promise<string> {
  const { google, maraplace } = scene;
  const slot = halfHour(scene, 12);
  const before = await google.notifications();
  const from = await google.withKnob({ name: "push.drop", value: true }, async () => {
    await google.add("Unheard of", slot);
    await waitFor("the notification to be dropped", 5_000, async () => {
      return (await google.notifications()).pending === 0;
    });
    return performance.now();
  });
  expect((await google.notifications()).attempts === before.attempts, "A notification came through.");
  expect((await maraplace.availability(slot)).available, "The cache knew without being told.");
  await untilSwept(scene, "the sweep", async () => !(await maraplace.availability(slot)).available);
  return `found ${duration(performance.now() - from)} later (pulls verify every 3 s here)`;
}

async function expiredToken(scene: Scene): Promise<string> {
  const { google, maraplace } = scene;
  const [busy, added] = [await busyEvent(scene), halfHour(scene, 13)];
  const before = (await maraplace.analytics()).syncs.snapshots;
  await google.forgetRequests();
  const asked = await google.withKnob({ name: "list.shortPage", value: 150 }, async () => {
    await google.expireSyncTokens();
    return maraplace.neverFree(busy, async () => {
      await google.add("After the token died", added);
      await maraplace.flips(added, false, PATIENCE_MS);
    });
  });
  const lists = await google.requests("events.list");
  expect(
    lists.some(({ status }) => status === 410),
    "Google never answered 410.",
  );
  await waitFor("the full listing to end", PATIENCE_MS, async () => {
    return (await maraplace.analytics()).syncs.snapshots > before;
  });
  return `410, ${lists.length - 1} pages again; ${asked.length} checks meanwhile, p50 ${duration(median(asked))}`;
}

/** Google granted the first channel a short life: by now cron must think of the next. */
async function expiringChannel(scene: Scene): Promise<string> {
  const { google } = scene;
  const lasting = async () =>
    (await google.channels()).filter(({ stopped, expiresAt }) => !stopped && expiresAt > Date.now());
  const [old] = await google.channels();
  expect(old !== undefined, "Google has no channel.");
  let isGapless = true;
  await untilSwept(scene, "the replacement", async () => {
    const channels = await lasting();
    if (channels.length === 0) isGapless = false;
    return channels.some(({ id }) => id !== old.id);
  });
  expect(isGapless, "For a moment there was no channel.");
  const beforeEndMs = old.expiresAt - Date.now();
  await untilSwept(scene, "the old channel to be stopped", async () => (await lasting()).length === 1);
  return `replaced ${duration(beforeEndMs)} before its end, the old one stopped`;
}

/** The worst moments: Google waits with the page, and has the booking's event without having said so. */
async function killed(scene: Scene): Promise<string> {
  const { google, maraplace, stack } = scene;
  const [added, booked] = [halfHour(scene, 14), halfHour(scene, 15)];
  const lost = await google.withKnob(
    { name: "net.hang", value: "after", operation: "events.insert", times: 1 },
    async () => {
      await google.forgetRequests();
      const booking = maraplace.book("booking-killed", booked).catch(() => null);
      await waitFor("the insert", 10_000, async () => (await google.requests("events.insert"))[0] ?? null);
      return { booking };
    },
  );
  // Before the knob: a pull that hangs at once, because its time has come, is the one to wait for. No second follows it.
  await google.forgetRequests();
  await google.withKnob({ name: "net.hang", value: "before", operation: "events.list" }, async () => {
    await google.add("Added before the kill", added);
    await waitFor("the pull to ask", 10_000, async () => (await google.requests("events.list"))[0] ?? null);
    await stack.worker.kill9();
  });
  await lost.booking;
  await stack.worker.restart();
  const from = performance.now();
  await untilSwept(scene, "the event and the delivery", async () => {
    const { results } = await maraplace.booking("booking-killed");
    const isDelivered = results.every(({ status }) => status === "synced");
    return isDelivered && !(await maraplace.availability(added)).available;
  });
  const events = (await google.events(booked)).filter(({ summary }) => summary?.endsWith("booking-killed"));
  expect(events.length === 1, `Google shows the booking ${events.length} times.`);
  return `change found, booking delivered once, ${duration(performance.now() - from)} after the restart`;
}

async function leaving(scene: Scene): Promise<string> {
  const { google, maraplace } = scene;
  const [connection] = await maraplace.connections();
  expect(connection !== undefined, "There is no connection.");
  const answer = await maraplace.disconnect(connection.id);
  expect(answer.status === 204, `The answer was ${answer.status} ${codeOf(answer)}.`);
  const gone = async () =>
    (await google.channels()).every(({ stopped }) => stopped) && (await google.grants()) === 0;
  await untilSwept(scene, "Google to hear of it", gone);
  expect((await maraplace.connections()).length === 0, "The connection is still listed.");
  return "every channel stopped, grant revoked";
}
