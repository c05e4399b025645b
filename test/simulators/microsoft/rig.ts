// Rig for tests of the simulator: a clock, people of both kinds, a webhook, calls by hand.
import { createMicrosoftSimulator, type MicrosoftSimulator } from "../microsoft.ts";
import { type Answer, callJson, type Json, postForm, urlWith } from "../shared/rig.ts";
import type { MicrosoftSimulatorOptions } from "./state.ts";

export const CLIENT = {
  clientId: "0f1e2d3c-4b5a-4678-9abc-def012345678",
  clientSecret: "secret~of.ours",
  redirectUris: ["https://sync.example.org/api/calendar/office365/callback"],
};
/** She has a work account. Her tenant is Contoso. */
export const ANA = "ana@contoso.example";
/** He has a personal account. */
export const BO = "bo@outlook.example";
const SCOPES = "openid email profile offline_access User.Read Calendars.ReadWrite";
export const PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"';
const VERIFIER = "v".repeat(43);
/** SHA-256 of the verifier. */
const CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM";

export interface Rig {
  readonly microsoft: MicrosoftSimulator;
  readonly clock: { now: number };
  /** Bodies of notifications as they arrived, validations left out. */
  readonly received: { url: string; body: Json }[];
  /** The webhook's answer, and how long it takes. */
  readonly webhook: { status: number; tookMs: number; validates: boolean };
}

/** A simulator in which Ana and Bo (Lisbon) have accounts, at 2026-03-01T10:00Z. */
export function createRig(options: Partial<MicrosoftSimulatorOptions> = {}): Rig {
  const clock = { now: Date.parse("2026-03-01T10:00:00Z") };
  const received: { url: string; body: Json }[] = [];
  const webhook = { status: 202, tookMs: 0, validates: true };
  const microsoft = createMicrosoftSimulator({
    now: () => clock.now,
    clients: [CLIENT],
    async deliver(request) {
      clock.now += webhook.tookMs;
      const token = new URL(request.url).searchParams.get("validationToken");
      if (token !== null && webhook.validates) {
        return new Response(token, { headers: { "content-type": "text/plain" } });
      }
      const text = await request.text();
      received.push({ url: request.url, body: readJson(text) });
      return new Response(null, { status: webhook.status });
    },
    ...options,
  });
  microsoft.addUser({ email: ANA, kind: "work", timeZone: "Europe/Lisbon" });
  microsoft.addUser({ email: BO, kind: "personal", timeZone: "Europe/Lisbon" });
  return { microsoft, clock, received, webhook };
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { unreadable: text.length };
  }
}

/** An authorisation URL as a client would build it; a parameter set to null is left out. */
export function authorizationUrl(change: Record<string, string | null> = {}, tenant = "common"): string {
  return urlWith(`https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`, {
    client_id: CLIENT.clientId,
    response_type: "code",
    redirect_uri: CLIENT.redirectUris[0] ?? null,
    response_mode: "query",
    scope: SCOPES,
    state: "state-1",
    nonce: "nonce-1",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...change,
  });
}

/** Posts a form to the token endpoint, with the client's credentials. */
export function postToken(rig: Rig, form: Record<string, string>, tenant = "common"): Promise<Answer> {
  const url = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
  return postForm(rig.microsoft.fetch, url, CLIENT, form);
}

/** Exchanges the code of a callback. */
export function exchange(
  rig: Rig,
  callback: string,
  form: Record<string, string> = {},
  tenant = "common",
): Promise<Answer> {
  const code = new URL(callback).searchParams.get("code") ?? "";
  const fixed = { grant_type: "authorization_code", code, code_verifier: VERIFIER };
  return postToken(rig, { ...fixed, redirect_uri: CLIENT.redirectUris[0] ?? "", ...form }, tenant);
}

/** One person's API client. */
export interface Caller {
  readonly token: string;
  readonly refreshToken: string;
  /** The default calendar. */
  readonly calendarId: string;
  /** Its path: `/me/calendars/{id}`. */
  readonly home: string;
  /** `path` may be a whole URL. Sends the Prefer header that every request should have, unless another is given. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Connects a person and returns their API client. */
export async function connect(
  rig: Rig,
  user = ANA,
  change: Record<string, string | null> = {},
): Promise<Caller> {
  const answer = await exchange(rig, rig.microsoft.consent(authorizationUrl(change), { user }));
  if (answer.status !== 200) throw new Error(`exchange answered ${answer.status} ${String(code(answer))}`);
  const token = String(answer.body["access_token"]);
  const calendarId = rig.microsoft.calendarId(user);
  return {
    token,
    refreshToken: String(answer.body["refresh_token"]),
    calendarId,
    home: `/me/calendars/${encodeURIComponent(calendarId)}`,
    call: (method, path, body, headers = {}) =>
      callJson(rig.microsoft.fetch, {
        ...{ method, body },
        url: path.startsWith("https:") ? path : `https://graph.microsoft.com/v1.0${path}`,
        headers: { authorization: `Bearer ${token}`, prefer: PREFER, ...headers },
      }),
  };
}

/** The rows of a listing. */
export const rows = (answer: Answer): Json[] => answer.body["value"] as Json[];

/** The code of an error: of Graph, or of the token endpoint. */
export function code(answer: Answer): unknown {
  const error = answer.body["error"];
  return typeof error === "object" && error !== null ? (error as { code?: unknown }).code : error;
}

export const WINDOW = "startDateTime=2026-02-22T00:00:00Z&endDateTime=2026-09-01T00:00:00Z";

/** All pages of a delta round, and the link at its end. */
export async function round(
  caller: Caller,
  link?: string,
  prefer = `${PREFER}, odata.maxpagesize=200`,
): Promise<{ rows: Json[]; link: string; pages: number }> {
  const all: Json[] = [];
  let next = link ?? `${caller.home}/calendarView/delta?${WINDOW}`;
  for (let pages = 1; ; pages += 1) {
    const answer = await caller.call("GET", next, undefined, { prefer });
    if (answer.status !== 200) throw new Error(`delta answered ${answer.status} ${String(code(answer))}`);
    all.push(...rows(answer));
    const end = answer.body["@odata.deltaLink"];
    if (end !== undefined) return { rows: all, link: String(end), pages };
    next = String(answer.body["@odata.nextLink"]);
  }
}

/** A timed event of one hour; `start` in UTC ("2026-03-10T09:00:00"). */
export function timed(start: string, change: Json = {}): Json {
  const end = new Date(Date.parse(`${start}Z`) + 3_600_000).toISOString().slice(0, 19);
  return {
    subject: "Call",
    start: { dateTime: start, timeZone: "UTC" },
    end: { dateTime: end, timeZone: "UTC" },
    ...change,
  };
}

/** A daily recurrence from a date on: a number of times, or without end. */
export function daily(startDate: string, numberOfOccurrences?: number): Json {
  const range =
    numberOfOccurrences === undefined
      ? { type: "noEnd", startDate }
      : { type: "numbered", startDate, numberOfOccurrences };
  return { pattern: { type: "daily", interval: 1 }, range };
}

export const MARK = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name AppBlock";

/** A subscription on a caller's default calendar. */
export function subscription(caller: Caller, change: Json = {}): Json {
  return {
    changeType: "created,updated,deleted",
    notificationUrl: "https://sync.example.org/hooks/graph?k=7",
    lifecycleNotificationUrl: "https://sync.example.org/hooks/graph/life",
    resource: `/me/calendars/${caller.calendarId}/events`,
    expirationDateTime: "2026-03-07T10:00:00.000Z",
    clientState: "constant-time-compared",
    ...change,
  };
}
