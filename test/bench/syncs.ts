// Syncs by counts: a burst of notifications, and the first sync of a large calendar.
import { waitFor } from "../../scripts/local/process.ts";
import { API, type LocalStack } from "../../scripts/local/stack.ts";
import { DAY_MS } from "../../src/domain/instant.ts";
import { connectAgent, type Subject, scalar, untilSynced } from "./checks.ts";
import type { Report } from "./report.ts";
import { isLocked, isWrite, type Wiretap } from "./wiretap.ts";

const BURST = 1_000;
/**
 * Requests at once. More writers that wait for its one lock can starve sqld (`docs/providers/cloudflare-turso.md` 2.1).
 */
const SENDERS = 16;
/** The sweep follows up what was lost after five minutes (`SENT_MS`). */
const SETTLE_MS = 400_000;
const SWEEP = "* * * * *";

/** The notification that Google would send for the calendar. */
function notifier(stack: LocalStack, subject: Subject): () => Promise<void> {
  const channel = stack.google.simulator
    .channels()
    .find(({ calendarId, stopped }) => calendarId === subject.email && !stopped);
  if (channel === undefined) throw new Error("Google has no channel for the calendar.");
  let number = 1_000;
  const post = async () => {
    number += 1;
    const answer = await fetch(`${stack.worker.url}${API}/webhooks/google`, {
      method: "POST",
      headers: {
        "x-goog-channel-id": channel.id,
        "x-goog-channel-token": channel.token ?? "",
        "x-goog-resource-id": channel.resourceId,
        "x-goog-resource-state": "exists",
        "x-goog-message-number": String(number),
      },
    });
    await answer.arrayBuffer();
    if (answer.status !== 204 && answer.status !== 503) {
      throw new Error(`A notification was answered with ${answer.status}.`);
    }
    return answer.status === 204;
  };
  // Google sends a notification again after a 503.
  return () => waitFor("a notification to be taken", SETTLE_MS, post).then(() => undefined);
}

async function send(notify: () => Promise<void>, count: number): Promise<void> {
  let left = count;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      await notify();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

function settled(stack: LocalStack, connectionId: string): Promise<unknown> {
  const sql = "SELECT dirty = clean AND lease_until = 0 AS value FROM connections WHERE id = ?";
  let asked = 0;
  return waitFor("the calendar to be clean", SETTLE_MS, async () => {
    if ((await scalar(stack.database.url, sql, [connectionId])) === 1) return true;
    // On a machine so busy that the held request ran into its time limit, cron has to take over.
    asked += 1;
    if (asked % 100 === 0) await stack.worker.cron(SWEEP);
    return false;
  });
}

/** Incremental syncs so far. */
function deltas(stack: LocalStack, email: string): number {
  return stack.google.simulator.requests.filter(
    ({ operation, user, query }) =>
      operation === "events.list" && user === email && query["syncToken"] !== undefined,
  ).length;
}

/**
 * Sends 1,000 notifications for one calendar while its sync waits for Google, then once more while Google answers
 * as fast as it can.
 */
export async function measureBurst(
  report: Report,
  stack: LocalStack,
  proxies: { database: Wiretap; google: Wiretap },
  subject: Subject,
): Promise<void> {
  const notify = notifier(stack, subject);
  await settled(stack, subject.connectionId);
  await proxies.database.rested();

  const before = deltas(stack, subject.email);
  const held = proxies.google.hold(/\/events\?/);
  await notify();
  await held.arrived;
  const startedAt = performance.now();
  const meanwhile = await proxies.database.record(() => send(notify, BURST - 1));
  const seconds = (performance.now() - startedAt) / 1_000;
  held.release();
  await settled(stack, subject.connectionId);
  const name = "notifications in a burst, while a sync waits for Google";
  report.count(`${BURST} ${name}: incremental syncs`, deltas(stack, subject.email) - before, 2);
  const locked = meanwhile.filter(isLocked).length;
  const requests = meanwhile.length - locked;
  const writes = meanwhile.filter((exchange) => isWrite(exchange) && !isLocked(exchange)).length;
  report.count("database writes per notification", writes / (BURST - 1), 1);
  report.count(
    "database requests per notification",
    requests / (BURST - 1),
    1,
    `${locked} locked out, again`,
  );
  report.show("notifications answered per second", (BURST / seconds).toFixed(0));

  const fastBefore = deltas(stack, subject.email);
  await send(notify, BURST);
  await settled(stack, subject.connectionId);
  await proxies.database.rested();
  report.show(
    "the same with Google answering at once: incremental syncs",
    String(deltas(stack, subject.email) - fastBefore),
  );
}

/** Connects a calendar of 10,000 events and counts what its first sync takes. Answers the connection. */
export async function measureFirstSync(
  report: Report,
  stack: LocalStack,
  database: Wiretap,
  events: number,
): Promise<string> {
  let connectionId = "";
  const before = stack.google.simulator.requests.length;
  const exchanges = await database.record(async () => {
    const from = Date.now();
    const input = { seed: 11, count: events, from, to: from + 390 * DAY_MS, timeZone: "Europe/Berlin" };
    const fill = (email: string) => stack.google.simulator.generate(email, input);
    connectionId = (await connectAgent(stack, "large", fill)).connectionId;
    await untilSynced(stack, connectionId);
  });
  await database.rested();
  const requests = stack.google.simulator.requests.slice(before);
  const lists = requests.filter(({ operation }) => operation === "events.list").length;
  const run = `SELECT sum(finished_at - started_at) AS value FROM sync_runs
    WHERE connection_id = ? AND mode = 'snapshot'`;
  const kept = "SELECT sum(upserts) AS value FROM sync_runs WHERE connection_id = ? AND mode = 'snapshot'";
  const ms = Number(await scalar(stack.database.url, run, [connectionId]));
  const rows = Number(await scalar(stack.database.url, kept, [connectionId]));
  const total = events.toLocaleString("en");
  report.show(
    `first sync of ${total} events: database requests`,
    String(exchanges.length),
    "consent included",
  );
  report.show(
    `first sync of ${total} events: provider requests`,
    String(requests.length),
    `${lists} listings`,
  );
  const rate = ((events * 1_000) / ms).toFixed(0);
  report.show(`first sync of ${total} events: events per second`, rate, `${rows} kept, ${ms} ms`);
  return connectionId;
}
