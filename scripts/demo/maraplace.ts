// MaraPlace's side of the demo: the calls a booking flow makes.
import * as z from "zod";
import { type Answer, caller, expectBody } from "../local/client.ts";
import { waitFor } from "../local/process.ts";
import type { Span } from "./google.ts";

const Conflict = z.object({ reason: z.string(), start: z.string(), end: z.string() });
const Availability = z.object({
  available: z.boolean(),
  reason: z.string(),
  complete: z.boolean(),
  conflicts: z.array(Conflict),
});
const Connection = z.object({
  id: z.string(),
  status: z.string(),
  push: z.string(),
  lastSyncAt: z.string().nullable(),
});
const Booking = z.object({
  created: z.boolean(),
  results: z.array(z.object({ status: z.string(), externalId: z.string().nullable() })),
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
    /** Waits until the only connection is as asked. */
    connection: (what: string, withinMs: number, holds: (connection: ConnectionSeen) => boolean) =>
      waitFor(what, withinMs, async () => (await connections()).find(holds) ?? null),
    book: (bookingId: string, span: Span): Promise<Answer> =>
      api("POST", "/events", {
        agentId,
        bookingId,
        title: `Consultation ${bookingId}`,
        clientName: "Grace Hopper",
        clientEmail: "grace@example.com",
        start: iso(span.start),
        end: iso(span.end),
      }),
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
