// The Worker in workerd under `wrangler dev`, on a port that it keeps through kills and restarts.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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
export function quietWrangler(folder: string): NodeJS.ProcessEnv {
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
 * Starts a Worker and waits until `healthPath` answers 200.
 * @param input.bindings variables and secrets
 * @param input.config path of the wrangler configuration; the project's own by default
 */
export async function startWorker(input: {
  port: number;
  bindings: Readonly<Record<string, string>>;
  healthPath: string;
  config?: string;
  logFile?: string;
}): Promise<LocalWorker> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-worker-"));
  const { port } = input;
  const url = `http://127.0.0.1:${port}`;
  const config = input.config ?? join(ROOT, "wrangler.toml");
  const secrets = join(folder, "bindings.env");
  await writeFile(secrets, envFile(input.bindings), { mode: 0o600 });

  const launch = async (): Promise<Running> => {
    const inspectorPort = await freePort();
    const flags = { config, ip: "127.0.0.1", port, "inspector-port": inspectorPort, "env-file": secrets };
    const args = Object.entries({ ...flags, "persist-to": join(folder, "state") }).map(
      ([name, value]) => `--${name}=${value}`,
    );
    const child = start(BIN, ["dev", ...args], {
      cwd: ROOT,
      env: quietWrangler(folder),
      ...(input.logFile === undefined ? {} : { logFile: input.logFile }),
    });
    let ended = false;
    void child.ended.then(() => {
      ended = true;
    });
    const healthy = async () => {
      if (ended) throw new Error("It has ended.");
      return (await fetch(url + input.healthPath, { signal: AbortSignal.timeout(5_000) })).ok;
    };
    try {
      await waitFor("the Worker to answer", START_MS, healthy, 50);
    } catch (error) {
      await child.kill9();
      throw new Error(`The Worker did not start.\n${child.tail()}`, { cause: error });
    }
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
