// The availability check by counts: requests it makes, and rows it reads as the cache grows.
import { createClient } from "@libsql/client/web";
import * as z from "zod";
import { caller, connectGoogle, expectBody } from "../../scripts/local/client.ts";
import { waitFor } from "../../scripts/local/process.ts";
import { API, type LocalStack } from "../../scripts/local/stack.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import { fillCache, ROWS_PER_AGENT, SPACING_MS } from "./load.ts";
import type { Report } from "./report.ts";
import { replayRowsRead, type Wiretap } from "./wiretap.ts";

/** The agent whose checks are measured. */
export interface Subject {
  readonly agentId: string;
  readonly email: string;
  readonly connectionId: string;
  /** An hour in the middle of their events, as the body of a check. */
  readonly check: { readonly agentId: string; readonly start: string; readonly end: string };
  readonly startsAt: number;
  readonly endsAt: number;
}

const SYNC_MS = 60_000;

/** Reads one value of one row from the database, past the Worker and the proxy. */
export async function scalar(databaseUrl: string, sql: string, args: (string | number)[]): Promise<unknown> {
  const client = createClient({ url: databaseUrl });
  try {
    return (await client.execute({ sql, args })).rows[0]?.["value"];
  } finally {
    client.close();
  }
}

/** Waits for the calendar's first sync and its channel without making the Worker do anything. */
export async function untilSynced(stack: LocalStack, connectionId: string): Promise<void> {
  const sql = `SELECT c.dirty = c.clean AND c.verified_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM channels h WHERE h.connection_id = c.id AND h.state = 'active') AS value
    FROM connections c WHERE c.id = ?`;
  await waitFor("the first sync", SYNC_MS, async () => {
    return (await scalar(stack.database.url, sql, [connectionId])) === 1;
  });
}

/** Connects an agent through the consent page; `fill` puts events into their calendar before. */
export async function connectAgent(
  stack: LocalStack,
  name: string,
  fill: (email: string) => void,
): Promise<{ agentId: string; email: string; connectionId: string }> {
  const [agentId, email] = [`bench-${name}`, `${name}@example.com`];
  stack.google.simulator.addUser({ email, timeZone: "Europe/Berlin" });
  fill(email);
  const apiUrl = stack.worker.url + API;
  const { connectionIds } = await connectGoogle({ apiUrl, token: stack.serviceToken, agentId, email });
  return { agentId, email, connectionId: connectionIds[0] ?? "" };
}

/** The agent of the checks: an hour every fourth day, as often as the fillers have theirs. */
export async function connectSubject(stack: LocalStack): Promise<Subject> {
  const first = Date.now() + DAY_MS;
  const iso = (at: number) => new Date(at).toISOString();
  const hour = (index: number) => {
    const startsAt = first + index * SPACING_MS;
    return { startsAt, endsAt: startsAt + HOUR_MS };
  };
  const agent = await connectAgent(stack, "subject", (email) => {
    for (let index = 0; index < ROWS_PER_AGENT; index += 1) {
      const { startsAt, endsAt } = hour(index);
      const bounds = { start: { dateTime: iso(startsAt) }, end: { dateTime: iso(endsAt) } };
      stack.google.simulator.addEvent(email, { summary: "Appointment", ...bounds });
    }
  });
  await untilSynced(stack, agent.connectionId);
  const { startsAt, endsAt } = hour(ROWS_PER_AGENT >> 2);
  const check = { agentId: agent.agentId, start: iso(startsAt), end: iso(endsAt) };
  return { ...agent, check, startsAt, endsAt };
}

const Available = z.object({ available: z.boolean(), complete: z.literal(true) });

/** Counts requests and rows of one check for each size of the cache. */
export async function measureChecks(
  report: Report,
  stack: LocalStack,
  database: Wiretap,
  subject: Subject,
  totals: readonly number[],
): Promise<void> {
  const api = caller(stack.worker.url + API, { authorization: `Bearer ${stack.serviceToken}` });
  const near = `SELECT count(*) AS value FROM busy
    WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?) AND starts_at > ? AND starts_at < ?`;
  const args = [subject.agentId, subject.startsAt - DAY_MS, subject.endsAt + DAY_MS];
  const rowsNear = Number(await scalar(stack.database.url, near, args));
  const reads: number[] = [];
  for (const total of totals) {
    await fillCache(stack.database.url, { agentId: subject.agentId, total, from: Date.now() });
    const requestsBefore = stack.google.simulator.requests.length;
    const exchanges = await database.record(async () => {
      expectBody(Available, await api("POST", "/availability", subject.check));
    });
    const toProvider = stack.google.simulator.requests.length - requestsBefore;
    let rows = 0;
    for (const exchange of exchanges) rows += await replayRowsRead(stack.database.url, exchange);
    reads.push(rows);
    const size = `${total.toLocaleString("en")} cached intervals`;
    report.count(`requests to the database, ${size}`, exchanges.length, 1);
    report.count(`requests to providers, ${size}`, toProvider, 0);
    report.count(`rows read, ${size}`, rows, 4 + rowsNear, `4 + ${rowsNear} within a day of the slot`);
  }
  report.count("difference of rows read between the sizes", Math.max(...reads) - Math.min(...reads), 0);
}
