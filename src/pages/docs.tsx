// The documentation page: every operation with its fields and errors, from the same table as the OpenAPI document.
import type { ErrorCode } from "../domain/errors.ts";
import { PROBLEMS } from "../http/errors.ts";
import { errorsOf, type JsonSchema, openApiDocument, templateOf } from "../http/openapi.ts";
import { BASE_PATH, type Operation } from "../http/operation.ts";
import { NOTICE_WEBHOOKS } from "../routes/notices-wire.ts";
import type { Frame } from "./frame.ts";
import { Page } from "./layout.tsx";
import { type Field, fieldsOf, nameOf, wordsOf } from "./schema-words.ts";

const ACCESS_WORDS: Record<Operation["access"], string> = {
  open: "No token",
  bearer: "Bearer token",
  session: "Page session",
  either: "Bearer token or page session",
  operator: "Service token or operator's session",
};

type Document = ReturnType<typeof openApiDocument>;

const Row = ({ field, withPlace }: { field: Field; withPlace: boolean }) => (
  <tr>
    <td>
      <code>{field.name}</code>
      {withPlace && field.required ? <strong title="required"> *</strong> : ""}
    </td>
    {withPlace ? <td>{field.place}</td> : null}
    <td>{wordsOf(field.schema)}</td>
    <td>{field.description}</td>
  </tr>
);

const FieldTable = ({ caption, fields }: { caption: string | null; fields: readonly Field[] }) => {
  const withPlace = fields.some(({ place }) => place !== "");
  if (fields.length === 0) return null;
  return (
    <table>
      {caption === null ? null : <caption>{caption}</caption>}
      <thead>
        <tr>
          <th scope="col">Field</th>
          {withPlace ? <th scope="col">Where</th> : null}
          <th scope="col">Value</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <Row field={field} withPlace={withPlace} />
        ))}
      </tbody>
    </table>
  );
};

const ErrorLinks = ({ codes }: { codes: readonly ErrorCode[] }) => (
  <p class="small codes">
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

const ShapeLink = ({ schema }: { schema: JsonSchema }) => {
  const name = nameOf(schema);
  if (name === null) return <code>{wordsOf(schema)}</code>;
  return <a href={`#shape-${name}`}>{name}</a>;
};

const Answers = ({ declared, responses }: { declared: Operation; responses: Record<string, unknown> }) => (
  <div class="small">
    <strong>Answers</strong>
    <ul>
      {Object.entries(declared.answers).map(([status, { description, schema }]) => {
        const answered = responses[status] as { content?: Record<string, { schema: JsonSchema }> };
        const shape = schema === undefined ? undefined : answered.content?.["application/json"]?.schema;
        return (
          <li>
            {status} {description}
            {shape === undefined ? "" : ": "}
            {shape === undefined ? null : <ShapeLink schema={shape} />}
          </li>
        );
      })}
    </ul>
  </div>
);

/** Lists a field once that may be sent as JSON or in a form. */
const sentOnce = (fields: readonly Field[]): Field[] => [
  ...new Map(fields.map((field) => [field.name, field])).values(),
];

function fieldsSent(declared: Operation, document: Document): Field[] {
  const described = document.paths[templateOf(declared.path)]?.[declared.method];
  const content = Object.values(described?.requestBody?.content ?? {});
  return [
    ...(described?.parameters ?? []).map(({ name, in: place, required, schema, description = "" }) => ({
      name,
      place,
      required,
      schema,
      description,
    })),
    ...sentOnce(content.flatMap(({ schema }) => fieldsOf(schema, "body", document.components.schemas))),
  ];
}

const sentence = (text: string): string => (/[.?]$/.test(text) ? text : `${text}.`);

const OperationCard = ({ declared, document }: { declared: Operation; document: Document }) => (
  <article class="card" id={declared.id}>
    <h3>
      <code>
        <span class="method">{declared.method.toUpperCase()}</span> {BASE_PATH}
        {templateOf(declared.path)}
      </code>
    </h3>
    <p>{sentence(declared.summary)}</p>
    {declared.description === undefined ? null : <p class="soft">{declared.description}</p>}
    <p class="small">
      <strong>Access: </strong>
      {ACCESS_WORDS[declared.access]}
    </p>
    <FieldTable caption="Send (* required)" fields={fieldsSent(declared, document)} />
    <Answers
      declared={declared}
      responses={document.paths[templateOf(declared.path)]?.[declared.method]?.responses ?? {}}
    />
    <ErrorLinks codes={errorsOf(declared)} />
  </article>
);

const Shapes = ({ document }: { document: Document }) => (
  <section id="shapes">
    <h2>Shapes</h2>
    {Object.entries(document.components.schemas).map(([name, schema]) => (
      <article class="card" id={`shape-${name}`}>
        <h3>{name}</h3>
        <FieldTable caption={null} fields={fieldsOf(schema, "", document.components.schemas)} />
      </article>
    ))}
  </section>
);

const NoticesSent = ({ document }: { document: Document }) => (
  <section id="sent">
    <h2>Notices sent</h2>
    <p>
      POSTed to the marketplace in the form of Standard Webhooks: signed, at least once, and in order about
      each booking and each account. What isn't taken with a 2xx is tried again over three days.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col">When</th>
          <th scope="col">Body</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(document.webhooks).map(([kind, { post }]) => (
          <tr>
            <td>
              <code>{kind}</code>
            </td>
            <td>{sentence(post.summary)}</td>
            <td>
              <ShapeLink schema={post.requestBody.content["application/json"].schema} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

const Problems = () => (
  <section id="errors">
    <h2>Errors</h2>
    <p>
      Every error is RFC 9457 problem+json, see <a href="#shape-Problem">Problem</a>. Decide by its{" "}
      <code>code</code>: codes never change.
    </p>
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
  </section>
);

/** The whole page. */
export const DocsPage = ({ frame, table }: { frame: Frame; table: readonly Operation[] }) => {
  const document = openApiDocument(table, NOTICE_WEBHOOKS, "");
  const tags = [...new Set(table.map(({ tag }) => tag))];
  return (
    <Page frame={frame} title="Calendar sync API" wide>
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
        <a href="#sent">Notices sent</a>
        <a href="#shapes">Shapes</a>
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
      <NoticesSent document={document} />
      <Shapes document={document} />
      <Problems />
    </Page>
  );
};
