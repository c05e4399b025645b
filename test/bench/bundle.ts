// Bundles a Worker as `wrangler deploy` would, and measures the bundle: its size and how long it takes to start.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import * as z from "zod";
import { compatibilityDateOf, wrangler } from "../../scripts/local/worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A Worker to be bundled: its entry, and the folder with the wrangler configuration that names it. */
export interface Entry {
  readonly name: string;
  readonly main: string;
  readonly folder: string;
  readonly compatibilityDate: string;
}

/** A bundled Worker. */
export interface Bundle {
  /** The file to run. */
  readonly script: string;
  readonly compatibilityDate: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** The Worker of this project that takes requests. */
export async function projectEntry(): Promise<Entry> {
  return {
    name: "calendar-sync",
    main: join(ROOT, "src/worker.ts"),
    folder: ROOT,
    compatibilityDate: await compatibilityDateOf("wrangler.toml"),
  };
}

/** The Worker that speaks MCP for it. */
export async function mcpEntry(): Promise<Entry> {
  return {
    name: "calendar-sync-mcp",
    main: join(ROOT, "src/mcp/worker.ts"),
    folder: join(ROOT, "src/mcp"),
    compatibilityDate: await compatibilityDateOf("src/mcp/wrangler.toml"),
  };
}

/** A Worker of this folder's `bare/`, with a configuration written for it. */
export async function bareEntry(folder: string, name: string): Promise<Entry> {
  const main = resolve(import.meta.dirname, `bare/${name}.ts`);
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  const compatibilityDate = await compatibilityDateOf("wrangler.toml");
  const flags = ["nodejs_compat"];
  const content = { name, main, compatibility_date: compatibilityDate, compatibility_flags: flags };
  await writeFile(join(own, "wrangler.json"), JSON.stringify(content));
  return { name, main, folder: own, compatibilityDate };
}

/** Bundles and minifies without deploying. */
export async function bundle(folder: string, entry: Entry): Promise<Bundle> {
  const out = join(folder, `${entry.name}-bundle`);
  await mkdir(out, { recursive: true });
  await wrangler(entry.folder, folder, ["deploy", "--dry-run", "--minify", `--outdir=${out}`]);
  const script = join(out, `${basename(entry.main, ".ts")}.js`);
  const code = await readFile(script);
  const { compatibilityDate } = entry;
  return { script, compatibilityDate, bytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length };
}

const Profile = z.object({ startTime: z.number(), endTime: z.number() });

/**
 * Milliseconds from nothing to a started Worker, by the CPU profile of `wrangler check startup`, which forgets
 * `--config` halfway: it must run where the configuration is.
 */
export async function startupMs(folder: string, entry: Entry): Promise<number> {
  const outfile = join(folder, `${entry.name}.cpuprofile`);
  await wrangler(entry.folder, folder, ["check", "startup", `--outfile=${outfile}`]);
  const { startTime, endTime } = Profile.parse(JSON.parse(await readFile(outfile, "utf8")));
  return (endTime - startTime) / 1_000;
}
