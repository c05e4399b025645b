// The Workers bundled by wrangler, as they are deployed, for the tests in workerd. Vite alone can't load the CommonJS of
// Google's library there.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { bundleWorker, compatibilityDateOf } from "../../scripts/local/worker.ts";

declare module "vitest" {
  interface ProvidedContext {
    workerBundle: string;
    /** How miniflare runs the Worker that speaks MCP. */
    mcpWorker: {
      name: string;
      modules: true;
      modulesRoot: string;
      scriptPath: string;
      compatibilityDate: string;
    };
  }
}

/** Bundles into a temporary folder; the function it returns deletes it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-bundle-"));
  project.provide("workerBundle", await bundleWorker(join(folder, "main"), "wrangler.toml"));
  const config = "src/mcp/wrangler.toml";
  project.provide("mcpWorker", {
    name: "calendar-sync-mcp",
    modules: true,
    modulesRoot: folder,
    scriptPath: await bundleWorker(join(folder, "mcp"), config),
    compatibilityDate: await compatibilityDateOf(config),
  });
  return () => rm(folder, { recursive: true, force: true });
}
