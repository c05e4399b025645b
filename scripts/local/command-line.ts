// Command lines: what is typed behind the `--` of a script.

/** The exit code of a command that was called wrongly. */
const MISUSED = 2;

/**
 * Reads a command line. Where that throws, or where help is asked for, it prints how the command is used and ends the
 * process.
 */
export function readOrEnd<T>(usage: string, read: (args: readonly string[]) => T): T {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(MISUSED);
  }
}

/**
 * The value of an option that is a whole number above 0.
 * @throws Error that says what to do
 */
export function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`Send --${option} a whole number above 0.`);
}
