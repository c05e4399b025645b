// People with calendars at the simulated providers, and the ways in which they connect one.
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { addAppleCalendar, makeAppPassword } from "../../scripts/demo/icloud.ts";
import { addMailbox } from "../../scripts/demo/microsoft.ts";
import {
  type Caller,
  caller,
  connectGoogle,
  connectOffice365,
  expectBody,
} from "../../scripts/local/client.ts";
import { waitFor } from "../../scripts/local/process.ts";
import { places } from "./window.ts";

export const ZONE = "Europe/Berlin";
const HOUR_MS = 3_600_000;

/** The API with a token that reaches every agent. */
export const service = (): Caller =>
  caller(places().apiUrl, { authorization: `Bearer ${places().serviceToken}` });

/** A simulator's control. It throws where something is refused. */
function controlOf(origin: string) {
  const control = caller(`${origin}/_control`);
  return async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await control(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}`);
    return answer.body;
  };
}

/** Midnight of the day that is so many days from today, in epoch ms, in UTC. */
const dayAt = (days: number): number =>
  Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS + days * 24 * HOUR_MS;

/** A stretch of a day to come; hours are UTC. */
export const on = (days: number, fromHour: number, toHour: number) => ({
  start: dayAt(days) + fromHour * HOUR_MS,
  end: dayAt(days) + toHour * HOUR_MS,
});

/** An address that nobody else has. */
const addressOf = (name: string, domain: string) => `${name}.${randomUUID().slice(0, 8)}@${domain}`;

/** Somebody with a Google account. */
export async function googlePerson(name: string) {
  const email = addressOf(name, "gmail.example");
  const control = controlOf(places().googleUrl);
  await control("POST", "/users", { email, timeZone: ZONE, name });
  const events = `/calendars/${encodeURIComponent(email)}/events`;
  const time = (at: number) => ({ dateTime: new Date(at).toISOString() });
  return {
    email,
    control,
    add: (span: { start: number; end: number }, more: object = {}) =>
      control("POST", events, {
        summary: "Private words",
        start: time(span.start),
        end: time(span.end),
        ...more,
      }),
    connect: (agentId: string) =>
      connectGoogle({ apiUrl: places().apiUrl, token: places().serviceToken, agentId, email }),
  };
}

/** Somebody with a mailbox, at Outlook.com or at work. */
export async function microsoftPerson(name: string, kind: "personal" | "work") {
  const email = addressOf(name, kind === "work" ? "contoso.example" : "outlook.example");
  const mailbox = await addMailbox(places().microsoftUrl, { email, kind, timeZone: ZONE, name });
  return {
    email,
    ...mailbox,
    control: controlOf(places().microsoftUrl),
    connect: (agentId: string) =>
      connectOffice365({ apiUrl: places().apiUrl, token: places().serviceToken, agentId, email }),
  };
}

const Connected = z.object({ accountId: z.string(), connectionIds: z.array(z.string()) });

/** Somebody with an app-specific password, at iCloud or at a server of their own. */
export async function passwordPerson(name: string, provider: "apple" | "caldav") {
  const origin = provider === "apple" ? places().icloudUrl : places().caldavUrl;
  const email = addressOf(name, provider === "apple" ? "icloud.example" : "dav.example");
  const password = makeAppPassword();
  const calendar = await addAppleCalendar(origin, { email, password, timeZone: ZONE });
  const server = provider === "apple" ? {} : { serverUrl: `${origin}/` };
  return {
    ...calendar,
    serverUrl: `${origin}/`,
    control: controlOf(origin),
    async connect(agentId: string) {
      const body = { agentId, username: email, password, ...server };
      return expectBody(Connected, await service()("POST", `/${provider}/auth`, body));
    },
  };
}

const Connections = z.object({
  connections: z.array(
    z.looseObject({
      id: z.string(),
      accountId: z.string(),
      provider: z.string(),
      status: z.string(),
      verifiedAt: z.string().nullable(),
      blocksAvailability: z.boolean(),
      receivesBookings: z.boolean(),
    }),
  ),
});

/** The agent's connections as the API shows them. */
export const connectionsOf = async (agentId: string) =>
  expectBody(Connections, await service()("GET", `/connections?agentId=${agentId}`)).connections;

/** Waits until each of the agent's calendars has been read once. */
export const settled = (agentId: string) =>
  waitFor("the calendars to be read", 60_000, async () =>
    (await connectionsOf(agentId)).every(({ verifiedAt }) => verifiedAt !== null),
  );

/** Reads a calendar now, whatever comes of it. */
export const readNow = (connectionId: string) => service()("POST", `/sync/${connectionId}`);
