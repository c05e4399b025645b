// Calendar servers for tests: what one is, started from a package, on a free port, with a folder of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type Running, waitFor } from "../../../scripts/local/process.ts";
import type { Skip } from "../../contract/world.ts";

/** A person of a server, with an empty home. */
export interface ServerPerson {
  readonly username: string;
  readonly password: string;
  /** The path under which calendars are made. */
  readonly home: string;
  /** A calendar that the person may only read; null where the server has none. */
  readonly readOnly: string | null;
}

/** A running server. */
export interface RunningServer {
  readonly url: string;
  /** A person nobody uses. On a server with one person only, their home is emptied. */
  newPerson(): Promise<ServerPerson>;
  close(): Promise<void>;
}

/** A kind of server. A new one is a file that exports this, and a line in `index.ts`. */
export interface CalendarServer {
  readonly name: string;
  /** The Debian packages that it needs. */
  readonly packages: readonly string[];
  /** Whether `.ci/run` installs it, so that `npm run test:caldav` demands it. */
  readonly always: boolean;
  isInstalled(): boolean;
  /** Whether it keeps the zone that is set for a calendar. */
  readonly keepsZones: boolean;
  /** The contract's tests that it can't take, each with the reason. */
  readonly skips: readonly Skip[];
  /** @throws Error where it doesn't answer in time */
  start(): Promise<RunningServer>;
}

const START_MS = 20_000;

/** Starts a server in a folder of its own, and waits for its first answer. */
export async function startServer(
  name: string,
  run: (folder: string, port: number) => Running,
  asUsual: (server: { folder: string; url: string }) => Pick<RunningServer, "newPerson">,
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `${name.toLowerCase()}-`));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = run(folder, port);
  const close = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(`${name} to answer`, START_MS, async () => (await fetch(url)).status < 500);
  } catch (error) {
    await close();
    throw new Error(`${name} did not start.\n${server.tail()}`, { cause: error });
  }
  return { url, ...asUsual({ folder, url }), close };
}
