// One sqld with all migrations for each worker: `own-database.ts` reads their URLs with `inject("ownDatabaseUrls")`.
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { startSqld } from "../../scripts/local/sqld.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** By `VITEST_POOL_ID`, which counts from 1. */
    ownDatabaseUrls: string[];
  }
}

/** Starts the servers; the function it returns ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await Promise.all(Array.from({ length: project.config.maxWorkers }, startSqld));
  const ownDatabaseUrls = servers.map(({ url }) => url);
  await Promise.all(ownDatabaseUrls.map((url) => applyMigrations({ url, authToken: null })));
  project.provide("ownDatabaseUrls", ownDatabaseUrls);
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}
