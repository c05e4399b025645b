// Text fields: every place in an operation's input where text may stand, found in the schemas of its table entry.
import * as z from "zod";
import type { Operation } from "../../src/http/operation.ts";
import type { Sample } from "./samples.ts";

type Json = z.core.JSONSchema.JSONSchema;
type Part = "params" | "query" | "headers" | "body" | "form";

/** A place where text may stand. */
export interface TextField {
  readonly part: Part;
  /** From the part's top: names of fields, and "0" for a list's first item. */
  readonly path: readonly string[];
  /** What else must stand beside it, as the kind of a variant. */
  readonly beside: readonly { readonly path: readonly string[]; readonly value: unknown }[];
}

const PARTS: readonly Part[] = ["params", "query", "headers", "body", "form"];

/** Deeper than any schema nests. */
const DEEPEST = 8;

function* fieldsIn(
  schema: Json,
  root: Json,
  path: readonly string[],
  beside: TextField["beside"],
): Generator<Omit<TextField, "part">> {
  if (path.length > DEEPEST) return;
  const { $ref } = schema;
  if ($ref !== undefined) {
    const named = root.$defs?.[$ref.replace("#/$defs/", "")];
    if (typeof named === "object") yield* fieldsIn(named, root, path, beside);
    return;
  }
  if (schema.type === "string") yield { path, beside };
  for (const variant of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) {
    if (typeof variant === "object") yield* fieldsIn(variant, root, path, beside);
  }
  const { items } = schema;
  if (typeof items === "object" && !Array.isArray(items))
    yield* fieldsIn(items, root, [...path, "0"], beside);
  const properties = Object.entries(schema.properties ?? {});
  const kinds = properties.flatMap(([name, inner]) =>
    typeof inner === "object" && inner.const !== undefined
      ? [{ path: [...path, name], value: inner.const as unknown }]
      : [],
  );
  for (const [name, inner] of properties) {
    if (typeof inner === "object") yield* fieldsIn(inner, root, [...path, name], [...beside, ...kinds]);
  }
}

/** Every text field of an operation. */
export function textFieldsOf(declared: Operation): TextField[] {
  return PARTS.flatMap((part) => {
    const schema = declared[part];
    if (schema === undefined) return [];
    const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return [...fieldsIn(root, root, [], [])].map((field) => ({ part, ...field }));
  });
}

function withValue(base: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (name === "0") {
    const [first, ...others] = Array.isArray(base) ? (base as unknown[]) : [];
    return [withValue(first, rest, value), ...others];
  }
  const own = typeof base === "object" && base !== null ? (base as Record<string, unknown>) : {};
  return { ...own, [name]: withValue(own[name], rest, value) };
}

/** The sample with this text in the field. Of body and form only the field's own is sent. */
export function withText(sample: Sample, { part, path, beside }: TextField, text: string): Sample {
  const { body, form, ...rest } = sample;
  const bodies = part === "form" ? { form } : body === undefined ? { form } : { body };
  let value: unknown = sample[part as keyof Sample] ?? {};
  for (const kind of beside) value = withValue(value, kind.path, kind.value);
  return { ...rest, ...bodies, [part]: withValue(value, path, text) } as Sample;
}
