// OpenAPI 3.1: makes the document from the operations that the handlers use.
import * as z from "zod";
import type { ErrorCode } from "../domain/errors.ts";
import { PROBLEMS } from "./errors.ts";
import { type Answer, BASE_PATH, commonErrors, type Operation, type WebhookOperation } from "./operation.ts";
import { Problem } from "./problem-schema.ts";

/** A JSON Schema as the document holds it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

type Schemas = Record<string, JsonSchema>;
type Direction = "input" | "output";

/** A path in OpenAPI's notation. */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

/** Turns zod schemas into JSON Schema, collecting the named ones into `schemas`. */
function converter(schemas: Schemas): (schema: z.ZodType, io: Direction) => JsonSchema {
  return (schema, io) => {
    const json = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: "any" }));
    const {
      $schema: _,
      $defs,
      ...rest
    } = JSON.parse(json.replaceAll("#/$defs/", "#/components/schemas/")) as JsonSchema;
    Object.assign(schemas, $defs);
    return rest;
  };
}

type Convert = ReturnType<typeof converter>;

function parametersOf(declared: Operation, convert: Convert) {
  const places = [
    ["path", declared.params],
    ["query", declared.query],
    ["header", declared.headers],
  ] as const;
  return places.flatMap(([place, schema]) => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = convert(schema, "input");
    return Object.entries(properties).map(([name, property]) => {
      const { description, ...rest } = property as JsonSchema;
      return {
        name: place === "header" ? name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()) : name,
        in: place,
        required: required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema: rest,
      };
    });
  });
}

function requestBodyOf({ body, form }: Operation, convert: Convert) {
  const kinds = [
    ["application/json", body],
    ["application/x-www-form-urlencoded", form],
  ] as const;
  const content: Record<string, { schema: JsonSchema }> = {};
  for (const [type, schema] of kinds) {
    if (schema !== undefined) content[type] = { schema: convert(schema, "input") };
  }
  return Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } };
}

function answerOf({ description, schema, type }: Answer, convert: Convert) {
  const content: Record<string, { schema: JsonSchema }> = {};
  if (schema !== undefined) content["application/json"] = { schema: convert(schema, "output") };
  if (type !== undefined) content[type] = { schema: { type: "string" } };
  return Object.keys(content).length === 0 ? { description } : { description, content };
}

/** All error codes of an operation, with the shared ones, by status. */
export function errorsOf(declared: Operation): ErrorCode[] {
  const codes = [...new Set([...declared.errors, ...commonErrors(declared)])];
  return codes.sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}

function responsesOf(declared: Operation, convert: Convert) {
  const responses: Record<string, unknown> = {};
  const codes = errorsOf(declared);
  for (const status of new Set(codes.map((code) => PROBLEMS[code].status))) {
    const here = codes.filter((code) => PROBLEMS[code].status === status);
    responses[status] = {
      description: here.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join("; "),
      content: { "application/problem+json": { schema: convert(Problem, "output") } },
    };
  }
  for (const [status, answer] of Object.entries(declared.answers)) {
    responses[status] = answerOf(answer, convert);
  }
  return responses;
}

const SECURITY: Record<Operation["access"], readonly Record<string, never[]>[]> = {
  open: [],
  bearer: [{ bearer: [] }],
  session: [{ session: [] }],
  either: [{ bearer: [] }, { session: [] }],
  operator: [{ bearer: [] }, { operator: [] }],
};

function describe(declared: Operation, convert: Convert) {
  return {
    operationId: declared.id,
    tags: [declared.tag],
    summary: declared.summary,
    ...(declared.description === undefined ? {} : { description: declared.description }),
    security: SECURITY[declared.access],
    parameters: parametersOf(declared, convert),
    ...requestBodyOf(declared, convert),
    responses: responsesOf(declared, convert),
  };
}

function describeWebhook({ id, summary, headers, body, answers }: WebhookOperation, convert: Convert) {
  const parameters = Object.entries(headers.shape).map(([name, schema]) => ({
    name,
    in: "header",
    required: true,
    schema: convert(schema, "output"),
  }));
  const content = { "application/json": { schema: convert(body, "output") } };
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, description]) => [status, { description }]),
  );
  return { summary, operationId: id, parameters, requestBody: { required: true, content }, responses };
}

/** The document of the operations in `table` and of `webhooks`, for the service at `baseUrl`. */
export function openApiDocument(
  table: readonly Operation[],
  webhooks: readonly WebhookOperation[],
  baseUrl: string,
) {
  const schemas: Schemas = {};
  const convert = converter(schemas);
  const paths: Record<string, Record<string, ReturnType<typeof describe>>> = {};
  for (const declared of table) {
    const path = templateOf(declared.path);
    paths[path] = { ...paths[path], [declared.method]: describe(declared, convert) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Calendar sync",
      version: "1",
      description: "Keeps agents' calendars and the marketplace's bookings in step.",
    },
    servers: [{ url: `${baseUrl}${BASE_PATH}` }],
    paths,
    webhooks: Object.fromEntries(
      webhooks.map((declared) => [declared.name, { post: describeWebhook(declared, convert) }]),
    ),
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: { type: "apiKey", in: "cookie", name: "calendar_session" },
        operator: { type: "apiKey", in: "cookie", name: "calendar_operator" },
      },
    },
  };
}
