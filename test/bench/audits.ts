// Audits by counts: what it costs to list a large calendar anew and compare it, without and with drift.
import { createClient } from "@libsql/client/web";
import { workerBindings } from "../../scripts/local/secrets.ts";
import type { LocalStack } from "../../scripts/local/stack.ts";
import { readConfig } from "../../src/config.ts";
import { createDeps, type Deps, type Job } from "../../src/deps.ts";
import { runJob } from "../../src/jobs.ts";
import { scalar } from "./checks.ts";
import type { Report } from "./report.ts";
import { isWrite, type Wiretap } from "./wiretap.ts";

/** So many events are forgotten, and as many invented, before the second audit. */
const DRIFTED = 100;

/** The engine in this process, on the stack's database and Google. */
function engineOf(stack: LocalStack, databaseUrl: string, googleOrigin: string): { deps: Deps; jobs: Job[] } {
  const jobs: Job[] = [];
  const config = readConfig(
    workerBindings(stack.secrets, { baseUrl: stack.worker.url, databaseUrl, googleOrigin }),
  );
  const deps = createDeps(config, { send: async (_, sent) => void jobs.push(...sent) }, (work) => void work);
  const silent = () => {};
  return { deps: { ...deps, log: { debug: silent, info: silent, warn: silent, error: silent } }, jobs };
}

/** Audits a calendar that has been synced, then takes rows away and adds others, and audits it again. */
export async function measureAudits(
  report: Report,
  stack: LocalStack,
  proxies: { database: Wiretap; google: Wiretap },
  connectionId: string,
): Promise<void> {
  const { deps } = engineOf(stack, proxies.database.url, proxies.google.url);
  const client = createClient({ url: stack.database.url });
  const rows =
    "SELECT COUNT(*) AS value FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)";
  const cached = Number(await scalar(stack.database.url, rows, [connectionId]));
  const due = "UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15, next_attempt_at = 0 WHERE id = ?";
  const audit = async (name: string) => {
    await client.execute({ sql: due, args: [connectionId] });
    const before = stack.google.simulator.requests.length;
    const startedAt = performance.now();
    const exchanges = await proxies.database.record(() =>
      runJob(deps, { kind: "audit-calendar", connectionId }),
    );
    const ms = performance.now() - startedAt;
    const requests = stack.google.simulator.requests.slice(before).length;
    report.count(`${name}: provider requests`, requests, 6, "2,500 events a page, and the changes");
    report.count(`${name}: database requests`, exchanges.length, 4);
    report.count(`${name}: write transactions`, exchanges.filter(isWrite).length, 3);
    report.show(`${name}: ms`, ms.toFixed(0));
  };
  try {
    const name = `audit of ${cached.toLocaleString("en")} cached events`;
    await audit(name);
    const number = "(SELECT number FROM connections WHERE id = :id)";
    const some = `SELECT event_key FROM busy WHERE connection_number = ${number} AND series_key IS NULL
      GROUP BY event_key ORDER BY MIN(starts_at)`;
    const ghosts = `INSERT INTO busy (agent_number, starts_at, connection_number, event_key, ends_at, status, all_day, generation)
      SELECT agent_number, starts_at, connection_number, 'ghost-' || event_key, ends_at, status, all_day, generation
      FROM busy WHERE connection_number = ${number} AND event_key IN (${some} LIMIT ${DRIFTED} OFFSET ${DRIFTED})`;
    const lost = `DELETE FROM busy WHERE connection_number = ${number} AND event_key IN (${some} LIMIT ${DRIFTED})`;
    await client.execute({ sql: ghosts, args: { id: connectionId } });
    await client.execute({ sql: lost, args: { id: connectionId } });
    const drifted = `the same with ${DRIFTED} events missing and ${DRIFTED} too many`;
    await audit(drifted);
    const found =
      "SELECT missing * 1000 + extra AS value FROM sync_runs WHERE connection_id = ? ORDER BY started_at DESC";
    const wanted = DRIFTED * 1_000 + DRIFTED;
    const run = Number(await scalar(stack.database.url, found, [connectionId]));
    report.count(`${drifted}: not found`, run === wanted ? 0 : 1, 0);
    const left = Number(await scalar(stack.database.url, rows, [connectionId]));
    report.count(`${drifted}: rows not healed`, Math.abs(left - cached), 0);
  } finally {
    client.close();
  }
}
