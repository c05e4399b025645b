// The real database server with all migrations for the tests in workerd, which read its URL with `inject("sqldUrl")`.
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { startDatabase } from "./start-database.ts";

declare module "vitest" {
  interface ProvidedContext {
    sqldUrl: string;
  }
}

/** Starts the server; the function it returns ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const database = await startDatabase();
  project.provide("sqldUrl", database.url);
  return () => database.stop();
}
