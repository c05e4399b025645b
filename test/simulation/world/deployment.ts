// Deployment: the engine's configuration in a simulation, and the simulated providers.
import { AUDIENCE, ISSUER, signToken } from "../../../scripts/local/secrets.ts";
import { type Config, readConfig } from "../../../src/config.ts";
import { createCaldavSimulator } from "../../simulators/caldav.ts";
import { createGoogleSimulator } from "../../simulators/google.ts";
import { createMicrosoftSimulator } from "../../simulators/microsoft.ts";
import { type Dice, streamOf } from "../plan/dice.ts";
import type { Place, Simulators } from "./cast.ts";
import { keysAfter } from "./keys.ts";

export const BASE_URL = "https://sync.example.org";
const key = (fill: string) => Buffer.from(fill.repeat(32)).toString("base64");
const JWT_SECRET = "a-secret-for-simulations-and-nothing-else-0123456789";
const REGISTRATION = { clientId: "simulation-client", clientSecret: "simulation-client-secret" };

/** Short, so that simulated lives have audits, and the cache is healed before it must be right. */
export const AUDIT_INTERVAL_MS = 12 * 3_600_000;

const BINDINGS = {
  BASE_URL,
  TURSO_DATABASE_URL: "https://database.example.org",
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_SECRET,
  TOKEN_KEYS: `sim:${key("t")}`,
  COOKIE_KEY: key("c"),
  NOTICE_URL: "https://maraplace.example.com/notices",
  NOTICE_SECRET: `whsec_${key("n")}`,
  GOOGLE_CLIENT_ID: REGISTRATION.clientId,
  GOOGLE_CLIENT_SECRET: REGISTRATION.clientSecret,
  OUTLOOK_CLIENT_ID: REGISTRATION.clientId,
  OUTLOOK_CLIENT_SECRET: REGISTRATION.clientSecret,
  WINDOW_FUTURE_DAYS: "16",
  AUDIT_INTERVAL_SECONDS: String(AUDIT_INTERVAL_MS / 1_000),
};

const config = readConfig(BINDINGS);

/** The configuration of a Worker after so many steps of rotating its keys. */
export const configAfter = (steps: number): Config => ({ ...config, tokenKeys: keysAfter(steps) });

let bearer: Promise<string> | undefined;

/** The authorization of a service. Signed once, because signing takes long. */
export function serviceBearer(): Promise<string> {
  const claims = { role: "service", subject: "marketplace", hours: 24 * 365 * 5 } as const;
  bearer ??= signToken({ jwtSecret: JWT_SECRET }, claims).then((token) => `Bearer ${token}`);
  return bearer;
}

/** Carries notifications: delivers a request, and asks a simulator to send the ones that wait. */
export interface Post {
  deliver(from: "google" | "microsoft", request: Request): Promise<Response>;
  flushAt(simulator: "google" | "microsoft", dueAt: number): void;
}

const callbacks = (...providers: string[]) =>
  providers.map((provider) => `${BASE_URL}/api/calendar/${provider}/callback`);

/** The providers without people. */
export function createSimulators(dice: Dice, now: () => number, post: Post): Simulators {
  const wired = (simulator: "google" | "microsoft", ...providers: string[]) => ({
    now,
    random: streamOf(dice, simulator),
    limits: null,
    clients: [{ ...REGISTRATION, redirectUris: callbacks(...providers) }],
    deliver: (request: Request) => post.deliver(simulator, request),
    onPending: (dueAt: number) => post.flushAt(simulator, dueAt),
  });
  return {
    google: createGoogleSimulator(wired("google", "google")),
    microsoft: createMicrosoftSimulator(wired("microsoft", "outlook", "office365")),
    dav: createCaldavSimulator({ now }),
  };
}

/** The fetch of the simulator that serves a host. */
export const providerOf = ({ google, microsoft, dav }: Simulators, hostname: string): typeof fetch => {
  if (/(?:^|\.)microsoft(?:online)?\.com$/.test(hostname)) return microsoft.fetch;
  return (/\.icloud\.com$|^dav\.example\.org$/.test(hostname) ? dav : google).fetch;
};

/** The simulator that has the calendar. */
export const simulatorOf = ({ google, microsoft, dav }: Simulators, { provider }: Place) =>
  provider === "GOOGLE" ? google : provider === "APPLE" || provider === "CALDAV" ? dav : microsoft;
