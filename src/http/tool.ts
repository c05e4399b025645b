// Tools: operations as programs that are agents see them. Names of fields, schemas and words are the operation's own.
import type { Tool } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { JsonSchema } from "./json-schema.ts";
import { filledPath, type Operation } from "./operation.ts";
import { checked } from "./validate.ts";

/** What a tool does with its arguments: the request for its operation, below the origin of this service. */
export interface ToolRequest {
  readonly method: string;
  readonly path: string;
  /** Null: none is sent. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** A schema's root by itself, and its parts by name. A format says what its long pattern says. */
function rootOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const {
    $schema: _,
    $ref,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  }) as JsonSchema;
  if ($ref === undefined) return { ...root, $defs };
  const { [$ref.replace("#/$defs/", "")]: named, ...others } = $defs;
  return { ...(named as JsonSchema), $defs: others };
}

/** As plain JSON, which is what the protocol's types know. */
const plain = (schema: JsonSchema): Tool["inputSchema"] => JSON.parse(JSON.stringify(schema));

/**
 * All arguments in one object. What they must be together isn't said: models' interfaces refuse a tool whose schema has
 * variants at its root. The operation refuses such arguments and says what to do.
 */
function inputSchemaOf({ params, query, body }: Operation): Tool["inputSchema"] {
  const parts = [params, query, body].flatMap((schema) =>
    schema === undefined ? [] : [rootOf(schema, "input")],
  );
  return plain({
    type: "object",
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => required ?? []),
    additionalProperties: false,
    $defs: Object.assign({}, ...parts.map(({ $defs }) => $defs)),
  });
}

function outputSchemaOf({ answers }: Operation): Tool["inputSchema"] {
  const schema = answers[200]?.schema;
  return plain({ ...(schema === undefined ? {} : rootOf(schema, "output")), type: "object" });
}

/** The tool that an operation is. Operations with `tool` take all of their ids from the caller: repeating is safe. */
export function toolOf(name: string, declared: Operation): Tool {
  const { method, counts, summary, description = "" } = declared;
  const isReading = method === "get" || counts === "as a read";
  return {
    name,
    title: summary,
    description: `${summary.replace(/(?<![.?])$/, ".")} ${description}`.trim(),
    inputSchema: inputSchemaOf(declared),
    outputSchema: outputSchemaOf(declared),
    annotations: {
      readOnlyHint: isReading,
      // May it take away what was there?
      destructiveHint: !isReading && method !== "post",
      idempotentHint: true,
    },
  };
}

const QueryValues = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], "Send text or a number, or leave it out."),
);

/**
 * The request that a call of a tool stands for. What the path doesn't take goes into the body, or into the query where
 * the operation has none: there the operation checks it.
 * @throws EngineError `invalid_request` for what can't stand in path or query
 */
export function toolRequestOf(declared: Operation, given: Readonly<Record<string, unknown>>): ToolRequest {
  const { method, params, query, body } = declared;
  const isIn = (schema: z.ZodObject | undefined, name: string) => Object.hasOwn(schema?.shape ?? {}, name);
  const those = (wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => wanted(name)));
  const inPath = those((name) => isIn(params, name));
  const path = params === undefined ? {} : checked("arguments", params, inPath);
  const inQuery = those((name) => !isIn(params, name) && (body === undefined || isIn(query, name)));
  const texts = Object.entries(checked("arguments", QueryValues, inQuery)).map(([name, value]) => [
    name,
    String(value),
  ]);
  const search = new URLSearchParams(texts).toString();
  return {
    method: method.toUpperCase(),
    path: filledPath(declared.path, path) + (search === "" ? "" : `?${search}`),
    body: body === undefined ? null : those((name) => !isIn(params, name) && !isIn(query, name)),
  };
}
