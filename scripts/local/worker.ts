// The Worker in workerd under `wrangler dev`, with the one that speaks MCP beside it, on a port that it keeps through
// kills and restarts.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { freePort, type Running, start, waitFor } from "./process.ts";

/** A Worker served on 127.0.0.1. */
export interface LocalWorker {
  readonly url: string;
  /** Fires a cron trigger, as Cloudflare's clock would, and waits until the handler has ended. */
  cron(expression: string): Promise<void>;
  /** Ends wrangler and workerd at once with SIGKILL. Queue messages under way are lost with them. */
  kill9(): Promise<void>;
  /** Starts it again on the same port after `kill9`. */
  restart(): Promise<void>;
  /** The last of what it printed. */
  tail(): string;
  stop(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin/wrangler");
const START_MS = 60_000;

/** Wrangler without telemetry, update check or any other talk with the network, keeping to its own folder. */
function quietWrangler(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(folder, "logs"),
    WRANGLER_REGISTRY_PATH: join(folder, "registry"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_COLOR: "1",
    CI: "true",
  };
}

/**
 * Bindings as an env file: secrets stay off the command line, which other users of the machine can read.
 * Values are base64, URLs and numbers; quotes and line breaks would need escapes that not every reader knows.
 */
function envFile(bindings: Readonly<Record<string, string>>): string {
  return Object.entries(bindings)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");
}

/**
 * Runs a wrangler command to its end.
 * @param cwd where the configuration is
 * @throws Error with what it printed when it fails
 */
export async function wrangler(cwd: string, folder: string, args: readonly string[]): Promise<void> {
  const child = start(BIN, args, { cwd, env: quietWrangler(folder) });
  await child.ended;
  if (child.exitCode() !== 0) throw new Error(`wrangler ${args.join(" ")} failed.\n${child.tail()}`);
}

/** The configurations of the project's Workers: of the one that takes requests, and of the one that speaks MCP. */
export const CONFIGS = ["wrangler.toml", "src/mcp/wrangler.toml"] as const;

/** The day's behaviour of the runtime that a Worker asks for. */
export async function compatibilityDateOf(config: (typeof CONFIGS)[number]): Promise<string> {
  const [, date = ""] =
    /^compatibility_date = "(.+)"$/m.exec(await readFile(join(ROOT, config), "utf8")) ?? [];
  return date;
}

/** Bundles a Worker as it is deployed. Returns the path of the bundle in the folder. */
export async function bundleWorker(folder: string, config: (typeof CONFIGS)[number]): Promise<string> {
  await wrangler(ROOT, folder, ["deploy", "--dry-run", `--config=${config}`, `--outdir=${folder}`]);
  return join(folder, "worker.js");
}

/** The configuration with a bundle in place of the source, and perhaps without its tables of rate limits. */
async function bundledConfig(
  folder: string,
  config: (typeof CONFIGS)[number],
  unlimited: boolean,
): Promise<string> {
  const bundle = await bundleWorker(join(folder, dirname(config)), config);
  const path = join(dirname(bundle), "wrangler.toml");
  const text = await readFile(join(ROOT, config), "utf8");
  const bundled = text
    .replace(/^main = .*$/m, `main = ${JSON.stringify(bundle)}\nno_bundle = true`)
    .replace('"assets"', JSON.stringify(join(ROOT, "assets")));
  const limits = /^\[\[ratelimits\]\]\n(?:[^\n[]+\n)+/gm;
  await writeFile(path, unlimited ? bundled.replaceAll(limits, "") : bundled);
  return path;
}

async function untilHealthy(child: Running, healthUrl: string): Promise<void> {
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  try {
    const healthy = async () => ended || (await fetch(healthUrl, { signal: AbortSignal.timeout(5_000) })).ok;
    await waitFor("the Worker to answer", START_MS, healthy, 50);
    if (ended) throw new Error("It has ended.");
  } catch (error) {
    await child.kill9();
    throw new Error(`The Worker did not start.\n${child.tail()}`, { cause: error });
  }
}

/** How the Worker is started. */
export interface WorkerInput {
  readonly port: number;
  /** Variables and secrets. */
  readonly bindings: Readonly<Record<string, string>>;
  readonly healthPath: string;
  /** Bundle anew when a source file changes. Otherwise it is bundled once and edits change nothing. */
  readonly watch: boolean;
  /** Leaves the rate limits out, whose simulation takes longer than a check does. Not while it watches. */
  readonly unlimited?: boolean;
  readonly logFile?: string;
}

/** Starts the project's Workers and waits until `healthPath` answers 200. */
export async function startWorker(input: WorkerInput): Promise<LocalWorker> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-worker-"));
  const url = `http://127.0.0.1:${input.port}`;
  const secrets = join(folder, "bindings.env");
  await writeFile(secrets, envFile(input.bindings), { mode: 0o600 });
  const { watch, unlimited = false } = input;
  const configs = await Promise.all(
    CONFIGS.map((config) =>
      watch ? join(ROOT, config) : bundledConfig(join(folder, "bundles"), config, unlimited),
    ),
  );

  const launch = async (): Promise<Running> => {
    const args = [
      ...["dev", ...configs.map((config) => `--config=${config}`)],
      ...["--ip=127.0.0.1", `--port=${input.port}`],
      ...[`--inspector-port=${await freePort()}`, `--env-file=${secrets}`],
      `--persist-to=${join(folder, "state")}`,
    ];
    const child = start(BIN, args, {
      cwd: ROOT,
      env: quietWrangler(folder),
      ...(input.logFile === undefined ? {} : { logFile: input.logFile }),
    });
    await untilHealthy(child, url + input.healthPath);
    return child;
  };

  let child = await launch();
  return {
    url,
    async cron(expression) {
      const answer = await fetch(`${url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent(expression)}`);
      const outcome = await answer.text();
      if (!answer.ok) throw new Error(`The cron "${expression}" answered ${answer.status}: ${outcome}`);
    },
    kill9: () => child.kill9(),
    async restart() {
      child = await launch();
    },
    tail: () => child.tail(),
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
