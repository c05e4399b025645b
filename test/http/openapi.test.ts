import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { apiOperations, errorsOf, templateOf } from "../../src/http/openapi.ts";
import { BASE_PATH } from "../../src/http/operation.ts";
import { documentOf } from "../../src/routes/document.ts";
import { createClosedWorld } from "./closed-world.ts";

const document = documentOf(OPERATIONS, "https://calendar.test");

/** All `$ref`s of a value. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "$ref" ? [String(inner)] : references(inner),
  );
}

describe("The OpenAPI document", () => {
  test("holds every registered route of the API, once for each provider it begins with, and no page", () => {
    const { app } = createClosedWorld();
    const registered = new Set(
      app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`),
    );
    const declared = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${BASE_PATH}${path}`);
    expect(declared.sort()).toEqual([...registered].sort());
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const pages = OPERATIONS.filter(({ tag }) => tag === "Pages").map(({ path }) => templateOf(path));
    expect(pages.length).toBeGreaterThan(5);
    expect(documented.filter((line) => pages.includes(line.split(" ")[1] ?? ""))).toEqual([]);
    const expected = apiOperations(OPERATIONS).flatMap(({ method, path, params }) => {
      const names = /^\/:/.test(path) ? (params?.shape["provider"]?.meta()?.["enum"] as string[]) : [""];
      return names.map(
        (name) => `${method.toUpperCase()} ${templateOf(path.replace(/^\/:\w+/, `/${name}`))}`,
      );
    });
    expect(documented.sort()).toEqual(expected.sort());
  });

  test("names every operation once", () => {
    const ids = OPERATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("refers only to schemas and examples that it holds", () => {
    const held = (["schemas", "examples"] as const).flatMap((kind) =>
      Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`),
    );
    expect(held).toEqual(expect.arrayContaining([...new Set(references(document))]));
    expect(held.length).toBeGreaterThan(10);
  });

  test("declares each path parameter, and no other", () => {
    for (const declared of OPERATIONS) {
      const inPath = [...declared.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect(Object.keys(declared.params?.shape ?? {}), declared.id).toEqual(inPath);
    }
  });

  test("gives every operation with a token the answer 401", () => {
    for (const declared of OPERATIONS) {
      expect(errorsOf(declared).includes("unauthenticated"), declared.id).toBe(
        // Open as it is, it takes a token in its form.
        declared.access !== "open" || declared.id === "operatorSignIn",
      );
    }
  });

  test("closes every request body to unknown fields", () => {
    const bodies = JSON.stringify(
      Object.values(document.paths).flatMap((methods) =>
        Object.values(methods).map((one) => one.requestBody),
      ),
    );
    expect(bodies).toContain('"additionalProperties":false');
    for (const declared of apiOperations(OPERATIONS).filter(({ body }) => body !== undefined)) {
      const described = Object.values(document.paths)
        .flatMap((methods) => Object.values(methods))
        .find(({ operationId }) => operationId.startsWith(declared.id));
      const content = described?.requestBody?.content;
      const schema = content?.["application/json"]?.schema;
      const name = schema?.$ref?.split("/").at(-1);
      const found = name === undefined ? schema : document.components.schemas[name];
      expect(found?.additionalProperties, declared.id).toBe(false);
    }
  });

  test("is served, with the deployment's own address", async () => {
    const answer = await createClosedWorld().app.request(`${BASE_PATH}/openapi.json`);
    expect(await answer.json()).toMatchObject({
      openapi: "3.1.0",
      servers: [{ url: "https://calendar.test/api/calendar" }],
    });
  });
});
