// `npm run dev`: starts all parts on this machine, and prints commands to try them by hand.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readDevOptions, USAGE } from "./dev/options.ts";
import { startDev } from "./dev/start.ts";
import { readOrEnd } from "./local/command-line.ts";

const MINUTE_MS = 60_000;
const KEPT = resolve(import.meta.dirname, "../.dev");

const { keep, ...options } = readOrEnd(USAGE, readDevOptions);
const dev = await startDev({
  ...options,
  folder: keep ? KEPT : null,
  logFile: join(await mkdtemp(join(tmpdir(), "calendar-sync-log-")), "worker.log"),
  watch: true,
});
process.on("exit", dev.keep);
console.log(dev.text);

// wrangler dev never fires crons by itself.
setInterval(() => {
  dev.keep();
  dev.stack.worker
    .cron("* * * * *")
    .catch((error: unknown) => console.error("The cron failed:", String(error)));
}, MINUTE_MS);
