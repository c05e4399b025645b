// The network around a simulator: a journal of requests, and connections that break, hang or lose half an answer.
import type { MiddlewareHandler } from "hono";
import * as z from "zod";
import type { KnobPlace } from "./knob-board.ts";
import { lost, truncated } from "./transport.ts";

/** The knobs of every network. */
export const networkKnobs = {
  "net.reset": z.enum(["before", "after"]), // before or after the request took effect
  "net.truncate": z.literal(true),
  "net.hang": z.enum(["before", "after"]), // no answer until the caller gives up
} as const;

interface NetworkKnobs {
  take(name: "net.reset" | "net.hang", place: KnobPlace): "before" | "after" | undefined;
  take(name: "net.truncate", place: KnobPlace): true | undefined;
}

/** One request as a simulator got it, as far as all of them keep it. */
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

/** What a network needs of its simulator. */
export interface Networked<Entry extends JournalEntry> {
  readonly knobs: NetworkKnobs;
  readonly requests: Entry[];
  describe(request: Request): Promise<Entry>;
  /** An answer in the API's place; null lets the request through. */
  failure(entry: Entry, place: KnobPlace): Response | null;
  /** Does the connection break after the request took effect, whatever `net.reset` says? */
  losesAnswer?(entry: Entry, place: KnobPlace): boolean;
}

/** What every journal says of a request; the user is the one its access token was given for. */
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

/** The JSON that a text holds, or the text; null for none. */
export function jsonOrText(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** A refusal that has nothing to do with the request: the provider's HTML page, or its JSON. */
export function failureAnswer(
  told: {
    readonly status: number;
    readonly html?: boolean | undefined;
    readonly retryAfter?: number | undefined;
  },
  page: string,
  body: () => unknown,
): Response {
  const { status, html, retryAfter } = told;
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (html) return new Response(page, { status, headers: { ...headers, "content-type": "text/html" } });
  return Response.json(body(), { status, headers });
}

/** Journals every request and breaks the connection where a knob says so. */
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
