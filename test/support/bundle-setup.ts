// The Workers bundled by wrangler, as they are deployed, for the tests in workerd. Vite alone can't load the CommonJS of
// Google's library there.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { bundleWorker, compatibilityDateOf } from "../../scripts/local/worker.ts";

declare module "vitest" {
  interface ProvidedContext {
    workerBundle: string;
    /** Whether the bundle looks for a Temporal of the runtime, which `[define]` of wrangler.toml should keep it from. */
    bundleReadsTemporal: boolean;
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

/** The name under which a Worker is deployed, and bound by others. */
async function nameOf(config: string): Promise<string> {
  const [, name = ""] = /^name = "(.+)"$/m.exec(await readFile(config, "utf8")) ?? [];
  return name;
}

/** Bundles into a temporary folder; the function it returns deletes it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-bundle-"));
  const bundle = await bundleWorker(join(folder, "main"), "wrangler.toml");
  project.provide("workerBundle", bundle);
  project.provide("bundleReadsTemporal", (await readFile(bundle, "utf8")).includes("globalThis.Temporal"));
  const config = "src/mcp/wrangler.toml";
  project.provide("mcpWorker", {
    name: await nameOf(config),
    modules: true,
    modulesRoot: folder,
    scriptPath: await bundleWorker(join(folder, "mcp"), config),
    compatibilityDate: await compatibilityDateOf(config),
  });
  return () => rm(folder, { recursive: true, force: true });
}
