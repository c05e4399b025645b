// Tables of fields: what is sent, and what shapes answers have.
import type { JsonSchema, Schemas } from "../../http/json-schema.ts";
import type { Described } from "../../http/openapi.ts";
import { type Field, fieldsOf, nameOf, wordsOf } from "./schema-words.ts";

const Row = ({ field: { name, place, required, schema, description } }: { field: Field }) => (
  <tr>
    <td>
      <code>{name}</code>
      {place !== "" && required ? <strong title="required"> *</strong> : ""}
      {place === "" || place === "body" ? "" : <small> {place}</small>}
    </td>
    <td>{wordsOf(schema)}</td>
    <td>{description}</td>
  </tr>
);

/** A table of fields; nothing where there are none. */
export const FieldTable = ({ caption, fields }: { caption: string; fields: readonly Field[] }) => {
  if (fields.length === 0) return null;
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <Row field={field} />
        ))}
      </tbody>
    </table>
  );
};

/** Lists a field once that may be sent as JSON or in a form. */
const sentOnce = (fields: readonly Field[]): Field[] => [
  ...new Map(fields.map((field) => [field.name, field])).values(),
];

/** Everything that an operation may be sent. */
export function fieldsSent({ parameters, requestBody }: Described, schemas: Schemas): Field[] {
  const content = Object.values(requestBody?.content ?? {});
  return [
    ...parameters.map(({ name, in: place, required, schema, description = "" }) => {
      return { name, place, required, schema, description };
    }),
    ...sentOnce(content.flatMap(({ schema }) => fieldsOf(schema, "body", schemas))),
  ];
}

/** The name of a shape as a link to its table on this page, or the shape in words. */
export const ShapeLink = ({ schema }: { schema: JsonSchema }) => {
  const name = nameOf(schema);
  if (name === null) return <code>{wordsOf(schema)}</code>;
  return <a href={`#shape-${name}`}>{name}</a>;
};

/** A table for each named shape. */
export const Shapes = ({ names, schemas }: { names: readonly string[]; schemas: Schemas }) => {
  if (names.length === 0) return null;
  return (
    <section id="shapes">
      <h2>Shapes</h2>
      {names.map((name) => (
        <article class="card" id={`shape-${name}`}>
          <h3>{name}</h3>
          <FieldTable caption={`Fields of ${name}`} fields={fieldsOf(schemas[name], "", schemas)} />
        </article>
      ))}
    </section>
  );
};
