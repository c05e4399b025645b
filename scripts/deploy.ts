// `npm run deploy`: deploys both Workers, the one that the other calls first. Both get the arguments:
// `npm run deploy -- --dry-run`.
import { spawnSync } from "node:child_process";
import { CONFIGS } from "./local/worker.ts";

for (const config of CONFIGS.toReversed()) {
  const words = ["deploy", "--minify", `--config=${config}`, ...process.argv.slice(2)];
  const { status } = spawnSync("wrangler", words, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
