// Authentication: bearer JWTs and the page session become a Caller, and limit what it may ask for.
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { type Instant, SECOND_MS } from "../domain/instant.ts";
import { wantsPage } from "./accept.ts";
import { AgentId, identifier } from "./fields.ts";
import type { Operation } from "./operation.ts";
import { type Counted, countRequest } from "./rate-limit.ts";
import { rememberTokens } from "./remembered-tokens.ts";
import { openSession, SESSION_COOKIE, type Session } from "./session.ts";

/** Who calls: an agent, who sees only their own, or a service of the marketplace, which sees all. */
export type Caller =
  | { readonly role: "agent"; readonly agentId: string }
  | { readonly role: "service"; readonly subject: string | null };

/** The values that middleware sets for handlers. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** The declared operation that the request is for; none where nothing is at its path. */
    operation: Operation | undefined;
    caller: Caller;
    /** The JSON that was sent, before any schema has checked it. */
    sent: unknown;
    /** The page session that says who calls; null: a bearer token says it. */
    session: Session | null;
    /** Whom the audit trail names, where neither caller nor request do and what they name is gone. */
    actAgentId: string | undefined;
  };
}

/** A verified token: who it is, and the instant at which it ends. */
export interface VerifiedToken {
  readonly caller: Caller;
  readonly expiresAt: Instant;
}

/** The ways to authenticate. Each middleware sets `caller` or throws `unauthenticated`. */
export interface Auth {
  readonly bearer: MiddlewareHandler<ApiEnv>;
  readonly session: MiddlewareHandler<ApiEnv>;
  readonly either: MiddlewareHandler<ApiEnv>;
  /**
   * Who a token is, wherever it was sent.
   * @throws EngineError `unauthenticated`, `authentication_unavailable`
   */
  readonly verify: (token: string) => Promise<VerifiedToken>;
}

const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_TOKEN_LENGTH = 8_192;

const Claims = z.union([
  z.object({ role: z.literal("agent"), sub: AgentId, exp: z.number() }),
  z.object({ role: z.literal("service"), sub: identifier("subject").optional(), exp: z.number() }),
]);

/** Algorithms are pinned by the kind of key, so that a public key never serves as an HMAC secret. */
function keysOf(deps: Pick<Deps, "config" | "fetch">) {
  const { keys } = deps.config.auth;
  if ("secret" in keys) {
    // Imported once: given the bytes, jose would import them again for each request.
    const secret = crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(keys.secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    return { find: () => secret, algorithms: ["HS256"] };
  }
  const find = createRemoteJWKSet(new URL(keys.jwksUrl), {
    [customFetch]: (url, init) => deps.fetch(url, init),
  });
  return { find, algorithms: ["RS256", "ES256", "EdDSA"] };
}

const INVALID_TOKEN = "The token is not valid: its form, algorithm, key or signature is wrong.";

/** Why the token itself is refused; null where the error is not the token's, as when the key server is down. */
function faultOf(error: unknown): string | null {
  if (error instanceof errors.JWTExpired) return "The token has expired. Get a new one.";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The token's claim "${error.claim}" is missing or not what this service expects.`;
  }
  const faults = [
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ];
  return faults.some((fault) => error instanceof fault) ? INVALID_TOKEN : null;
}

function verifiedOf(payload: JWTPayload): VerifiedToken {
  const claims = Claims.safeParse(payload);
  if (!claims.success) {
    throw new EngineError(
      "unauthenticated",
      'The token must carry role "service", or role "agent" with the agent\'s id in sub.',
    );
  }
  const { data } = claims;
  const caller: Caller =
    data.role === "agent"
      ? { role: "agent", agentId: data.sub }
      : { role: "service", subject: data.sub ?? null };
  return { caller, expiresAt: data.exp * SECOND_MS };
}

/** The ways to authenticate for one app. A JWKS is fetched once and cached for all requests. */
export function createAuth(deps: Deps): Auth {
  const { find, algorithms } = keysOf(deps);
  const { issuer, audience } = deps.config.auth;

  const known = rememberTokens<VerifiedToken>();

  const verify = async (token: string): Promise<VerifiedToken> => {
    const now = deps.now();
    const found = known.find(token, now);
    if (found !== null) return found;
    const verified = await verifySignature(token, now);
    known.remember(token, verified, now);
    return verified;
  };

  const verifySignature = async (token: string, now: Instant): Promise<VerifiedToken> => {
    let isKeyFound = false;
    try {
      if (token.length > MAX_TOKEN_LENGTH) throw new errors.JWTInvalid("too long");
      const finding: JWTVerifyGetKey = async (header, jws) => {
        const key = await find(header, jws);
        isKeyFound = true;
        return key;
      };
      const { payload } = await jwtVerify(token, finding, {
        algorithms,
        issuer,
        audience,
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now),
      });
      return verifiedOf(payload);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      // Once a key is there, nothing outside can fail any longer: a weak key makes a bare TypeError.
      const fault = faultOf(error) ?? (isKeyFound ? INVALID_TOKEN : null);
      if (fault !== null) throw new EngineError("unauthenticated", fault, { cause: error });
      throw new EngineError("authentication_unavailable", "The keys that prove tokens can't be read now.", {
        cause: error,
      });
    }
  };

  const middleware = (accepts: { bearer: boolean; session: boolean }) =>
    createMiddleware<ApiEnv>(async (c, next) => {
      const token = bearerOf(c);
      const cookie = accepts.session ? getCookie(c, SESSION_COOKIE) : undefined;
      if (accepts.bearer && token !== undefined) {
        try {
          c.set("caller", (await verify(token)).caller);
        } catch (error) {
          c.header("WWW-Authenticate", 'Bearer realm="calendar", error="invalid_token"');
          throw error;
        }
        c.set("session", null);
      } else if (cookie !== undefined) {
        const session = await openSession(deps, cookie);
        c.set("caller", { role: "agent", agentId: session.agentId });
        c.set("session", session);
      } else {
        if (accepts.bearer) c.header("WWW-Authenticate", 'Bearer realm="calendar"');
        throw new EngineError(
          "unauthenticated",
          accepts.bearer && !wantsPage(c)
            ? "Send a token: Authorization: Bearer <JWT>."
            : "Open this page from the marketplace again: its link signs you in.",
        );
      }
      const declared = c.get("operation");
      if (declared !== undefined) await countRequest(deps, declared, countedAs(c.get("caller")));
      await next();
    });

  return {
    bearer: middleware({ bearer: true, session: false }),
    session: middleware({ bearer: false, session: true }),
    either: middleware({ bearer: true, session: true }),
    verify,
  };
}

/** The token in the header; undefined: there is none. */
export const bearerOf = (c: Context): string | undefined =>
  /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];

/** For whom a caller's requests are counted. */
export const countedAs = (caller: Caller): Counted =>
  caller.role === "agent" ? { as: "agent", id: caller.agentId } : { as: "service", id: caller.subject ?? "" };

/**
 * The agent that a request is about. An agent may leave the id out; a service must name one.
 * @throws EngineError `forbidden` when an agent names another one, `invalid_request` when a service names none
 */
export function agentFor(caller: Caller, named: string | undefined): string {
  if (caller.role === "agent") {
    if (named === undefined || named === caller.agentId) return caller.agentId;
    throw new EngineError(
      "forbidden",
      "This is about another agent than the one you are signed in as. Ask for your own.",
    );
  }
  if (named !== undefined) return named;
  const message = "Say which agent this is about.";
  throw new EngineError("invalid_request", `agentId: ${message}`, {
    extra: { errors: [{ path: "agentId", message }] },
  });
}

/**
 * Lets only services of the marketplace pass.
 * @throws EngineError `forbidden` for an agent
 */
export function requireService(caller: Caller): void {
  if (caller.role === "service") return;
  throw new EngineError("forbidden", "Only a service of the marketplace may do this.");
}

/** The agent whose rows a caller may touch; verbs answer "not found" for all others. Null: every agent's. */
export function ownedBy(caller: Caller): string | null {
  return caller.role === "agent" ? caller.agentId : null;
}
