// MaraPlace's side of the demo: the calls a booking flow makes.
import * as z from "zod";
import { type Answer, caller, expectBody } from "../local/client.ts";
import { waitFor } from "../local/process.ts";
import type { Span } from "./google.ts";
import { expect } from "./timeline.ts";

const Conflict = z.object({
  reason: z.string(),
  provider: z.string().nullable(),
  start: z.string(),
  end: z.string(),
});
const Availability = z.object({
  available: z.boolean(),
  reason: z.string(),
  complete: z.boolean(),
  conflicts: z.array(Conflict),
});
const Connection = z.object({
  id: z.string(),
  provider: z.string(),
  status: z.string(),
  push: z.string(),
  lastSyncAt: z.string().nullable(),
});
const Settings = z.looseObject({ revision: z.number() });
const Booking = z.object({
  created: z.boolean(),
  booking: z.object({ start: z.string() }),
  results: z.array(z.object({ provider: z.string(), status: z.string(), externalId: z.string().nullable() })),
});
const Analytics = z.object({
  syncs: z.object({ total: z.number(), failed: z.number(), snapshots: z.number(), upserts: z.number() }),
});

export type ConnectionSeen = z.infer<typeof Connection>;

/** The calls for one agent. */
export function maraplace(apiUrl: string, token: string, agentId: string) {
  const api = caller(apiUrl, { authorization: `Bearer ${token}` });
  const agent = `agentId=${encodeURIComponent(agentId)}`;
  const iso = (at: number) => new Date(at).toISOString();

  const availability = async ({ start, end }: Span) => {
    const answer = await api("POST", "/availability", { agentId, start: iso(start), end: iso(end) });
    return { ...expectBody(Availability, answer), ms: answer.ms };
  };
  const connections = async (): Promise<ConnectionSeen[]> =>
    expectBody(z.object({ connections: z.array(Connection) }), await api("GET", `/connections?${agent}`))
      .connections;

  return {
    availability,
    connections,
    /** Asks until the answer is `available`; how long that took in milliseconds. */
    async flips(span: Span, available: boolean, withinMs: number): Promise<number> {
      const from = performance.now();
      const state = available ? "free" : "busy";
      await waitFor(`the slot to become ${state}`, withinMs, async () => {
        return (await availability(span)).available === available;
      });
      return performance.now() - from;
    },
    /**
     * Asks about a busy time, one check after the other, until `work` has ended. Answers how long each took in
     * milliseconds.
     * @throws Error when the time was ever called free
     */
    async neverFree(span: Span, work: () => Promise<void>): Promise<number[]> {
      const asked: number[] = [];
      let falselyFree = 0;
      let ended = false;
      const poll = async () => {
        while (!ended) {
          const answer = await availability(span);
          asked.push(answer.ms);
          if (answer.available) falselyFree += 1;
        }
      };
      const polling = poll();
      try {
        await work();
      } finally {
        ended = true;
        await polling;
      }
      expect(falselyFree === 0, `${falselyFree} of ${asked.length} answers called a busy time free.`);
      return asked;
    },
    /** Waits until a connection is as asked. */
    connection: (what: string, withinMs: number, holds: (connection: ConnectionSeen) => boolean) =>
      waitFor(what, withinMs, async () => (await connections()).find(holds) ?? null),
    book: (bookingId: string, span: Span, more: { holdId?: string } = {}): Promise<Answer> =>
      api("POST", "/events", {
        ...more,
        agentId,
        bookingId,
        title: `Consultation ${bookingId}`,
        clientName: "Grace Hopper",
        clientEmail: "grace@example.com",
        start: iso(span.start),
        end: iso(span.end),
      }),
    hold: (holdId: string, span: Span, minutes: number): Promise<Answer> =>
      api("POST", "/holds", { agentId, holdId, minutes, start: iso(span.start), end: iso(span.end) }),
    change: (bookingId: string, span: Span): Promise<Answer> =>
      api("PATCH", `/events/${bookingId}`, { agentId, start: iso(span.start), end: iso(span.end) }),
    cancel: (bookingId: string): Promise<Answer> => api("DELETE", `/events/${bookingId}?${agent}`),
    async bookingStart(bookingId: string): Promise<number> {
      const { booking } = expectBody(Booking, await api("GET", `/events/${bookingId}?${agent}`));
      return Date.parse(booking.start);
    },
    /** Replaces some of the agent's settings. */
    async settings(change: Readonly<Record<string, unknown>>): Promise<void> {
      const before = expectBody(Settings, await api("GET", `/settings?${agent}`));
      const answer = await api("PUT", `/settings?${agent}`, { ...before, ...change });
      expect(answer.status === 200, `The settings were answered ${answer.status}.`);
    },
    async booking(bookingId: string) {
      return expectBody(Booking, await api("GET", `/events/${bookingId}?${agent}`));
    },
    readBooking: (answer: Answer) => expectBody(Booking, answer),
    disconnect: (connectionId: string): Promise<Answer> => api("DELETE", `/connections/${connectionId}`),
    async analytics() {
      const hour = 3_600_000;
      const range = `from=${iso(Date.now() - hour)}&to=${iso(Date.now() + hour)}`;
      return expectBody(Analytics, await api("GET", `/analytics?${agent}&${range}`));
    },
  };
}

export type MaraPlace = ReturnType<typeof maraplace>;
