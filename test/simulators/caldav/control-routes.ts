// The control API over HTTP, for demos and for tests that run against a served simulator.
import type { Context, Hono } from "hono";
import * as z from "zod";
import { createControlApp, done, read } from "../shared/control-app.ts";
import { journalControls } from "../shared/journal-controls.ts";
import { knobControls } from "../shared/knob-controls.ts";
import type { CaldavControl } from "./control.ts";
import { knobSchemas } from "./knobs.ts";

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

/** Routes under `/_control`. Calendars are named by their path in `?calendar=` or the body. */
export function controlRoutes(control: CaldavControl, describe: () => unknown): Hono {
  const app = createControlApp(describe);
  peopleControls(app, control);
  eventControls(app, control);
  knobControls(app, control.knobs, knobSchemas);
  app.post("/expire-sync-tokens", (context) => {
    control.expireSyncTokens(context.req.query("calendar"));
    return done(context);
  });
  journalControls(app, control.requests, ({ authorization: _, ...shown }) => shown);
  return app;
}
