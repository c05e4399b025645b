// Control apps: what the `/_control` routes of all simulators share.
import { type Context, Hono } from "hono";
import * as z from "zod";
import { ConsentRefusal, refuse } from "./refusal.ts";

/** The request's JSON body. A ZodError is answered with 400. */
export async function read<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await context.req.json());
}

/** A parameter of the path. */
export const part = (context: Context, name: string): string => context.req.param(name) ?? "";

/** The answer of a route without a result. */
export const done = (context: Context): Response => context.json({ done: true });

/** Drops undefined entries, so that optional input fits exact optional properties. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // The filter keeps only defined values, as the type says.
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** An app that shows the state. It answers wrong input with 400, and the provider's refusals as the provider does. */
export function createControlApp(describe: () => unknown): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof z.ZodError) return context.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError || error instanceof RangeError)
      return context.json({ error: error.message }, 400);
    if (error instanceof ConsentRefusal) return context.json({ error: error.code }, error.status);
    return refuse(error);
  });
  app.get("/state", (context) => context.json(describe()));
  return app;
}
