// The control API over HTTP, for demos and for tests that run against a served simulator.
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { CaldavControl } from "./control.ts";
import { type KnobName, knobSchemas } from "./knobs.ts";

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
  email: z.string(),
  password: z.string(),
  profile: z.enum(["icloud", "sabre", "radicale", "minimal"]),
});
const calendar = z.strictObject({
  owner: z.string(),
  name: z.string(),
  timeZone: z.string().nullable(),
  writable: z.boolean().default(true),
});
const object = z.strictObject({ calendar: z.string(), text: z.string() });
const address = z.strictObject({ calendar: z.string(), name: z.string() });
const edit = z.strictObject({ calendar: z.string(), name: z.string(), text: z.string() });
const revocation = z.strictObject({ email: z.string(), password: z.string().optional() });

async function read<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await context.req.json());
}

const done = (context: Context) => context.json({ done: true });
const named = (context: Context): string => z.string().parse(context.req.query("calendar"));

function peopleControls(app: Hono, control: CaldavControl): void {
  app.post("/users", async (context) => {
    const { email, id } = control.addUser(await read(context, user));
    return context.json({ email, id, serverUrl: control.serverUrl(email) });
  });
  app.post("/revoke", async (context) => {
    const { email, password } = await read(context, revocation);
    control.revoke(email, password);
    return done(context);
  });
  app.post("/calendars", async (context) => {
    const { path } = control.addCalendar(await read(context, calendar));
    return context.json({ calendar: path, url: control.urlOf(path) });
  });
  app.delete("/calendars", (context) => {
    control.removeCalendar(named(context));
    return done(context);
  });
}

function eventControls(app: Hono, control: CaldavControl): void {
  app.get("/events", (context) => context.json({ items: control.events(named(context)) }));
  app.post("/events", async (context) => {
    const input = await read(context, object);
    return context.json(control.putEvent(input.calendar, input.text));
  });
  app.put("/events", async (context) => {
    const input = await read(context, edit);
    return context.json(control.editEvent(input.calendar, input.name, input.text));
  });
  app.delete("/events", async (context) => {
    const input = await read(context, address);
    control.deleteEvent(input.calendar, input.name);
    return done(context);
  });
}

function failureControls(app: Hono, control: CaldavControl): void {
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
  app.post("/expire-sync-tokens", (context) => {
    control.expireSyncTokens(context.req.query("calendar"));
    return done(context);
  });
  app.get("/requests", (context) => {
    const operation = context.req.query("operation");
    const items = control.requests
      .filter((request) => operation === undefined || request.operation === operation)
      .map(({ authorization: _, ...shown }) => shown);
    return context.json({ count: items.length, items });
  });
  app.delete("/requests", (context) => {
    control.requests.length = 0;
    return done(context);
  });
}

/** Routes under `/_control`. Calendars are named by their path in `?calendar=` or the body. */
export function controlRoutes(control: CaldavControl, describe: () => unknown): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof z.ZodError) return context.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError || error instanceof RangeError) {
      return context.json({ error: error.message }, 400);
    }
    throw error;
  });
  app.get("/state", (context) => context.json(describe()));
  peopleControls(app, control);
  eventControls(app, control);
  failureControls(app, control);
  return app;
}
