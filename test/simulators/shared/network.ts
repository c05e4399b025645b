// Network: a simulator's journal of requests, and connections that break, hang or lose half an answer.
import type { MiddlewareHandler } from "hono";
import * as z from "zod";
import type { KnobPlace } from "./knob-board.ts";
import { lost, truncated } from "./transport.ts";

/** The knobs that every network has. */
export const networkKnobs = {
  "net.reset": z.enum(["before", "after"]), // before or after the request took effect
  "net.truncate": z.literal(true),
  "net.hang": z.enum(["before", "after"]), // no answer comes until the caller gives up
} as const;

interface NetworkKnobs {
  take(name: "net.reset" | "net.hang", place: KnobPlace): "before" | "after" | undefined;
  take(name: "net.truncate", place: KnobPlace): true | undefined;
}

/** One request as it arrived, with the fields that all simulators keep. */
export interface JournalEntry {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly operation: string | null;
  readonly user: string | null;
  readonly calendarId: string | null;
  readonly eventId: string | null;
  readonly ifMatch: string | null;
  /** Null: the answer was lost. */
  status: number | null;
}

/** The parts of a simulator that its network needs. */
export interface Networked<Entry extends JournalEntry> {
  readonly knobs: NetworkKnobs;
  readonly requests: Entry[];
  describe(request: Request): Promise<Entry>;
  /** An answer instead of the API's; null lets the request through. */
  failure(entry: Entry, place: KnobPlace): Response | null;
  /** Does the connection break after the request took effect, whatever `net.reset` says? */
  losesAnswer?(entry: Entry, place: KnobPlace): boolean;
}

/** The fields that every journal has. The user is the one for whom the access token was issued. */
export function journalled(
  state: { now(): number; readonly accessTokens: ReadonlyMap<string, { readonly email: string }> },
  request: Request,
): Pick<JournalEntry, "at" | "method" | "path" | "query" | "user" | "ifMatch" | "status"> {
  const url = new URL(request.url);
  const bearer = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  return {
    at: state.now(),
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    user: state.accessTokens.get(bearer)?.email ?? null,
    ifMatch: request.headers.get("if-match"),
    status: null,
  };
}

/** The JSON in a text, or the text itself; null for an empty text. */
export function jsonOrText(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** A refusal that doesn't depend on the request: the provider's HTML page, or its JSON. */
export function failureAnswer(
  setting: {
    readonly status: number;
    readonly html?: boolean | undefined;
    readonly retryAfter?: number | undefined;
  },
  page: string,
  body: () => unknown,
): Response {
  const { status, html, retryAfter } = setting;
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (html) return new Response(page, { status, headers: { ...headers, "content-type": "text/html" } });
  return Response.json(body(), { status, headers });
}

/** Writes every request into the journal, and breaks the connection where a knob says so. */
export function network<Entry extends JournalEntry>(around: Networked<Entry>): MiddlewareHandler {
  const { knobs, requests } = around;
  return async (context, next) => {
    const entry = await around.describe(context.req.raw);
    requests.push(entry);
    const place = { user: entry.user, calendar: entry.calendarId, operation: entry.operation };
    const reset = knobs.take("net.reset", place);
    const hang = knobs.take("net.hang", place);
    if (reset === "before") return lost("reset");
    if (hang === "before") return lost("hang");
    const failing = around.failure(entry, place);
    if (failing !== null) {
      entry.status = failing.status;
      return failing;
    }
    await next();
    if (around.losesAnswer?.(entry, place) || reset === "after") {
      context.res = lost("reset");
      return undefined;
    }
    if (hang === "after") {
      context.res = lost("hang");
      return undefined;
    }
    entry.status = context.res.status;
    if (knobs.take("net.truncate", place)) context.res = await truncated(context.res);
    return undefined;
  };
}
