// Live: checks the engine against a real account. `npm run live -- google` (outlook, office365, apple, caldav), and
// `npm run live -- compare FILE` for what the simulators answer to the same requests (docs/live.md).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CalendarInUse } from "./live/calendars.ts";
import { type Command, HELP, readCommand } from "./live/command.ts";
import { compare } from "./live/compare.ts";
import { openPlace } from "./live/places.ts";
import { describe } from "./live/report.ts";
import { runLive, Stopped } from "./live/run.ts";
import { reasonOf } from "./live/suite.ts";
import { readTranscript } from "./live/transcript.ts";
import { readOrEnd } from "./local/command-line.ts";

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

async function run({ kind, calendar, only, out }: Extract<Command, { what: "run" }>): Promise<void> {
  const place = await openPlace(kind, {
    env: process.env,
    send: fetch,
    show: (url) => console.log(`Open this page and agree:\n\n${url.href}\n`),
  });
  const { transcript, ...result } = await runLive(place, {
    calendar: calendar === null ? null : place.calendarNamed(calendar),
    isWanted: (name) => name.includes(only),
    stop: stopSignal(),
    tell: ({ name, result, reason }) =>
      console.log(`${result}: ${name}${reason === "" ? "" : ` (${reason})`}`),
  });
  const report = describe(kind, result);
  mkdirSync(out, { recursive: true });
  const path = join(out, `${kind}-${new Date(place.now).toISOString().slice(0, 16).replace(":", "")}`);
  writeFileSync(`${path}.json`, `${JSON.stringify(transcript, null, 1)}\n`);
  writeFileSync(`${path}.txt`, `${report}\n`);
  console.log(`\n${report}\n\nTranscript: ${path}.json. Compare it: npm run live -- compare ${path}.json`);
  if (result.outcomes.some((outcome) => outcome.result === "broken")) process.exitCode = 1;
}

async function main(): Promise<void> {
  const command = readOrEnd(HELP, readCommand);
  if (command.what === "run") return run(command);
  const lines = await compare(readTranscript(readFileSync(command.file, "utf8")));
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
