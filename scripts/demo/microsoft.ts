// Simulated Microsoft as the demo uses it: the agent's actions in Outlook, and faults of Graph.
import * as z from "zod";
import type { GenerateInput } from "../../test/simulators/shared/generation.ts";
import { type Caller, caller, expectBody } from "../local/client.ts";
import type { Span } from "./google.ts";
import { type Knob, withKnob } from "./knobs.ts";

const Event = z.looseObject({
  id: z.string(),
  subject: z.string().optional(),
  start: z.looseObject({ dateTime: z.string() }),
});

/** An event as Outlook shows it, times in UTC. */
export type OutlookEvent = z.infer<typeof Event>;

const Subscription = z.looseObject({ id: z.string(), expiresAt: z.number() });
const GraphRequest = z.looseObject({ operation: z.string().nullable(), status: z.number().nullable() });
const Mailbox = z.looseObject({ calendarId: z.string() });

const items = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item) });

/** Graph writes the zone beside the time, never into it. */
const utc = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, -1), timeZone: "UTC" });
const bounds = ({ start, end }: Span) => ({ start: utc(start), end: utc(end) });

/** When an event begins, in epoch milliseconds. */
export const startOf = ({ start }: OutlookEvent): number => Date.parse(`${start.dateTime.slice(0, 19)}Z`);

/** Creates a person with a mailbox. Answers the control of simulated Microsoft for their main calendar. */
export async function addMailbox(
  origin: string,
  person: { email: string; kind: "personal" | "work"; timeZone: string; name: string },
) {
  const control: Caller = caller(`${origin}/_control`);
  const { calendarId } = expectBody(Mailbox, await control("POST", "/users", person));
  const events = `/calendars/${encodeURIComponent(calendarId)}/events`;
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await control(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}`);
  };
  const list = async <T extends z.ZodType>(item: T, path: string): Promise<z.infer<T>[]> =>
    expectBody(items(item), await control("GET", path)).items;
  return {
    /** Where the events of the calendar are, for other callers of the control. */
    eventsUrl: `${origin}/_control${events}`,
    generate: (input: Omit<GenerateInput, "seed">) =>
      done("POST", "/generate", { calendarId, seed: 2, ...input }),
    async add(subject: string, span: Span): Promise<OutlookEvent> {
      return expectBody(Event, await control("POST", events, { subject, ...bounds(span) }));
    },
    move: (id: string, span: Span) => done("PATCH", `${events}/${encodeURIComponent(id)}`, bounds(span)),
    remove: (id: string) => done("DELETE", `${events}/${encodeURIComponent(id)}`),
    events: ({ start, end }: Span) => list(Event, `${events}?from=${start}&to=${end}`),
    subscriptions: () => list(Subscription, "/subscriptions"),
    expireSubscription: (id: string, at: number) => done("POST", `/subscriptions/${id}/expire?at=${at}`),
    sendLifecycle: (id: string, event: string) => done("POST", `/subscriptions/${id}/lifecycle`, { event }),
    requests: (operation: string) => list(GraphRequest, `/requests?operation=${operation}`),
    forgetRequests: () => done("DELETE", "/requests"),
    mails: async () => (await list(z.unknown(), "/mails")).length,
    withKnob: <T>(knob: Knob, work: () => Promise<T>) => withKnob(done, knob, work),
    expireDeltaTokens: () => done("POST", `/expire-delta-tokens?calendar=${encodeURIComponent(calendarId)}`),
  };
}

export type DemoMicrosoft = Awaited<ReturnType<typeof addMailbox>>;
