// Schema words: describes JSON Schemas for the documentation page.
import type { JsonSchema } from "../../http/json-schema.ts";

/** One field of a request or an answer. */
export interface Field {
  readonly name: string;
  /** Where it is sent: path, query, header or body; empty in answers. */
  readonly place: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description: string;
}

type Named = Readonly<Record<string, JsonSchema>>;

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The name that a schema refers to, or null where it is written out. */
export const nameOf = (schema: JsonSchema): string | null => schema.$ref?.split("/").at(-1) ?? null;

function boundsOf({ minimum, maximum, maxLength, format }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    return `, ${minimum} to ${maximum}`;
  }
  return maxLength === undefined || format !== undefined ? "" : `, at most ${maxLength} characters`;
}

/** So many values are named one by one. */
const MOST_NAMED = 24;

/** A schema in a few words: "integer, 0 to 240", "true or false", "list of Slot". */
export function wordsOf(schema: JsonSchema): string {
  const name = nameOf(schema);
  if (name !== null) return name;
  if (schema.enum !== undefined && schema.enum.length > MOST_NAMED)
    return `one of ${schema.enum.length} words`;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const kinds = schema.oneOf ?? schema.anyOf;
  if (kinds !== undefined) return kinds.filter(isSchema).map(wordsOf).join(" or ");
  if (schema.type === "array") {
    const items = isSchema(schema.items) ? wordsOf(schema.items) : "anything";
    return `list of ${items}${schema.maxItems === undefined ? "" : `, at most ${schema.maxItems}`}`;
  }
  if (schema.type === "object" && schema.properties !== undefined) {
    const fields = Object.entries(schema.properties).filter(([, value]) => isSchema(value));
    return `{ ${fields.map(([field, value]) => `${field}: ${wordsOf(value as JsonSchema)}`).join("; ")} }`;
  }
  if (schema.type === "boolean") return "true or false";
  return `${schema.format ?? [schema.type ?? "anything"].flat().join(" or ")}${boundsOf(schema)}`;
}

/** The fields of an object schema, looked up in `named` where it is a reference. */
export function fieldsOf(schema: JsonSchema | undefined, place: string, named: Named): Field[] {
  if (schema === undefined) return [];
  const name = nameOf(schema);
  const found = name === null ? schema : named[name];
  return Object.entries(found?.properties ?? {}).flatMap(([field, value]) => {
    if (!isSchema(value)) return [];
    const required = (found?.required ?? []).includes(field) && value.default === undefined;
    const fallback = value.default === undefined ? [] : [`Default: ${JSON.stringify(value.default)}.`];
    const description = [...(value.description === undefined ? [] : [value.description]), ...fallback].join(
      " ",
    );
    return [{ name: field, place, required, schema: value, description }];
  });
}
