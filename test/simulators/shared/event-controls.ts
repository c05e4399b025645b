// Event controls: routes by which the owner of a calendar edits it, where events are JSON.
import type { Hono } from "hono";
import * as z from "zod";
import { done, part, read } from "./control-app.ts";
import type { Generated, GenerateInput } from "./generation.ts";

/** What of a row can't be read: its start, its end, or all but its id. */
export type BrokenPart = "start" | "end" | "row";

export type EventJson = Readonly<Record<string, unknown>>;

/** The edits that the owner of a calendar can make. All times are RFC 3339 or epoch milliseconds. */
export interface EventControl {
  /** The person creates an event, in the API's own shape, or receives an invitation. */
  addEvent(calendarId: string, event: EventJson): EventJson;
  /** The person edits an event, a series (master id) or one occurrence (its id), as the provider patches. */
  patchEvent(calendarId: string, eventId: string, patch: EventJson): EventJson;
  deleteEvent(calendarId: string, eventId: string): void;
  /**
   * Whatever the event or series says from now on, listings show this part of each of its rows so that nobody can read
   * it; null: they show it as it is. The event gets another version.
   */
  breakEvent(calendarId: string, eventId: string, part: BrokenPart | null): void;
  /** Moves the occurrence that originally starts at `originalStart` (RFC 3339, or a date) to `to`'s start and end. */
  moveInstance(calendarId: string, masterId: string, originalStart: string, to: EventJson): EventJson;
  cancelInstance(calendarId: string, masterId: string, originalStart: string): void;
  /** "This and following": the series ends before `from`, another begins there with `patch` applied. */
  splitSeries(calendarId: string, masterId: string, from: string, patch: EventJson): EventJson;
  /** The live events of a calendar, series expanded; optionally only those that overlap a range (epoch ms). */
  events(calendarId: string, range?: { from: number; to: number }): EventJson[];
  /** One event by id; null when it doesn't exist. */
  event(calendarId: string, eventId: string): EventJson | null;
  /** Fills a calendar; see generate.ts. */
  generate(calendarId: string, input: GenerateInput): Generated;
}

const json = z.record(z.string(), z.unknown());
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
const damage = z.strictObject({ part: z.enum(["start", "end", "row"]).nullable() });
const cancellation = z.strictObject({ originalStart: z.string() });
const division = z.strictObject({ from: z.string(), patch: json.default({}) });

/** The path of a calendar's events. */
export const EVENTS = "/calendars/:id/events";

function seriesControls(app: Hono, control: EventControl): void {
  app.post(`${EVENTS}/:event/move-instance`, async (context) => {
    const { originalStart, ...to } = await read(context, move);
    return context.json(control.moveInstance(part(context, "id"), part(context, "event"), originalStart, to));
  });
  app.post(`${EVENTS}/:event/cancel-instance`, async (context) => {
    const { originalStart } = await read(context, cancellation);
    control.cancelInstance(part(context, "id"), part(context, "event"), originalStart);
    return done(context);
  });
  app.post(`${EVENTS}/:event/split`, async (context) => {
    const { from, patch } = await read(context, division);
    return context.json(control.splitSeries(part(context, "id"), part(context, "event"), from, patch));
  });
}

/** Routes under `/calendars/:id/events`, and `/generate`. */
export function eventControls(app: Hono, control: EventControl): void {
  app.get(EVENTS, (context) => {
    const { from, to } = context.req.query();
    const range = from === undefined || to === undefined ? undefined : { from: Number(from), to: Number(to) };
    return context.json({ items: control.events(part(context, "id"), range) });
  });
  app.post(EVENTS, async (context) =>
    context.json(control.addEvent(part(context, "id"), await read(context, json))),
  );
  app.get(`${EVENTS}/:event`, (context) =>
    context.json(control.event(part(context, "id"), part(context, "event"))),
  );
  app.patch(`${EVENTS}/:event`, async (context) =>
    context.json(control.patchEvent(part(context, "id"), part(context, "event"), await read(context, json))),
  );
  app.delete(`${EVENTS}/:event`, (context) => {
    control.deleteEvent(part(context, "id"), part(context, "event"));
    return done(context);
  });
  app.post(`${EVENTS}/:event/break`, async (context) => {
    const { part: broken } = await read(context, damage);
    control.breakEvent(part(context, "id"), part(context, "event"), broken);
    return done(context);
  });
  seriesControls(app, control);
  app.post("/generate", async (context) => {
    const { calendarId, ...input } = await read(context, generation);
    return context.json(control.generate(calendarId, input));
  });
}
