// Strangers: what a flood of notifications of unknown channels costs, by counts, and how long a sale takes meanwhile.

import * as z from "zod";
import { caller, expectBody } from "../../scripts/local/client.ts";
import { API, type LocalStack } from "../../scripts/local/stack.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import { type Report, sampleOf, textOf } from "./report.ts";
import { isWrite, type Wiretap } from "./wiretap.ts";

const FLOOD = 1_000;
/** As many as one body may hold. */
const IN_A_BODY = 100;
const AGENT = "bench-beside-strangers";
/** At the worst a sale during the flood takes twice as long as a quiet one. */
const SLOWER = 2;

/** A body as a stranger would make it: of the right form, with channels that nobody opened. */
const forged = (first: number) =>
  JSON.stringify({
    value: Array.from({ length: IN_A_BODY }, (_, index) => ({
      subscriptionId: `unknown-${first + index}`,
      clientState: `guess-${first + index}`,
    })),
  });

/** One body after the other, each as full as it may be: many at once would only show that processors are shared. */
async function flood(stack: LocalStack): Promise<void> {
  for (let first = 0; first < FLOOD; first += IN_A_BODY) {
    const answer = await fetch(`${stack.worker.url}${API}/webhooks/microsoft`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: forged(first),
    });
    if (answer.status !== 204) throw new Error(`The flood was answered with ${answer.status}.`);
  }
}

/** Sells one slot after the other; answers how long the sale took. */
async function openShop(stack: LocalStack): Promise<() => Promise<number>> {
  const api = caller(stack.worker.url + API, { authorization: `Bearer ${stack.serviceToken}` });
  const query = `/settings?agentId=${AGENT}`;
  const { revision: _, ...settings } = expectBody(z.looseObject({}), await api("GET", query));
  expectBody(z.looseObject({}), await api("PUT", query, { ...settings, timeZone: "UTC" }));
  let sold = 0;
  return async () => {
    sold += 1;
    const start = Math.ceil(Date.now() / DAY_MS) * DAY_MS + sold * HOUR_MS;
    const [from, to] = [start, start + HOUR_MS].map((at) => new Date(at).toISOString());
    const booking = { agentId: AGENT, bookingId: `beside-${sold}`, title: "Sale", start: from, end: to };
    const answer = await api("POST", "/events", booking);
    if (answer.status !== 201) throw new Error(`A sale was answered with ${answer.status}.`);
    return answer.ms;
  };
}

/** Floods the webhook with unknown channels, and sells slots without and with the flood, in turn. */
export async function measureStrangers(
  report: Report,
  stack: LocalStack,
  database: Wiretap,
  rounds: number,
): Promise<void> {
  const name = `${FLOOD.toLocaleString("en")} notifications of unknown channels`;
  await database.rested();
  const exchanges = await database.record(() => flood(stack));
  report.count(`${name}: database requests`, exchanges.length, FLOOD / IN_A_BODY);
  report.count(`${name}: write transactions`, exchanges.filter(isWrite).length, 0);
  const sell = await openShop(stack);
  await sell();
  const pairs: { quiet: number; loud: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const quiet = await sell();
    const flooding = flood(stack);
    const loud = await sell();
    await flooding;
    pairs.push({ quiet, loud });
  }
  const [quiet, loud] = [sampleOf(pairs.map((pair) => pair.quiet)), sampleOf(pairs.map((pair) => pair.loud))];
  const ratio = sampleOf(pairs.map((pair) => pair.loud / pair.quiet));
  report.ratio(
    "a sale during them / a quiet sale",
    ratio,
    SLOWER,
    `${textOf(loud)} ms / ${textOf(quiet)} ms`,
  );
}
