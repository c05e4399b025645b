// The control API over HTTP, for demos and for tests that run against a served simulator.
import { type Context, Hono } from "hono";
import * as z from "zod";
import { ConsentRefusal } from "./consent.ts";
import type { GoogleControl } from "./control.ts";
import { GoogleError } from "./errors.ts";
import { type KnobName, knobSchemas } from "./knobs.ts";

const json = z.record(z.string(), z.unknown());
const role = z.enum(["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]);
const zone = z.string();

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
  timeZone: zone,
  sub: z.string().optional(),
  name: z.string().optional(),
  holidays: z.boolean().optional(),
});
const calendar = z.strictObject({
  owner: z.email(),
  summary: z.string(),
  timeZone: zone.nullable(),
  id: z.string().optional(),
  role: role.optional(),
  push: z.boolean().optional(),
});
const entry = z.strictObject({
  email: z.email(),
  role: role.optional(),
  hidden: z.boolean().optional(),
  deleted: z.boolean().optional(),
});
const span = z.strictObject({ start: z.number(), end: z.number() });
const generation = z.strictObject({
  calendarId: z.string(),
  seed: z.number().int(),
  count: z.number().int().min(1).max(100_000),
  from: z.number(),
  to: z.number(),
  timeZone: zone,
  keepFree: z.array(span).optional(),
});
const move = z.strictObject({ originalStart: z.string(), start: json, end: json });
const cancellation = z.strictObject({ originalStart: z.string() });
const division = z.strictObject({ from: z.string(), patch: json.default({}) });
const agreement = z.strictObject({
  authorizationUrl: z.url(),
  user: z.string(),
  scopes: z.array(z.string()).optional(),
  allow: z.boolean().optional(),
});
const bounds = z
  .strictObject({ perUserPerMinute: z.number().int(), perProjectPerMinute: z.number().int() })
  .nullable();

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

function eventControls(app: Hono, control: GoogleControl): void {
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

function peopleControls(app: Hono, control: GoogleControl): void {
  app.post("/users", async (context) => context.json(control.addUser(await read(context, user))));
  app.post("/users/:email/remove-access", (context) => {
    control.removeAccess(part(context, "email"));
    return done(context);
  });
  app.post("/calendars", async (context) => {
    const { id, summary } = control.addCalendar(await read(context, calendar));
    return context.json({ id, summary });
  });
  app.delete("/calendars/:id", (context) => {
    control.removeCalendar(part(context, "id"));
    return done(context);
  });
  app.patch("/calendars/:id/entry", async (context) => {
    const { email, ...change } = await read(context, entry);
    control.changeEntry(part(context, "id"), email, defined(change));
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

function failureControls(app: Hono, control: GoogleControl): void {
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
  app.post("/expire-sync-tokens", (context) => {
    control.expireSyncTokens(context.req.query("calendar"));
    return done(context);
  });
  app.post("/expire-access-tokens", (context) => {
    control.expireAccessTokens(context.req.query("user"));
    return done(context);
  });
  app.post("/limits", async (context) => {
    control.setLimits(await read(context, bounds));
    return done(context);
  });
}

function pushControls(app: Hono, control: GoogleControl): void {
  app.get("/channels", (context) => context.json({ items: control.channels() }));
  app.post("/channels/:id/expire", (context) => {
    const at = context.req.query("at");
    control.expireChannel(part(context, "id"), at === undefined ? undefined : Number(at));
    return done(context);
  });
  app.post("/channels/:id/touch", (context) => {
    control.touchChannel(part(context, "id"));
    return done(context);
  });
  app.get("/notifications", (context) =>
    context.json({ pending: control.pending, attempts: control.deliveries }),
  );
  app.post("/flush", async (context) => context.json({ attempts: await control.flush() }));
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
export function controlRoutes(control: GoogleControl, describe: () => unknown): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof z.ZodError) return context.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError || error instanceof RangeError)
      return context.json({ error: error.message }, 400);
    if (error instanceof ConsentRefusal) return context.json({ error: error.code }, error.status);
    if (error instanceof GoogleError) return Response.json(error.body, { status: error.status });
    throw error;
  });
  app.get("/state", (context) => context.json(describe()));
  peopleControls(app, control);
  eventControls(app, control);
  failureControls(app, control);
  pushControls(app, control);
  return app;
}
