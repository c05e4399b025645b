// Starts what `npm run dev` runs: the stack, its people, and what the run before kept of both.
import { connectLink } from "../local/client.ts";
import { assertFree } from "../local/process.ts";
import { API, freePorts, type LocalStack, startStack } from "../local/stack.ts";
import { databaseIn, type Kept, keep, readKept, restoreSimulators, writeKept } from "./kept.ts";
import { linesOf } from "./lines.ts";
import { type DevOptions, USUAL_ORIGINS } from "./options.ts";
import { AGENT, dayAhead, makePeople } from "./people.ts";

const MINUTE_MS = 60_000;

/** A run. */
export interface Dev {
  readonly stack: LocalStack;
  readonly token: string;
  /** What to print: addresses, and lines to paste. */
  readonly text: string;
  /** Writes down what the next run goes on with; nothing unless that was asked for. */
  keep(): void;
  /** Keeps, then ends all parts. */
  stop(): Promise<void>;
}

/** How to run, as tests say it too. */
export interface DevInput extends Omit<DevOptions, "keep"> {
  /** The folder to keep everything in; null: nothing stays. */
  readonly folder: string | null;
  readonly logFile: string;
  readonly watch: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where nothing is kept, a run has all of it anew. */
async function begin({ folder, port }: DevInput): Promise<Partial<Kept> & Pick<Kept, "ports">> {
  const kept = folder === null ? null : await readKept(folder, port);
  const ports = kept?.ports ?? (await freePorts());
  const begun = kept ?? { ports: port === null ? ports : { ...ports, worker: port } };
  for (const taken of Object.values(begun.ports)) await assertFree(taken);
  // A run that ends before its people are made leaves a database that only these secrets open.
  if (folder !== null && kept !== null) writeKept(folder, kept);
  return begun;
}

/**
 * Starts everything.
 * @throws Error that says what to do, where a port is taken
 */
export async function startDev(input: DevInput): Promise<Dev> {
  const { folder } = input;
  const begun = await begin(input);
  const stack = await startStack({
    ports: begun.ports,
    ...(begun.secrets === undefined ? {} : { secrets: begun.secrets }),
    ...(folder === null ? {} : { databaseFolder: databaseIn(folder) }),
    ...{ watch: input.watch, logFile: input.logFile },
    settings: {
      DEBUG_CALENDAR_SYNC: "true",
      ALLOWED_ORIGINS: [...USUAL_ORIGINS, ...input.origins].join(","),
      ...input.settings,
    },
  });
  try {
    if (folder !== null) restoreSimulators(folder, stack);
    const now = Date.now();
    const known = begun.people ?? (await makePeople(stack, now));
    // The empty day of a run long ago has passed by now.
    const people = Date.parse(known.day) > now + MINUTE_MS ? known : { ...known, day: dayAhead(now) };
    const token = begun.token ?? stack.serviceToken;
    const page = await connectLink({
      ...{ apiUrl: stack.worker.url + API, token, agentId: AGENT },
      ...{ minutes: 1_440, singleUse: false },
    });
    const keepNow = () => {
      if (folder !== null) keep(folder, { secrets: stack.secrets, ports: begun.ports, token, people }, stack);
    };
    keepNow();
    return {
      ...{ stack, token, text: linesOf({ stack, token, people, page, logFile: input.logFile, folder }) },
      keep: keepNow,
      async stop() {
        keepNow();
        await stack.stop();
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
