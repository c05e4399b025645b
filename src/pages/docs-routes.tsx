// The documentation page.
import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import type { ApiEnv } from "../http/auth.ts";
import { type Operation, operation } from "../http/operation.ts";
import { DocsPage } from "./docs.tsx";
import { englishFrame } from "./frame.ts";

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

export const docsOperations = [docs];

/** The routes of documentation. `table` holds every operation of the app. */
export const docsRoutes = (deps: Pick<Deps, "config">, table: () => readonly Operation[]) =>
  new Hono<ApiEnv>().get(docs.path, (c) => c.html(<DocsPage frame={englishFrame(deps)} table={table()} />));
