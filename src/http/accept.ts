// Accept: whether a caller wants JSON, or shows pages to a person.
import type { Context } from "hono";

const accepts = (c: Context, type: RegExp): boolean => type.test(c.req.header("accept") ?? "");

/** Does the caller want JSON where a browser would get a page? */
export const wantsJson = (c: Context): boolean => accepts(c, /\bapplication\/json\b/i);

/** Does the caller show pages to a person? */
export const wantsPage = (c: Context): boolean => accepts(c, /\btext\/html\b/i);
