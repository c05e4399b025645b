// Slots of many agents: the requests and rows of one search, and its time against that of one agent.
import * as z from "zod";
import { caller, expectBody } from "../../scripts/local/client.ts";
import { API, type LocalStack } from "../../scripts/local/stack.ts";
import { DAY_MS } from "../../src/domain/instant.ts";
import type { Subject } from "./checks.ts";
import type { Report } from "./report.ts";
import { replayRowsRead, type Wiretap } from "./wiretap.ts";

const SIZES = [1, 10, 100];
const DAYS = 7;

/** A week of slots of half an hour's step, of so many of the agents that `fillCache` has made. */
export const slotsOfMany = ({ startsAt }: Subject, agents: number) => ({
  agents: Array.from({ length: agents }, (_, index) => `filler-${index}`),
  from: new Date(startsAt).toISOString(),
  to: new Date(startsAt + DAYS * DAY_MS).toISOString(),
  durationMinutes: 60,
  limit: 1_000,
  // The fillers' calendars are copies, which no provider could freshen.
  maxAgeMs: DAY_MS,
});

const Found = z.object({
  slots: z.array(z.unknown()).min(1),
  agents: z.array(z.object({ reason: z.null(), complete: z.literal(true) })),
});

/** Counts requests and rows of one search for each number of agents. */
export async function measureSlots(
  report: Report,
  stack: LocalStack,
  database: Wiretap,
  subject: Subject,
): Promise<void> {
  const api = caller(stack.worker.url + API, { authorization: `Bearer ${stack.serviceToken}` });
  let perAgent = 0;
  for (const size of SIZES) {
    const exchanges = await database.record(async () => {
      expectBody(Found, await api("POST", "/slots", slotsOfMany(subject, size)));
    });
    let rows = 0;
    for (const exchange of exchanges) rows += await replayRowsRead(stack.database.url, exchange);
    if (size === 1) perAgent = rows;
    const what = `slots of ${size} agent${size === 1 ? "" : "s"}`;
    report.count(`requests to the database, ${what}`, exchanges.length, 1);
    report.count(
      `rows read, ${what}`,
      rows,
      size * (perAgent + 1),
      `${perAgent} of each agent and one to name it`,
    );
  }
}
