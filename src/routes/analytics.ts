// Analytics: what syncs, deliveries, bookings and refusals were over a range of time.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { DAY_MS, formatDay, formatInstant, MINUTE_MS } from "../domain/instant.ts";
import { interval } from "../domain/interval.ts";
import { LOSS_REASONS } from "../domain/lost-sales.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { Count, DurationMs, MaybeAgentId, Time, TimeText, timeText } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { query } from "../http/validate.ts";
import { type AnalyticsView, readAnalytics } from "../sync/analytics.ts";
import { Explanation, explanationOf } from "./explanation-wire.ts";

const DEFAULT_RANGE_MS = 30 * DAY_MS;
const MAX_RANGE_DAYS = 400;
/** A year beside the one before it. Everything since `from` is read through. */
const MAX_DAYS_BACK = 800;

const byState = {
  confirmed: Count.describe("Confirmed ones."),
  cancelled: Count.describe("Cancelled ones."),
};

/** Bookings are sold two years ahead at most, and by force longer ago than they are. */
const Hours = z.number().min(-100_000).max(100_000).nullable();

/** In the week in which the clocks go back it is longer. */
const WeekMinutes = z
  .number()
  .min(0)
  .max(7 * 24 * 60 + 180);

const Week = z.strictObject({
  from: TimeText.describe("Where it begins."),
  to: TimeText.describe("Where it ends."),
  openMinutes: WeekMinutes.describe("In which the agent takes bookings, by the settings as they are now."),
  bookedMinutes: WeekMinutes.describe("The part of it that confirmed bookings take."),
  share: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe("bookedMinutes of openMinutes, from 0 to 1. null: nothing is open."),
});

const LostSales = z
  .strictObject({
    total: Count.describe("All of them."),
    byReason: z.partialRecord(z.enum(LOSS_REASONS), Count).describe("How many, by the reason."),
    days: z
      .array(
        z.strictObject({
          date: z.iso.date().describe("The agent's day on which they were refused."),
          reason: z.enum(LOSS_REASONS).describe("Why."),
          count: Count.describe("How many."),
        }),
      )
      .describe("How many, by day and reason."),
  })
  .describe(
    "Bookings and holds that were refused, by the agent's days that the range touches. taken: something stood in " +
      "the calendars or among the bookings. unverified: a calendar couldn't be verified in time. full: the most for " +
      "a day or week was reached. past, closed, hours, horizon, notice, full: nothing known stood there; of several " +
      "rules the first counts. A booking or hold of one id counts once a day and reason, however often it is asked " +
      "for. One of several agents counts for each of them, where none could be had. Nothing of who asked is kept, and " +
      "the numbers are remembered for 30 days. A refused move isn't counted.",
  );

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
        reasons: z
          .array(
            z.strictObject({
              reason: z.string().describe("The code."),
              count: Count.describe("How many."),
              explanation: Explanation.describe("The reason in words."),
            }),
          )
          .describe("Why some aren't delivered, the most frequent reason first."),
      })
      .describe("Of the bookings that were sold in the range, as they stand now."),
    bookings: z
      .strictObject(byState)
      .describe("Sold in the range, whenever the appointment is, by their state now."),
    happened: z
      .strictObject({
        sold: Count.describe("Bookings that were sold."),
        moved: Count.describe("Bookings that were moved."),
        cancelled: Count.describe("Bookings that were cancelled."),
      })
      .describe("Bookings by when it happened. One that moved several times counts by its last move."),
    appointments: z
      .strictObject({ ...byState, upcoming: Count.describe("Confirmed, and after the range.") })
      .describe("Bookings by when the appointment starts."),
    utilisation: z
      .strictObject({ timeZone: z.string(), weeks: z.array(Week).describe("The weeks, in their order.") })
      .describe("The agent's weeks that the range touches, from Monday to Sunday, each as a whole."),
    leadTime: z
      .strictObject({
        medianHours: Hours.describe("Half of them came later."),
        p10Hours: Hours.describe("A tenth came later."),
        p90Hours: Hours.describe("A tenth came earlier."),
        groups: z
          .array(
            z.strictObject({
              fromHours: Count.describe("So many hours or more."),
              toHours: Count.nullable().describe("Fewer than so many; null: no limit."),
              count: Count.describe("How many bookings."),
            }),
          )
          .describe("The bookings by how long before they were sold."),
      })
      .describe(
        "From the sale to the appointment, for the bookings sold in the range. null: there was none.",
      ),
    lostSales: LostSales,
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
  summary: "Syncs, deliveries, bookings, utilisation and lost sales of an agent",
  description:
    "Syncs are counted by whole UTC days and remembered for 30 days. Bookings are counted twice: by when something " +
    "happened to them (bookings, happened, leadTime), and by when their appointment is (appointments, utilisation).",
  access: "bearer",
  query: z.strictObject({
    agentId: MaybeAgentId,
    from: Time.optional().describe(
      `30 days before the end, unless sent. ${MAX_RANGE_DAYS} days before the end at most, and ${MAX_DAYS_BACK} days ago.`,
    ),
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
    if (range.endsAt - range.startsAt > MAX_RANGE_DAYS * DAY_MS) {
      throw new EngineError("invalid_time", `Ask for ${MAX_RANGE_DAYS} days at most.`);
    }
    if (range.startsAt < deps.now() - MAX_DAYS_BACK * DAY_MS) {
      throw new EngineError("invalid_time", `Let "from" be ${MAX_DAYS_BACK} days ago at most.`);
    }
    const agentId = agentFor(c.get("caller"), input.agentId);
    return c.json(toWire(await readAnalytics(deps, { agentId, from: range.startsAt, to: range.endsAt })));
  });

function toWire(view: AnalyticsView): z.input<typeof Analytics> {
  const { days, deliveries, utilisation, lostSales } = view;
  return {
    ...view,
    days: { from: formatInstant(days.from), to: formatInstant(days.to) },
    deliveries: {
      ...deliveries,
      reasons: deliveries.reasons.map(({ reason, meaning, count }) => {
        return { reason, count, explanation: explanationOf(meaning) };
      }),
    },
    utilisation: {
      timeZone: utilisation.timeZone,
      weeks: utilisation.weeks.map(({ startsAt, endsAt, openMs, bookedMs }) => ({
        from: formatInstant(startsAt),
        to: formatInstant(endsAt),
        openMinutes: openMs / MINUTE_MS,
        bookedMinutes: bookedMs / MINUTE_MS,
        share: openMs === 0 ? null : Math.round((bookedMs / openMs) * 1_000) / 1_000,
      })),
    },
    leadTime: { ...view.leadTime, groups: [...view.leadTime.groups] },
    lostSales: {
      ...lostSales,
      days: lostSales.days.map(({ day, reason, count }) => ({ date: formatDay(day), reason, count })),
    },
    connections: view.connections.map((connection) => ({
      ...connection,
      lastSyncAt: timeText(connection.lastSyncAt),
      auditedAt: timeText(connection.auditedAt),
    })),
  };
}
