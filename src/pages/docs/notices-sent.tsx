// The page of the notices that are sent: when each is, what it says, and a sample.
import { converter, type Schemas } from "../../http/json-schema.ts";
import { NOTICE_WEBHOOKS } from "../../routes/notices-wire.ts";
import { namesIn } from "./catalogue.ts";
import { jsonText } from "./code.ts";
import { DocsPage, type ReferenceInput } from "./docs-frame.tsx";
import { FieldTable, Shapes } from "./fields.tsx";
import { Fold, sentence } from "./operation-card.tsx";
import { type Field, fieldsOf } from "./schema-words.ts";

/** The fields of a notice's `data`. */
function dataFields(schema: Schemas[string] | undefined, schemas: Schemas): Field[] {
  const data = schema?.properties?.["data"];
  return typeof data === "object" ? fieldsOf(data, "", schemas) : [];
}

/** The notices as the page shows them. */
function describe() {
  const schemas: Schemas = {};
  const convert = converter(schemas);
  const bodies = NOTICE_WEBHOOKS.map((declared) => {
    const schema = convert(declared.body, "output");
    return { ...declared, schema: schemas[schema.$ref?.split("/").at(-1) ?? ""] ?? schema };
  });
  // Those of all notices are the same.
  const [headers = {}] = NOTICE_WEBHOOKS.slice(0, 1).map((declared) => convert(declared.headers, "output"));
  return { schemas, bodies, headers, shapes: bodies.map(({ schema }) => schema.properties) };
}

/** Made at the first visit: they never change. */
let described: ReturnType<typeof describe> | null = null;

/** The whole page. */
export const NoticesSentPage = ({ frame, catalogue }: ReferenceInput) => {
  described ??= describe();
  const { schemas, bodies, headers, shapes } = described;
  return (
    <DocsPage frame={frame} title="Notices sent" catalogue={catalogue} current="sent">
      <h1>Notices sent</h1>
      <p>
        POSTed to the marketplace in the form of Standard Webhooks: signed, at least once, and in order about
        each booking and each account. What isn't taken with a 2xx is tried again over three days; 410 ends
        them.
      </p>
      <FieldTable caption="Headers" fields={fieldsOf(headers, "", schemas)} />
      {bodies.map(({ name, summary, schema, sample }) => (
        <article class="card" id={name}>
          <h2>
            <code>{name}</code>
          </h2>
          <p>{sentence(summary)}</p>
          <FieldTable caption="data" fields={dataFields(schema, schemas)} />
          <Fold title="Sample" of={name}>
            {jsonText(sample)}
          </Fold>
        </article>
      ))}
      <Shapes names={[...namesIn(shapes, schemas)]} schemas={schemas} />
    </DocsPage>
  );
};
