// Push channels: watch and stop (`docs/providers/google.md` A.8, A.9).
import { Hono } from "hono";
import * as z from "zod";
import { apiCall, type Call, calendarOf } from "./call.ts";
import { apiError, badRequest, invalid, required } from "./errors.ts";
import { attemptDelivery, composeNotification, enqueue } from "./notifications.ts";
import type { Channel, GoogleState, SimulatedCalendar } from "./state.ts";

const DEFAULT_TTL_S = 604_800;
const LONGEST_TTL_S = 2_592_000;

const digits = z.union([z.number().int().min(0), z.string().regex(/^\d{1,15}$/)]);
const watchBody = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9\-_+/=]{1,64}$/)
    .optional(),
  type: z.enum(["web_hook", "webhook"]).optional(),
  address: z.string().optional(),
  token: z.string().max(256).optional(),
  expiration: digits.optional(),
  params: z.strictObject({ ttl: digits.optional() }).optional(),
  payload: z.boolean().optional(),
  kind: z.literal("api#channel").optional(),
});

const stopBody = z.strictObject({
  id: z.string().optional(),
  resourceId: z.string().optional(),
  kind: z.string().optional(),
  resourceUri: z.string().optional(),
  token: z.string().optional(),
  expiration: digits.optional(),
});

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    throw badRequest(`Invalid JSON payload received. Unknown name "${issue.keys[0]}": Cannot find field.`);
  }
  throw invalid(`Invalid value for: ${issue?.path.join(".")}`);
}

function isLocal(address: URL): boolean {
  return address.protocol === "http:" && ["127.0.0.1", "localhost"].includes(address.hostname);
}

function checkAddress(call: Call, text: string | undefined): string {
  if (text === undefined) throw required("Required", "entity.resource.address");
  const notHttps = () =>
    apiError({
      status: 400,
      reason: "push.webhookUrlNotHttps",
      message: `WebHook callback must be HTTPS: ${text}`,
    });
  const refused = call.state.knobs.take("watch.badUrl", { user: call.user, operation: call.operation });
  if (refused === "notHttps" || !URL.canParse(text)) throw notHttps();
  if (refused === "unauthorized") {
    throw apiError({
      status: 401,
      reason: "push.webhookUrlUnauthorized",
      message: `Unauthorized WebHook callback channel: ${text}`,
    });
  }
  const address = new URL(text);
  const local = call.state.options.allowHttpWebhooks === true && isLocal(address);
  if (address.protocol !== "https:" && !local) throw notHttps();
  return text;
}

function checkWatchable(call: Call, calendar: SimulatedCalendar): void {
  if (calendar.push && !call.state.knobs.take("cal.noPush", { user: call.user, calendar: calendar.id }))
    return;
  throw apiError({
    status: 400,
    domain: "calendar",
    reason: "pushNotSupportedForRequestedResource",
    message: "Push notifications are not supported by this resource.",
  });
}

function expiryOf(call: Call, calendar: SimulatedCalendar, asked: z.infer<typeof watchBody>): number {
  const now = call.state.now();
  const cap =
    call.state.knobs.take("watch.maxTtl", { user: call.user, calendar: calendar.id }) ?? LONGEST_TTL_S;
  const ttl = Number(asked.params?.ttl ?? DEFAULT_TTL_S) * 1000;
  const wanted = asked.expiration === undefined ? now + ttl : Number(asked.expiration);
  if (wanted <= now) throw invalid("Channel expiration must be in the future.");
  return Math.min(wanted, now + cap * 1000);
}

/** The same for all channels of one user on one calendar. */
function resourceIdOf(user: string, calendar: SimulatedCalendar): string {
  return `ret${Buffer.from(`${user} ${calendar.id}`).toString("base64url").slice(-24)}`;
}

async function watch(call: Call, calendarId: string): Promise<Record<string, unknown>> {
  const { state, user } = call;
  const asked = parse(watchBody, call.body);
  const { calendar } = calendarOf(call, calendarId);
  if (asked.id === undefined) throw required("Required", "entity.resource.id");
  if (asked.type === undefined) throw required("Required", "entity.resource.type");
  const address = checkAddress(call, asked.address);
  checkWatchable(call, calendar);
  if (state.channels.has(asked.id)) {
    throw apiError({
      status: 400,
      reason: "channelIdNotUnique",
      message: `Channel id ${asked.id} not unique`,
    });
  }
  const channel: Channel = {
    id: asked.id,
    token: asked.token ?? null,
    address,
    resourceId: resourceIdOf(user, calendar),
    resourceUri: `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events?alt=json`,
    calendarId: calendar.id,
    email: user,
    clientId: call.access.clientId,
    expiresAt: expiryOf(call, calendar, asked),
    messageNumber: 1,
    stopped: false,
  };
  state.channels.set(channel.id, channel);
  const opening = composeNotification(state, channel, "sync");
  if (state.knobs.take("push.syncFirst", { user, calendar: calendar.id }))
    await attemptDelivery(state, opening);
  else enqueue(state, opening);
  return {
    kind: "api#channel",
    id: channel.id,
    resourceId: channel.resourceId,
    resourceUri: channel.resourceUri,
    ...(channel.token === null ? {} : { token: channel.token }),
    expiration: String(channel.expiresAt),
  };
}

function stop(call: Call): null {
  const asked = parse(stopBody, call.body);
  if (asked.id === undefined) throw required("Required", "entity.resource.id");
  if (asked.resourceId === undefined) throw required("Required", "entity.resource.resourceId");
  const channel = call.state.channels.get(asked.id);
  const alive = channel !== undefined && !channel.stopped && channel.expiresAt > call.state.now();
  const same = channel?.email === call.user && channel.clientId === call.access.clientId;
  if (!alive || !same || channel.resourceId !== asked.resourceId) {
    const message = `Channel '${asked.id}' not found for project '1'`;
    throw apiError({ status: 404, reason: "notFound", message });
  }
  channel.stopped = true;
  return null;
}

/** Routes under `/calendar/v3` for channels. */
export function channelRoutes(state: GoogleState): Hono {
  return new Hono()
    .post(
      "/calendars/:calendarId/events/watch",
      apiCall(state, {
        operation: "events.watch",
        parameters: ["eventTypes", "maxResults"],
        repeatable: ["eventTypes"],
        answer: (call, context) => watch(call, context.req.param("calendarId") ?? ""),
      }),
    )
    .post("/channels/stop", apiCall(state, { operation: "channels.stop", answer: stop }));
}
