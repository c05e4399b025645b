// Bundles a Worker as `wrangler deploy` would, and measures the bundle: its size and how long it takes to start.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import * as z from "zod";
import { start } from "../../scripts/local/process.ts";
import { quietWrangler } from "../../scripts/local/worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/.bin/wrangler");

/** A bundled Worker. */
export interface Bundle {
  /** The file to run. */
  readonly script: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

async function wrangler(folder: string, args: readonly string[]): Promise<void> {
  const child = start(WRANGLER, args, { cwd: ROOT, env: quietWrangler(folder) });
  await child.ended;
  if (child.exitCode() !== 0) throw new Error(`wrangler ${args.join(" ")} failed.\n${child.tail()}`);
}

/** A wrangler configuration for a Worker that has none of its own. */
export async function configFor(folder: string, name: string, main: string): Promise<string> {
  const path = join(folder, `${name}.json`);
  const project = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  const [, date = ""] = /^compatibility_date = "(.+)"$/m.exec(project) ?? [];
  const config = { name, main, compatibility_date: date, compatibility_flags: ["nodejs_compat"] };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** Bundles and minifies without deploying. */
export async function bundle(folder: string, name: string, config: string): Promise<Bundle> {
  const out = join(folder, `${name}-bundle`);
  await mkdir(out, { recursive: true });
  await wrangler(folder, ["deploy", "--dry-run", "--minify", `--outdir=${out}`, `--config=${config}`]);
  const { main } = z
    .object({ main: z.string().default("src/worker.ts") })
    .parse(config.endsWith(".json") ? JSON.parse(await readFile(config, "utf8")) : {});
  const script = join(out, `${main.split("/").at(-1)?.replace(/\.ts$/, "") ?? "worker"}.js`);
  const code = await readFile(script);
  return { script, bytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length };
}

const Profile = z.object({ startTime: z.number(), endTime: z.number() });

/** Milliseconds from nothing to a started Worker, by the CPU profile of `wrangler check startup`. */
export async function startupMs(folder: string, name: string, config: string): Promise<number> {
  const outfile = join(folder, `${name}.cpuprofile`);
  await wrangler(folder, ["check", "startup", `--outfile=${outfile}`, `--config=${config}`]);
  const { startTime, endTime } = Profile.parse(JSON.parse(await readFile(outfile, "utf8")));
  return (endTime - startTime) / 1_000;
}
