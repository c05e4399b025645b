// One database with all migrations for each worker: `own-database.ts` reads the URLs with `inject("ownDatabaseUrls")`.
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { startDatabase } from "./start-database.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** By `VITEST_POOL_ID`, which counts from 1. */
    ownDatabaseUrls: string[];
  }
}

/** Starts the servers; the function it returns ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await Promise.all(Array.from({ length: project.config.maxWorkers }, () => startDatabase()));
  project.provide(
    "ownDatabaseUrls",
    servers.map(({ url }) => url),
  );
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}
