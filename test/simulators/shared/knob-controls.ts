// Knob controls: routes that switch knobs on and off.
import type { Hono } from "hono";
import * as z from "zod";
import { done, part, read } from "./control-app.ts";
import type { KnobBoard, KnobSchemas } from "./knob-board.ts";

/** Routes under `/knobs` for a simulator's board. The schemas are those of its knobs. */
export function knobControls<Schemas extends KnobSchemas>(
  app: Hono,
  knobs: KnobBoard<Schemas>,
  schemas: Schemas,
): void {
  const isKnob = (name: string): name is keyof Schemas & string => Object.hasOwn(schemas, name);
  const input = z.strictObject({
    name: z.string(),
    value: z.unknown().default(true),
    times: z.number().int().min(1).optional(),
    user: z.string().optional(),
    calendar: z.string().optional(),
    operation: z.string().optional(),
  });
  app.get("/knobs", (context) => context.json({ items: knobs.list() }));
  app.post("/knobs", async (context) => {
    const { name, value, ...scope } = await read(context, input);
    if (!isKnob(name)) throw new RangeError(`unknown knob ${name}`);
    // `set` parses the value with the knob's own schema.
    return context.json(knobs.set(name, value as never, scope));
  });
  app.delete("/knobs", (context) => {
    knobs.clear();
    return done(context);
  });
  app.delete("/knobs/:name", (context) => {
    const name = part(context, "name");
    if (isKnob(name)) knobs.clear(name);
    return done(context);
  });
}
