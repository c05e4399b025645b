// The frame of the reference's pages: a list of all of them and a search at the side. English only.
import type { Child } from "hono/jsx";
import { templateOf } from "../../http/openapi.ts";
import { BASE_PATH } from "../../http/operation.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { DOCS_PATH } from "../navigation.ts";
import type { Catalogue, Resource } from "./catalogue.ts";

/** Pages beside those of resources. */
const OTHERS = [
  ["", "Overview and errors"],
  ["sent", "Notices sent"],
] as const;

const Item = ({ slug, title, current }: { slug: string; title: string; current: string | null }) => (
  <a
    href={slug === "" ? DOCS_PATH : `${DOCS_PATH}/${slug}`}
    aria-current={slug === current ? "page" : undefined}
  >
    {title}
  </a>
);

const Group = ({ tag, resources, current }: GroupInput) => (
  <>
    <p id={`tag-${tag}`} class="group">
      {tag}
    </p>
    <ul aria-labelledby={`tag-${tag}`}>
      {resources.map(({ slug, title, entries }) => (
        <li>
          <Item slug={slug} title={title} current={current} />
          {slug === current && entries.length > 1 ? (
            <ul>
              {entries.map(({ declared: { id, method, path } }) => (
                <li>
                  <a href={`#${id}`}>
                    <code>
                      {method.toUpperCase()} {templateOf(path)}
                    </code>
                  </a>
                </li>
              ))}
            </ul>
          ) : null}
        </li>
      ))}
    </ul>
  </>
);

interface GroupInput {
  readonly tag: string;
  readonly resources: readonly Resource[];
  readonly current: string | null;
}

const Search = ({ asked }: { asked: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: hono's JSX has no types for <search>
  <form role="search" action={DOCS_PATH} class="search">
    <label for="q">Search the reference</label>
    <input id="q" name="q" type="search" value={asked} maxlength={200} />
    <button type="submit">Search</button>
  </form>
);

/** What every page of the reference is made of. */
export interface ReferenceInput {
  readonly frame: Frame;
  readonly catalogue: Catalogue;
}

interface DocsInput extends ReferenceInput {
  readonly title: string;
  /** The slug of this page; null: it isn't in the list. */
  readonly current: string | null;
  /** What was searched for. */
  readonly asked?: string;
  readonly children: Child;
}

/** A page of the reference. */
export const DocsPage = ({ frame, title, catalogue, current, asked = "", children }: DocsInput) => {
  const tags = [...new Set(catalogue.resources.map(({ tag }) => tag))];
  return (
    <Page frame={frame} title={`${title} · Calendar sync API`} wide>
      <link rel="stylesheet" href={`${DOCS_PATH}/style.css`} />
      <div class="docs">
        <nav class="side" aria-label="API reference">
          <Search asked={asked} />
          <ul>
            {OTHERS.map(([slug, name]) => (
              <li>
                <Item slug={slug} title={name} current={current} />
              </li>
            ))}
            <li>
              <a href={`${DOCS_PATH}/try`}>Try it with your token</a>
            </li>
            <li>
              <a href={`${BASE_PATH}/openapi.json`}>openapi.json</a>
            </li>
          </ul>
          {tags.map((tag) => (
            <Group
              tag={tag}
              resources={catalogue.resources.filter((resource) => resource.tag === tag)}
              current={current}
            />
          ))}
        </nav>
        <div class="content">{children}</div>
      </div>
    </Page>
  );
};
