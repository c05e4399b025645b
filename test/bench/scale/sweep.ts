// The sweep among many calendars, by counts: what it finds, what it reads for it, and what it sends twice.
import { sweep } from "../../../src/cron.ts";
import { HOUR_MS } from "../../../src/domain/instant.ts";
import { SENT_MS } from "../../../src/store/due.ts";
import type { Report } from "../report.ts";
import { startUpkeepEngine, type UpkeepEngine } from "./engine.ts";

const IDLE = 170_000;
const HINTED = 4_000;
const TIMED = 6_000;
/** Accounts that wait for consent: everything of their calendars is due, and nothing can be done about it. */
const DEAD = 20_000;

async function fill({ deps, copy }: UpkeepEngine): Promise<void> {
  const now = deps.now();
  const named = (name: string) => ({ id: `'${name}-' || i`, calendar_id: `'${name}-' || i` });
  const later = String(now + 2 * HOUR_MS);
  const calm = {
    poll_due_at: `${later} + i`,
    roll_due_at: later,
    audit_due_at: later,
    channel_due_at: later,
  };
  await copy("connections", "model", IDLE, { ...calm, ...named("idle") });
  await copy("connections", "model", HINTED, { ...calm, ...named("hinted"), dirty: "t.clean + 1" });
  await copy("connections", "model", TIMED, { ...calm, ...named("timed"), poll_due_at: `${now} - i` });
  await copy("connections", "model", DEAD, {
    ...named("dead"),
    ...{ dirty: "t.clean + 1", poll_due_at: "0", roll_due_at: "0", audit_due_at: "0", channel_due_at: later },
    ...{ next_attempt_at: String(now + HOUR_MS), failures: "5", failure_kind: "'reauth'" },
  });
}

/** Sweeps a database of 200,000 calendars, of which 5 % are due and 10 % belong to dead grants. */
export async function measureSweep(report: Report): Promise<void> {
  report.section("The sweep among 200,000 calendars, 10,000 of them due, 20,000 of dead grants");
  const engine = await startUpkeepEngine();
  const due = HINTED + TIMED;
  const run = async () => {
    const startedAt = performance.now();
    const costs = await engine.costs(() => sweep(engine.deps));
    const read = (kind: RegExp) =>
      costs.filter(({ sql }) => kind.test(sql)).reduce((sum, { rowsRead }) => sum + rowsRead, 0);
    const written = costs.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
    const ms = performance.now() - startedAt;
    return {
      jobs: engine.jobs.splice(0),
      searched: read(/^\s*SELECT/),
      marked: read(/^\s*UPDATE/),
      written,
      ms,
    };
  };
  try {
    await fill(engine);
    // A dead grant's audit moves out of reach when a sweep meets it: once, a hundred a page.
    await engine.run("UPDATE connections SET audit_due_at = next_attempt_at WHERE next_attempt_at > 0");
    const first = await run();
    const pulls = new Set(first.jobs.flatMap((job) => (job.kind === "pull" ? [job.connectionId] : [])));
    report.count("due calendars not found by one sweep", due - pulls.size, 0, "e298953: 9,500");
    report.count("jobs sent beyond that", first.jobs.length - pulls.size, 0);
    report.count("rows read by the searches", first.searched, Math.floor(due * 1.1), "due + 10 %");
    report.show("rows read and written by the marks", `${first.marked}, ${first.written}`);
    report.show("ms", first.ms.toFixed(0));
    const second = await run();
    report.count("jobs of the next sweep, before those had time", second.jobs.length, 0, "e298953: 500");
    report.count("rows read by the next sweep", second.searched + second.marked, Math.floor(due * 0.1));
    await engine.run("UPDATE connections SET dirty = dirty + 1 WHERE id LIKE 'timed-1__'");
    const hinted = await run();
    report.count("new hints among what was sent, not found", 100 - hinted.jobs.length, 0);
    engine.wait(SENT_MS);
    const again = await run();
    report.count("lost messages not made good after their time", due - again.jobs.length, 0);
  } finally {
    await engine.stop();
  }
}
