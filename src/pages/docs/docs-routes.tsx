// The documentation page and the stylesheet that all pages share.
import { Hono } from "hono";
import type { ApiEnv } from "../http/auth.ts";
import { type Operation, operation } from "../http/operation.ts";
import { DocsPage } from "./docs.tsx";
import { STYLE } from "./style.ts";

const docs = operation({
  id: "docs",
  method: "get",
  path: "/docs",
  tag: "Operations",
  summary: "What this API can be asked, for people",
  access: "open",
  answers: { 200: { description: "The page", type: "text/html" } },
  errors: [],
});

const style = operation({
  id: "style",
  method: "get",
  path: "/style.css",
  tag: "Pages",
  summary: "The pages' stylesheet",
  access: "open",
  answers: { 200: { description: "CSS", type: "text/css" } },
  errors: [],
});

export const docsOperations = [docs, style];

/** The routes of documentation. `table` holds every operation of the app. */
export const docsRoutes = (table: () => readonly Operation[]) =>
  new Hono<ApiEnv>()
    .get(docs.path, (c) => c.html(<DocsPage table={table()} />))
    .get(style.path, (c) => {
      c.header("Cache-Control", "public, max-age=300");
      return c.body(STYLE, 200, { "Content-Type": "text/css; charset=utf-8" });
    });
