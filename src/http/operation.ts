// Operations: the name, input and answers of a route, declared once beside its handler.
import type * as z from "zod";
import type { ErrorCode } from "../domain/errors.ts";

/** Where all routes live. */
export const BASE_PATH = "/api/calendar";

/** An operation's path with values in the place of its parameters. @throws Error when one has no value */
export const filledPath = (path: string, values: Readonly<Record<string, unknown>>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => {
    if (values[name] === undefined) throw new Error(`The path ${path} has no value for ${name}.`);
    return encodeURIComponent(String(values[name]));
  });

/** The largest body that is read, unless an operation says otherwise. */
export const MAX_BODY_BYTES = 64 * 1_024;

/**
 * Who may call: `bearer` a JWT, `session` the page's cookie, `either` both, `operator` a service's JWT or the cookie
 * of the operators' page, `open` anybody.
 */
export type Access = "open" | "bearer" | "session" | "either" | "operator";

/**
 * One successful answer of a route. Without `schema` there is no JSON body. With `schema` and `type` the caller's
 * Accept decides.
 */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The media type of a body that isn't JSON. */
  readonly type?:
    | "text/html"
    | "text/plain"
    | "text/css"
    | "text/javascript"
    | "text/calendar"
    | "text/event-stream";
}

/** What operations are about. */
export const TAGS = {
  Connections: "Calendars that agents have connected, and how they connect them.",
  Availability: "Is it free, what is free, and how well that is known.",
  Bookings: "Sell a slot once, hold it, move it, cancel it, and see how far calendars follow.",
  Settings: "An agent's decisions about their own time.",
  Notices: "The signed webhooks to the marketplace: what was told, and telling it again.",
  Operations: "What happened, what failed, who did it, and what is stored.",
  Pages: "The agent's own pages and their forms. They are no part of the API and of its document.",
} as const;

export type Tag = keyof typeof TAGS;

/**
 * One route. The handler and the OpenAPI document both take path and schemas from here, so they can't differ.
 * Errors that every route shares are added by `commonErrors`.
 */
export interface Operation {
  readonly id: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** In Hono's notation, below `BASE_PATH`. */
  readonly path: `/${string}`;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** A JSON body. With `form` as well, either may be sent. */
  readonly body?: z.ZodType;
  /** A body of form fields, as a browser's form sends it. */
  readonly form?: z.ZodObject;
  /** The largest body, where it isn't `MAX_BODY_BYTES`. Only for paths without parameters. */
  readonly maxBodyBytes?: number;
  /** How requests are counted: those of GET as reads and all others as writes, unless said otherwise. */
  readonly counts?: "as a read" | "never";
  /** Whether the audit trail holds what is done by it: always, or only what used `force`. */
  readonly recorded?: "always" | "by force";
  /** The name of the tool that it is for programs that are agents. Its ids must come from the caller. */
  readonly tool?: string;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly errors: readonly ErrorCode[];
}

/** One request that this service sends: a webhook of the OpenAPI document. */
export interface WebhookOperation {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly headers: z.ZodObject;
  readonly body: z.ZodObject;
  /** One as it is sent. */
  readonly sample: unknown;
  /** The meaning of the receiver's answers, by status or range of statuses. */
  readonly answers: Readonly<Record<string, string>>;
}

/** Declares an operation, keeping the exact types of its path and schemas for the handler. */
export function operation<const O extends Operation>(declared: O): O {
  return declared;
}

/** The errors that an operation shares with all others of the same access and input. */
export function commonErrors(declared: Operation): ErrorCode[] {
  const { access, params, query, headers, body, form, counts } = declared;
  const takesInput = [params, query, headers, body, form].some((schema) => schema !== undefined);
  return [
    ...(access === "open" ? [] : (["unauthenticated", "authentication_unavailable"] as const)),
    ...(takesInput ? (["invalid_request"] as const) : []),
    ...(body === undefined ? [] : (["invalid_json"] as const)),
    ...(body === undefined && form === undefined
      ? []
      : (["body_too_large", "unsupported_media_type"] as const)),
    ...(counts === "never" ? [] : (["rate_limited"] as const)),
    "internal_error",
  ];
}
