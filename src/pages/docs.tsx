// The documentation page: every operation with its fields and errors, from the same table as the OpenAPI document.
import type { ErrorCode } from "../domain/errors.ts";
import { PROBLEMS } from "../routes/errors.ts";
import { errorsOf, type JsonSchema, openApiDocument, templateOf } from "../routes/openapi.ts";
import { BASE_PATH, type Operation } from "../routes/operation.ts";
import { Page } from "./layout.tsx";

const ACCESS_WORDS: Record<Operation["access"], string> = {
  open: "No token",
  bearer: "Bearer token",
  session: "Page session",
  either: "Bearer token or page session",
};

type Document = ReturnType<typeof openApiDocument>;
interface Field {
  readonly name: string;
  readonly place: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description: string;
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;

/** A schema in a few words: "integer, 0 to 240", "true or false". */
function wordsOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.anyOf !== undefined) return schema.anyOf.filter(isSchema).map(wordsOf).join(" or ");
  if (schema.type === "array") {
    const items =
      isSchema(schema.items) && !Array.isArray(schema.items) ? wordsOf(schema.items as JsonSchema) : "";
    return `list of ${items}${schema.maxItems === undefined ? "" : `, at most ${schema.maxItems}`}`;
  }
  const bounds =
    schema.minimum !== undefined && (schema.maximum ?? Number.MAX_SAFE_INTEGER) < Number.MAX_SAFE_INTEGER
      ? `, ${schema.minimum} to ${schema.maximum}`
      : "";
  const length = schema.maxLength === undefined ? "" : `, at most ${schema.maxLength} characters`;
  const kind = schema.type === "boolean" ? "true or false" : (schema.format ?? schema.type ?? "anything");
  return `${kind}${bounds}${schema.format === undefined ? length : ""}`;
}

/** The properties of an object schema, looked up where it is a reference. */
function fieldsOf(schema: JsonSchema | undefined, place: string, document: Document): Field[] {
  const name = schema?.$ref?.split("/").at(-1);
  const found = name === undefined ? schema : document.components.schemas[name];
  const required = found?.required ?? [];
  return Object.entries(found?.properties ?? {}).flatMap(([property, value]) =>
    isSchema(value)
      ? [
          {
            name: property,
            place,
            required: required.includes(property) && value.default === undefined,
            schema: value,
            description: [
              value.description ?? "",
              value.default === undefined ? "" : `Default: ${JSON.stringify(value.default)}.`,
            ]
              .join(" ")
              .trim(),
          },
        ]
      : [],
  );
}

const FieldTable = ({ caption, fields }: { caption: string; fields: readonly Field[] }) =>
  fields.length === 0 ? null : (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Where</th>
          <th scope="col">Value</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr>
            <td>
              <code>{field.name}</code>
              {field.required ? <strong title="required"> *</strong> : ""}
            </td>
            <td>{field.place}</td>
            <td>{wordsOf(field.schema)}</td>
            <td>{field.description}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );

const ErrorLinks = ({ codes }: { codes: readonly ErrorCode[] }) => (
  <p class="small">
    <strong>Errors: </strong>
    {codes.map((code, index) => (
      <>
        {index === 0 ? "" : ", "}
        <a href={`#${code}`}>
          {PROBLEMS[code].status} {code}
        </a>
      </>
    ))}
  </p>
);

const OperationCard = ({ declared, document }: { declared: Operation; document: Document }) => {
  const described = document.paths[templateOf(declared.path)]?.[declared.method];
  const content = Object.values(described?.requestBody?.content ?? {});
  const fields = [
    ...(described?.parameters ?? []).map((parameter) => ({
      name: parameter.name,
      place: parameter.in,
      required: parameter.required,
      schema: parameter.schema,
      description: parameter.description ?? "",
    })),
    ...content.flatMap(({ schema }) => fieldsOf(schema, "body", document)),
  ];
  return (
    <article class="card" id={declared.id}>
      <h3>
        <code>
          <span class="method">{declared.method.toUpperCase()}</span> {BASE_PATH}
          {templateOf(declared.path)}
        </code>
      </h3>
      <p>{declared.summary}.</p>
      {declared.description === undefined ? null : <p class="soft">{declared.description}</p>}
      <p class="small">
        <strong>Access: </strong>
        {ACCESS_WORDS[declared.access]}
      </p>
      <FieldTable caption="Send (* required)" fields={fields} />
      <p class="small">
        <strong>Answers: </strong>
        {Object.entries(declared.answers)
          .map(([status, { description }]) => `${status} ${description}`)
          .join("; ")}
      </p>
      <ErrorLinks codes={errorsOf(declared)} />
    </article>
  );
};

const ProblemTable = () => (
  <table>
    <thead>
      <tr>
        <th scope="col">Code</th>
        <th scope="col">Status</th>
        <th scope="col">Meaning</th>
      </tr>
    </thead>
    <tbody>
      {Object.entries(PROBLEMS).map(([code, { status, title }]) => (
        <tr id={code}>
          <td>
            <code>{code}</code>
          </td>
          <td>{status}</td>
          <td>{title}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** The whole page. */
export const DocsPage = ({ table }: { table: readonly Operation[] }) => {
  const document = openApiDocument(table, "");
  const tags = [...new Set(table.map(({ tag }) => tag))];
  return (
    <Page title="Calendar sync API" wide>
      <h1>Calendar sync API</h1>
      <p class="soft">
        Times are RFC 3339 with an offset, bodies are JSON, unknown fields are refused. The same in OpenAPI
        3.1: <a href={`${BASE_PATH}/openapi.json`}>openapi.json</a>.
      </p>
      <nav class="index" aria-label="Operations">
        {table.map(({ id, method, path }) => (
          <a href={`#${id}`}>
            <code>
              <span class="method">{method.toUpperCase()}</span> {templateOf(path)}
            </code>
          </a>
        ))}
        <a href="#errors">Errors</a>
      </nav>
      {tags.map((tag) => (
        <section>
          <h2>{tag}</h2>
          {table
            .filter((declared) => declared.tag === tag)
            .map((declared) => (
              <OperationCard declared={declared} document={document} />
            ))}
        </section>
      ))}
      <section id="errors">
        <h2>Errors</h2>
        <p>
          Every error is RFC 9457 problem+json. Decide by its <code>code</code>: codes never change.
        </p>
        <ProblemTable />
      </section>
    </Page>
  );
};
