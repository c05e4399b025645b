// Sweep: finds all work that is due, page by page, and sends jobs for it. It does none of the work itself.
import type { Deps, Job, Lane } from "../deps.ts";
import {
  type DueCalendar,
  type DueConnection,
  findDueAudits,
  findDueConnections,
  findRetiring,
  markConnectionsSent,
  postponeAudits,
  postponeRetiring,
} from "../store/calendars/due-connections.ts";
import {
  type FoundDelivery,
  findDueDeliveries,
  markDeliveriesSent,
} from "../store/deliveries/due-deliveries.ts";
import { findDueErasures, markErasuresSent } from "../store/erasure/erasures.ts";

/** The rows of one page. */
const PAGE = 1_000;
/**
 * The most jobs and pages of one search: a Worker may send so many requests, and a batch of messages holds so many jobs
 * (`docs/providers/cloudflare-turso.md` 1.6). The next minute finds the rest.
 */
const JOBS = 50_000;
const PAGES = 100;
/** The most audits of one sweep: each lists a whole calendar. A million calendars have their turn in a week. */
const AUDITS = 100;

/** One kind of search for due work. Every row that `find` answers is marked, so that the next page holds others. */
interface Search<Row> {
  readonly lane: Lane;
  /** The most jobs of one sweep. */
  readonly most: number;
  find(input: { now: number; limit: number }): Promise<Row[]>;
  jobsOf(rows: readonly Row[]): Job[];
  /** No sweep finds these rows for a while. */
  mark(rows: readonly Row[], now: number): Promise<void>;
}

/**
 * Sends all that this search finds, and returns how much that was. Jobs are sent before their rows are marked: whatever
 * goes wrong in between sends a job twice, and none is lost.
 */
async function sendAll<Row>(deps: Deps, { lane, most, ...search }: Search<Row>): Promise<number> {
  const now = deps.now();
  const limit = Math.min(PAGE, most);
  let sent = 0;
  for (let page = 0; page < PAGES && sent < most; page += 1) {
    const rows = await search.find({ now, limit });
    if (rows.length === 0) break;
    const jobs = search.jobsOf(rows);
    if (jobs.length > 0) await deps.queue.send(lane, jobs);
    await search.mark(rows, now);
    sent += jobs.length;
    if (rows.length < limit) break;
  }
  return sent;
}

/**
 * Sends jobs for all calendars, channels and deliveries with due work. A search that fails is logged and stops no
 * other.
 */
export async function sendDueJobs(deps: Deps): Promise<Record<Lane, number>> {
  const sent: Record<Lane, number> = { urgent: 0, background: 0 };
  const run = async <Row>(what: string, search: Search<Row>) => {
    try {
      sent[search.lane] += await sendAll(deps, search);
    } catch (error) {
      deps.log.error("sweep.failed", { what, error: error instanceof Error ? error.name : "unknown" });
    }
  };
  await run("deliveries", deliveriesToWrite(deps));
  await run("reconciliations", deliveriesToReconcile(deps));
  await run("connections", connectionsWithWork(deps));
  await run("retiring_channels", channelsToClose(deps));
  await run("audits", calendarsToAudit(deps));
  await run("erasures", erasures(deps));
  return sent;
}

/**
 * One delivery of each calendar. The next one has its turn when the first has ended, so a calendar with thousands of
 * them doesn't keep the others waiting.
 */
function deliveriesToWrite({ db }: Deps): Search<FoundDelivery> {
  const served = new Set<string>();
  return {
    ...{ lane: "urgent", most: JOBS },
    find: (input) => findDueDeliveries(db, { toDo: "write", ...input }),
    jobsOf: (rows) =>
      rows.flatMap(({ connectionId, bookingId, ready }): Job[] => {
        if (!ready || served.has(connectionId)) return [];
        served.add(connectionId);
        return [{ kind: "deliver", connectionId, bookingId }];
      }),
    mark: (found, now) => markDeliveriesSent(db, { toDo: "write", found, now }),
  };
}

const deliveriesToReconcile = ({ db }: Deps): Search<FoundDelivery> => ({
  ...{ lane: "urgent", most: JOBS },
  find: (input) => findDueDeliveries(db, { toDo: "reconcile", ...input }),
  jobsOf: (rows) =>
    rows.flatMap(({ connectionId, bookingId, ready }): Job[] =>
      ready ? [{ kind: "look-at-copy", connectionId, bookingId }] : [],
    ),
  mark: (found, now) => markDeliveriesSent(db, { toDo: "reconcile", found, now }),
});

/** The work of a connection, in this order. */
const OF_CONNECTIONS = ["pull", "open-channel", "close-connection", "roll-window"] as const;

const connectionsWithWork = ({ db }: Deps): Search<DueConnection> => ({
  ...{ lane: "background", most: JOBS },
  find: (input) => findDueConnections(db, input),
  jobsOf: (rows) =>
    OF_CONNECTIONS.flatMap((kind) =>
      rows.filter(({ due }) => due[kind]).map(({ id }): Job => ({ kind, connectionId: id })),
    ),
  mark: (rows, now) => markConnectionsSent(db, rows, now),
});

const channelsToClose = ({ db }: Deps): Search<DueCalendar> => ({
  ...{ lane: "background", most: JOBS },
  find: (input) => findRetiring(db, input),
  jobsOf: (rows) => {
    const ids = new Set(rows.flatMap(({ connectionId, ready }) => (ready ? [connectionId] : [])));
    return [...ids].map((connectionId): Job => ({ kind: "open-channel", connectionId }));
  },
  mark: (rows, now) => postponeRetiring(db, rows, now),
});

const calendarsToAudit = ({ db }: Deps): Search<DueCalendar> => ({
  ...{ lane: "background", most: AUDITS },
  find: (input) => findDueAudits(db, input),
  jobsOf: (rows) =>
    rows.flatMap(({ connectionId, ready }): Job[] =>
      ready ? [{ kind: "audit-calendar", connectionId }] : [],
    ),
  mark: (rows, now) => postponeAudits(db, rows, now),
});

const erasures = ({ db }: Deps): Search<{ readonly id: string }> => ({
  ...{ lane: "background", most: JOBS },
  find: (input) => findDueErasures(db, input),
  jobsOf: (rows) => rows.map(({ id }): Job => ({ kind: "erase-agent", erasureId: id })),
  mark: (rows, now) => markErasuresSent(db, rows, now),
});
