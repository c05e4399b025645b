// Simulated Google as the demo uses it: the agent's actions in their calendar, and faults of Google.
import * as z from "zod";
import type { GenerateInput } from "../../test/simulators/shared/generation.ts";
import { type Caller, caller, expectBody } from "../local/client.ts";
import { type Knob, withKnob } from "./knobs.ts";

/** Bounds in epoch milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const Event = z.looseObject({
  id: z.string(),
  status: z.string(),
  summary: z.string().optional(),
  transparency: z.string().optional(),
  eventType: z.string().optional(),
  attendees: z.array(z.looseObject({})).optional(),
  start: z.object({ dateTime: z.string().optional() }).loose().optional(),
  end: z.object({ dateTime: z.string().optional() }).loose().optional(),
});

/** An event as Google shows it. */
export type GoogleEvent = z.infer<typeof Event>;

const Channel = z.looseObject({
  id: z.string(),
  token: z.string().nullable(),
  resourceId: z.string(),
  calendarId: z.string(),
  expiresAt: z.number(),
  stopped: z.boolean(),
});

/** A push channel as Google keeps it. */
export type GoogleChannel = z.infer<typeof Channel>;

const GoogleRequest = z.looseObject({
  operation: z.string().nullable(),
  query: z.record(z.string(), z.string()),
  status: z.number().nullable(),
});

/** A request that Google got. */
export type GoogleRequest = z.infer<typeof GoogleRequest>;

const items = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item) });
const Notifications = z.object({ pending: z.array(z.unknown()), attempts: z.array(z.unknown()) });
const State = z.looseObject({ grants: z.array(z.unknown()) });

const bounds = ({ start, end }: Span) => ({
  start: { dateTime: new Date(start).toISOString() },
  end: { dateTime: new Date(end).toISOString() },
});

/** The control of simulated Google over HTTP, for one calendar. */
export function googleControl(origin: string, calendarId: string) {
  const control: Caller = caller(`${origin}/_control`);
  const events = `/calendars/${encodeURIComponent(calendarId)}/events`;
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await control(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}`);
  };
  return {
    addUser: (input: { email: string; timeZone: string; name: string }) => done("POST", "/users", input),
    generate: (input: Omit<GenerateInput, "seed">) =>
      done("POST", "/generate", { calendarId, seed: 1, ...input }),
    async add(summary: string, span: Span): Promise<GoogleEvent> {
      return expectBody(Event, await control("POST", events, { summary, ...bounds(span) }));
    },
    move: (id: string, span: Span) => done("PATCH", `${events}/${id}`, bounds(span)),
    remove: (id: string) => done("DELETE", `${events}/${id}`),
    async event(id: string): Promise<GoogleEvent | null> {
      const answer = await control("GET", `${events}/${id}`);
      return answer.body === null ? null : expectBody(Event, answer);
    },
    async events({ start, end }: Span): Promise<GoogleEvent[]> {
      const answer = await control("GET", `${events}?from=${start}&to=${end}`);
      return expectBody(items(Event), answer).items;
    },
    async channels(): Promise<GoogleChannel[]> {
      const { items: all } = expectBody(items(Channel), await control("GET", "/channels"));
      return all.filter((channel) => channel.calendarId === calendarId);
    },
    async requests(operation: string): Promise<GoogleRequest[]> {
      const answer = await control("GET", `/requests?operation=${operation}`);
      return expectBody(items(GoogleRequest), answer).items;
    },
    forgetRequests: () => done("DELETE", "/requests"),
    async notifications(): Promise<{ pending: number; attempts: number }> {
      const { pending, attempts } = expectBody(Notifications, await control("GET", "/notifications"));
      return { pending: pending.length, attempts: attempts.length };
    },
    async grants(): Promise<number> {
      return expectBody(State, await control("GET", "/state")).grants.length;
    },
    withKnob: <T>(knob: Knob, work: () => Promise<T>) => withKnob(done, knob, work),
    /** The next channel lives no longer than this. */
    shortenNextChannel: (seconds: number) =>
      done("POST", "/knobs", { name: "watch.maxTtl", value: seconds, times: 1 }),
    expireSyncTokens: () => done("POST", `/expire-sync-tokens?calendar=${encodeURIComponent(calendarId)}`),
  };
}

export type DemoGoogle = ReturnType<typeof googleControl>;
