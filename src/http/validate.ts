// Validation: zod schemas check every part of a request. Each failed check is an `invalid_request`.
import { zValidator } from "@hono/zod-validator";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type * as z from "zod";
import { EngineError } from "../domain/errors.ts";
import type { ApiEnv } from "./auth.ts";
import "./issue-words.ts";

/**
 * Turns a failed check into an error that names each field and the remedy. It never quotes what was sent.
 * @param place where the fields are: "body", "query" …
 */
function invalidRequest(place: string, issues: readonly z.core.$ZodIssue[]): EngineError {
  const errors = issues
    .slice(0, 20)
    .map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  const [first] = errors;
  const where = first === undefined || first.path === "" ? `The ${place}` : `${first.path} (in the ${place})`;
  return new EngineError("invalid_request", `${where}: ${first?.message ?? "is not valid."}`, {
    extra: { errors },
  });
}

const refuse =
  (place: string) =>
  (result: { success: true } | { success: false; error: { issues: readonly z.core.$ZodIssue[] } }): void => {
    if (!result.success) throw invalidRequest(place, result.error.issues);
  };

/** Checks the path's parameters. */
export const params = <S extends z.ZodObject>(schema: S) => zValidator("param", schema, refuse("path"));

/** Checks the query string. */
export const query = <S extends z.ZodObject>(schema: S) => zValidator("query", schema, refuse("query"));

/** Checks headers. The schema must allow those that it doesn't name. */
export const headers = <S extends z.ZodObject>(schema: S) => zValidator("header", schema, refuse("headers"));

/** Checks a JSON body that `jsonBody` has let through. */
export const body = <S extends z.ZodType>(schema: S) =>
  createMiddleware<ApiEnv, string, { in: { json: z.input<S> }; out: { json: z.output<S> } }>(
    async (c, next) => {
      c.req.addValidatedData("json", checked("body", schema, c.get("sent")) as object);
      await next();
    },
  );

/**
 * Checks a value that the handler read itself.
 * @param place where it came from: "body", "form"
 * @throws EngineError `invalid_request`
 */
export function checked<S extends z.ZodType>(place: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(place, result.error.issues);
  return result.data;
}

/** Checks form fields that `formBody` has let through. */
export const form = <S extends z.ZodObject>(schema: S) => zValidator("form", schema, refuse("form"));

/** Lets only well-formed JSON of well-formed text pass: the validator behind it relies on that. */
export const jsonBody = createMiddleware<ApiEnv>(async (c, next) => {
  const [, charset = "utf-8"] = JSON_TYPE.exec(c.req.header("content-type") ?? "") ?? [null, ""];
  if (!UTF_8.test(charset)) {
    throw new EngineError(
      "unsupported_media_type",
      "Send JSON in UTF-8 with Content-Type: application/json.",
    );
  }
  const sent = parsed(await c.req.arrayBuffer());
  c.set("sent", sent);
  const path = brokenTextIn(sent);
  if (path !== null) {
    const message =
      "Half of a character is left, as when a text is cut in the middle of one. Send whole characters.";
    throw invalidRequest("body", [{ code: "custom", path, message }]);
  }
  await next();
});

const UTF_8 = /^utf-?8$/i;

/** The content type of JSON, and the character set if it names one. */
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?([^\s;"]*)"?\s*)?(?:;|$)/i;

/** @throws EngineError `invalid_json` */
function parsed(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    const detail = "The body is not well-formed JSON in UTF-8. Check quotes, commas and the encoding.";
    throw new EngineError("invalid_json", detail);
  }
}

/** No schema nests deeper, so the validator refuses what does. */
const MAX_DEPTH = 20;

/**
 * Where a text or a name in JSON holds half of a surrogate pair; null: nowhere. The database takes no such text, and no
 * provider does.
 */
function brokenTextIn(value: unknown, depth = 0): string[] | null {
  if (typeof value === "string") return value.isWellFormed() ? null : [];
  if (typeof value !== "object" || value === null || depth === MAX_DEPTH) return null;
  for (const [name, inner] of Object.entries(value)) {
    const path = name.isWellFormed() ? brokenTextIn(inner, depth + 1) : [];
    if (path !== null) return [name.toWellFormed(), ...path];
  }
  return null;
}

/** Does the request carry form fields, as a browser's form sends them? */
export const isForm = (c: Context): boolean =>
  /^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header("content-type") ?? "");

/** Lets well-formed JSON pass, and form fields; the handler asks `isForm` which it is. */
export const jsonOrFormBody = createMiddleware<ApiEnv>((c, next) =>
  isForm(c) ? formBody(c, next) : jsonBody(c, next),
);

/** Lets only a browser form's fields pass, in UTF-8. */
export const formBody = createMiddleware<ApiEnv>(async (c, next) => {
  const [, charset = "utf-8"] =
    /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(c.req.header("content-type") ?? "") ?? [];
  if (!isForm(c) || !UTF_8.test(charset)) {
    throw new EngineError(
      "unsupported_media_type",
      "Send form fields in UTF-8, as the page's own form does.",
    );
  }
  const bytes = await c.req.raw.clone().arrayBuffer();
  if (!isDecodable(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes))) throw notUtf8("form");
  await next();
});

/** Lets only addresses pass whose percent-encoding is UTF-8: what stands for no character would be stored as it is. */
export const wellFormedAddress = createMiddleware<ApiEnv>(async (c, next) => {
  const { pathname, search } = new URL(c.req.url);
  if (!isDecodable(() => pathname + search)) throw notUtf8("address");
  await next();
});

function isDecodable(read: () => string): boolean {
  try {
    decodeURIComponent(read());
    return true;
  } catch {
    return false;
  }
}

const notUtf8 = (place: string) =>
  invalidRequest(place, [{ code: "custom", path: [], message: "Send text in UTF-8, percent-encoded." }]);
