// Child processes: each in a process group of its own, so that all of it ends when this process ends.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A running child and the last of what it printed. */
export interface Running {
  readonly pid: number;
  /** Resolves when the child itself has ended. */
  readonly ended: Promise<void>;
  /** Null while it runs and when a signal ended it. */
  exitCode(): number | null;
  /** The last lines printed, for error messages. */
  tail(): string;
  /** Ends the whole group at once with SIGKILL, like a crash. */
  kill9(): Promise<void>;
  /** Asks the whole group to end, and ends it with SIGKILL when it hasn't after two seconds. */
  stop(): Promise<void>;
}

const TAIL_LINES = 60;
const GRACE_MS = 2_000;

const groups = new Set<number>();

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

/** Does any process of the group still run? */
function isAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

function endAll(): void {
  for (const pid of groups) signalGroup(pid, "SIGKILL");
}

let guarded = false;
/** Children in groups of their own don't see our Ctrl-C: pass every end of ours on to them. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.on("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(signal === "SIGINT" ? 130 : 143));
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 20) {
    if (!isAlive(pid)) return true;
    await sleep(20);
  }
  return !isAlive(pid);
}

/**
 * Starts a command in a process group of its own.
 * @param options.logFile also write everything it prints to this file
 */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; logFile?: string } = {},
): Running {
  guard();
  const child: ChildProcess = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started.`);
  groups.add(pid);
  const lines: string[] = [];
  const log = options.logFile === undefined ? null : createWriteStream(options.logFile, { flags: "a" });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log?.write(chunk);
      lines.push(...chunk.toString("utf8").split("\n"));
      lines.splice(0, Math.max(0, lines.length - TAIL_LINES));
    });
  }
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.on("error", (error) => lines.push(String(error)));
  const endGroup = async (signal: NodeJS.Signals) => {
    signalGroup(pid, signal);
    if (!(await gone(pid, GRACE_MS))) {
      signalGroup(pid, "SIGKILL");
      await gone(pid, GRACE_MS);
    }
    groups.delete(pid);
    log?.end();
  };
  return {
    pid,
    ended,
    exitCode: () => child.exitCode,
    tail: () => lines.join("\n"),
    kill9: () => endGroup("SIGKILL"),
    stop: () => endGroup("SIGTERM"),
  };
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}

/** @throws Error that says what to do where somebody listens on the port of 127.0.0.1 */
export async function assertFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
  } catch (error) {
    throw new Error(`Port ${port} is taken. End what listens there, or choose another one with --port.`, {
      cause: error,
    });
  }
  await new Promise((resolve) => server.close(resolve));
}

/**
 * Repeats a question until it is answered.
 * @param ask null or false: not yet; throwing counts as not yet too
 * @throws Error naming `what` when the deadline passes
 */
export async function waitFor<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | null | false> | T | null | false,
  everyMs = 25,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last: unknown = null;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`Waited ${withinMs} ms in vain for ${what}.`, { cause: last });
}
