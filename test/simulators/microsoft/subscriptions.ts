// Subscriptions: create with the handshake, list, read, renew, reauthorise, delete (`providers.md` B.7).
import { type Context, Hono } from "hono";
import * as z from "zod";
import { type Call, graphCall } from "./call.ts";
import { badRequest, graphError, resourceNotFound } from "./errors.ts";
import { newUuid } from "./ids.ts";
import { liveSubscriptions, post } from "./notifications.ts";
import { page } from "./query-options.ts";
import type { Json } from "./render.ts";
import { calendarsOf, type MicrosoftState, type SimulatedCalendar, type Subscription } from "./state.ts";

const HANDSHAKE_MS = 10_000;
const MOST_MINUTES = 10_070;
const LEAST_MINUTES = 45;
const CAP = 1_000;
const MINUTE_MS = 60_000;

const createBody = z.strictObject({
  changeType: z.string(),
  notificationUrl: z.string(),
  lifecycleNotificationUrl: z.string().nullish(),
  resource: z.string(),
  expirationDateTime: z.string(),
  clientState: z.string().max(128).nullish(),
  latestSupportedTlsVersion: z.enum(["v1_0", "v1_1", "v1_2", "v1_3"]).optional(),
  includeResourceData: z.literal(false).nullish(),
});
const patchBody = z.strictObject({
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

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path.join(".");
  throw invalid(`The property '${field}' is missing, unknown or not valid.`);
}

function checkUrl(state: MicrosoftState, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || (local && state.options.allowHttpWebhooks === true)) return text;
  throw invalid("Subscription notification URL must be https.");
}

function readChangeTypes(text: string): string[] {
  const types = text.split(",").map((type) => type.trim());
  if (types.every((type) => ["created", "updated", "deleted"].includes(type))) return types;
  throw invalid(`Invalid changeType: ${text}`);
}

const placeOf = (call: Call, calendarId: string | null = null) => ({
  user: call.user.email,
  calendar: calendarId,
  operation: call.operation,
});

/** The calendar a resource path names; null for the whole mailbox. */
function readResource(call: Call, resource: string): string | null {
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
  const shared = calendar.owner.address !== calendar.userEmail;
  if (shared || call.state.knobs.take("cal.denied", placeOf(call, calendar.id))) {
    throw extension(403, "Access is denied. Check credentials and try again.");
  }
}

function readExpiry(call: Call, text: string): number {
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

/** The handshake with one address: the token in the query must come back as text, exactly, within ten seconds. */
async function validate(call: Call, url: string): Promise<void> {
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

function render(call: Call, subscription: Subscription): Json {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: subscription.clientId,
    changeType: subscription.changeTypes.join(","),
    clientState: subscription.clientState,
    notificationUrl: subscription.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl,
    expirationDateTime: new Date(subscription.expiresAt).toISOString().replace(".000Z", "Z"),
    creatorId: call.user.graphId,
    includeResourceData: null,
    latestSupportedTlsVersion: subscription.tlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

const entity = (call: Call, subscription: Subscription): Json => ({
  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
  ...render(call, subscription),
});

function ownSubscriptions(call: Call): Subscription[] {
  return liveSubscriptions(call.state).filter(
    ({ email, clientId }) => email === call.user.email && clientId === call.access.clientId,
  );
}

function checkRoom(call: Call, resource: string, changeTypes: readonly string[]): void {
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

async function create(call: Call): Promise<Response> {
  const { state, access } = call;
  const asked = parse(createBody, call.body);
  const changeTypes = readChangeTypes(asked.changeType);
  const notificationUrl = checkUrl(state, asked.notificationUrl);
  const lifecycleUrl = asked.lifecycleNotificationUrl ?? null;
  if (lifecycleUrl !== null) checkUrl(state, lifecycleUrl);
  const calendarId = readResource(call, asked.resource);
  const expiresAt = readExpiry(call, asked.expirationDateTime);
  checkRoom(call, asked.resource, changeTypes);
  await validate(call, notificationUrl);
  if (lifecycleUrl !== null) await validate(call, lifecycleUrl);
  const subscription: Subscription = {
    id: newUuid(state.random),
    email: call.user.email,
    clientId: access.clientId,
    resource: asked.resource,
    calendarId,
    changeTypes,
    clientState: asked.clientState ?? null,
    notificationUrl,
    lifecycleNotificationUrl: lifecycleUrl,
    immutableIds: call.prefer.immutable,
    tlsVersion: asked.latestSupportedTlsVersion ?? "v1_2",
    expiresAt,
    boundUntil: access.expiresAt,
    reminded: false,
  };
  state.subscriptions.set(subscription.id, subscription);
  return Response.json(entity(call, subscription), { status: 201 });
}

function find(call: Call, id: string): Subscription {
  const subscription = ownSubscriptions(call).find((each) => each.id === id);
  if (subscription === undefined) throw resourceNotFound();
  return subscription;
}

function reauthorize(call: Call, subscription: Subscription): void {
  subscription.boundUntil = call.access.expiresAt;
  subscription.reminded = false;
}

async function update(call: Call, id: string): Promise<Json> {
  const { state } = call;
  if (state.knobs.take("sub.vanish", placeOf(call))) state.subscriptions.delete(id);
  const subscription = find(call, id);
  const { expirationDateTime, notificationUrl } = parse(patchBody, call.body);
  const expiresAt = expirationDateTime === undefined ? null : readExpiry(call, expirationDateTime);
  if (notificationUrl !== undefined) await validate(call, checkUrl(state, notificationUrl));
  subscription.expiresAt = expiresAt ?? subscription.expiresAt;
  subscription.notificationUrl = notificationUrl ?? subscription.notificationUrl;
  reauthorize(call, subscription);
  return entity(call, subscription);
}

function list(call: Call): Json {
  const { rows, next } = page(call, "/subscriptions", ownSubscriptions(call));
  return {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions",
    ...(next === null ? {} : { "@odata.nextLink": next }),
    value: rows.map((subscription) => render(call, subscription)),
  };
}

/** Routes under `/v1.0/subscriptions`. */
export function subscriptionRoutes(state: MicrosoftState): Hono {
  const id = (context: Context) => context.req.param("id") ?? "";
  const outlook = false;
  return new Hono()
    .post("/", graphCall(state, { operation: "subscriptions.create", outlook, answer: create }))
    .get(
      "/",
      graphCall(state, {
        operation: "subscriptions.list",
        outlook,
        options: ["$top", "$skip"],
        answer: list,
      }),
    )
    .get(
      "/:id",
      graphCall(state, {
        operation: "subscriptions.get",
        outlook,
        answer: (call, context) => entity(call, find(call, id(context))),
      }),
    )
    .patch(
      "/:id",
      graphCall(state, {
        operation: "subscriptions.update",
        outlook,
        answer: (call, context) => update(call, id(context)),
      }),
    )
    .post(
      "/:id/reauthorize",
      graphCall(state, {
        operation: "subscriptions.reauthorize",
        outlook,
        bodiless: true,
        answer(call, context) {
          reauthorize(call, find(call, id(context)));
          return new Response(null, { status: 200 });
        },
      }),
    )
    .delete(
      "/:id",
      graphCall(state, {
        operation: "subscriptions.delete",
        outlook,
        answer(call, context) {
          state.subscriptions.delete(find(call, id(context)).id);
          return null;
        },
      }),
    );
}
