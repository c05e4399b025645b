// Control apps: what the routes under `/_control` of every simulator have in common.
import { type Context, Hono } from "hono";
import * as z from "zod";
import { ConsentRefusal, refuse } from "./refusal.ts";

/** The request's JSON body. A ZodError is answered with 400. */
export async function read<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await context.req.json());
}

/** A parameter of the path. */
export const part = (context: Context, name: string): string => context.req.param(name) ?? "";

/** The answer to what gives no result. */
export const done = (context: Context): Response => context.json({ done: true });

/** Drops what is undefined, so that optional input fits exact optional properties. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Only entries whose value is defined are kept, which is what the type says.
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** An app that shows the state; wrong input is answered with 400, what the provider refuses as it does itself. */
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
