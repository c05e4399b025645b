// Code: a call of an operation in curl, TypeScript and Python, made of its example.
import type { Example } from "../../http/examples.ts";
import { templateOf } from "../../http/openapi.ts";
import { filledPath, type Operation } from "../../http/operation.ts";

/** The call in each language. */
export interface Code {
  readonly curl: string;
  readonly typescript: string;
  readonly python: string;
}

type Values = Readonly<Record<string, unknown>>;

const isEmpty = (values: Values | undefined): boolean =>
  values === undefined || Object.keys(values).length === 0;

const WIDTH = 76;

interface Notation {
  readonly key: (name: string) => string;
  readonly word: (value: boolean | null) => string;
}

const JAVASCRIPT: Notation = {
  key: (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)),
  word: (value) => String(value),
};

const PYTHON: Notation = {
  key: (name) => JSON.stringify(name),
  word: (value) => (value === null ? "None" : value ? "True" : "False"),
};

const JSON_TEXT: Notation = { key: (name) => JSON.stringify(name), word: (value) => String(value) };

/** A value as its language writes it: on one line where it fits, otherwise one part a line. */
function literal(value: unknown, notation: Notation, indent = ""): string {
  if (value === null || typeof value === "boolean") return notation.word(value);
  if (typeof value !== "object") return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const deeper = `${indent}  `;
  const parts = (inner: string) =>
    Array.isArray(value)
      ? value.map((one) => literal(one, notation, inner))
      : Object.entries(value).map(([name, one]) => `${notation.key(name)}: ${literal(one, notation, inner)}`);
  const short = parts(indent).join(", ");
  const space = Array.isArray(value) || short === "" ? "" : " ";
  if (!short.includes("\n") && indent.length + short.length < WIDTH)
    return open + space + short + space + close;
  const comma = notation === JSON_TEXT ? "" : ",";
  return `${open}\n${parts(deeper)
    .map((part) => deeper + part)
    .join(",\n")}${comma}\n${indent}${close}`;
}

/** JSON for people: short parts on one line. */
export const jsonText = (value: unknown): string => literal(value, JSON_TEXT);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf(declared: Operation, { request }: Example): string {
  const { params, query, headers, body } = request;
  const search = new URLSearchParams(query).toString();
  const verb = declared.method.toUpperCase();
  const isPlain = verb === "GET" || (verb === "POST" && body !== undefined);
  const method = isPlain ? "" : ` -X ${verb}`;
  return [
    `curl -s${method} "$API${filledPath(declared.path, params ?? {})}${search === "" ? "" : `?${search}`}"`,
    ...(declared.access === "open" ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...Object.entries(headers ?? {}).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(jsonText(body))}`]),
  ].join(" \\\n  ");
}

/** The path as the document has it: one that begins with a parameter is written out there. */
const documentedPath = (path: string, params: Readonly<Record<string, string>> = {}): string =>
  templateOf(path.replace(/^\/:(\w+)/, (_, name: string) => `/${params[name]}`));

function typescriptOf({ path, method }: Operation, { request }: Example): string {
  const { params, query, headers, body } = request;
  const inPath = Object.fromEntries(
    Object.entries(params ?? {}).filter(([name]) => !path.startsWith(`/:${name}`)),
  );
  const sent = {
    ...(isEmpty(inPath) ? {} : { path: inPath }),
    ...(isEmpty(query) ? {} : { query }),
    ...(isEmpty(headers) ? {} : { header: headers }),
  };
  const options = {
    ...(isEmpty(sent) ? {} : { params: sent }),
    ...(body === undefined ? {} : { body }),
  };
  const more = isEmpty(options) ? "" : `, ${literal(options, JAVASCRIPT)}`;
  const called = `api.${method.toUpperCase()}(${JSON.stringify(documentedPath(path, params))}${more})`;
  return `const { data, error } = await ${called};`;
}

function pythonOf({ path, method }: Operation, { request }: Example): string {
  const { params, query, headers, body } = request;
  const sent = [
    ...[JSON.stringify(method.toUpperCase()), JSON.stringify(filledPath(path, params ?? {}))],
    ...(body === undefined ? [] : [literal(body, PYTHON)]),
    ...(isEmpty(query) ? [] : [`query=${literal(query, PYTHON)}`]),
    ...(isEmpty(headers) ? [] : [`headers=${literal(headers, PYTHON)}`]),
  ];
  return `answer = call(${sent.join(", ")})`;
}

/** A call of the operation in each language, as its example makes it. */
export const codeOf = (declared: Operation, example: Example): Code => ({
  curl: curlOf(declared, example),
  typescript: typescriptOf(declared, example),
  python: pythonOf(declared, example),
});
