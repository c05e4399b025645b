// The control API over HTTP, for demos and for tests that run against a served simulator.
import { type Context, Hono } from "hono";
import * as z from "zod";
import { ConsentRefusal } from "./authorization.ts";
import type { MicrosoftControl } from "./control.ts";
import { MicrosoftError } from "./errors.ts";
import { type KnobName, knobSchemas } from "./knobs.ts";

const json = z.record(z.string(), z.unknown());

const isKnob = (name: string): name is KnobName => Object.hasOwn(knobSchemas, name);
const knob = z.strictObject({
  name: z
    .string()
    .refine(isKnob, "unknown knob")
    .transform((name) => name as KnobName),
  value: z.unknown().default(true),
  times: z.number().int().min(1).optional(),
  user: z.string().optional(),
  calendar: z.string().optional(),
  operation: z.string().optional(),
});

const user = z.strictObject({
  email: z.email(),
  kind: z.enum(["personal", "work"]),
  timeZone: z.string(),
  tid: z.string().optional(),
  oid: z.string().optional(),
  name: z.string().optional(),
  mailbox: z.boolean().optional(),
  extras: z.boolean().optional(),
});
const calendar = z.strictObject({
  user: z.email(),
  name: z.string(),
  id: z.string().optional(),
  canEdit: z.boolean().optional(),
  sharedBy: z.email().optional(),
});
const calendarChange = z.strictObject({ name: z.string().optional(), canEdit: z.boolean().optional() });
const span = z.strictObject({ start: z.number(), end: z.number() });
const generation = z.strictObject({
  calendarId: z.string(),
  seed: z.number().int(),
  count: z.number().int().min(1).max(100_000),
  from: z.number(),
  to: z.number(),
  timeZone: z.string(),
  keepFree: z.array(span).optional(),
});
const move = z.strictObject({ originalStart: z.string(), start: json, end: json });
const cancellation = z.strictObject({ originalStart: z.string() });
const division = z.strictObject({ from: z.string(), patch: json.default({}) });
const transfer = z.strictObject({ to: z.string() });
const agreement = z.strictObject({
  authorizationUrl: z.url(),
  user: z.string(),
  scopes: z.array(z.string()).optional(),
  allow: z.boolean().optional(),
});
const lifecycle = z.strictObject({
  event: z.enum(["reauthorizationRequired", "subscriptionRemoved", "missed"]),
});
const limits = z.strictObject({ concurrent: z.number().int(), perTenMinutes: z.number().int() }).nullable();

async function read<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await context.req.json());
}

/** Drops what is undefined, so that optional input fits exact optional properties. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Only entries whose value is defined are kept, which is what the type says.
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const part = (context: Context, name: string): string => context.req.param(name) ?? "";
const done = (context: Context) => context.json({ done: true });

function eventControls(app: Hono, control: MicrosoftControl): void {
  const events = "/calendars/:id/events";
  app.get(events, (context) => {
    const { from, to } = context.req.query();
    const range = from === undefined || to === undefined ? undefined : { from: Number(from), to: Number(to) };
    return context.json({ items: control.events(part(context, "id"), range) });
  });
  app.post(events, async (context) =>
    context.json(control.addEvent(part(context, "id"), await read(context, json))),
  );
  app.get(`${events}/:event`, (context) =>
    context.json(control.event(part(context, "id"), part(context, "event"))),
  );
  app.patch(`${events}/:event`, async (context) =>
    context.json(control.patchEvent(part(context, "id"), part(context, "event"), await read(context, json))),
  );
  app.delete(`${events}/:event`, (context) => {
    control.deleteEvent(part(context, "id"), part(context, "event"));
    return done(context);
  });
  app.post(`${events}/:event/move`, async (context) => {
    control.moveEvent(part(context, "id"), part(context, "event"), (await read(context, transfer)).to);
    return done(context);
  });
  app.post(`${events}/:event/move-instance`, async (context) => {
    const { originalStart, ...to } = await read(context, move);
    return context.json(control.moveInstance(part(context, "id"), part(context, "event"), originalStart, to));
  });
  app.post(`${events}/:event/cancel-instance`, async (context) => {
    const { originalStart } = await read(context, cancellation);
    control.cancelInstance(part(context, "id"), part(context, "event"), originalStart);
    return done(context);
  });
  app.post(`${events}/:event/split`, async (context) => {
    const { from, patch } = await read(context, division);
    return context.json(control.splitSeries(part(context, "id"), part(context, "event"), from, patch));
  });
}

function peopleControls(app: Hono, control: MicrosoftControl): void {
  app.post("/users", async (context) => {
    const added = control.addUser(await read(context, user));
    return context.json({ ...added, calendarId: control.calendarId(added.email) });
  });
  app.get("/users/:email/calendars", (context) =>
    context.json({
      items: control
        .calendars(part(context, "email"))
        .map(({ id, name, isDefault, canEdit, owner }) => ({ id, name, isDefault, canEdit, owner })),
    }),
  );
  app.post("/users/:email/remove-access", (context) => {
    control.removeAccess(part(context, "email"));
    return done(context);
  });
  app.post("/users/:email/revoke-sessions", (context) => {
    control.revokeSessions(part(context, "email"));
    return done(context);
  });
  app.post("/calendars", async (context) => {
    const { id, name } = control.addCalendar(await read(context, calendar));
    return context.json({ id, name });
  });
  app.patch("/calendars/:id", async (context) => {
    control.changeCalendar(part(context, "id"), defined(await read(context, calendarChange)));
    return done(context);
  });
  app.delete("/calendars/:id", (context) => {
    control.removeCalendar(part(context, "id"));
    return done(context);
  });
  app.post("/generate", async (context) => {
    const { calendarId, ...input } = await read(context, generation);
    return context.json(control.generate(calendarId, input));
  });
  app.post("/consent", async (context) => {
    const { authorizationUrl, user: who, ...rest } = await read(context, agreement);
    return context.json({ location: control.consent(authorizationUrl, { user: who, ...defined(rest) }) });
  });
}

function failureControls(app: Hono, control: MicrosoftControl): void {
  app.get("/knobs", (context) => context.json({ items: control.knobs.list() }));
  app.post("/knobs", async (context) => {
    const { name, value, ...scope } = await read(context, knob);
    // `set` parses the value with the knob's own schema.
    return context.json(control.knobs.set(name, value as never, scope));
  });
  app.delete("/knobs", (context) => {
    control.knobs.clear();
    return done(context);
  });
  app.delete("/knobs/:name", (context) => {
    const name = part(context, "name");
    if (isKnob(name)) control.knobs.clear(name);
    return done(context);
  });
  app.post("/expire-delta-tokens", (context) => {
    control.expireDeltaTokens(context.req.query("calendar"));
    return done(context);
  });
  app.post("/expire-access-tokens", (context) => {
    control.expireAccessTokens(context.req.query("user"));
    return done(context);
  });
  app.post("/limits", async (context) => {
    control.setLimits(await read(context, limits));
    return done(context);
  });
}

function pushControls(app: Hono, control: MicrosoftControl): void {
  app.get("/subscriptions", (context) => context.json({ items: control.subscriptions() }));
  app.post("/subscriptions/:id/expire", (context) => {
    const at = context.req.query("at");
    control.expireSubscription(part(context, "id"), at === undefined ? undefined : Number(at));
    return done(context);
  });
  app.delete("/subscriptions/:id", (context) => {
    control.removeSubscription(part(context, "id"));
    return done(context);
  });
  app.post("/subscriptions/:id/lifecycle", async (context) => {
    control.sendLifecycle(part(context, "id"), (await read(context, lifecycle)).event);
    return done(context);
  });
  app.post("/calendars/:id/touch", (context) => {
    control.touchCalendar(part(context, "id"));
    return done(context);
  });
  app.get("/notifications", (context) =>
    context.json({ pending: control.pending, attempts: control.deliveries }),
  );
  app.get("/endpoints/:host", (context) => context.json(control.endpoint(part(context, "host")) ?? null));
  app.post("/flush", async (context) => context.json({ posts: await control.flush() }));
  app.get("/mails", (context) => context.json({ items: control.mails }));
  app.get("/authorizations", (context) => context.json({ items: control.authorizations }));
  app.get("/requests", (context) => {
    const operation = context.req.query("operation");
    const items = control.requests.filter(
      (request) => operation === undefined || request.operation === operation,
    );
    return context.json({ count: items.length, items });
  });
  app.delete("/requests", (context) => {
    control.requests.length = 0;
    return done(context);
  });
}

/** Routes under `/_control`. */
export function controlRoutes(control: MicrosoftControl, describe: () => unknown): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof z.ZodError) return context.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError || error instanceof RangeError)
      return context.json({ error: error.message }, 400);
    if (error instanceof ConsentRefusal) return context.json({ error: error.code }, error.status);
    if (error instanceof MicrosoftError) return Response.json(error.body, { status: error.status });
    throw error;
  });
  app.get("/state", (context) => context.json(describe()));
  peopleControls(app, control);
  eventControls(app, control);
  failureControls(app, control);
  pushControls(app, control);
  return app;
}
