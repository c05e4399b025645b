// P1 over HTTP: bursts of requests for the same time against the Worker, and the database killed in the middle of one.
import { createClient, type Row } from "@libsql/client/web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Answer, codeOf } from "../../scripts/local/client.ts";
import { type LocalStack, startStack } from "../../scripts/local/stack.ts";
import { startWiretap, type Wiretap } from "../bench/wiretap.ts";
import { type Agent, createAgent, type Span, untilSwept } from "./agent.ts";

const HALF_HOUR = 1_800_000;

/** All requests of a burst are at the Worker at once; but sqld starves with many more writers than these at once. */
const DATABASE_PLACES = 24;

let stack: LocalStack;
let front: Wiretap;

beforeAll(async () => {
  stack = await startStack({
    databaseFront: async (url) => {
      front = await startWiretap(url, DATABASE_PLACES);
      return front.url;
    },
    settings: {
      // Calendars that are a minute old must not spoil a burst: no provider is asked before a sale.
      CONFIRM_MAX_AGE_SECONDS: "86400",
      // A calendar that a notification has made dirty is read again first. A busy machine needs longer for that than
      // the usual budget, and the sale would be refused because it is slow.
      PULL_BUDGET_SECONDS: "20",
    },
  });
});

afterAll(async () => {
  await stack?.stop();
  await front?.stop();
});

/** An agent with an empty calendar. */
async function settle(name: string): Promise<Agent> {
  const agent = await createAgent(stack, name, 0);
  await agent.connect();
  await agent.settled();
  return agent;
}

async function stored(sql: string, agent: Agent): Promise<Row[]> {
  const client = createClient({ url: stack.database.url });
  try {
    return (await client.execute({ sql, args: [agent.agentId] })).rows;
  } finally {
    client.close();
  }
}

interface Stored {
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly revision: number;
}

/** The confirmed bookings by start; their own busy time must be exactly theirs. */
async function confirmed(agent: Agent): Promise<Stored[]> {
  const rows = await stored(
    "SELECT * FROM bookings WHERE agent_id = ? AND state = 'confirmed' ORDER BY starts_at, booking_id",
    agent,
  );
  const own = await stored(
    `SELECT booking_id, starts_at, ends_at FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?) AND connection_number = 0
      ORDER BY starts_at, booking_id`,
    agent,
  );
  const span = (row: Row) => [row["booking_id"], row["starts_at"], row["ends_at"]];
  expect(own.map(span)).toEqual(rows.map(span));
  return rows.map((row) => ({
    id: String(row["booking_id"]),
    startsAt: Number(row["starts_at"]),
    endsAt: Number(row["ends_at"]),
    revision: Number(row["revision"]),
  }));
}

function expectNoOverlap(bookings: readonly Stored[]): void {
  for (const [index, { endsAt }] of bookings.entries())
    expect(bookings[index + 1]?.startsAt ?? endsAt).toBeGreaterThanOrEqual(endsAt);
}

const iso = (at: number) => new Date(at).toISOString();

const Booked = z.object({
  booking: z.object({ bookingId: z.string(), start: z.string(), end: z.string(), revision: z.number() }),
});

/** Where an answer says that a booking is; null where it isn't a success. */
function saidBy({ status, body }: Answer): Stored | null {
  if (status >= 300) return null;
  const { bookingId, start, end, revision } = Booked.parse(body).booking;
  return { id: bookingId, startsAt: Date.parse(start), endsAt: Date.parse(end), revision };
}

const move = (agent: Agent, bookingId: string, { start, end }: Span) =>
  agent.api("PATCH", `/events/${bookingId}`, { start: iso(start), end: iso(end) });

/** Half an hour, so many half hours into the agent's day. */
const half = (agent: Agent, index: number): Span => {
  const start = agent.quiet.start + index * HALF_HOUR;
  return { start, end: start + HALF_HOUR };
};

const counts = (answers: readonly Answer[]) =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))].map((status) => [
      status,
      answers.filter((answer) => answer.status === status).length,
    ]),
  );

/** Each confirmed booking is in Google's calendar once, where it should be, and nothing else of ours is. */
async function delivered(agent: Agent): Promise<boolean> {
  const events = stack.google.simulator
    .events(agent.email)
    .filter(({ status }) => status !== "cancelled")
    .map(({ summary, start }) => [
      summary,
      Date.parse(z.object({ dateTime: z.string() }).parse(start).dateTime),
    ]);
  const wanted = (await confirmed(agent)).map(({ id, startsAt }) => [id, startsAt]);
  return JSON.stringify(events.sort()) === JSON.stringify(wanted.sort());
}

describe("P1: whoever races over HTTP", () => {
  it("200 requests at once for one slot: exactly one is sold, 199 hear that it is taken", async () => {
    const agent = await settle("crowd");
    const slot = half(agent, 20);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => agent.book(`crowd-${index}`, slot)),
    );
    expect(counts(answers)).toEqual({ 201: 1, 409: 199 });
    for (const { status, body } of answers)
      if (status === 409) expect(body).toMatchObject({ code: "slot_taken" });
    const bookings = await confirmed(agent);
    expect(bookings).toEqual(answers.flatMap((answer) => saidBy(answer) ?? []));
    await untilSwept(stack, "the one event", () => delivered(agent));
  });

  it("200 requests at once for the last place of the day, at 40 times: exactly one is sold", async () => {
    const agent = await settle("last-place");
    const put = await agent.api("PATCH", "/settings", { timeZone: "UTC", maxPerDay: 2 });
    expect(put.status).toBe(200);
    expect((await agent.book("first", half(agent, 47))).status).toBe(201);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => agent.book(`last-${index}`, half(agent, index % 40))),
    );
    expect(counts(answers)).toEqual({ 201: 1, 409: 199 });
    for (const { status, body } of answers)
      if (status === 409) expect(body).toMatchObject({ code: "slot_taken" });
    expect(await confirmed(agent)).toHaveLength(2);
  });

  it("50 overlapping reschedules and bookings at once: nothing overlaps, and every answer is true", async () => {
    const agent = await settle("shuffle");
    const before = await Promise.all(
      Array.from({ length: 10 }, (_, index) => agent.book(`s-${index}`, half(agent, 2 * index))),
    );
    expect(counts(before)).toEqual({ 201: 10 });
    // A quarter of an hour beside the half hours that are taken: each overlaps two of the others' requests.
    const shifted = (index: number): Span => {
      const { start, end } = half(agent, (index * 7) % 22);
      const shift = (index % 3) * (HALF_HOUR / 2);
      return { start: start + shift, end: end + shift };
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0
          ? move(agent, `s-${(index / 2) % 10}`, shifted(index))
          : agent.book(`n-${index}`, shifted(index)),
      ),
    );
    for (const { status } of answers) expect([200, 201, 409]).toContain(status);
    const bookings = await confirmed(agent);
    expectNoOverlap(bookings);
    // The newest revision that was answered for a booking holds. A refused request has left no trace.
    const newest = new Map<string, Stored>();
    for (const said of [...before, ...answers].flatMap((answer) => saidBy(answer) ?? [])) {
      const known = newest.get(said.id);
      if (known === undefined || known.revision < said.revision) newest.set(said.id, said);
    }
    expect(bookings).toEqual([...newest.values()].sort((a, b) => a.startsAt - b.startsAt));
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    await untilSwept(stack, "the events", () => delivered(agent));
  });

  it("P3: the database is killed and comes back in the middle: whatever was acknowledged is there", async () => {
    const agent = await settle("outage");
    const moved = await Promise.all(
      Array.from({ length: 8 }, (_, index) => agent.book(`m-${index}`, half(agent, index))),
    );
    expect(counts(moved)).toEqual({ 201: 8 });
    let acknowledged = 0;
    let arrive = () => {};
    const underWay = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const noted = async (asked: Promise<Answer>): Promise<Answer> => {
      const answer = await asked;
      acknowledged += Number(answer.status < 300);
      if (acknowledged === 3) arrive();
      return answer;
    };
    const book = (index: number) => agent.book(`o-${index}`, half(agent, 8 + (index % 32)));
    const burst = [
      // Two want each half hour.
      ...Array.from({ length: 64 }, (_, index) => noted(book(index))),
      ...Array.from({ length: 8 }, (_, index) => noted(move(agent, `m-${index}`, half(agent, 40 + index)))),
    ];
    await Promise.race([underWay, Promise.all(burst)]);
    expect(acknowledged).toBeGreaterThanOrEqual(3);
    expect(acknowledged).toBeLessThan(30);
    await stack.database.kill9();
    await stack.database.restart();
    const answers = await Promise.all(burst);
    for (const { status } of answers) expect([200, 201, 409, 503]).toContain(status);

    const check = async (said: readonly Answer[]) => {
      const bookings = await confirmed(agent);
      expectNoOverlap(bookings);
      for (const answer of said.flatMap((one) => saidBy(one) ?? [])) expect(bookings).toContainEqual(answer);
    };
    await check(answers);
    // All ask again. Whoever got no true answer asks until there is one: a pull that was cut off keeps its calendar
    // unverified until its lease lapses. Whoever has one stops asking, because on a busy machine one of 72 requests
    // may fail in each round.
    const asks = [
      ...Array.from({ length: 64 }, (_, index) => () => book(index)),
      ...Array.from({ length: 8 }, (_, index) => () => move(agent, `m-${index}`, half(agent, 40 + index))),
    ];
    const isTrue = (answer: Answer | null): answer is Answer =>
      answer !== null && !["503", "slot_unverified", "database_unavailable"].includes(codeOf(answer));
    let told: (Answer | null)[] = asks.map(() => null);
    await untilSwept(stack, "a true answer to everybody", async () => {
      told = await Promise.all(
        asks.map(async (ask, index) => {
          const known = told[index] ?? null;
          return isTrue(known) ? known : ask();
        }),
      );
      return told.every(isTrue);
    });
    const again = told.filter(isTrue);
    expect(counts(again.slice(64))).toEqual({ 200: 8 });
    await check([...answers.slice(0, 64), ...again]);
    expect(await confirmed(agent)).toHaveLength(40);
    await untilSwept(stack, "the events", () => delivered(agent));
  });
});
