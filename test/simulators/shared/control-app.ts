// Control apps: what the routes under `/_control` of every simulator have in common.
import { type Context, Hono } from "hono";
import * as z from "zod";

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

/**
 * An app that shows the state and answers wrong input with 400. `refusal` answers what the provider's own errors
 * say, null for any other error.
 */
export function createControlApp(
  describe: () => unknown,
  refusal: (error: Error) => Response | null = () => null,
): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof z.ZodError) return context.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError || error instanceof RangeError)
      return context.json({ error: error.message }, 400);
    const refused = refusal(error);
    if (refused === null) throw error;
    return refused;
  });
  app.get("/state", (context) => context.json(describe()));
  return app;
}
