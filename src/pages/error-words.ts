// Error words: an error as a person reads it on a page, in their language.
import type { EngineError } from "../domain/errors.ts";
import type { Words } from "./words/english.ts";

/** The words under a name that comes from elsewhere; undefined: there are none. */
export const wordsUnder = (section: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(section, name) ? section[name] : undefined;

/** The name of the first field that was refused. */
function refusedField({ extra }: EngineError): string | undefined {
  const errors: unknown = extra["errors"];
  const [first]: unknown[] = Array.isArray(errors) ? errors : [];
  return typeof first === "object" && first !== null && "path" in first ? String(first.path) : undefined;
}

/** What happened, and what to do. */
export function errorWords(words: Words, error: EngineError): string {
  const field = error.code === "invalid_request" ? refusedField(error) : undefined;
  return (
    (field === undefined ? undefined : wordsUnder(words.fields, field)) ??
    wordsUnder(words.errors, error.code) ??
    words.errors.internal_error
  );
}
