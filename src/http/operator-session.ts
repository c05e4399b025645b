// The operator session: a service's identity, sealed into a cookie of its own, for the operators' page and no other.
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { HOUR_MS, SECOND_MS } from "../domain/instant.ts";
import { wantsPage } from "./accept.ts";
import {
  type ApiEnv,
  type Auth,
  bearerOf,
  type Caller,
  countedAs,
  requireService,
  type VerifiedToken,
} from "./auth.ts";
import { BASE_PATH } from "./operation.ts";
import { countRequest } from "./rate-limit.ts";
import { openCookie, sealCookie } from "./sealed-cookie.ts";
import { cookieAttributes } from "./session.ts";

/** The cookie's name. */
export const OPERATOR_COOKIE = "calendar_operator";

/** Where the operators' page is. No other path gets the cookie. */
export const OPS_PATH = `${BASE_PATH}/ops`;

/** Where a browser without a session is sent. */
export const OPS_SIGN_IN_PATH = `${OPS_PATH}/sign-in`;

/** The type in the sealed header. An agent's session, sealed under the same key, is no operator's. */
const TYPE = "calendar-operator";
const SESSION_MS = HOUR_MS;

/** Strict: no other site can make a browser send it. */
const attributesOf = (deps: Pick<Deps, "config">) =>
  ({ ...cookieAttributes(deps), path: OPS_PATH, sameSite: "Strict" }) as const;

/** The session as the cookie holds it. It ends with the token that began it, and after an hour. */
export function sealOperator(
  deps: Pick<Deps, "config" | "now">,
  { caller, expiresAt }: VerifiedToken,
): Promise<string> {
  if (caller.role !== "service") throw new EngineError("forbidden", "Only a service token opens this page.");
  const endsAt = Math.min(deps.now() + SESSION_MS, expiresAt);
  return sealCookie(deps, { type: TYPE, subject: caller.subject, claims: {}, endsAt });
}

/**
 * Gives the browser an operator session.
 * @throws EngineError `forbidden` unless the token is a service's
 */
export async function startOperatorSession(
  c: Context,
  deps: Pick<Deps, "config" | "now">,
  token: VerifiedToken,
): Promise<void> {
  const attributes = { ...attributesOf(deps), maxAge: SESSION_MS / SECOND_MS };
  setCookie(c, OPERATOR_COOKIE, await sealOperator(deps, token), attributes);
}

/** Takes the operator session away. */
export const endOperatorSession = (c: Context, deps: Pick<Deps, "config">): void => {
  deleteCookie(c, OPERATOR_COOKIE, attributesOf(deps));
};

/** Who the session says it is; null: it isn't valid, or no longer. */
async function operatorIn(deps: Pick<Deps, "config" | "now">, sealed: string): Promise<Caller | null> {
  try {
    const payload = await openCookie(deps, { type: TYPE, sealed, required: [] });
    return { role: "service", subject: payload.sub ?? null };
  } catch {
    // Forged, or over: who has no session signs in, whatever the reason.
    return null;
  }
}

/**
 * Lets only operators pass: by the session, or by a service token in the header, as programs send it. A browser that
 * asks for a page is sent to sign in.
 */
export const operatorsOnly = (deps: Deps, { verify }: Pick<Auth, "verify">) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const token = bearerOf(c);
    const sealed = token === undefined ? getCookie(c, OPERATOR_COOKIE) : undefined;
    const caller =
      token !== undefined
        ? (await verify(token)).caller
        : sealed === undefined
          ? null
          : await operatorIn(deps, sealed);
    if (caller === null) {
      if (c.req.method === "GET" && wantsPage(c)) return c.redirect(OPS_SIGN_IN_PATH);
      throw new EngineError("unauthenticated", "Sign in at /ops/sign-in with a service token.");
    }
    requireService(caller);
    c.set("caller", caller);
    c.set("session", null);
    const declared = c.get("operation");
    if (declared !== undefined) await countRequest(deps, declared, countedAs(caller));
    return next();
  });
