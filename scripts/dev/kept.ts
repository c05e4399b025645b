// Kept: what `npm run dev -- --keep` goes on with, in a folder that only its owner can read.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSecrets, type Secrets, signToken } from "../local/secrets.ts";
import { freePorts, type LocalStack, type Ports } from "../local/stack.ts";
import type { People } from "./people.ts";

const YEAR_HOURS = 24 * 365;
const SIMULATORS = ["google", "microsoft", "icloud"] as const;

/** What stays the same from run to run. */
export interface Kept {
  readonly secrets: Secrets;
  readonly ports: Ports;
  readonly token: string;
  /** Null before the first run has made them. */
  readonly people: People | null;
}

const fileOf = (folder: string): string => join(folder, "kept.json");

/** Where the database is. */
export const databaseIn = (folder: string): string => join(folder, "database");

/** What the run before kept, or the beginning of it. Ports that are asked for go before kept ones. */
export async function readKept(folder: string, port: number | null): Promise<Kept> {
  mkdirSync(databaseIn(folder), { recursive: true, mode: 0o700 });
  const isThere = existsSync(fileOf(folder));
  const secrets = makeSecrets();
  const kept: Kept = isThere
    ? (JSON.parse(readFileSync(fileOf(folder), "utf8")) as Kept)
    : {
        ...{ secrets, ports: await freePorts(), people: null },
        token: await signToken(secrets, { role: "service", subject: "maraplace", hours: YEAR_HOURS }),
      };
  return port === null ? kept : { ...kept, ports: { ...kept.ports, worker: port } };
}

/** Gives the simulators back what they knew. */
export function restoreSimulators(folder: string, stack: LocalStack): void {
  for (const name of SIMULATORS) {
    const file = join(folder, `${name}.bin`);
    if (existsSync(file)) stack[name].simulator.restore(readFileSync(file));
  }
}

/** Writes down what the next run needs. At once: it is called while the process ends. */
export function keep(folder: string, kept: Kept, stack: LocalStack): void {
  writeKept(folder, kept);
  for (const name of SIMULATORS) {
    writeFileSync(join(folder, `${name}.bin`), stack[name].simulator.save(), { mode: 0o600 });
  }
}

/** Whole or not at all: nobody could open the database with half of its secrets. */
export function writeKept(folder: string, kept: Kept): void {
  const half = `${fileOf(folder)}.new`;
  writeFileSync(half, JSON.stringify(kept), { mode: 0o600 });
  renameSync(half, fileOf(folder));
}
