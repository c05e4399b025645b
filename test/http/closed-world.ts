// A world in which nothing answers. It proves that a refusal came before anything was asked or changed.
import { SignJWT } from "jose";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import type { Deps } from "../../src/deps.ts";
import { EngineError } from "../../src/domain/errors.ts";
import { OPERATOR_COOKIE, sealOperator } from "../../src/http/operator-session.ts";
import { SESSION_COOKIE, sealSession } from "../../src/http/session.ts";
import { mcp } from "../../src/mcp/protocol.ts";
import { createRegistry } from "../../src/providers/registry.ts";

const JWT_SECRET = "a-secret-for-tests-only-0123456789abcdef";
export const ISSUER = "https://marketplace.test";
export const AUDIENCE = "calendar";
export const NOW = Date.parse("2026-03-02T09:00:00Z");
export const ALLOWED_ORIGIN = "https://app.marketplace.test";
export const BASE_URL = "https://calendar.test";

const key = (fill: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));

export const BINDINGS = {
  BASE_URL,
  TURSO_DATABASE_URL: "http://127.0.0.1:1",
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_SECRET,
  TOKEN_KEYS: `k1:${key(7)}`,
  COOKIE_KEY: key(9),
  GOOGLE_CLIENT_ID: "client.apps.test",
  GOOGLE_CLIENT_SECRET: "client-secret-for-tests",
  ALLOWED_ORIGINS: ALLOWED_ORIGIN,
};

/** A log line as it was written. */
export interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

/** An app whose database, queue and network refuse; `touched` names what was asked all the same. */
export function createClosedWorld(bindings: Record<string, unknown> = BINDINGS, parts: Partial<Deps> = {}) {
  const touched: string[] = [];
  const lines: Line[] = [];
  const config = readConfig(bindings);
  const refuse = (what: string) => async (): Promise<never> => {
    touched.push(what);
    throw new EngineError("database_unavailable", "The database did not answer. Try again shortly.");
  };
  const write =
    (level: string) =>
    (event: string, fields: Record<string, unknown> = {}) => {
      lines.push({ level, event, fields });
    };
  const world = { fetch: refuse("fetch"), now: () => NOW, newId: () => crypto.randomUUID() };
  const unused: Deps["db"]["build"] = new Proxy({} as Deps["db"]["build"], {
    get: () => () => statement,
  });
  const statement: unknown = new Proxy(() => statement, { get: () => () => statement });
  const deps: Deps = {
    ...world,
    db: {
      build: unused,
      read: refuse("db.read"),
      write: refuse("db.write"),
      writeIf: refuse("db.write"),
      writeOrUndo: refuse("db.write"),
    },
    random: () => 0.5,
    sleep: async () => {},
    defer: (work) => void work.catch(() => {}),
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    config,
    queue: { send: refuse("queue.send") },
    limits: null,
    mcp,
    providers: createRegistry(config, world),
    ...parts,
  };
  return { app: createApp(deps), deps, touched, lines };
}

/** The claims of a token. A test can make each one wrong. */
export interface TokenInput {
  readonly role?: string;
  readonly sub?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expiresAt?: number | null;
  readonly secret?: string;
}

/** Signs a bearer token. */
export async function token(input: TokenInput = {}): Promise<string> {
  const { role = "service", sub, issuer = ISSUER, audience = AUDIENCE, secret = JWT_SECRET } = input;
  const jwt = new SignJWT({ role })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(issuer)
    .setAudience(audience);
  if (sub !== undefined) jwt.setSubject(sub);
  const expiresAt = input.expiresAt === undefined ? NOW + 3_600_000 : input.expiresAt;
  if (expiresAt !== null) jwt.setExpirationTime(Math.floor(expiresAt / 1_000));
  return jwt.sign(new TextEncoder().encode(secret));
}

/** A token that claims to need no signature. */
export function unsignedToken(): string {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const claims = { role: "service", iss: ISSUER, aud: AUDIENCE, exp: NOW / 1_000 + 3_600 };
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

/** The session cookie that a connect link gives a browser. */
export async function sessionCookie(
  deps: Pick<Deps, "config" | "now">,
  agentId: string,
  returnTo: string | null = null,
): Promise<string> {
  return `${SESSION_COOKIE}=${await sealSession(deps, { agentId, returnTo })}`;
}

/** The cookie that a service token gives an operator's browser. */
export async function operatorCookie(deps: Pick<Deps, "config" | "now">): Promise<string> {
  const caller = { role: "service", subject: null } as const;
  return `${OPERATOR_COOKIE}=${await sealOperator(deps, { caller, expiresAt: deps.now() + 3_600_000 })}`;
}
