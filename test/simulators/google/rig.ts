// Rig for tests of the simulator: a clock, a connected person, calls by hand.
import { createGoogleSimulator, type GoogleSimulator } from "../google.ts";
import { type Answer, callJson, type Json, postForm, urlWith } from "../shared/rig.ts";
import type { GoogleSimulatorOptions } from "./state.ts";

export const CLIENT = {
  clientId: "123-abc.apps.googleusercontent.com",
  clientSecret: "GOCSPX-x",
  redirectUris: ["https://sync.example.org/api/calendar/google/callback"],
};
export const ANA = "ana@example.com";
export const AUTH = "https://www.googleapis.com/auth/";
const SCOPES = ["openid", "email", `${AUTH}calendar.events`, `${AUTH}calendar.calendarlist.readonly`];

export interface Rig {
  readonly google: GoogleSimulator;
  readonly clock: { now: number };
  /** Notifications as they arrived. */
  readonly received: Headers[];
  /** The webhook's answer. */
  readonly webhook: { status: number };
}

/** A simulator in which Ana (Lisbon) has an account, at 2026-03-01T10:00Z. */
export function createRig(options: Partial<GoogleSimulatorOptions> = {}): Rig {
  const clock = { now: Date.parse("2026-03-01T10:00:00Z") };
  const received: Headers[] = [];
  const webhook = { status: 204 };
  const google = createGoogleSimulator({
    now: () => clock.now,
    clients: [CLIENT],
    limits: null,
    deliver: async (request) => {
      received.push(request.headers);
      return new Response(null, { status: webhook.status });
    },
    ...options,
  });
  google.addUser({ email: ANA, timeZone: "Europe/Lisbon", sub: "108000000000000000001" });
  return { google, clock, received, webhook };
}

/** An authorisation URL as a client would build it; a parameter set to null is left out. */
export function authorizationUrl(change: Record<string, string | null> = {}): string {
  return urlWith("https://accounts.google.com/o/oauth2/v2/auth", {
    client_id: CLIENT.clientId,
    redirect_uri: CLIENT.redirectUris[0] ?? null,
    response_type: "code",
    scope: SCOPES.join(" "),
    access_type: "offline",
    prompt: "consent",
    state: "state-1",
    ...change,
  });
}

/** Posts a form to the token endpoint, with the client's credentials. */
export function postToken(rig: Rig, form: Record<string, string>): Promise<Answer> {
  return postForm(rig.google.fetch, "https://oauth2.googleapis.com/token", CLIENT, form);
}

/** Exchanges the code of a callback. */
export function exchange(rig: Rig, callback: string, form: Record<string, string> = {}): Promise<Answer> {
  return postToken(rig, {
    grant_type: "authorization_code",
    code: new URL(callback).searchParams.get("code") ?? "",
    redirect_uri: CLIENT.redirectUris[0] ?? "",
    ...form,
  });
}

/** One person's API client. */
export interface Caller {
  readonly token: string;
  readonly refreshToken: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Connects a person and returns their API client. */
export async function connect(
  rig: Rig,
  user = ANA,
  change: Record<string, string | null> = {},
): Promise<Caller> {
  const answer = await exchange(rig, rig.google.consent(authorizationUrl(change), { user }));
  const token = String(answer.body["access_token"]);
  return {
    token,
    refreshToken: String(answer.body["refresh_token"]),
    call: (method, path, body, headers = {}) =>
      callJson(rig.google.fetch, {
        ...{ method, body },
        url: `https://www.googleapis.com/calendar/v3${path}`,
        headers: { authorization: `Bearer ${token}`, ...headers },
      }),
  };
}

export const EVENTS = `/calendars/${encodeURIComponent(ANA)}/events`;

/** The rows of a listing. */
export const items = (answer: Answer): Json[] => answer.body["items"] as Json[];

/** The reason of an error. */
export function reason(answer: Answer): unknown {
  const error = answer.body["error"] as { errors?: { reason: string }[] } | undefined;
  return error?.errors?.[0]?.reason;
}

/** All pages of a listing, and the sync token at its end. */
export async function listAll(
  caller: Caller,
  query: string,
): Promise<{ rows: Json[]; token: string; pages: number }> {
  const rows: Json[] = [];
  let pageToken: unknown;
  for (let pages = 1; ; pages += 1) {
    const page = pageToken === undefined ? "" : `&pageToken=${String(pageToken)}`;
    const answer = await caller.call("GET", `${EVENTS}?${query}${page}`);
    if (answer.status !== 200) throw new Error(`listing answered ${answer.status}`);
    rows.push(...items(answer));
    pageToken = answer.body["nextPageToken"];
    if (pageToken === undefined) return { rows, token: String(answer.body["nextSyncToken"]), pages };
  }
}

/** A timed event of one hour. */
export function timed(start: string, change: Json = {}): Json {
  const end = new Date(Date.parse(start) + 3_600_000).toISOString();
  const timeZone = "Europe/Lisbon";
  return {
    summary: "Call",
    start: { dateTime: start, timeZone },
    end: { dateTime: end, timeZone },
    ...change,
  };
}
