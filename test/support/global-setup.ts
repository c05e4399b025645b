// One sqld with all migrations for the whole test run; test files read its URL with `inject("sqldUrl")`.
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { startSqld } from "../../scripts/local/sqld.ts";

declare module "vitest" {
  interface ProvidedContext {
    sqldUrl: string;
  }
}

/** Starts the server; the function it returns ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sqld = await startSqld();
  await applyMigrations({ url: sqld.url, authToken: null });
  project.provide("sqldUrl", sqld.url);
  return () => sqld.stop();
}
