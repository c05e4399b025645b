// Health: whether the service is alive and ready. The OpenAPI document is served here too.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import type { ApiEnv } from "../http/auth.ts";
import { Count, DurationMs } from "../http/fields.ts";
import { type Operation, operation } from "../http/operation.ts";
import { readReadiness } from "../sync/readiness.ts";
import { documentOf } from "./document.ts";

const health = operation({
  id: "health",
  method: "get",
  path: "/health",
  tag: "Operations",
  summary: "Alive? Asks nobody else",
  description: "Says that the Worker runs and is configured, and nothing about the database.",
  access: "open",
  answers: {
    200: {
      description: "Alive",
      schema: z.strictObject({ status: z.literal("ok").describe("It answers.") }),
    },
  },
  errors: [],
});

const Readiness = z
  .strictObject({
    ready: z.boolean().describe("The database answers."),
    database: z.enum(["ok", "unavailable"]).describe("Whether it answered just now."),
    backlog: z
      .strictObject({
        migration: z.string().nullable().describe("The newest one applied."),
        oldestDueMs: DurationMs.describe("How long the oldest due pull has been waiting."),
        dueChannels: Count.describe("Push channels that are to be opened or replaced by now."),
        pendingDeliveries: Count.describe("Bookings that a calendar doesn't show yet."),
        overdueAudits: Count.describe(
          "Calendars that weren't listed anew and compared within the audit interval.",
        ),
        drift: z
          .strictObject({
            calendars: Count.describe("Calendars that differed."),
            missing: Count.describe("Events whose busy time wasn't known."),
            extra: Count.describe("Events that were no longer there."),
          })
          .describe("What the audits of the last interval found: calendars, and events by kind."),
        unreadable: Count.describe("Events that can't be read to the end and aren't counted as free."),
        goneCalendars: Count.describe("Calendars that are gone and that their agents haven't disconnected."),
        secrets: z
          .strictObject({
            keys: z
              .array(
                z.strictObject({
                  id: z.string().describe("The key's id."),
                  accounts: Count.describe("Accounts under it."),
                  bookings: Count.describe("Bookings under it."),
                }),
              )
              .describe(
                "What is sealed under each key of TOKEN_KEYS, the first one seals. An old key may go at 0.",
              ),
            unsealed: Count.describe("Bookings of a version before, whose texts aren't sealed yet."),
            lost: Count.describe("What is sealed under a key that TOKEN_KEYS lacks."),
          })
          .describe("Each number ends at 10000."),
      })
      .nullable()
      .describe("What waits; null: the database didn't answer."),
    clocks: z
      .strictObject({
        tzdata: z
          .string()
          .nullable()
          .describe(
            "The runtime knows the tz database at least up to this release. Null: not even the laws of 2026.",
          ),
        wrong: z.array(z.string()).describe("Zones that the runtime has wrong, as far as is known."),
      })
      .describe("The time zone rules of the runtime, by probing."),
    holidaysKnownUntil: z
      .string()
      .describe(
        "The last date whose public holidays are known. `npm run holidays` makes a table of later years.",
      ),
    limits: z.enum(["on", "off"]).describe("Whether the bindings that limit requests are there."),
    mcp: z.enum(["on", "off"]).describe("Whether the binding to the Worker that speaks MCP is there."),
  })
  .meta({ id: "Readiness" });

const ready = operation({
  id: "ready",
  method: "get",
  path: "/ready",
  tag: "Operations",
  summary: "Ready? One round trip to the database",
  description: "For monitoring: whether work is done in time, and what waits. It names nobody.",
  access: "open",
  answers: {
    200: { description: "Ready", schema: Readiness },
    503: { description: "Not ready", schema: Readiness },
  },
  errors: [],
});

const document = operation({
  id: "openApiDocument",
  method: "get",
  path: "/openapi.json",
  tag: "Operations",
  summary: "This document",
  description: "OpenAPI 3.1, made of the schemas that check the requests. /docs shows it to people.",
  access: "open",
  answers: {
    200: {
      description: "OpenAPI 3.1",
      schema: z.looseObject({ openapi: z.string().describe("The version of OpenAPI.") }),
    },
  },
  errors: [],
});

export const healthOperations = [health, ready, document];

/** The routes of health and of the document. `table` holds every operation of the app. */
export function healthRoutes(deps: Deps, table: readonly Operation[]) {
  let built: string | null = null;
  return new Hono<ApiEnv>()
    .get(health.path, (c) => c.json({ status: "ok" as const }))
    .get(ready.path, async (c) => {
      const readiness = await readReadiness(deps);
      c.header("Cache-Control", "no-store");
      return c.json(readiness, readiness.ready ? 200 : 503);
    })
    .get(document.path, (c) => {
      built ??= JSON.stringify(documentOf(table, deps.config.baseUrl));
      return c.body(built, 200, { "Content-Type": "application/json" });
    });
}
