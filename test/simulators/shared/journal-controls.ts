// Journal controls: routes that show and clear the journal of requests.
import type { Hono } from "hono";
import { done } from "./control-app.ts";

/** Routes under `/requests`; `show` removes secrets from each entry. */
export function journalControls<Entry extends { readonly operation: string | null }>(
  app: Hono,
  requests: Entry[],
  show: (entry: Entry) => object = (entry) => entry,
): void {
  app.get("/requests", (context) => {
    const operation = context.req.query("operation");
    const items = requests.filter((entry) => operation === undefined || entry.operation === operation);
    return context.json({ count: items.length, items: items.map(show) });
  });
  app.delete("/requests", (context) => {
    requests.length = 0;
    return done(context);
  });
}
