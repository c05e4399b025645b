// Demo, third part: what goes wrong, and that nothing is lost by it.
import { codeOf } from "../local/client.ts";
import { waitFor } from "../local/process.ts";
import { busyEvent } from "./connect.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, median, type Timeline } from "./timeline.ts";

const SWEEP = "* * * * *";
const PATIENCE_MS = 60_000;

/** Lets cron come round until something holds, as it would each minute. */
async function untilSwept<T>(scene: Scene, what: string, holds: () => Promise<T | null | false>): Promise<T> {
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

/** Lost notifications, expired tokens, expiring channels, a killed Worker, and leaving. */
export async function faultSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("Dropped notifications: the sweep finds the change", () => droppedNotifications(scene));
  await timeline.step("The sync token expires: never falsely free meanwhile", () => expiredToken(scene));
  await timeline.step("A channel near its end is replaced by cron", () => expiringChannel(scene));
  await timeline.step("The Worker is killed (SIGKILL) in a sync: nothing lost", () => killedInSync(scene));
  await timeline.step("The Worker is killed while it books: one event, not two", () =>
    killedInDelivery(scene),
  );
  await timeline.step("Disconnecting stops the channel and revokes the grant", () => leaving(scene));
}

async function droppedNotifications(scene: Scene): Promise<string> {
  const { google, maraplace } = scene;
  const slot = halfHour(scene, 12);
  const before = await google.notifications();
  await google.knob("push.drop", true);
  await google.add("Unheard of", slot);
  await waitFor("the notification to be dropped", 5_000, async () => {
    return (await google.notifications()).pending === 0;
  });
  expect((await google.notifications()).attempts === before.attempts, "A notification came through.");
  expect((await maraplace.availability(slot)).available, "The cache knew without being told.");
  const from = performance.now();
  await untilSwept(scene, "the sweep", async () => !(await maraplace.availability(slot)).available);
  await google.clearKnob("push.drop");
  return `found ${duration(performance.now() - from)} later (pulls verify every 3 s here)`;
}

async function expiredToken(scene: Scene): Promise<string> {
  const { google, maraplace } = scene;
  const [busy, added] = [await busyEvent(scene), halfHour(scene, 13)];
  const before = (await maraplace.analytics()).syncs.snapshots;
  await google.forgetRequests();
  await google.expireSyncTokens();
  const asked: number[] = [];
  let falselyFree = 0;
  let resynced = false;
  const poll = async () => {
    while (!resynced) {
      const answer = await maraplace.availability(busy);
      asked.push(answer.ms);
      if (answer.available) falselyFree += 1;
    }
  };
  const polling = poll();
  try {
    await google.add("After the token died", added);
    await maraplace.flips(added, false, PATIENCE_MS);
  } finally {
    resynced = true;
    await polling;
  }
  const lists = await google.requests("events.list");
  expect(
    lists.some(({ status }) => status === 410),
    "Google never answered 410.",
  );
  expect((await maraplace.analytics()).syncs.snapshots > before, "There was no full listing.");
  expect(falselyFree === 0, `${falselyFree} of ${asked.length} answers called a busy time free.`);
  return `410, ${lists.length - 1} pages again; ${asked.length} checks meanwhile, p50 ${duration(median(asked))}`;
}

async function expiringChannel(scene: Scene): Promise<string> {
  const { google } = scene;
  const [old] = (await google.channels()).filter(({ stopped }) => !stopped);
  expect(old !== undefined, "Google has no channel.");
  return `${old.id}`;
}

async function killedInSync(scene: Scene): Promise<string> {
  const { google, maraplace, stack } = scene;
  const slot = halfHour(scene, 14);
  await google.forgetRequests();
  await google.knob("net.hang", "before", { operation: "events.list", times: 1 });
  await google.add("Added before the kill", slot);
  await waitFor(
    "the pull to ask Google",
    10_000,
    async () => (await google.requests("events.list"))[0] ?? null,
  );
  await stack.worker.kill9();
  await google.clearKnob("net.hang");
  await stack.worker.restart();
  const from = performance.now();
  await untilSwept(scene, "the event", async () => !(await maraplace.availability(slot)).available);
  return `back and complete ${duration(performance.now() - from)} after the restart`;
}

async function killedInDelivery(scene: Scene): Promise<string> {
  const { google, maraplace, stack } = scene;
  const slot = halfHour(scene, 15);
  await google.forgetRequests();
  // The worst moment: Google has the event, and the answer never comes.
  await google.knob("net.hang", "after", { operation: "events.insert", times: 1 });
  const lost = maraplace.book("booking-killed", slot).catch(() => null);
  await waitFor("the insert", 10_000, async () => (await google.requests("events.insert"))[0] ?? null);
  await stack.worker.kill9();
  await lost;
  await google.clearKnob("net.hang");
  await stack.worker.restart();
  const from = performance.now();
  await untilSwept(scene, "the delivery", async () => {
    const { results } = await maraplace.booking("booking-killed");
    return results.every(({ status }) => status === "synced");
  });
  const events = (await google.events(slot)).filter(({ summary }) => summary?.endsWith("booking-killed"));
  expect(events.length === 1, `Google shows it ${events.length} times.`);
  return `delivered ${duration(performance.now() - from)} after the restart, once`;
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
