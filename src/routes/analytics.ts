// Analytics: what syncs and deliveries did over a range of time.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { DAY_MS, formatInstant } from "../domain/instant.ts";
import { interval } from "../domain/interval.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { Count, DurationMs, MaybeAgentId, Time, TimeText, timeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { query } from "../http/validate.ts";
import { readAnalytics } from "../sync/analytics.ts";

const DEFAULT_RANGE_MS = 30 * DAY_MS;

const Analytics = z
  .strictObject({
    days: z
      .strictObject({
        from: TimeText.describe("Where they begin."),
        to: TimeText.describe("Where they end."),
      })
      .describe("The whole UTC days by which syncs and audits are counted: each day that the range touches."),
    syncs: z
      .strictObject({
        total: Count.describe("All of them."),
        unchanged: Count.describe("Pulls and rolls of the window that found nothing new."),
        failed: Count,
        failedByKind: z.record(z.string(), Count).describe("How many failed, by the kind of failure."),
        snapshots: Count.describe("Pulls that read everything."),
        deltas: Count.describe("Pulls that read only changes."),
        rolls: Count.describe("Rolls of the window."),
        upserts: Count,
        removals: Count,
        medianMs: DurationMs.nullable().describe("Half of them took no longer. To within 9 %."),
        p95Ms: DurationMs.nullable().describe("95 of 100 took no longer. To within 9 %."),
      })
      .describe("Pulls and rolls."),
    audits: z
      .strictObject({
        total: Count.describe("All of them."),
        failed: Count,
        missing: Count.describe("Events whose busy time we didn't know: it could have been sold."),
        extra: Count.describe(
          "Events that were no longer there and still made the agent busy: sales were lost.",
        ),
      })
      .describe("Calendars listed anew and compared with what we knew."),
    deliveries: z
      .strictObject({
        delivered: Count.describe("Calendars that show the booking as it is."),
        pending: Count.describe("Calendars that don't yet, and are tried."),
        failed: Count,
      })
      .describe("Bookings of the range, in each calendar that receives them."),
    bookings: z
      .strictObject({
        confirmed: Count.describe("Confirmed ones."),
        cancelled: Count.describe("Cancelled ones."),
      })
      .describe("Bookings that start in the range."),
    connections: z.array(
      z.strictObject({
        connectionId: z.string(),
        syncs: Count.describe("Its pulls and rolls."),
        failed: Count,
        lastSyncAt: TimeText.nullable().describe("When a sync last ended; null: never."),
        auditedAt: TimeText.nullable().describe("null: never."),
        missing: Count.describe("Events whose busy time its audits found missing."),
        extra: Count.describe("Events that its audits found to be no longer there."),
      }),
    ),
  })
  .meta({ id: "Analytics" });

const analytics = operation({
  id: "readAnalytics",
  method: "get",
  path: "/analytics",
  tag: "Operations",
  summary: "Syncs, failures, latency and deliveries of an agent",
  description: "Syncs are counted by whole UTC days and remembered for 30 days.",
  access: "bearer",
  query: z.strictObject({
    agentId: MaybeAgentId,
    from: Time.optional().describe("30 days before the end, unless sent."),
    to: Time.optional().describe("Now, unless sent."),
  }),
  answers: { 200: { description: "The counts", schema: Analytics } },
  errors: ["forbidden", "invalid_time", "database_unavailable"],
});

export const analyticsOperations = [analytics];

/** The route of analytics. */
export const analyticsRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(analytics.path, auth.bearer, query(analytics.query), async (c) => {
    const input = c.req.valid("query");
    const to = input.to ?? deps.now();
    const range = interval(input.from ?? to - DEFAULT_RANGE_MS, to);
    const agentId = agentFor(c.get("caller"), input.agentId);
    const view = await readAnalytics(deps, { agentId, from: range.startsAt, to: range.endsAt });
    const connections = view.connections.map((connection) => ({
      ...connection,
      lastSyncAt: timeText(connection.lastSyncAt),
      auditedAt: timeText(connection.auditedAt),
    }));
    const days = { from: formatInstant(view.days.from), to: formatInstant(view.days.to) };
    return c.json({ ...view, days, connections });
  });
