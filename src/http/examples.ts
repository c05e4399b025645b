// Examples: a request and its answer for each operation, and a problem for each error code, in the document.
import type { ErrorCode } from "../domain/errors.ts";
import { PROBLEMS } from "./errors.ts";
import type { JsonSchema } from "./json-schema.ts";
import { BASE_PATH } from "./operation.ts";
import { REMEDIES } from "./remedies.ts";

/** What is sent, by its parts; a query's and a header's values as text. */
export interface ExampleRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One call of an operation as it took place. */
export interface Example {
  readonly request: ExampleRequest;
  readonly status: number;
  /** JSON, or the text of an answer that isn't JSON. Null: the answer has no body. */
  readonly answer: unknown;
}

/** Examples by operation id. */
export type Examples = Readonly<Record<string, Example>>;

/** A value that stands as text in an address, as its schema has it. */
export function typedExample(text: string, { type }: JsonSchema): string | number | boolean {
  if (type === "integer" || type === "number") return Number(text);
  return type === "boolean" ? text === "true" : text;
}

/** A problem of each code, by the code, as the document's components hold them. */
export const problemExamples = (codes: readonly ErrorCode[]) =>
  Object.fromEntries(
    codes.map((code) => {
      const { status, title } = PROBLEMS[code];
      const detail = REMEDIES[code].replaceAll("`", "");
      return [
        code,
        { summary: title, value: { type: `${BASE_PATH}/docs#${code}`, title, status, code, detail } },
      ];
    }),
  );

/** References to the problems of these codes. */
export const problemReferences = (codes: readonly ErrorCode[]) =>
  Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
