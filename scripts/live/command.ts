// Command: what the live kit is asked to do, by the words of its command line.
import { parseArgs } from "node:util";
import { contractCases } from "../../test/contract/provider.ts";
import { KINDS, type Kind } from "./places.ts";

/** How the kit is called. */
export const HELP = `npm run live -- ${KINDS.join("|")} [--calendar ID] [--only TEXT] [--out FOLDER]
    checks the engine against a real account, with credentials from the environment
npm run live -- compare FILE
    puts the requests of a transcript to the simulators, and says where they answer otherwise

--calendar ID    uses this calendar instead of making one. It must be empty
--only TEXT      runs the rules whose names hold the text
--out FOLDER     where report and transcript go; by default live/

docs/live.md says which variables of the environment are read.`;

export type Command =
  | { readonly what: "compare"; readonly file: string }
  | {
      readonly what: "run";
      readonly kind: Kind;
      /** The id of an empty calendar; null: one is made. */
      readonly calendar: string | null;
      readonly only: string;
      readonly out: string;
    };

const isKind = (text: string): text is Kind => KINDS.some((kind) => kind === text);

/**
 * @param args the words after `npm run live --`
 * @throws Error that says what is wrong with them
 */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      calendar: { type: "string" },
      only: { type: "string", default: "" },
      out: { type: "string", default: "live" },
    },
  });
  const [command = "", file, ...more] = positionals;
  if (command === "compare") {
    if (file === undefined || more.length > 0) throw new Error("Name one transcript to compare.");
    if (args.length > 2) throw new Error("compare takes no options.");
    return { what: "compare", file };
  }
  if (!isKind(command)) throw new Error(command === "" ? "Name a provider." : `There is no ${command} here.`);
  if (file !== undefined) throw new Error(`${file} isn't expected after ${command}.`);
  const { calendar, only, out } = values;
  if (calendar?.trim() === "") throw new Error("--calendar needs the id of a calendar.");
  if (!contractCases().some(({ name }) => name.includes(only)))
    throw new Error(`No rule's name holds ${only}.`);
  return { what: "run", kind: command, calendar: calendar ?? null, only, out };
}
