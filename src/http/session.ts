// The page session: an agent's identity, sealed into a cookie.
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { HOUR_MS, type Instant, SECOND_MS } from "../domain/instant.ts";
import { BASE_PATH } from "./operation.ts";
import { openCookie, sealCookie } from "./sealed-cookie.ts";

/** The cookie's name. */
export const SESSION_COOKIE = "calendar_session";

/** The type in the sealed header. Other values that are sealed under the same key are no sessions. */
const TYPE = "calendar-session";

/** Attributes shared by the cookies of this service. `Secure` wherever the public URL is https. */
export function cookieAttributes(deps: Pick<Deps, "config">) {
  return {
    path: BASE_PATH,
    httpOnly: true,
    sameSite: "Lax",
    secure: deps.config.baseUrl.startsWith("https:"),
  } as const;
}

/** Time to connect some calendars. No longer, because a browser may be shared. */
const SESSION_MS = 4 * HOUR_MS;

/** Whose page a browser shows. */
export interface Session {
  readonly agentId: string;
  /** Where the page leads back to; null: nowhere. */
  readonly returnTo: string | null;
  /** When it began, in whole seconds. */
  readonly startedAt: Instant;
}

/** A session to begin. */
type NewSession = Omit<Session, "startedAt">;

/** The session as the cookie holds it. */
export function sealSession(deps: Pick<Deps, "config" | "now">, session: NewSession): Promise<string> {
  const { agentId: subject, returnTo } = session;
  return sealCookie(deps, { type: TYPE, subject, claims: { returnTo }, endsAt: deps.now() + SESSION_MS });
}

/** Gives the browser a session, in place of any other. */
export async function startSession(
  c: Context,
  deps: Pick<Deps, "config" | "now">,
  session: NewSession,
): Promise<void> {
  const attributes = { ...cookieAttributes(deps), maxAge: SESSION_MS / SECOND_MS };
  setCookie(c, SESSION_COOKIE, await sealSession(deps, session), attributes);
}

/** The browser's session; null: it has none that is valid. */
export async function sessionOf(c: Context, deps: Pick<Deps, "config" | "now">): Promise<Session | null> {
  const sealed = getCookie(c, SESSION_COOKIE);
  if (sealed === undefined) return null;
  return openSession(deps, sealed).catch(() => null);
}

/**
 * The session in a cookie.
 * @throws EngineError `unauthenticated` when it is forged or has ended
 */
export async function openSession(deps: Pick<Deps, "config" | "now">, sealed: string): Promise<Session> {
  try {
    const payload = await openCookie(deps, { type: TYPE, sealed, required: ["sub"] });
    const { returnTo } = payload;
    return {
      agentId: payload.sub ?? "",
      returnTo: typeof returnTo === "string" ? returnTo : null,
      startedAt: (payload.exp ?? 0) * SECOND_MS - SESSION_MS,
    };
  } catch (error) {
    throw new EngineError(
      "unauthenticated",
      "Your visit has ended. Open this page from the marketplace again.",
      {
        cause: error,
      },
    );
  }
}
