// The Worker bundled by wrangler, as it is deployed, for the tests in workerd. Vite alone can't load the CommonJS of
// Google's library there.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { wrangler } from "../../scripts/local/worker.ts";

declare module "vitest" {
  interface ProvidedContext {
    workerBundle: string;
  }
}

/** Bundles into a temporary folder; the function it returns deletes it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-bundle-"));
  await wrangler(resolve(import.meta.dirname, "../.."), folder, [
    "deploy",
    "--dry-run",
    `--outdir=${folder}`,
  ]);
  project.provide("workerBundle", join(folder, "worker.js"));
  return () => rm(folder, { recursive: true, force: true });
}
