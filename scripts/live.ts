// Live: checks the engine against a real account. `npm run live -- google` (outlook, office365, apple, caldav), and
// `npm run live -- compare FILE` for what the simulators answer to the same requests (docs/live.md).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CalendarInUse } from "./live/calendars.ts";
import { compare } from "./live/compare.ts";
import { KINDS, type Kind, openPlace } from "./live/places.ts";
import { describe } from "./live/report.ts";
import { runLive, Stopped } from "./live/run.ts";
import { reasonOf } from "./live/suite.ts";
import type { Transcript } from "./live/transcript.ts";
import { readOrEnd } from "./local/command-line.ts";

const isKind = (text: string): text is Kind => KINDS.some((kind) => kind === text);

const USAGE = `npm run live -- ${KINDS.join("|")} [--calendar ID] [--only TEXT] [--out FOLDER], or compare FILE`;

const { values, command, file } = readOrEnd(USAGE, (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      calendar: { type: "string" },
      only: { type: "string" },
      out: { type: "string", default: "live" },
    },
  });
  const [command = "", file = ""] = positionals;
  if (command === "compare" ? file === "" : !isKind(command)) {
    throw new Error("Say which provider to ask, or which transcript to compare.");
  }
  return { values, command, file };
});

/** The exit code of a run that was stopped, as of a process that Ctrl-C ended. */
const STOPPED = 130;

/** Aborted by the first Ctrl-C, so that the run can delete what it made. The second one ends the process. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      console.log("\nStopping: deleting what was made.");
      stopping.abort();
    });
  }
  return stopping.signal;
}

async function run(kind: Kind): Promise<void> {
  const place = await openPlace(kind, {
    env: process.env,
    send: fetch,
    show: (url) => console.log(`Open this page and agree:\n\n${url.href}\n`),
  });
  const only = values.only ?? "";
  const { transcript, ...result } = await runLive(place, {
    calendar: values.calendar ?? null,
    isWanted: (name) => name.includes(only),
    stop: stopSignal(),
    tell: ({ name, result, reason }) =>
      console.log(`${result}: ${name}${reason === "" ? "" : ` (${reason})`}`),
  });
  const report = describe(kind, result);
  mkdirSync(values.out, { recursive: true });
  const path = join(values.out, `${kind}-${new Date(place.now).toISOString().slice(0, 16).replace(":", "")}`);
  writeFileSync(`${path}.json`, `${JSON.stringify(transcript, null, 1)}\n`);
  writeFileSync(`${path}.txt`, `${report}\n`);
  console.log(`\n${report}\n\nTranscript: ${path}.json. Compare it: npm run live -- compare ${path}.json`);
  if (result.outcomes.some((outcome) => outcome.result === "broken")) process.exitCode = 1;
}

async function main(): Promise<void> {
  if (isKind(command)) return run(command);
  const lines = await compare(JSON.parse(readFileSync(file, "utf8")) as Transcript);
  console.log(lines.length === 0 ? "No difference." : lines.join("\n"));
}

await main().catch((error: unknown) => {
  if (error instanceof Stopped) {
    console.error(error.message);
    // Requests that are under way would keep the process.
    process.exit(STOPPED);
  }
  // What a server or a library wrote may hold an address. Only words of ours are shown.
  const isOurs = error instanceof CalendarInUse || (error instanceof Error && error.constructor === Error);
  console.error(isOurs ? (error as Error).message : reasonOf(error));
  process.exitCode = 2;
});
