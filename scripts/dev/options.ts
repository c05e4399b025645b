// Options of `npm run dev`, as they are typed behind `--`.
import { parseArgs } from "node:util";
import { portOf } from "../local/command-line.ts";

/** How to run. */
export interface DevOptions {
  /** The Worker's port; null: a free one, or the one of the run before. */
  readonly port: number | null;
  /** Origins whose scripts may call the API, besides those where front ends usually run. */
  readonly origins: readonly string[];
  /** Go on with the data, the token and the addresses of the run before. */
  readonly keep: boolean;
}

export const USAGE = `npm run dev -- [--port 8787] [--origin http://localhost:4200] [--keep]
  --port N      the Worker's port
  --origin URL  a front end that may call the API; may be repeated. http://localhost:3000 and :5173 may anyway
  --keep        data, token and addresses survive, in .dev/; delete that folder to begin anew`;

/** Where the servers of front ends listen unless told otherwise: Next.js and Vite. */
export const USUAL_ORIGINS: readonly string[] = ["http://localhost:3000", "http://localhost:5173"];

function originOf(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text).origin;
  throw new Error("Send --origin an address like http://localhost:4200.");
}

/**
 * Reads the arguments.
 * @throws Error that says what to do about one that can't be read
 */
export function readDevOptions(args: readonly string[]): DevOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      origin: { type: "string", multiple: true },
      keep: { type: "boolean", default: false },
    },
  });
  return {
    port: values.port === undefined ? null : portOf("--port", values.port),
    origins: (values.origin ?? []).map(originOf),
    keep: values.keep,
  };
}
