// The control API over HTTP, for demos and for tests that run against a served simulator.
import type { Hono } from "hono";
import * as z from "zod";
import { accessControls } from "../shared/access-controls.ts";
import { createControlApp, defined, done, part, read } from "../shared/control-app.ts";
import { eventControls } from "../shared/event-controls.ts";
import { journalControls } from "../shared/journal-controls.ts";
import { knobControls } from "../shared/knob-controls.ts";
import type { GoogleControl } from "./control.ts";
import { knobSchemas } from "./knobs.ts";

const role = z.enum(["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]);
const user = z.strictObject({
  email: z.email(),
  timeZone: z.string(),
  sub: z.string().optional(),
  name: z.string().optional(),
  holidays: z.boolean().optional(),
});
const calendar = z.strictObject({
  owner: z.email(),
  summary: z.string(),
  timeZone: z.string().nullable(),
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
const bounds = z
  .strictObject({ perUserPerMinute: z.number().int(), perProjectPerMinute: z.number().int() })
  .nullable();

function peopleControls(app: Hono, control: GoogleControl): void {
  app.post("/users", async (context) => context.json(control.addUser(await read(context, user))));
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
}

function limitControls(app: Hono, control: GoogleControl): void {
  app.post("/expire-sync-tokens", (context) => {
    control.expireSyncTokens(context.req.query("calendar"));
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
}

/** Routes under `/_control`. */
export function controlRoutes(control: GoogleControl, describe: () => unknown): Hono {
  const app = createControlApp(describe);
  peopleControls(app, control);
  accessControls(app, control);
  eventControls(app, control);
  knobControls(app, control.knobs, knobSchemas);
  limitControls(app, control);
  pushControls(app, control);
  journalControls(app, control.requests);
  return app;
}
