// Places: an account at a real provider, opened with what the environment says.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { refusalOf } from "../../src/accounts/connect-password.ts";
import type { Instant } from "../../src/domain/instant.ts";
import { createApple, createCaldav } from "../../src/providers/caldav/index.ts";
import { ProviderError } from "../../src/providers/error.ts";
import { createGoogle } from "../../src/providers/google/index.ts";
import { createOffice365, createOutlook } from "../../src/providers/microsoft/index.ts";
import type { Credentials, Provider, ProviderDeps } from "../../src/providers/provider.ts";
import { caldavOwner } from "../../test/contract/worlds/caldav-owner.ts";
import { googleOwner } from "../../test/contract/worlds/google-owner.ts";
import { microsoftOwner } from "../../test/contract/worlds/microsoft-owner.ts";
import type { Owner } from "../../test/contract/worlds/real.ts";
import { portOf } from "../local/command-line.ts";
import { consent } from "./consent.ts";

/** An account that the suite can run on. */
export interface Place {
  /** The instant that counts as now in the whole run. */
  readonly now: Instant;
  /** Part of every id that the run makes. */
  readonly tag: string;
  readonly remindersKept: number;
  readonly send: typeof fetch;
  /** Waits until what was written can be read. */
  settle(): Promise<void>;
  providerOver(send: typeof fetch): Provider;
  ownerOver(send: typeof fetch): Owner;
  /** A valid access token. */
  accessToken(): Promise<string>;
  /** The header of the owner's own requests. */
  authorization(): Promise<string>;
  /** Where calendars that are paths lie. */
  readonly origin: string;
}

/** An account that a person has opened. */
export interface OpenedPlace extends Place {
  /**
   * The id of the calendar that a person names.
   * @throws Error where it lies at another server
   */
  calendarNamed(text: string): string;
}

export const KINDS = ["google", "outlook", "office365", "apple", "caldav"] as const;
export type Kind = (typeof KINDS)[number];

/** What a place needs of the outside. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly send: typeof fetch;
  /** Shows the person the address of the consent page. */
  show(url: URL): void;
}

const PORT = 8976;
const MINUTE_MS = 60_000;

/** Google's own scope to make calendars and delete them again; the engine asks for none of that. */
const MAKE_CALENDARS = "https://www.googleapis.com/auth/calendar.app.created";

/** How long a provider may need until a listing shows a write. */
const SETTLE_MS: Readonly<Record<Kind, number>> = {
  google: 500,
  outlook: 2_000,
  office365: 2_000,
  apple: 500,
  caldav: 0,
};

/** @throws Error that names the variables that are missing */
function needed(env: Outside["env"], names: readonly string[]): string[] {
  const missing = names.filter((name) => (env[name] ?? "") === "");
  if (missing.length > 0) throw new Error(`Set ${missing.join(", ")} (docs/live.md).`);
  return names.map((name) => env[name] ?? "");
}

/** Opens the account: by consent in a browser, or by a password. */
export async function openPlace(kind: Kind, outside: Outside): Promise<OpenedPlace> {
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const common = {
    now,
    tag: randomBytes(4).toString("hex"),
    send: outside.send,
    settle: async () => void (SETTLE_MS[kind] > 0 && (await sleep(SETTLE_MS[kind]))),
  };
  const depsOver = (send: typeof fetch): ProviderDeps => ({
    fetch: send,
    now: () => now,
    newId: () => crypto.randomUUID(),
  });
  return kind === "apple" || kind === "caldav"
    ? { ...common, ...(await byPassword(kind, outside, depsOver)) }
    : { ...common, ...(await byConsent(kind, outside, depsOver)) };
}

type DepsOver = (send: typeof fetch) => ProviderDeps;
type Opened = Pick<
  OpenedPlace,
  | "remindersKept"
  | "providerOver"
  | "ownerOver"
  | "accessToken"
  | "authorization"
  | "origin"
  | "calendarNamed"
>;

async function byConsent(
  kind: "google" | "outlook" | "office365",
  { env, send, show }: Outside,
  depsOver: DepsOver,
): Promise<Opened> {
  const prefix = kind.toUpperCase();
  const [clientId = "", clientSecret = ""] = needed(env, [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`]);
  const config = { clientId, clientSecret, origin: null };
  const providerOver = (over: typeof fetch): Provider => {
    if (kind === "google") return createGoogle(config, depsOver(over));
    const create = kind === "outlook" ? createOutlook : createOffice365;
    return create({ ...config, loginOrigin: null }, depsOver(over));
  };
  const { oauth } = providerOver(send);
  const scopes = kind === "google" ? [MAKE_CALENDARS] : [];
  const port = portOf("LIVE_PORT", env["LIVE_PORT"] || String(PORT));
  let credentials: Credentials = await consent(oauth, { port, scopes }, show);
  async function accessToken(): Promise<string> {
    if (credentials.accessTokenExpiresAt < Date.now() + 5 * MINUTE_MS) {
      const { refreshToken } = credentials;
      const grant = await oauth.refresh(credentials);
      credentials = { ...grant, refreshToken: grant.refreshToken ?? refreshToken };
    }
    return credentials.accessToken;
  }
  return {
    remindersKept: kind === "google" ? 5 : 1,
    providerOver,
    ownerOver: (over) => (kind === "google" ? googleOwner : microsoftOwner)(accessToken, over),
    accessToken,
    authorization: async () => `Bearer ${await accessToken()}`,
    origin: "https://calendar.invalid",
    calendarNamed: (text) => text,
  };
}

async function byPassword(
  kind: "apple" | "caldav",
  { env, send }: Outside,
  depsOver: DepsOver,
): Promise<Opened> {
  const [username = "", password = "", address = ""] = needed(env, [
    ...["LIVE_USERNAME", "LIVE_PASSWORD"],
    ...(kind === "caldav" ? ["LIVE_CALDAV_URL"] : []),
  ]);
  const serverUrl = kind === "caldav" ? address : null;
  // Passwords travel in the clear only to this machine itself.
  const host = serverUrl === null ? "" : URL.canParse(serverUrl) ? new URL(serverUrl).host : "";
  const allowHttpHosts = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host) ? [host] : [];
  const providerOver = (over: typeof fetch): Provider =>
    kind === "apple"
      ? createApple({ origin: null }, depsOver(over))
      : createCaldav({ allowHttpHosts, ports: [443, 8443] }, depsOver(over));
  const flow = providerOver(send).password;
  if (flow === null) throw new Error("this provider takes no password");
  const connected = await flow.connect({ serverUrl, username, password }).catch((error: unknown) => {
    const refusal = error instanceof ProviderError ? refusalOf(error, flow) : undefined;
    throw refusal === undefined ? error : new Error(refusal.message);
  });
  const { accessToken } = connected.credentials;
  const { homes } = JSON.parse(accessToken) as { homes: [string] };
  const home = new URL(homes[0]);
  return {
    remindersKept: 5,
    providerOver,
    ownerOver: (over) => caldavOwner({ origin: home.origin, home: home.pathname, username, password }, over),
    accessToken: async () => accessToken,
    authorization: async () => `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
    origin: home.origin,
    calendarNamed(text) {
      const named = URL.canParse(text, home.href) ? new URL(text, home) : null;
      if (named?.origin !== home.origin) throw new Error("This calendar isn't at the account's server.");
      return named.pathname.replace(/\/?$/, "/");
    },
  };
}
