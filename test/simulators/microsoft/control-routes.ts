// The control API over HTTP, for demos and for tests that run against a served simulator.
import type { Hono } from "hono";
import * as z from "zod";
import { accessControls } from "../shared/access-controls.ts";
import { createControlApp, defined, done, part, read } from "../shared/control-app.ts";
import { EVENTS, eventControls } from "../shared/event-controls.ts";
import { journalControls } from "../shared/journal-controls.ts";
import { knobControls } from "../shared/knob-controls.ts";
import type { MicrosoftControl } from "./control.ts";
import { knobSchemas } from "./knobs.ts";

const transfer = z.strictObject({ to: z.string() });
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
const lifecycle = z.strictObject({
  event: z.enum(["reauthorizationRequired", "subscriptionRemoved", "missed"]),
});
const limits = z.strictObject({ concurrent: z.number().int(), perTenMinutes: z.number().int() }).nullable();

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
  app.post("/calendars/:id/new-id", (context) =>
    context.json({ id: control.giveNewId(part(context, "id")) }),
  );
  app.post(`${EVENTS}/:event/move`, async (context) => {
    control.moveEvent(part(context, "id"), part(context, "event"), (await read(context, transfer)).to);
    return done(context);
  });
}

function limitControls(app: Hono, control: MicrosoftControl): void {
  app.post("/expire-delta-tokens", (context) => {
    control.expireDeltaTokens(context.req.query("calendar"));
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
}

/** Routes under `/_control`. */
export function controlRoutes(control: MicrosoftControl, describe: () => unknown): Hono {
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
