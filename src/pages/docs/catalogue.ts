// Catalogue: the operations by the page that shows them, with what the document says of each.
import type { Example } from "../../http/examples.ts";
import { converter, type JsonSchema, type Schemas } from "../../http/json-schema.ts";
import { apiOperations, type Described, describeOperation, errorsOf } from "../../http/openapi.ts";
import type { Operation, Tag } from "../../http/operation.ts";
import { EXAMPLES } from "../../routes/document.ts";
import { nameOf } from "./schema-words.ts";

/** An operation with its description and an example. */
export interface Entry {
  readonly declared: Operation;
  readonly described: Described;
  readonly example: Example | undefined;
}

/** An operation of a page, and all its words in lower case, for the search. */
interface Findable {
  readonly resource: Resource;
  readonly entry: Entry;
  readonly text: string;
}

/** What one page shows. */
export interface Resource {
  /** The last segment of the page's address. */
  readonly slug: string;
  readonly title: string;
  readonly tag: Tag;
  readonly entries: readonly Entry[];
}

export interface Catalogue {
  readonly resources: readonly Resource[];
  readonly findable: readonly Findable[];
  readonly schemas: Schemas;
}

/** Pages with another name than the first segment of their operations' paths; all others are named by it. */
const PAGE_OF: Readonly<Record<string, readonly [slug: string, title: string]>> = {
  ":provider": ["consent", "Consent and passwords"],
  sync: ["sync", "Sync now"],
  busy: ["busy", "Busy time"],
  events: ["events", "Bookings"],
  groups: ["groups", "Groups of bookings"],
  feed: ["feeds", "Feeds"],
  audit: ["audit", "Audit trail"],
  webhooks: ["webhooks", "Providers' notifications"],
  ready: ["health", "Health"],
  "openapi.json": ["document", "This document"],
  mcp: ["mcp", "MCP"],
};

const titleOf = (segment: string): string =>
  segment.charAt(0).toUpperCase() + segment.slice(1).replaceAll("-", " ");

function pageOf({ path, method }: Operation): readonly [slug: string, title: string] {
  const segment = path.split("/")[1] ?? "";
  // Bookings, and settings, are too much for one page.
  if (path === "/events/bulk") return ["bulk", "Many bookings at once"];
  if (segment === "settings" && method === "patch") return ["change-settings", "Change settings"];
  if (segment === "events" && method === "get") return ["lookup", "Look up bookings"];
  return PAGE_OF[segment] ?? [segment, titleOf(segment)];
}

/** Puts every operation of the API on its page. */
export function catalogueOf(table: readonly Operation[]): Catalogue {
  const schemas: Schemas = {};
  const convert = converter(schemas);
  const pages = new Map<string, { slug: string; title: string; tag: Tag; entries: Entry[] }>();
  for (const declared of apiOperations(table)) {
    const example = EXAMPLES[declared.id];
    const described = describeOperation(declared, convert, example);
    const [slug, title] = pageOf(declared);
    const page = pages.get(slug) ?? { slug, title, tag: declared.tag, entries: [] };
    page.entries.push({ declared, described, example });
    pages.set(slug, page);
  }
  const resources = [...pages.values()];
  const findable = resources.flatMap((resource) =>
    resource.entries.map((entry) => ({ resource, entry, text: textOf(entry, schemas) })),
  );
  return { resources, findable, schemas };
}

/** Everything that a value refers to, by name, through others too; `Problem` has a place of its own. */
export function namesIn(value: unknown, schemas: Schemas, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const inner of value) namesIn(inner, schemas, found);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return found;
  const name = nameOf(value as JsonSchema);
  if (name !== null && name in schemas && name !== "Problem" && !found.has(name)) {
    found.add(name);
    namesIn(schemas[name], schemas, found);
  }
  for (const inner of Object.values(value)) namesIn(inner, schemas, found);
  return found;
}

/** All names of an operation's fields, for the search. */
function fieldNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldNames);
  if (typeof value !== "object" || value === null) return [];
  const { properties } = value as JsonSchema;
  const own = properties === undefined ? [] : Object.keys(properties);
  return [...own, ...Object.values(value).flatMap(fieldNames)];
}

const textOf = ({ declared, described }: Entry, schemas: Schemas): string => {
  const { requestBody, responses } = described;
  const shapes = [...namesIn([requestBody, responses], schemas)].map((name) => schemas[name]);
  return [
    ...[
      declared.id,
      declared.method,
      declared.path,
      declared.summary,
      declared.description ?? "",
      declared.tag,
    ],
    ...described.parameters.map(({ name }) => name),
    ...fieldNames([requestBody, responses, shapes]),
    ...errorsOf(declared),
  ]
    .join(" ")
    .toLowerCase();
};

/** The operations in which every word of `asked` occurs, with their pages; those that say it in their title come first. */
export function found({ findable }: Catalogue, asked: string): Findable[] {
  const words = wordsIn(asked);
  if (words.length === 0) return [];
  const saysIt = (text: string) => words.every((word) => text.includes(word));
  const matching = findable.filter(({ text }) => saysIt(text));
  const isTitled = ({ entry: { declared } }: Findable) =>
    saysIt(`${declared.id} ${declared.summary} ${declared.path}`.toLowerCase());
  return [...matching.filter(isTitled), ...matching.filter((one) => !isTitled(one))];
}

/** The words of a search, in lower case. */
export const wordsIn = (asked: string): string[] => asked.toLowerCase().split(/\s+/).filter(Boolean);
