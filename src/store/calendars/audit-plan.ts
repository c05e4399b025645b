// Audit plan: the SQL by which rounds and doubts set when a calendar's next audit is due.
import { type SQL, sql } from "drizzle-orm";
import { HOUR_MS, type Instant } from "../../domain/instant.ts";
import { numberOfConnection } from "../conditions.ts";
import type { SyncRun } from "./sync-runs.ts";

/** How soon a calendar is audited after something that makes its deltas doubtful. */
const DOUBTFUL_AFTER_MS = HOUR_MS;
/** A delta that names this many events, and half of the calendar or more, may be a listing that says nothing is gone. */
const MANY_EVENTS = 5;

/** What the end of a round stores about audits. */
export type AuditPlan =
  /** The round was no audit. Its calendar gets this due time if it has none yet. */
  | { readonly firstAt: Instant }
  /** The round ended an audit whose listing began at `auditedAt`. */
  | { readonly auditedAt: Instant; readonly nextAt: Instant };

/** SQL for the SET of an update of `connections`: an audit is due soon, because the deltas are doubtful. */
export const auditSoon = (now: Instant): SQL =>
  sql`audit_due_at = MIN(COALESCE(audit_due_at, ${now + DOUBTFUL_AFTER_MS}), ${now + DOUBTFUL_AFTER_MS})`;

/** SQL for the SET of an update of `connections`, at the end of a round. */
export function planAudit(
  plan: AuditPlan,
  run: Pick<SyncRun, "connectionId" | "mode" | "upserts">,
  now: Instant,
): SQL {
  if ("auditedAt" in plan) return sql`audited_at = ${plan.auditedAt}, audit_due_at = ${plan.nextAt}`;
  const planned = sql`COALESCE(audit_due_at, ${plan.firstAt})`;
  if (run.mode !== "delta" || run.upserts < MANY_EVENTS) return sql`audit_due_at = ${planned}`;
  // DAViCal answers a token that it never gave with a listing of all that is there (`docs/providers/caldav.md` C40).
  const rows = sql`(SELECT COUNT(*) FROM (SELECT 1 FROM busy WHERE connection_number = ${numberOfConnection(run.connectionId)}
    LIMIT ${run.upserts * 2 + 1}))`;
  return sql`audit_due_at = IIF(${rows} <= ${run.upserts * 2}, MIN(${planned}, ${now + DOUBTFUL_AFTER_MS}), ${planned})`;
}
