// The daily purge of very many rows while bookings go on: how large its writes are, and how long bookings wait.

import { runCron } from "../../../src/cron.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/instant.ts";
import { NO_RULES } from "../../../src/domain/rules.ts";
import { runJob } from "../../../src/jobs.ts";
import { placeHoldRow } from "../../../src/store/bookings/holds.ts";
import { PIECE_ROWS } from "../../../src/store/old-rows.ts";
import { type Report, sampleOf } from "../report.ts";
import { startUpkeepEngine, type UpkeepEngine } from "./engine.ts";

/** 3,000,000 take some minutes to fill: `ROWS=3000000 npm run bench -- --scale`. */
const ROWS = Number(process.env["ROWS"] ?? 300_000);
const PAUSE_MS = 20;

async function fill({ deps, client, copy }: UpkeepEngine): Promise<void> {
  const at = deps.now() - 60 * DAY_MS;
  await client.execute({
    sql: `INSERT INTO sync_runs (id, agent_id, connection_id, mode, outcome, pages, upserts, removals, started_at,
      finished_at) VALUES ('run', 'a', 'model', 'delta', 'ok', 1, 0, 0, ?, ?)`,
    args: [at, at],
  });
  const agents = { agent_id: "'agent-' || (i % 1000)", connection_id: "'c-' || (i % 1000)" };
  await copy("sync_runs", "run", ROWS, { id: "'run-' || i", started_at: "t.started_at + i", ...agents });
}

/** One guarded sale after the other, until `done`; each takes what a booking's own batch takes. */
async function sell({ deps }: UpkeepEngine, done: () => boolean): Promise<number[]> {
  const waits: number[] = [];
  const first = deps.now() + DAY_MS;
  while (!done()) {
    const slot = { startsAt: first + waits.length * HOUR_MS, endsAt: first + (waits.length + 1) * HOUR_MS };
    const startedAt = performance.now();
    await placeHoldRow(deps.db, {
      hold: {
        agentId: "a",
        holdId: `hold-${waits.length}`,
        expiresAt: slot.endsAt,
        rules: NO_RULES,
        ...slot,
      },
      writeId: crypto.randomUUID(),
      guard: { verifiedSince: 0, excused: [], checked: null, force: true, past: false },
      reach: slot,
      now: deps.now(),
    });
    waits.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return waits;
}

/** Purges so many old syncs by the daily cron and its jobs, while somebody sells one hour after the other. */
export async function measurePurge(report: Report): Promise<void> {
  report.section(`The purge of ${ROWS.toLocaleString("en")} old rows while bookings go on`);
  const engine = await startUpkeepEngine();
  try {
    await fill(engine);
    let over = false;
    const selling = sell(engine, () => over);
    const startedAt = performance.now();
    let runs = 0;
    const costs = await engine.costs(async () => {
      await runCron(engine.deps, "17 3 * * *");
      for (runs = 1; engine.jobs.length > 0; runs += 1) {
        for (const job of engine.jobs.splice(0)) if (job.kind === "purge") await runJob(engine.deps, job);
      }
    });
    const ms = performance.now() - startedAt;
    over = true;
    const waits = sampleOf(await selling);
    // Its own rows read in order, and the same rows once more for the deletion.
    const largest = Math.max(
      ...costs.filter(({ sql }) => /DELETE FROM sync_runs/.test(sql)).map(({ rowsRead }) => rowsRead),
    );
    const left = await engine.run("SELECT COUNT(*) FROM sync_runs WHERE id LIKE 'run%'");
    report.count("rows left", left, 0, "e298953: all, from the day on that one write takes too long");
    report.count("rows read by the largest write", largest, PIECE_ROWS * 5, `${PIECE_ROWS} deleted at most`);
    report.show("runs of the purge", String(runs), `${ms.toFixed(0)} ms`);
    const text = `${waits.median.toFixed(0)} (${waits.min.toFixed(0)}-${waits.max.toFixed(0)})`;
    report.show(
      "a sale meanwhile waited, ms",
      text,
      `must stay below 1,000; ${waits.max < 1_000 ? "it did" : "it did NOT"}`,
    );
  } finally {
    await engine.stop();
  }
}
