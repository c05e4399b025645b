// OpenAPI 3.1: makes the document from the operations that the handlers use.
import type { ErrorCode } from "../domain/errors.ts";
import { PROBLEMS } from "./errors.ts";
import { type Example, type Examples, problemExamples, problemReferences, typedExample } from "./examples.ts";
import { type Convert, converter, type JsonSchema, type Schemas } from "./json-schema.ts";
import {
  type Answer,
  BASE_PATH,
  commonErrors,
  type Operation,
  TAGS,
  type WebhookOperation,
} from "./operation.ts";
import { Problem } from "./problem-schema.ts";

/** A path in OpenAPI's notation. */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

/** The values by place and name, as an example sends them. */
const sentIn = (example: Example | undefined) => ({
  path: example?.request.params,
  query: example?.request.query,
  header: example?.request.headers,
});

function parametersOf(declared: Operation, convert: Convert, example: Example | undefined) {
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
      const sent = sentIn(example)[place]?.[name];
      return {
        name: place === "header" ? name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()) : name,
        in: place,
        required: required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema: rest,
        ...(sent === undefined ? {} : { example: typedExample(sent, rest) }),
      };
    });
  });
}

interface Content {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

const exampleIn = (value: unknown) => (value === undefined ? {} : { example: value });

function requestBodyOf({ body, form }: Operation, convert: Convert, example: Example | undefined) {
  const content: Record<string, Content> = {};
  if (body !== undefined) {
    content["application/json"] = { schema: convert(body, "input"), ...exampleIn(example?.request.body) };
  }
  if (form !== undefined) content["application/x-www-form-urlencoded"] = { schema: convert(form, "input") };
  return Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } };
}

function answerOf({ description, schema, type }: Answer, convert: Convert, answered: unknown) {
  const content: Record<string, Content> = {};
  const isText = typeof answered === "string";
  if (schema !== undefined) {
    content["application/json"] = {
      schema: convert(schema, "output"),
      ...(isText ? {} : exampleIn(answered)),
    };
  }
  if (type !== undefined) {
    content[type] = { schema: { type: "string" }, ...(isText ? exampleIn(answered) : {}) };
  }
  return Object.keys(content).length === 0 ? { description } : { description, content };
}

/** All error codes of an operation, with the shared ones, by status. */
export function errorsOf(declared: Operation): ErrorCode[] {
  const codes = [...new Set([...declared.errors, ...commonErrors(declared)])];
  return codes.sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}

function responsesOf(declared: Operation, convert: Convert, example: Example | undefined) {
  const responses: Record<string, { description: string; content?: Record<string, Content> }> = {};
  const codes = errorsOf(declared);
  for (const status of new Set(codes.map((code) => PROBLEMS[code].status))) {
    const here = codes.filter((code) => PROBLEMS[code].status === status);
    const problem = { schema: convert(Problem, "output"), examples: problemReferences(here) };
    responses[status] = {
      description: here.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join("; "),
      content: { "application/problem+json": problem },
    };
  }
  for (const [status, answer] of Object.entries(declared.answers)) {
    const answered = example?.status === Number(status) ? (example.answer ?? undefined) : undefined;
    responses[status] = answerOf(answer, convert, answered);
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

/** One operation as the document has it. */
export function describeOperation(declared: Operation, convert: Convert, example: Example | undefined) {
  return {
    operationId: declared.id,
    tags: [declared.tag],
    summary: declared.summary,
    ...(declared.description === undefined ? {} : { description: declared.description }),
    security: SECURITY[declared.access],
    parameters: parametersOf(declared, convert, example),
    ...requestBodyOf(declared, convert, example),
    responses: responsesOf(declared, convert, example),
  };
}

/** An operation as the document has it. */
export type Described = ReturnType<typeof describeOperation>;

/**
 * The paths of an operation. One that begins with a parameter could be taken for any other, so it is written out for
 * each value that the parameter may have.
 */
function* spelledOut(path: string, described: Described): Generator<readonly [string, Described]> {
  const [, name] = /^\/:(\w+)/.exec(path) ?? [];
  const values = described.parameters.find((parameter) => parameter.name === name)?.schema.enum;
  if (name === undefined || values === undefined) return yield [path, described];
  const parameters = described.parameters.filter((parameter) => parameter.name !== name);
  for (const value of values.map(String)) {
    const operationId = described.operationId + value.charAt(0).toUpperCase() + value.slice(1);
    yield [path.replace(`:${name}`, value), { ...described, operationId, parameters }];
  }
}

function describeWebhook(declared: WebhookOperation, convert: Convert) {
  const { id, summary, description, headers, body, sample, answers } = declared;
  const parameters = Object.entries(headers.shape).map(([name, schema]) => {
    const { description: words, ...rest } = convert(schema, "output");
    return { name, in: "header", required: true, description: words, schema: rest };
  });
  const content = { "application/json": { schema: convert(body, "output"), example: sample } };
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, words]) => [status, { description: words }]),
  );
  return {
    operationId: id,
    tags: ["Notices"],
    summary,
    description,
    security: [{ signature: [] }],
    parameters,
    requestBody: { required: true, content },
    responses,
  };
}

const isOfTheApi = ({ tag }: Operation): boolean => tag !== "Pages";

/** The operations of the API, without the pages for people. */
export const apiOperations = (table: readonly Operation[]): Operation[] => table.filter(isOfTheApi);

/** What the document is made of. */
export interface DocumentParts {
  /** Every operation of the app; pages are left out. */
  readonly table: readonly Operation[];
  readonly webhooks: readonly WebhookOperation[];
  readonly examples: Examples;
  /** Where the service is. */
  readonly baseUrl: string;
}

/** The OpenAPI document. */
export function openApiDocument({ table, webhooks, examples, baseUrl }: DocumentParts) {
  const operations = apiOperations(table);
  const schemas: Schemas = {};
  const convert = converter(schemas);
  const paths: Record<string, Record<string, Described>> = {};
  for (const declared of operations) {
    const described = describeOperation(declared, convert, examples[declared.id]);
    for (const [path, one] of spelledOut(declared.path, described)) {
      const template = templateOf(path);
      paths[template] = { ...paths[template], [declared.method]: one };
    }
  }
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const codes = [...new Set(operations.flatMap(errorsOf))];
  return {
    openapi: "3.1.0",
    info: {
      title: "Calendar sync",
      version: "1",
      description: "Keeps agents' calendars and the marketplace's bookings in step.",
      contact: { name: "MaraPlace", url: `${baseUrl}${BASE_PATH}/docs` },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: `${baseUrl}${BASE_PATH}` }],
    tags: tags.map((name) => ({ name, description: TAGS[name] })),
    paths,
    webhooks: Object.fromEntries(
      webhooks.map((declared) => [declared.name, { post: describeWebhook(declared, convert) }]),
    ),
    components: {
      schemas,
      examples: problemExamples(codes),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "A token of the marketplace: claims iss, aud, exp and role, and sub for an agent.",
        },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "calendar_session",
          description: "The session of an agent's page, which a connect link begins.",
        },
        signature: {
          type: "apiKey",
          in: "header",
          name: "webhook-signature",
          description: "Standard Webhooks: an HMAC of id, timestamp and body under the shared secret.",
        },
      },
    },
  };
}
