// Opaque tokens: base64url JSON inside, checked when they come back.
import type * as z from "zod";

export const writeToken = (value: unknown, beginning = ""): string =>
  beginning + Buffer.from(JSON.stringify(value)).toString("base64url");

/** Null for a text that was never a token of this kind. */
export function readToken<T>(schema: z.ZodType<T>, text: string, beginning = ""): T | null {
  if (!text.startsWith(beginning)) return null;
  try {
    const json: unknown = JSON.parse(Buffer.from(text.slice(beginning.length), "base64url").toString("utf8"));
    const parsed = schema.safeParse(json);
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
