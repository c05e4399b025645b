// The reference's first page: how to call, the error codes with what to do, and what a search has found.
import type { ErrorCode } from "../../domain/errors.ts";
import { PROBLEMS } from "../../http/errors.ts";
import { templateOf } from "../../http/openapi.ts";
import { BASE_PATH } from "../../http/operation.ts";
import { REMEDIES } from "../../http/remedies.ts";
import { type Catalogue, found, wordsIn } from "./catalogue.ts";
import { DocsPage, type ReferenceInput } from "./docs-frame.tsx";
import { FieldTable } from "./fields.tsx";
import { Fold, Prose, sentence } from "./operation-card.tsx";
import { fieldsOf } from "./schema-words.ts";

const CURL = `export API=https://…${BASE_PATH} TOKEN=…
curl -s "$API/health"`;

const TYPESCRIPT = `// npx openapi-typescript "$API/openapi.json" --output calendar-api.ts --default-non-nullable=false
import createClient from "openapi-fetch";
import type { paths } from "./calendar-api.ts";

const api = createClient<paths>({ baseUrl: API, headers: { Authorization: \`Bearer \${TOKEN}\` } });`;

const PYTHON = `import json, os, urllib.parse, urllib.request

def call(method, path, body=None, query=None, headers=None):
    address = os.environ["API"] + path + ("?" + urllib.parse.urlencode(query) if query else "")
    sent = {"Authorization": "Bearer " + os.environ["TOKEN"], **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data, sent, method=method)) as answer:
        text = answer.read().decode()
        return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text or None`;

const Begin = () => (
  <section id="begin">
    <h2>Begin</h2>
    <p>
      Times are RFC 3339 with an offset, bodies are JSON, and unknown fields are refused. Callers send{" "}
      <code>Authorization: Bearer</code> with a JWT of the marketplace: role <code>service</code> reaches
      every agent, role <code>agent</code> only the one in <code>sub</code>. The examples of these pages need
      this much before them:
    </p>
    <div class="example">
      <Fold title="curl" of="the first call" group="begin" open>
        {CURL}
      </Fold>
      <Fold title="TypeScript" of="the first call" group="begin">
        {TYPESCRIPT}
      </Fold>
      <Fold title="Python" of="the first call" group="begin">
        {PYTHON}
      </Fold>
    </div>
    <p class="soft small">
      Every example is a call that took place on the running engine. This reference is in English only.
    </p>
  </section>
);

const Errors = ({ catalogue }: { catalogue: Catalogue }) => (
  <section id="errors">
    <h2>Errors</h2>
    <p>
      Every error is RFC 9457 problem+json. Decide by its <code>code</code>: codes never change.{" "}
      <code>detail</code> tells a person what is wrong here, and <code>Retry-After</code> is set where the
      same request is worth repeating.
    </p>
    <div id="shape-Problem">
      <FieldTable
        caption="Fields of a problem"
        fields={fieldsOf(catalogue.schemas["Problem"], "", catalogue.schemas)}
      />
    </div>
    <table>
      <caption>All codes</caption>
      <thead>
        <tr>
          <th scope="col">Status and code</th>
          <th scope="col">What it means, and what to do</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(PROBLEMS).map(([code, { status }]) => (
          <tr id={code}>
            <td>
              {status} <code>{code}</code>
            </td>
            <td>
              <Prose text={REMEDIES[code as ErrorCode]} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

/** The first page. */
export const OverviewPage = ({ frame, catalogue }: ReferenceInput) => (
  <DocsPage frame={frame} title="Overview" catalogue={catalogue} current="">
    <h1>Calendar sync API</h1>
    <Begin />
    <Errors catalogue={catalogue} />
  </DocsPage>
);

interface FoundInput {
  readonly results: ReturnType<typeof found>;
  readonly codes: readonly ErrorCode[];
}

const Found = ({ results, codes }: FoundInput) => (
  <ul class="found">
    {codes.map((code) => (
      <li>
        <a href={`${BASE_PATH}/docs#${code}`}>
          {PROBLEMS[code].status} {code}
        </a>
        <br />
        <Prose text={REMEDIES[code]} />
      </li>
    ))}
    {results.map(({ resource, entry: { declared } }) => (
      <li>
        <a href={`${BASE_PATH}/docs/${resource.slug}#${declared.id}`}>
          <code>
            {declared.method.toUpperCase()} {templateOf(declared.path)}
          </code>
        </a>
        <br />
        {sentence(declared.summary)}
      </li>
    ))}
  </ul>
);

/** What was found. */
export const SearchPage = ({ frame, catalogue, asked }: ReferenceInput & { readonly asked: string }) => {
  const results = found(catalogue, asked);
  const words = wordsIn(asked);
  const codes = (Object.keys(PROBLEMS) as ErrorCode[]).filter((code) =>
    words.every((word) => code.includes(word)),
  );
  const count = results.length + codes.length;
  return (
    <DocsPage frame={frame} title="Search" catalogue={catalogue} current={null} asked={asked}>
      <h1>{count === 0 ? "Nothing found" : `${count} found`}</h1>
      {count === 0 ? (
        <p>No operation and no error code has all of these words. Search for fewer, or for parts of them.</p>
      ) : (
        <Found results={results} codes={codes} />
      )}
    </DocsPage>
  );
};
