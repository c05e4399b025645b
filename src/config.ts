// Configuration: checks the Worker's bindings and secrets once, and names every problem in one error.
import * as z from "zod";
import {
  days,
  key,
  keyring,
  noticeSecrets,
  originOf,
  origins,
  present,
  safeUrl,
  seconds,
  url,
} from "./config-values.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "./domain/instant.ts";
import type { SealKeys } from "./encoding/seal.ts";
import { hosts, ports, type UrlRules } from "./providers/webdav/url-rules.ts";

/** An app registration at Microsoft. The origins are those of simulators; null: Graph and the login themselves. */
interface MicrosoftRegistration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly origin: string | null;
  readonly loginOrigin: string | null;
}

/** How the marketplace looks on the agent's pages. */
export interface Brand {
  /** Null: pages name no marketplace. */
  readonly name: string | null;
  /** Shown in place of the name. */
  readonly logoUrl: string | null;
  /** A colour as `#rrggbb`. */
  readonly accent: string;
  /** Where agents find the marketplace, for whoever comes without a visit; null: pages lead nowhere then. */
  readonly homeUrl: string | null;
}

/** The deployment's settings. Durations are milliseconds. */
export interface Config {
  /** Public URL of the Worker without a trailing slash. */
  readonly baseUrl: string;
  readonly debug: boolean;
  readonly database: { readonly url: string; readonly authToken: string | null };
  readonly auth: {
    readonly issuer: string;
    readonly audience: string;
    /** How bearer tokens are verified: a shared HS256 secret, or the keys at a JWKS URL. */
    readonly keys: { readonly secret: string } | { readonly jwksUrl: string };
  };
  /** Keys for stored credentials and the texts of bookings. */
  readonly tokenKeys: SealKeys;
  /** Seals the OAuth state cookie and the page session. 32 bytes. */
  readonly cookieKey: Uint8Array;
  readonly google: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly origin: string | null;
  } | null;
  readonly outlook: MicrosoftRegistration | null;
  /** Outlook's registration, unless Office 365 has one of its own. */
  readonly office365: MicrosoftRegistration | null;
  /** The origin of a simulator; null: iCloud itself. */
  readonly apple: { readonly origin: string | null };
  /** Which calendar servers may be asked. */
  readonly caldav: UrlRules;
  /** Origins whose pages may call the API from a browser, and to which a consent may return. */
  readonly allowedOrigins: readonly string[];
  readonly window: { readonly pastDays: number; readonly futureDays: number };
  readonly freshness: {
    /** How old the cache may be for display, and for a confirmation. */
    readonly displayMaxAgeMs: number;
    readonly confirmMaxAgeMs: number;
    /** How long an availability answer or a booking may wait for calendars to be pulled. */
    readonly pullBudgetMs: number;
  };
  readonly sync: {
    /** Between pulls of a calendar: without push, with push (L15), and where it can't be watched (L16). */
    readonly pollIntervalMs: number;
    readonly verifyIntervalMs: number;
    readonly unwatchedIntervalMs: number;
    /** The longest time between two audits of a calendar. */
    readonly auditIntervalMs: number;
    /** How long after our own write a calendar may show an older state: until then nothing is concluded (C35). */
    readonly doubtAfterMs: number;
  };
  /** How long the audit trail is kept. */
  readonly auditRetentionDays: number;
  /** How long after its end a booking keeps its texts and its client; 0: always. */
  readonly bookingRetentionDays: number;
  /** How long the answer to a new booking may wait for its calendars. */
  readonly deliverBudgetMs: number;
  /** The receiver of notices. Each secret makes a signature of its own. Null: notices are kept and not sent. */
  readonly notices: { readonly url: string; readonly secrets: readonly string[] } | null;
  readonly brand: Brand;
}

const Bindings = z
  .object({
    BASE_URL: url.optional(),
    NEXTAUTH_URL: url.optional(),
    DEBUG_CALENDAR_SYNC: z.stringbool().default(false),
    TURSO_DATABASE_URL: present("TURSO_DATABASE_URL"),
    TURSO_AUTH_TOKEN: z.string().min(1).optional(),
    JWT_ISSUER: present("JWT_ISSUER"),
    JWT_AUDIENCE: present("JWT_AUDIENCE"),
    JWT_SECRET: z.string().min(32, "must be at least 32 characters").optional(),
    JWT_JWKS_URL: url.optional(),
    TOKEN_KEYS: keyring,
    COOKIE_KEY: key,
    GOOGLE_CLIENT_ID: z.string().min(1).optional(),
    GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
    GOOGLE_ORIGIN: url.optional(),
    OUTLOOK_CLIENT_ID: z.string().min(1).optional(),
    OUTLOOK_CLIENT_SECRET: z.string().min(1).optional(),
    OFFICE365_CLIENT_ID: z.string().min(1).optional(),
    OFFICE365_CLIENT_SECRET: z.string().min(1).optional(),
    MICROSOFT_ORIGIN: url.optional(),
    MICROSOFT_LOGIN_ORIGIN: url.optional(),
    APPLE_ORIGIN: url.optional(),
    CALDAV_HTTP_HOSTS: hosts.default([]),
    CALDAV_PORTS: ports.default([443, 8443]),
    ALLOWED_ORIGINS: origins.default([]),
    AUDIT_RETENTION_DAYS: days(400, 3_650),
    BOOKING_RETENTION_DAYS: z.coerce.number().int().min(0).max(3_650).default(400),
    WINDOW_PAST_DAYS: days(1),
    WINDOW_FUTURE_DAYS: days(400),
    DISPLAY_MAX_AGE_SECONDS: seconds(900),
    CONFIRM_MAX_AGE_SECONDS: seconds(60),
    PULL_BUDGET_SECONDS: seconds(4),
    POLL_INTERVAL_SECONDS: seconds((5 * MINUTE_MS) / SECOND_MS),
    VERIFY_INTERVAL_SECONDS: seconds((10 * MINUTE_MS) / SECOND_MS),
    UNWATCHED_INTERVAL_SECONDS: seconds((60 * MINUTE_MS) / SECOND_MS),
    AUDIT_INTERVAL_SECONDS: seconds((7 * DAY_MS) / SECOND_MS, (365 * DAY_MS) / SECOND_MS),
    DOUBT_AFTER_SECONDS: seconds((2 * MINUTE_MS) / SECOND_MS),
    DELIVER_BUDGET_SECONDS: seconds(8),
    NOTICE_URL: safeUrl.optional(),
    NOTICE_SECRET: noticeSecrets.optional(),
    BRAND_NAME: z.string().trim().min(1).max(60, "must be 60 characters at most").optional(),
    BRAND_LOGO_URL: safeUrl.optional(),
    BRAND_HOME_URL: safeUrl.optional(),
    BRAND_ACCENT: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i, "must be a colour like #1f5fd0")
      .default("#1f5fd0"),
  })
  .superRefine((env, context) => {
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: "custom", path: [name], message });
    if (env.BASE_URL === undefined && env.NEXTAUTH_URL === undefined)
      refuse("BASE_URL", "is missing: the Worker's public URL");
    if ((env.JWT_SECRET === undefined) === (env.JWT_JWKS_URL === undefined))
      refuse("JWT_SECRET", "set either JWT_SECRET or JWT_JWKS_URL");
    if (env.BRAND_LOGO_URL !== undefined && env.BRAND_NAME === undefined)
      refuse("BRAND_NAME", "is missing: it is read to people who can't see the logo");
    const pairs = [
      ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
      ["OUTLOOK_CLIENT_ID", "OUTLOOK_CLIENT_SECRET"],
      ["OFFICE365_CLIENT_ID", "OFFICE365_CLIENT_SECRET"],
      ["NOTICE_URL", "NOTICE_SECRET"],
    ] as const;
    for (const [id, secret] of pairs) {
      if ((env[id] === undefined) !== (env[secret] === undefined))
        refuse(secret, `${id} and ${secret} go together`);
    }
  });

/** The deployment is misconfigured. The message names the binding of every problem, never its value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const originOrNull = (text?: string): string | null => (text === undefined ? null : originOf(text));

/** Null if there is none. `Bindings` has checked that both are set or neither. */
const registrationOf = (clientId: string | undefined, clientSecret: string | undefined) =>
  clientId === undefined || clientSecret === undefined ? null : { clientId, clientSecret };

const noticesOf = (url: string | undefined, secrets: readonly string[] | undefined): Config["notices"] =>
  url === undefined || secrets === undefined ? null : { url, secrets };

/**
 * Reads the Worker's bindings.
 * @throws ConfigError naming every missing or malformed binding at once
 */
export function readConfig(bindings: Record<string, unknown>): Config {
  const parsed = Bindings.safeParse(bindings);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(`The configuration has ${problems.length} problem(s). ${problems.join("; ")}`);
  }
  const env = parsed.data;
  const google = registrationOf(env.GOOGLE_CLIENT_ID, env.GOOGLE_CLIENT_SECRET);
  const outlook = registrationOf(env.OUTLOOK_CLIENT_ID, env.OUTLOOK_CLIENT_SECRET);
  const office365 = registrationOf(env.OFFICE365_CLIENT_ID, env.OFFICE365_CLIENT_SECRET) ?? outlook;
  const microsoft = {
    origin: originOrNull(env.MICROSOFT_ORIGIN),
    loginOrigin: originOrNull(env.MICROSOFT_LOGIN_ORIGIN ?? env.MICROSOFT_ORIGIN),
  };
  return {
    baseUrl: (env.BASE_URL ?? env.NEXTAUTH_URL ?? "").replace(/\/+$/, ""),
    debug: env.DEBUG_CALENDAR_SYNC,
    database: { url: env.TURSO_DATABASE_URL, authToken: env.TURSO_AUTH_TOKEN ?? null },
    auth: {
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
      keys: env.JWT_SECRET === undefined ? { jwksUrl: env.JWT_JWKS_URL ?? "" } : { secret: env.JWT_SECRET },
    },
    tokenKeys: env.TOKEN_KEYS,
    cookieKey: env.COOKIE_KEY,
    google: google && { ...google, origin: originOrNull(env.GOOGLE_ORIGIN) },
    outlook: outlook && { ...outlook, ...microsoft },
    office365: office365 && { ...office365, ...microsoft },
    apple: { origin: originOrNull(env.APPLE_ORIGIN) },
    caldav: { allowHttpHosts: env.CALDAV_HTTP_HOSTS, ports: env.CALDAV_PORTS },
    allowedOrigins: env.ALLOWED_ORIGINS,
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    bookingRetentionDays: env.BOOKING_RETENTION_DAYS,
    window: { pastDays: env.WINDOW_PAST_DAYS, futureDays: env.WINDOW_FUTURE_DAYS },
    freshness: {
      displayMaxAgeMs: env.DISPLAY_MAX_AGE_SECONDS,
      confirmMaxAgeMs: env.CONFIRM_MAX_AGE_SECONDS,
      pullBudgetMs: env.PULL_BUDGET_SECONDS,
    },
    sync: {
      pollIntervalMs: env.POLL_INTERVAL_SECONDS,
      verifyIntervalMs: env.VERIFY_INTERVAL_SECONDS,
      unwatchedIntervalMs: env.UNWATCHED_INTERVAL_SECONDS,
      auditIntervalMs: env.AUDIT_INTERVAL_SECONDS,
      doubtAfterMs: env.DOUBT_AFTER_SECONDS,
    },
    deliverBudgetMs: env.DELIVER_BUDGET_SECONDS,
    notices: noticesOf(env.NOTICE_URL, env.NOTICE_SECRET),
    brand: {
      name: env.BRAND_NAME ?? null,
      logoUrl: env.BRAND_LOGO_URL ?? null,
      accent: env.BRAND_ACCENT,
      homeUrl: env.BRAND_HOME_URL ?? null,
    },
  };
}
