// Shell lines of documents, as a reader pastes them.
import { execFile } from "node:child_process";

/** The lines of a Markdown section's `sh` blocks. */
export function shellOf(markdown: string, heading: string): string {
  const from = markdown.indexOf(`\n## ${heading}\n`);
  if (from < 0) throw new Error(`There is no section "${heading}".`);
  const to = markdown.indexOf("\n## ", from + 1);
  const section = markdown.slice(from, to < 0 ? undefined : to);
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = ""]) => lines).join("\n");
}

/** The paragraphs of a printed text that are commands. */
export const pastedOf = (text: string): string =>
  text
    .split(/\n{2,}/)
    .filter((paragraph) => /^(?:curl |export |URL=)/.test(paragraph))
    .join("\n\n");

/** What a shell answered. */
export interface Ran {
  readonly code: number;
  readonly out: string;
}

/** Every command must succeed, and every answer of curl's must be one of success. */
const STRICT = `set -euo pipefail
curl() { command curl --fail-with-body "$@"; printf '\\n' >&2; }
`;

/** Runs a program to its end, with what it printed. */
export const run = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> =>
  new Promise((resolve) => {
    const { cwd, env } = options;
    const settings = {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      timeout: 120_000,
    };
    execFile(command, args, settings, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: stdout + stderr });
    });
  });

/** Runs lines one after the other in one shell, and stops at the first that fails. */
export const runLines = (lines: string): Promise<Ran> => run("bash", ["-c", STRICT + lines]);
