// The routes of the reference: its pages and its stylesheet.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import type { ApiEnv } from "../../http/auth.ts";
import { type Operation, operation } from "../../http/operation.ts";
import { params, query } from "../../http/validate.ts";
import { PAGE } from "../answers.ts";
import { englishFrame } from "../frame.ts";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { DOCS_STYLE } from "./docs-style.ts";
import { NoticesSentPage } from "./notices-sent.tsx";
import { OverviewPage, SearchPage } from "./overview.tsx";
import { ResourcePage } from "./resource.tsx";
import { TryPage } from "./try.tsx";

/** Where calls are tried. This page alone may run any script of this service. */
export const TRY_PATH = "/docs/try";

const docs = operation({
  id: "docs",
  method: "get",
  path: "/docs",
  tag: "Pages",
  summary: "What this API can be asked, for people; with q what a search finds",
  access: "open",
  query: z.strictObject({ q: z.string().max(200, "Send at most 200 characters.").optional() }),
  answers: PAGE,
  errors: [],
});

const resource = operation({
  id: "docsPage",
  method: "get",
  path: "/docs/:page",
  tag: "Pages",
  summary: "One resource of the reference",
  access: "open",
  params: z.strictObject({ page: z.string().max(60, "Send at most 60 characters.") }),
  answers: PAGE,
  errors: ["not_found"],
});

const tryIt = operation({
  id: "docsTry",
  method: "get",
  path: TRY_PATH,
  tag: "Pages",
  summary: "Try calls with one's own token",
  access: "open",
  answers: PAGE,
  errors: [],
});

const docsStyle = operation({
  id: "docsStyle",
  method: "get",
  path: "/docs/style.css",
  tag: "Pages",
  summary: "The reference's stylesheet",
  access: "open",
  answers: { 200: { description: "CSS", type: "text/css" } },
  errors: [],
});

export const docsOperations = [docs, tryIt, docsStyle, resource];

const CSS_HEADERS = { "Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=300" };

/** The routes of documentation. `table` holds every operation of the app. */
export function docsRoutes(deps: Pick<Deps, "config">, table: readonly Operation[]) {
  const frame = englishFrame(deps);
  let made: Catalogue | null = null;
  const catalogue = (): Catalogue => {
    made ??= catalogueOf(table);
    return made;
  };
  return new Hono<ApiEnv>()
    .get(docs.path, query(docs.query), (c) => {
      const { q = "" } = c.req.valid("query");
      if (q.trim() === "") return c.html(<OverviewPage frame={frame} catalogue={catalogue()} />);
      return c.html(<SearchPage frame={frame} catalogue={catalogue()} asked={q} />);
    })
    .get(tryIt.path, (c) => c.html(<TryPage />))
    .get(docsStyle.path, (c) => c.body(DOCS_STYLE, 200, CSS_HEADERS))
    .get(resource.path, params(resource.params), (c) => {
      const { page } = c.req.valid("param");
      if (page === "sent") return c.html(<NoticesSentPage frame={frame} catalogue={catalogue()} />);
      const found = catalogue().resources.find(({ slug }) => slug === page);
      if (found === undefined) {
        throw new EngineError("not_found", "The reference has no such page. Its list is at /docs.");
      }
      return c.html(<ResourcePage frame={frame} catalogue={catalogue()} resource={found} />);
    });
}
