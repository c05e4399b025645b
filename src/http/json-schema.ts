// JSON Schema of zod schemas, as the OpenAPI document holds them: named ones by reference, every field described.
import * as z from "zod";
import { FIELD_WORDS } from "./field-words.ts";

/** A JSON Schema as the document holds it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Named schemas by their names. */
export type Schemas = Record<string, JsonSchema>;

/** Which side of a schema is meant: what is sent to us, or what we send. */
export type Direction = "input" | "output";

/** Turns a zod schema into JSON Schema. */
export type Convert = (schema: z.ZodType, io: Direction) => JsonSchema;

const NESTED = ["items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"] as const;

/** Many readers of patterns know no classes of Unicode. Half characters can't be written in JSON of UTF-8 anyway. */
const portable = (pattern: string): string =>
  pattern.replaceAll("\\p{Cc}", "\\u0000-\\u001f\\u007f-\\u009f").replaceAll("\\p{Cs}", "");

/** Adds the words of each field's name where its schema has none of its own, and makes patterns portable. */
function polish(value: unknown): void {
  if (Array.isArray(value)) for (const inner of value) polish(inner);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const schema = value as JsonSchema;
  if (schema.pattern !== undefined) schema.pattern = portable(schema.pattern);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property !== "object") continue;
    const words = FIELD_WORDS[name];
    if (property.description === undefined && words !== undefined) property.description = words;
    polish(property);
  }
  for (const key of NESTED) polish(schema[key]);
}

/** Converts schemas, collecting the named ones into `schemas`. */
export function converter(schemas: Schemas): Convert {
  return (schema, io) => {
    const json = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: "any" }));
    const {
      $schema: _,
      $defs = {},
      ...rest
    } = JSON.parse(json.replaceAll("#/$defs/", "#/components/schemas/")) as JsonSchema;
    for (const named of Object.values($defs)) polish(named);
    polish(rest);
    Object.assign(schemas, $defs);
    return rest;
  };
}
