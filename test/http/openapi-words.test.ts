// What the document owes to people who build on it: words, bounds, examples, and one meaning for each name.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import type { ErrorCode } from "../../src/domain/errors.ts";
import { PROBLEMS } from "../../src/http/errors.ts";
import { FIELD_WORDS } from "../../src/http/field-words.ts";
import type { JsonSchema } from "../../src/http/json-schema.ts";
import { apiOperations } from "../../src/http/openapi.ts";
import { REMEDIES } from "../../src/http/remedies.ts";
import { PROVIDER_NAMES } from "../../src/providers/provider.ts";
import { documentOf, EXAMPLES } from "../../src/routes/document.ts";
import { NOTICE_WEBHOOKS } from "../../src/routes/notices-wire.ts";

const document = documentOf(OPERATIONS, "https://calendar.test");
const described = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const { schemas } = document.components;

type Place = readonly [path: string, schema: JsonSchema];

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const INNER = ["items", "additionalProperties", "anyOf", "oneOf", "allOf", "prefixItems"] as const;

/** A schema and all that is inside it; what it refers to isn't. */
function* inside(schema: JsonSchema, path: string): Generator<Place> {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (isSchema(property)) yield* inside(property, `${path}.${name}`);
  }
  for (const key of INNER) {
    for (const inner of [schema[key]].flat()) if (isSchema(inner)) yield* inside(inner, path);
  }
}

const sent: readonly Place[] = described.flatMap(({ operationId, parameters, requestBody }) => [
  ...parameters.map(({ name, schema }): Place => [`${operationId}?${name}`, schema]),
  ...Object.values(requestBody?.content ?? {}).map(({ schema }): Place => [operationId, schema]),
]);

const answered: readonly Place[] = [
  ...described.flatMap(({ operationId, responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) =>
      Object.values(content ?? {}).map(({ schema }): Place => [`${operationId} ${status}`, schema]),
    ),
  ),
  ...Object.entries(document.webhooks).map(([kind, { post }]): Place => {
    return [kind, post.requestBody.content["application/json"].schema];
  }),
];

const everywhere = [
  ...[...sent, ...answered].flatMap(([path, schema]) => [...inside(schema, path)]),
  ...Object.entries(schemas).flatMap(([name, schema]) => [...inside(schema, name)]),
];

const nameIn = ({ $ref }: JsonSchema): string | null => $ref?.split("/").at(-1) ?? null;

/** The names of the schemas that these places use, directly or through others. */
function namesUsed(places: readonly Place[]): Set<string> {
  const names = new Set<string>();
  const visit = (schema: JsonSchema): void => {
    for (const [, inner] of inside(schema, "")) {
      const name = nameIn(inner);
      if (name === null || names.has(name)) continue;
      names.add(name);
      visit(schemas[name] ?? {});
    }
  };
  for (const [, schema] of places) visit(schema);
  return names;
}

describe("The document for people", () => {
  test("describes every operation", () => {
    expect(described.filter(({ description = "" }) => description === "")).toEqual([]);
  });

  test("describes every parameter and every field", () => {
    const bare = described.flatMap(({ operationId, parameters }) =>
      parameters
        .filter(({ description }) => description === undefined)
        .map(({ name }) => `${operationId}?${name}`),
    );
    for (const [path, schema] of everywhere) {
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        // An empty schema stands beside others that say what the field is.
        if (!isSchema(property) || Object.keys(property).length === 0) continue;
        if (property.description === undefined) bare.push(`${path}.${name}`);
      }
    }
    expect(bare, "Describe these fields in their schemas, or their names in field-words.ts.").toEqual([]);
  });

  test("has no words for a field that no schema has", () => {
    const names = new Set(everywhere.flatMap(([, { properties = {} }]) => Object.keys(properties)));
    const parameters = described.flatMap((one) => one.parameters.map(({ name }) => name));
    const idle = Object.keys(FIELD_WORDS).filter((name) => !names.has(name) && !parameters.includes(name));
    expect(idle).toEqual([]);
  });

  test("gives every number its bounds", () => {
    const boundless = everywhere.filter(([, schema]) => {
      if (!["integer", "number"].includes(String(schema.type)) || schema.enum !== undefined) return false;
      const bounds = [schema.minimum, schema.maximum];
      return bounds.some((bound) => bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER);
    });
    expect(
      boundless.map(([path]) => path),
      "Use Count, HttpStatus or bounds of its own.",
    ).toEqual([]);
  });

  test("lists the providers wherever one is named", () => {
    const providers = everywhere.flatMap(([path, { properties = {} }]) =>
      Object.entries(properties).flatMap(([name, property]) =>
        name === "provider" && isSchema(property) ? [[path, property] as const] : [],
      ),
    );
    expect(providers.length).toBeGreaterThan(5);
    for (const [path, schema] of providers) {
      const kinds = [schema, ...(schema.anyOf ?? [])].filter(isSchema);
      expect(kinds.find((kind) => kind.enum !== undefined)?.enum, path).toEqual([...PROVIDER_NAMES]);
    }
  });

  test("uses no named schema both for what is sent and for what is answered", () => {
    const ofAnswers = namesUsed(answered);
    const both = [...namesUsed(sent)].filter((name) => ofAnswers.has(name));
    expect(both, "A schema differs by its side: give each side a name of its own.").toEqual([]);
    expect([...namesUsed(sent), ...ofAnswers].sort()).toEqual(Object.keys(schemas).sort());
  });
});

describe("The examples", () => {
  const operations = apiOperations(OPERATIONS);

  test("are there for every operation, and for no other", () => {
    const ids = operations.map(({ id }) => id);
    expect(
      Object.keys(EXAMPLES).sort(),
      "Give it a step in test/http/tour.ts, then npm run examples.",
    ).toEqual(ids.sort());
  });

  test.each(operations)("of $id is what its schemas say", (declared) => {
    const example = EXAMPLES[declared.id];
    const { request, status = 0, answer } = example ?? {};
    for (const part of ["params", "query", "body"] as const) {
      const schema = declared[part];
      expect(schema === undefined || schema.safeParse(request?.[part] ?? {}).error, part).not.toBeInstanceOf(
        Error,
      );
    }
    expect(declared.body !== undefined, "It has a body exactly if the operation takes one.").toBe(
      request?.body !== undefined,
    );
    const { schema, type } = declared.answers[status] ?? {};
    if (typeof answer === "string") expect(type).toBeDefined();
    else if (schema === undefined) expect(answer).toBe(null);
    else expect(schema.safeParse(answer).error).toBeUndefined();
  });

  test("of notices are what their schemas say", () => {
    for (const { name, body, sample } of NOTICE_WEBHOOKS) {
      expect(body.safeParse(sample).error, name).toBeUndefined();
    }
  });
});

test("docs/api.md says of each error code what the document says", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/api.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\d{3}) \| (.*?) \| [^|]*\|$/gm)];
  const said = Object.fromEntries(rows.map(([, code = "", status, words]) => [code, { status, words }]));
  const meant = Object.entries(REMEDIES).map(([code, words]) => {
    return [code, { status: String(PROBLEMS[code as ErrorCode].status), words }];
  });
  expect(said).toEqual(Object.fromEntries(meant));
});

test("redocly's recommended rules find neither an error nor a warning", () => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-sync-openapi-"));
  try {
    const file = join(folder, "openapi.json");
    writeFileSync(file, JSON.stringify(document));
    const cli = join(import.meta.dirname, "../../node_modules/@redocly/cli/bin/cli.js");
    const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
    const args = [cli, "lint", file, "--extends=recommended", "--format=json"];
    const printed = execFileSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
    expect(JSON.parse(printed)).toMatchObject({ totals: { errors: 0, warnings: 0, ignored: 0 } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
