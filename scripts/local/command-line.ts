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
    const message = error instanceof Error ? error.message : String(error);
    // What Node says of an unknown word goes on with how to write a program.
    console.error(
      `${message.replace(/^(Un(?:known option|expected argument) '[^']*')\. .*$/s, "$1.")}\n\n${usage}`,
    );
    return process.exit(MISUSED);
  }
}

/**
 * The number of a port.
 * @param option as it is typed, or the name of a variable
 * @throws Error that says what to do
 */
export function portOf(option: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`Send ${option} a number from 1 to 65535.`);
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
