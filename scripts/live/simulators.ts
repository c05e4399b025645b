// Simulators: an account at the simulator of a provider, for the requests of a transcript.
import { createApple, createCaldav } from "../../src/providers/caldav/index.ts";
import { createGoogle } from "../../src/providers/google/index.ts";
import { createOffice365, createOutlook } from "../../src/providers/microsoft/index.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { openByConsent } from "../../test/contract/worlds/consent.ts";
import { createCaldavSimulator } from "../../test/simulators/caldav.ts";
import { createGoogleSimulator } from "../../test/simulators/google.ts";
import { createMicrosoftSimulator } from "../../test/simulators/microsoft.ts";
import type { KnownCalendar } from "./transcript.ts";

export interface Simulated {
  readonly send: typeof fetch;
  readonly authorization: string;
  /** Where the server lies; null where the transcript's own hosts are served. */
  readonly origin: string | null;
  /** Makes the calendar, and says which one it is. */
  makeCalendar(calendar: KnownCalendar, bound: Map<string, string>): void;
  removeCalendar(id: string): void;
}

const ANA = "ana@example.com";
const REDIRECT = "https://sync.example.org/back";
const CLIENT = { clientId: "0f1e0000-0000-4000-8000-000000000001", clientSecret: "secret-of-the-simulator" };
const PASSWORD = "abcd-efgh-ijkl-mnop";

const deliver = async () => new Response(null, { status: 202 });

/** A fresh account of one person. */
export async function simulate(provider: ProviderName, now: number): Promise<Simulated> {
  if (provider === "GOOGLE") return google(now);
  if (provider === "OUTLOOK" || provider === "OFFICE365") return microsoft(provider, now);
  return caldav(provider, now);
}

const depsOver = (send: typeof fetch, now: number) => ({ fetch: send, now: () => now, newId: () => "id" });

async function google(now: number): Promise<Simulated> {
  const clients = [{ ...CLIENT, redirectUris: [REDIRECT] }];
  const simulator = createGoogleSimulator({ now: () => now, deliver, clients });
  simulator.addUser({ email: ANA, timeZone: "Europe/Lisbon", holidays: false });
  const provider = createGoogle({ ...CLIENT, origin: null }, depsOver(simulator.fetch, now));
  const { credentials } = await openByConsent(provider, REDIRECT, (url) =>
    simulator.consent(url, { user: ANA }),
  );
  return {
    send: simulator.fetch,
    authorization: `Bearer ${credentials.accessToken}`,
    origin: null,
    makeCalendar: ({ id, timeZone }, bound) =>
      void bound.set(id, simulator.addCalendar({ owner: ANA, summary: "Check", timeZone }).id),
    removeCalendar: (id) => simulator.removeCalendar(id),
  };
}

async function microsoft(name: "OUTLOOK" | "OFFICE365", now: number): Promise<Simulated> {
  const clients = [{ ...CLIENT, redirectUris: [REDIRECT] }];
  const simulator = createMicrosoftSimulator({ now: () => now, deliver, clients });
  const kind = name === "OUTLOOK" ? "personal" : "work";
  simulator.addUser({ email: ANA, kind, timeZone: "Europe/Lisbon", extras: false });
  const create = name === "OUTLOOK" ? createOutlook : createOffice365;
  const provider = create({ ...CLIENT, origin: null, loginOrigin: null }, depsOver(simulator.fetch, now));
  const { credentials } = await openByConsent(provider, REDIRECT, (url) =>
    simulator.consent(url, { user: ANA }),
  );
  return {
    send: simulator.fetch,
    authorization: `Bearer ${credentials.accessToken}`,
    origin: null,
    makeCalendar: ({ id }, bound) =>
      void bound.set(id, simulator.addCalendar({ user: ANA, name: "Check" }).id),
    removeCalendar: (id) => simulator.removeCalendar(id),
  };
}

async function caldav(name: "APPLE" | "CALDAV", now: number): Promise<Simulated> {
  const simulator = createCaldavSimulator({ now: () => now });
  const profile = name === "APPLE" ? "icloud" : "radicale";
  simulator.addUser({ email: ANA, password: PASSWORD, profile });
  const deps = depsOver(simulator.fetch, now);
  const provider =
    name === "APPLE"
      ? createApple({ origin: null }, deps)
      : createCaldav({ allowHttpHosts: ["dav.example.org"], ports: [443] }, deps);
  simulator.addCalendar({ owner: ANA, name: "First", timeZone: "Europe/Lisbon" });
  const serverUrl = name === "APPLE" ? null : simulator.serverUrl(ANA);
  const connected = await provider.password?.connect({ serverUrl, username: ANA, password: PASSWORD });
  if (connected === undefined) throw new Error("not connected");
  const { homes } = JSON.parse(connected.credentials.accessToken) as { homes: [string] };
  const home = new URL(homes[0]);
  let made = 0;
  return {
    send: simulator.fetch,
    authorization: `Basic ${btoa(`${ANA}:${PASSWORD}`)}`,
    origin: home.origin,
    makeCalendar({ id, timeZone }, bound) {
      made += 1;
      const { path } = simulator.addCalendar({ owner: ANA, name: `check ${made}`, timeZone });
      bound.set(id, path);
      bound.set(id.replace(/[^/]+\/$/, ""), home.pathname);
    },
    removeCalendar: (path) => simulator.removeCalendar(path),
  };
}
