// An agent of a whole-stack test: their Google account, their connection, and the questions asked about them.
import * as z from "zod";
import { type Answer, type Caller, caller, connectGoogle, expectBody } from "../../scripts/local/client.ts";
import { waitFor } from "../../scripts/local/process.ts";
import { API, type LocalStack } from "../../scripts/local/stack.ts";

const DAY_MS = 86_400_000;
const SWEEP = "* * * * *";

/** Bounds in epoch milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const Connections = z.object({
  connections: z.array(z.object({ id: z.string(), push: z.string(), lastSyncAt: z.string().nullable() })),
});
const Results = z.object({ results: z.array(z.object({ available: z.boolean() })) });
const BATCH = 50;

/** One person with a generated calendar. `quiet` is a day on which they have nothing. */
export interface Agent {
  readonly agentId: string;
  readonly email: string;
  readonly quiet: Span;
  readonly api: Caller;
  /** Goes through the consent page; the first sync starts behind it. */
  connect(): Promise<string>;
  connections(): Promise<z.infer<typeof Connections>["connections"]>;
  /** Waits for the first sync and the push channel. */
  settled(): Promise<void>;
  book(bookingId: string, span: Span): Promise<Answer>;
  /** How many of the spans are answered as available. */
  availableOf(spans: readonly Span[]): Promise<number>;
  /** Timed, confirmed, opaque events without guests: nobody can doubt that they make the agent busy. */
  busySpans(): Span[];
  /** Half an hour of the quiet day. */
  slot(hour: number): Span;
}

const iso = (at: number) => new Date(at).toISOString();

function spanOf(event: Readonly<Record<string, unknown>>): Span | null {
  const bounds = z.object({
    start: z.object({ dateTime: z.string() }),
    end: z.object({ dateTime: z.string() }),
  });
  const parsed = bounds.safeParse(event);
  const plain =
    event["status"] === "confirmed" &&
    event["attendees"] === undefined &&
    event["transparency"] !== "transparent" &&
    (event["eventType"] ?? "default") === "default";
  if (!plain || !parsed.success) return null;
  return { start: Date.parse(parsed.data.start.dateTime), end: Date.parse(parsed.data.end.dateTime) };
}

/** Creates the person at Google with `events` events over the next 200 days. */
export async function createAgent(stack: LocalStack, name: string, events: number): Promise<Agent> {
  const { simulator } = stack.google;
  const [agentId, email] = [`agent-${name}`, `${name}@example.com`];
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const quiet = { start: today + 3 * DAY_MS, end: today + 4 * DAY_MS };
  simulator.addUser({ email, timeZone: "Europe/Berlin" });
  simulator.generate(email, {
    seed: 7,
    count: events,
    from: today,
    to: today + 200 * DAY_MS,
    timeZone: "Europe/Berlin",
    keepFree: [quiet],
  });
  const token = await stack.agentToken(agentId);
  const apiUrl = stack.worker.url + API;
  const api = caller(apiUrl, { authorization: `Bearer ${token}` });

  const connections = async () => expectBody(Connections, await api("GET", "/connections")).connections;
  return {
    agentId,
    email,
    quiet,
    api,
    connections,
    async connect() {
      const { connectionIds } = await connectGoogle({ apiUrl, token, agentId, email });
      return connectionIds[0] ?? "";
    },
    settled: () =>
      waitFor("the first sync and the channel", 60_000, async () =>
        (await connections()).every(({ push, lastSyncAt }) => push === "active" && lastSyncAt !== null),
      ).then(() => undefined),
    book: (bookingId, span) =>
      api("POST", "/events", { bookingId, title: bookingId, start: iso(span.start), end: iso(span.end) }),
    async availableOf(spans) {
      let available = 0;
      for (let from = 0; from < spans.length; from += BATCH) {
        const part = spans.slice(from, from + BATCH);
        const checks = part.map(({ start, end }) => ({ start: iso(start), end: iso(end) }));
        const { results } = expectBody(Results, await api("POST", "/availability/batch", { checks }));
        available += results.filter((result) => result.available).length;
      }
      return available;
    },
    busySpans: () => {
      const events = simulator.events(email, { from: Date.now() + DAY_MS, to: today + 200 * DAY_MS });
      return events.flatMap((event) => spanOf(event) ?? []);
    },
    slot: (hour) => {
      const start = quiet.start + hour * 3_600_000;
      return { start, end: start + 1_800_000 };
    },
  };
}

/**
 * How long a test waits for what cron must bring about: leases of a killed Worker last up to a minute. Two such waits
 * end before the test's time limit, so that a wait in vain says what it waited for.
 */
const PATIENCE_MS = 120_000;

/** Lets cron come round until something holds. */
export async function untilSwept(
  stack: LocalStack,
  what: string,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  await waitFor(
    what,
    PATIENCE_MS,
    async () => {
      if (await holds()) return true;
      await stack.worker.cron(SWEEP);
      return false;
    },
    500,
  );
}
