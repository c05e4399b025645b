// Mutate: how strong are the tests? Makes one small mistake in the source, runs the tests that hold it, and lists what
// survives. `npm run mutate -- --room domain --sample 40 --seed 1`. Works in copies, never in this folder. Not in CI.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { countOf, readOrEnd } from "./local/command-line.ts";
import { start } from "./local/process.ts";
import { type Mutant, mutantsOf } from "./mutate/mutants.ts";
import { type Part, ROOMS } from "./mutate/rooms.ts";

/** A run that lasts longer than this many times the unchanged one counts as killed: the mutant never ends. */
const PATIENCE = 4;
const LEAST_PATIENCE_MS = 30_000;
const PARTS_OF_THE_PROJECT = [
  "src",
  "test",
  "scripts",
  "migrations",
  "package.json",
  "tsconfig.json",
  "wrangler.toml",
];

const ROOT = join(import.meta.dirname, "..");
const USAGE = `npm run mutate -- [--room ${Object.keys(ROOMS).join("|")}] [--file TEXT] [--sample 40] [--seed 1] [--copies N]
  --room NAME   one room instead of all
  --file TEXT   only files whose path holds this text
  --sample N    how many mistakes to try in each room
  --seed N      which ones
  --copies N    how many are tried at once`;

const options = readOrEnd(USAGE, (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      room: { type: "string" },
      file: { type: "string", default: "" },
      sample: { type: "string", default: "40" },
      seed: { type: "string", default: "1" },
      copies: { type: "string", default: String(availableParallelism()) },
    },
  });
  const rooms = Object.entries(ROOMS).filter(([name]) => values.room === undefined || values.room === name);
  if (rooms.length === 0) throw new Error(`Send --room one of ${Object.keys(ROOMS).join(", ")}.`);
  const sources = rooms.flatMap(([, parts]) => parts.flatMap((part) => part.sources));
  if (!sources.some((path) => path.includes(values.file)))
    throw new Error(`No file's path holds ${values.file}.`);
  return {
    rooms,
    file: values.file,
    sample: countOf("sample", values.sample),
    seed: countOf("seed", values.seed),
    copies: countOf("copies", values.copies),
  };
});

/** A folder with a copy of the project, in which one mutant at a time is tried. */
type Copy = string;

interface Trial {
  readonly part: Part;
  readonly mutant: Mutant;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function diceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of them, chosen by the seed, in their order. */
function sampleOf<T>(all: readonly T[], size: number, seed: number): T[] {
  const dice = diceOf(seed);
  const chosen = new Set(
    all
      .map((each) => ({ each, draw: dice() }))
      .sort((a, b) => a.draw - b.draw)
      .slice(0, size)
      .map(({ each }) => each),
  );
  return all.filter((each) => chosen.has(each));
}

function makeCopy(): Copy {
  const folder = mkdtempSync(join(tmpdir(), "mutate-"));
  for (const part of PARTS_OF_THE_PROJECT) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Do the part's tests pass in this copy? A run that takes longer than `limitMs` has failed. */
async function passes(folder: Copy, { tests }: Part, limitMs: number): Promise<boolean> {
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const config = join("scripts", "mutate", "vitest.config.ts");
  const words = [
    vitest,
    "run",
    "--root",
    ".",
    "--config",
    config,
    "--bail",
    "1",
    "--reporter",
    "dot",
    ...tests,
  ];
  const env = { ...process.env, TEST_ALL: "1" };
  const run = start(process.execPath, words, { cwd: folder, env });
  const end = new AbortController();
  const tooLong = sleep(limitMs, true, { signal: end.signal }).catch(() => false);
  const late = await Promise.race([run.ended.then(() => false), tooLong]);
  end.abort();
  await run.stop();
  return !late && run.exitCode() === 0;
}

/** Does the copy still fit the types? Then nothing but a test can notice its mutant. */
async function compiles(folder: Copy): Promise<boolean> {
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  const run = start(process.execPath, [tsc, "--noEmit", "-p", join("scripts", "mutate")], { cwd: folder });
  await run.ended;
  return run.exitCode() === 0;
}

/** Does the mutant pass the part's tests, and fit the types? */
async function survives(copy: Copy, { part, mutant }: Trial, limitMs: number): Promise<boolean> {
  const file = join(copy, mutant.path);
  const original = readFileSync(file, "utf8");
  writeFileSync(file, original.slice(0, mutant.start) + mutant.replacement + original.slice(mutant.end));
  try {
    return (await passes(copy, part, limitMs)) && (await compiles(copy));
  } finally {
    writeFileSync(file, original);
  }
}

const inOneLine = (text: string): string => text.replaceAll(/\s+/g, " ") || "(nothing)";
const describe = ({ path, line, original, replacement }: Mutant): string =>
  `${path}:${line}  ${inOneLine(original)}  =>  ${inOneLine(replacement)}`;

/**
 * How long a mutant of each part may take.
 * @throws Error when the unchanged tests of a part fail, or the unchanged project doesn't fit its types
 */
async function limitsOf(copy: Copy, parts: readonly Part[]): Promise<Map<Part, number>> {
  if (!(await compiles(copy)))
    throw new Error("the unchanged project doesn't fit its types: see npm run typecheck");
  const limits = new Map<Part, number>();
  for (const part of parts) {
    const startedAt = Date.now();
    if (!(await passes(copy, part, 30 * 60_000)))
      throw new Error(`the unchanged tests fail: ${part.tests.join(" ")}`);
    limits.set(part, Math.max(LEAST_PATIENCE_MS, PATIENCE * (Date.now() - startedAt)));
  }
  return limits;
}

async function mutateRoom(name: string, parts: readonly Part[], copies: readonly Copy[]): Promise<void> {
  const all = parts.flatMap((part) =>
    part.sources
      .filter((path) => path.includes(options.file))
      .flatMap((path) => mutantsOf(path, readFileSync(join(ROOT, path), "utf8")))
      .map((mutant): Trial => ({ part, mutant })),
  );
  const trials = sampleOf(all, options.sample, options.seed);
  const [first] = copies;
  if (first === undefined || trials.length === 0) return;
  const limits = await limitsOf(first, [...new Set(trials.map(({ part }) => part))]);
  const waiting = [...trials];
  let survivors = 0;
  const work = async (copy: Copy): Promise<void> => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const survived = await survives(copy, trial, limits.get(trial.part) ?? LEAST_PATIENCE_MS);
      if (survived) survivors += 1;
      console.log(`  ${survived ? "survived" : "killed  "}  ${describe(trial.mutant)}`);
    }
  };
  await Promise.all(copies.map(work));
  const killed = trials.length - survivors;
  const share = Math.round((100 * killed) / trials.length);
  console.log(`${name}: ${killed} of ${trials.length} killed (${share} %), of ${all.length} possible`);
}

const copies = Array.from({ length: options.copies }, makeCopy);
for (const [name, parts] of options.rooms) await mutateRoom(name, parts, copies);
