// Fields: partial responses by Google's parameter `fields` ("items(id,status),nextPageToken", "items/id").
import { badRequest } from "./errors.ts";

type Mask = { [name: string]: Mask | null };

function merge(mask: Mask, path: readonly string[], inner: Mask | null): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) {
    mask[name] = inner;
    return;
  }
  const below = mask[name] ?? {};
  mask[name] = below;
  merge(below, rest, inner);
}

/** Parses from `at` to a closing bracket or the end. Returns the mask and the place where it stopped. */
function parse(text: string, at: number): { mask: Mask; end: number } {
  const mask: Mask = {};
  let position = at;
  for (;;) {
    const match = /^[\w*]+(?:\/[\w*]+)*/.exec(text.slice(position));
    if (match === null) throw badRequest(`Invalid field selection ${text}`, "fields");
    position += match[0].length;
    let inner: Mask | null = null;
    if (text[position] === "(") {
      const nested = parse(text, position + 1);
      if (text[nested.end] !== ")") throw badRequest(`Invalid field selection ${text}`, "fields");
      inner = nested.mask;
      position = nested.end + 1;
    }
    merge(mask, match[0].split("/"), inner);
    if (text[position] !== ",") return { mask, end: position };
    position += 1;
  }
}

function apply(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((item) => apply(item, mask));
  if (typeof value !== "object" || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const selected = name in mask ? mask[name] : mask["*"];
    if (selected === undefined) continue;
    kept[name] = selected === null ? inner : apply(inner, selected);
  }
  return kept;
}

/** Reduces an answer to the fields that were asked for. Tokens that aren't named go too. */
export function selectFields(value: unknown, fields: string): unknown {
  const { mask, end } = parse(fields, 0);
  if (end !== fields.length) throw badRequest(`Invalid field selection ${fields}`, "fields");
  return apply(value, mask);
}
