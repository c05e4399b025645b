// One operation: what it does, what to send, a call in three languages, what comes back, and what can go wrong.
import type { Child } from "hono/jsx";
import type { ErrorCode } from "../../domain/errors.ts";
import { PROBLEMS } from "../../http/errors.ts";
import type { Schemas } from "../../http/json-schema.ts";
import { errorsOf, templateOf } from "../../http/openapi.ts";
import { BASE_PATH, type Operation } from "../../http/operation.ts";
import type { Entry } from "./catalogue.ts";
import { codeOf, jsonText } from "./code.ts";
import { FieldTable, fieldsSent, ShapeLink } from "./fields.tsx";

const ACCESS_WORDS: Record<Operation["access"], string> = {
  open: "No token",
  bearer: "Bearer token",
  session: "Page session",
  either: "Bearer token or page session",
  operator: "Service token or operator's session",
};

/** A text with what stands in backticks as code. */
export const Prose = ({ text }: { text: string }) => (
  <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code>{part}</code>))}</>
);

/** A sentence, with its full stop. */
export const sentence = (text: string): string => (/[.?]$/.test(text) ? text : `${text}.`);

/** Lines of code below a button that shows them; those of one `group` are shown one at a time. */
export const Fold = ({ title, of, group, open, children }: FoldInput) => (
  <details {...(group === undefined ? {} : { name: group })} open={open}>
    <summary aria-label={`${title}: ${of}`}>{title}</summary>
    <pre>
      <code>{children}</code>
    </pre>
  </details>
);

interface FoldInput {
  readonly title: string;
  /** What the code is for: other folds of the page may have the same title. */
  readonly of: string;
  readonly group?: string;
  readonly open?: boolean;
  readonly children: Child;
}

const ErrorLinks = ({ codes }: { codes: readonly ErrorCode[] }) => (
  <p class="small codes">
    <strong>Errors: </strong>
    {codes.map((code, index) => (
      <>
        {index === 0 ? "" : ", "}
        <a href={`${BASE_PATH}/docs#${code}`}>
          {PROBLEMS[code].status} {code}
        </a>
      </>
    ))}
  </p>
);

const Answers = ({ declared, described }: Entry) => (
  <div class="small">
    <strong>Answers</strong>
    <ul>
      {Object.entries(declared.answers).map(([status, { description, schema }]) => {
        const content = described.responses[status]?.content?.["application/json"];
        return (
          <li>
            {status} {description}
            {schema === undefined || content === undefined ? (
              ""
            ) : (
              <>
                : <ShapeLink schema={content.schema} />
              </>
            )}
          </li>
        );
      })}
    </ul>
  </div>
);

const ExampleCall = ({ declared, example }: Entry) => {
  if (example === undefined) return null;
  const { curl, typescript, python } = codeOf(declared, example);
  const group = `code-${declared.id}`;
  const { answer, status } = example;
  return (
    <div class="example">
      <Fold title="curl" of={declared.summary} group={group} open>
        {curl}
      </Fold>
      <Fold title="TypeScript" of={declared.summary} group={group}>
        {typescript}
      </Fold>
      <Fold title="Python" of={declared.summary} group={group}>
        {python}
      </Fold>
      {answer === null ? (
        <p class="small soft">It answers {status}, without a body.</p>
      ) : (
        <Fold title={`Answer: ${status}`} of={declared.summary}>
          {typeof answer === "string" ? answer : jsonText(answer)}
        </Fold>
      )}
    </div>
  );
};

/** The whole card. */
export const OperationCard = ({ entry, schemas }: { entry: Entry; schemas: Schemas }) => {
  const { declared, described } = entry;
  return (
    <article class="card" id={declared.id}>
      <h2>
        <code>
          <span class="method">{declared.method.toUpperCase()}</span> {templateOf(declared.path)}
        </code>
      </h2>
      <p>{sentence(declared.summary)}</p>
      {declared.description === undefined ? null : <p class="soft">{declared.description}</p>}
      <p class="small">
        <strong>Access: </strong>
        {ACCESS_WORDS[declared.access]}
      </p>
      <ExampleCall {...entry} />
      <FieldTable caption="Send (* required)" fields={fieldsSent(described, schemas)} />
      <Answers {...entry} />
      <ErrorLinks codes={errorsOf(declared)} />
    </article>
  );
};
