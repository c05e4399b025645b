// The code of the reference: run in each language against a stub, it sends what the example says.
import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/app.ts";
import type { Example } from "../../../src/http/examples.ts";
import { apiOperations } from "../../../src/http/openapi.ts";
import type { Operation } from "../../../src/http/operation.ts";
import { codeOf } from "../../../src/pages/docs/code.ts";
import { documentOf, EXAMPLES } from "../../../src/routes/document.ts";
import { run } from "../../support/shell-lines.ts";

interface Sent {
  readonly method: string;
  /** With its query. */
  readonly address: string;
  readonly body: unknown;
}

const calls = apiOperations(OPERATIONS).map((declared) => {
  const example = EXAMPLES[declared.id] as Example;
  return { declared, example, code: codeOf(declared, example) };
});

function meant({ path, method }: Operation, { request }: Example): Sent {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(request.params?.[name] ?? ""),
  );
  const query = new URLSearchParams(request.query).toString();
  const address = filled + (query === "" ? "" : `?${query}`);
  return { method: method.toUpperCase(), address, body: request.body ?? null };
}

const expected = calls.map(({ declared, example }) => meant(declared, example));

interface Options {
  readonly params?: { path?: Record<string, string>; query?: Record<string, string> };
  readonly body?: unknown;
}

test("TypeScript", async () => {
  const document = documentOf(OPERATIONS, "");
  const sent: Sent[] = [];
  const called =
    (method: string) =>
    (template: string, { params = {}, body = null }: Options = {}) => {
      expect(document.paths[template]?.[method.toLowerCase()], `${method} ${template}`).toBeDefined();
      const path = template.replaceAll(/\{(\w+)\}/g, (_, name) =>
        encodeURIComponent(params.path?.[name] ?? ""),
      );
      const query = new URLSearchParams(params.query).toString();
      sent.push({ method, address: path + (query === "" ? "" : `?${query}`), body });
      return { data: null, error: null };
    };
  const api = new Proxy({}, { get: (_, method) => called(String(method)) });
  for (const { code } of calls) {
    await new Function("api", `return (async () => { ${code.typescript} return [data, error]; })();`)(api);
  }
  expect(sent).toEqual(expected);
});

test("Python", async () => {
  const stub = `
import json, urllib.parse
def call(method, path, body=None, query=None, headers=None):
    address = path + ("?" + urllib.parse.urlencode(query) if query else "")
    print(json.dumps({"method": method, "address": address, "body": body}))
`;
  const { code, out } = await run("python3", ["-c", stub + calls.map((one) => one.code.python).join("\n")]);
  expect(code, out).toBe(0);
  const lines = out.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(expected);
});

test("curl", async () => {
  const stub = `API= TOKEN=token; curl() { printf '%s\\0' "$@"; printf '\\1'; }\n`;
  const { code, out } = await run("bash", ["-c", stub + calls.map((one) => one.code.curl).join("\n")]);
  expect(code, out).toBe(0);
  const sent = out
    .split("\u0001")
    .filter((part) => part !== "")
    .map((part): Sent => {
      const words = part.split("\0");
      const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
      const data = after("-d");
      return {
        method: after("-X") ?? (data === undefined ? "GET" : "POST"),
        address: words.find((word) => word.startsWith("/")) ?? "",
        body: data === undefined ? null : JSON.parse(data),
      };
    });
  expect(sent).toEqual(expected);
});
