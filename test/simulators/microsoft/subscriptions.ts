// Subscriptions: create with the handshake, list, read, renew, reauthorise, delete (`docs/providers/microsoft.md` B.7).
import { type Context, Hono } from "hono";
import { type Call, graphCall } from "./call.ts";
import { resourceNotFound } from "./errors.ts";
import { newUuid } from "./ids.ts";
import { page } from "./query-options.ts";
import type { Json } from "./render.ts";
import type { MicrosoftState, Subscription } from "./state.ts";
import {
  checkRoom,
  checkUrl,
  createBody,
  ownSubscriptions,
  parse,
  patchBody,
  placeOf,
  readChangeTypes,
  readExpiry,
  readResource,
  validate,
} from "./subscription-terms.ts";

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
