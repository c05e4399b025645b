// The databases of the tests in plain Node: one that all files share, and one for each worker (`own-database.ts`). In
// `npm test` they are in the worker's own process, in `npm run test:all` the real server, in `test:turso` its successor.
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { ENGINE } from "./engines.ts";
import { inProcessUrl } from "./in-process-database.ts";
import { ALL_TESTS } from "./share.ts";
import { startDatabase } from "./start-database.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** By `VITEST_POOL_ID`, which counts from 1. */
    ownDatabaseUrls: string[];
  }
}

/** Starts the servers; the function it returns ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { maxWorkers } = project.config;
  if (!ALL_TESTS && ENGINE === "libsql") {
    project.provide("sqldUrl", inProcessUrl("shared"));
    project.provide(
      "ownDatabaseUrls",
      Array.from({ length: maxWorkers }, () => inProcessUrl("own")),
    );
    return async () => {};
  }
  const [shared, ...own] = await Promise.all(Array.from({ length: maxWorkers + 1 }, () => startDatabase()));
  if (shared === undefined) throw new Error("no database was started");
  project.provide("sqldUrl", shared.url);
  project.provide(
    "ownDatabaseUrls",
    own.map(({ url }) => url),
  );
  return async () => {
    await Promise.all([shared, ...own].map((server) => server.stop()));
  };
}
