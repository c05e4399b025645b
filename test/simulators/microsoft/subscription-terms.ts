// Subscription terms: what Graph checks before it accepts one (`docs/providers/microsoft.md` B.7.1, B.7.2).
import * as z from "zod";
import type { Call } from "./call.ts";
import { post } from "./delivery.ts";
import { badRequest, graphError, resourceNotFound } from "./errors.ts";
import { newUuid } from "./ids.ts";
import { liveSubscriptions } from "./notifications.ts";
import {
  calendarsOf,
  isOwn,
  type MicrosoftState,
  type SimulatedCalendar,
  type Subscription,
} from "./state.ts";

const HANDSHAKE_MS = 10_000;
const MOST_MINUTES = 10_070;
const LEAST_MINUTES = 45;
const CAP = 1_000;
const MINUTE_MS = 60_000;

/** The body of a create. */
export const createBody = z.strictObject({
  changeType: z.string(),
  notificationUrl: z.string(),
  lifecycleNotificationUrl: z.string().nullish(),
  resource: z.string(),
  expirationDateTime: z.string(),
  clientState: z.string().max(128).nullish(),
  latestSupportedTlsVersion: z.enum(["v1_0", "v1_1", "v1_2", "v1_3"]).optional(),
  includeResourceData: z.literal(false).nullish(),
});
/** The body of a renewal. */
export const patchBody = z.strictObject({
  expirationDateTime: z.string().optional(),
  notificationUrl: z.string().optional(),
});

const invalid = (message: string) => badRequest(message, "InvalidRequest");
const extension = (status: 400 | 403, reason: string) => {
  const name = status === 400 ? "BadRequest" : "Forbidden";
  return graphError(
    status,
    "ExtensionError",
    `Operation: Create; Exception: [Status Code: ${name}; Reason: ${reason}]`,
  );
};

/** Reads a body; 400 for unknown or malformed fields. */
export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path.join(".");
  throw invalid(`The property '${field}' is missing, unknown or not valid.`);
}

/** A webhook address: https, or this machine where a demo allows it. */
export function checkUrl(state: MicrosoftState, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || (local && state.options.allowHttpWebhooks === true)) return text;
  throw invalid("Subscription notification URL must be https.");
}

/** The kinds of change that are asked for. */
export function readChangeTypes(text: string): string[] {
  const types = text.split(",").map((type) => type.trim());
  if (types.every((type) => ["created", "updated", "deleted"].includes(type))) return types;
  throw invalid(`Invalid changeType: ${text}`);
}

/** The place that knobs are matched with. */
export const placeOf = (call: Call, calendarId: string | null = null) => ({
  user: call.user.email,
  calendar: calendarId,
  operation: call.operation,
});

/** The calendar in a resource path; null for the whole mailbox. */
export function readResource(call: Call, resource: string): string | null {
  const { user, state } = call;
  const match = /^\/?(?:me|users\/([^/]+))(?:\/calendars\/([^/]+))?\/events$/.exec(resource);
  const [, owner, named] = match ?? [];
  const own = owner === undefined || [user.graphId, user.oid, user.email].includes(owner);
  if (match === null || !own) throw invalid(`Invalid resource: ${resource}`);
  if (named === undefined) return null;
  if (state.knobs.take("sub.noCalendarResource", placeOf(call))) {
    throw extension(400, "The subscription resource is not supported.");
  }
  const id = decodeURIComponent(named);
  const calendar = calendarsOf(state, user.email).find((each) => each.id === id);
  if (calendar === undefined || state.knobs.take("cal.gone", placeOf(call, id))) throw resourceNotFound();
  checkSubscribable(call, calendar);
  return id;
}

function checkSubscribable(call: Call, calendar: SimulatedCalendar): void {
  if (!isOwn(calendar) || call.state.knobs.take("cal.denied", placeOf(call, calendar.id))) {
    throw extension(403, "Access is denied. Check credentials and try again.");
  }
}

/** The requested instant within the enforced limits. A later one is refused, an earlier one raised. */
export function readExpiry(call: Call, text: string): number {
  const { state } = call;
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/(Z|[+-]\d{2}:\d{2})$/.test(text))
    throw invalid("expirationDateTime is not valid.");
  if (at <= state.now()) throw invalid("Subscription expiration must be in the future.");
  const most = state.knobs.take("sub.maxMinutes", placeOf(call)) ?? MOST_MINUTES;
  if (at > state.now() + most * MINUTE_MS) {
    throw extension(400, `Subscription expiration can only be ${most} minutes in the future.`);
  }
  return Math.max(at, state.now() + LEAST_MINUTES * MINUTE_MS);
}

/** The handshake with one address. The token in the query must come back as text, unchanged, within ten seconds. */
export async function validate(call: Call, url: string): Promise<void> {
  const { state } = call;
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${newUuid(state.random)} <&> 100%`;
  const query = `validationToken=${encodeURIComponent(token).replaceAll("%20", "+")}`;
  const asked = `${url}${new URL(url).search === "" ? "?" : "&"}${query}`;
  const failing = state.knobs.take("sub.validationFail", placeOf(call)) !== undefined;
  const attempt = await post(state, asked, { type: "text/plain; charset=utf-8", body: "" }, HANDSHAKE_MS);
  const { status, tookMs, contentType, text } = attempt;
  state.deliveries.push({ at: state.now(), url: asked, kind: "validation", entries: [], status, tookMs });
  const sound = status === 200 && /^text\/plain\b/.test(contentType) && text === token;
  if (sound && !failing) return;
  const reason = status === null ? "timed out" : status === 200 ? "" : ` HTTP status code is '${status}'.`;
  const message = `Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.${reason}`;
  throw badRequest(message, "ValidationError");
}

/** The subscriptions that this application made for this person. */
export function ownSubscriptions(call: Call): Subscription[] {
  return liveSubscriptions(call.state).filter(
    ({ email, clientId }) => email === call.user.email && clientId === call.access.clientId,
  );
}

/** Refuses a duplicate, and more subscriptions than the mailbox allows. */
export function checkRoom(call: Call, resource: string, changeTypes: readonly string[]): void {
  const cap = call.state.knobs.take("sub.cap", placeOf(call));
  const inMailbox = liveSubscriptions(call.state).filter(({ email }) => email === call.user.email).length;
  if (cap === true || inMailbox >= (cap ?? CAP)) {
    throw extension(403, "The limit of active subscriptions for this mailbox has been reached.");
  }
  const twin = ownSubscriptions(call).find(
    (each) =>
      each.resource === resource && [...each.changeTypes].sort().join() === [...changeTypes].sort().join(),
  );
  if (twin === undefined) return;
  const message = `Subscription Id ${twin.id} already exists for the requested combination`;
  throw graphError(409, "ObjectIdentifierInUse", message);
}
