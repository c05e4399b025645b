// The page of one resource: its operations, and the shapes that they speak of.
import { namesIn, type Resource } from "./catalogue.ts";
import { DocsPage, type ReferenceInput } from "./docs-frame.tsx";
import { Shapes } from "./fields.tsx";
import { OperationCard } from "./operation-card.tsx";

/** The whole page. */
export const ResourcePage = ({
  frame,
  catalogue,
  resource,
}: ReferenceInput & { readonly resource: Resource }) => {
  const { schemas } = catalogue;
  const names = namesIn(
    resource.entries.map(({ described: { requestBody, responses } }) => [requestBody, responses]),
    schemas,
  );
  return (
    <DocsPage frame={frame} title={resource.title} catalogue={catalogue} current={resource.slug}>
      <h1>{resource.title}</h1>
      {resource.entries.map((entry) => (
        <OperationCard entry={entry} schemas={schemas} />
      ))}
      <Shapes names={[...names]} schemas={schemas} />
    </DocsPage>
  );
};
