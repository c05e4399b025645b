// Seeds: rows put straight into the database, for tests of the store.

import type { InferInsertModel } from "drizzle-orm";
import type { BusyRow } from "../../src/domain/busy.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { numberOfAgent, numberOfConnection } from "../../src/store/conditions.ts";
import type { Database, Statement } from "../../src/store/db.ts";
import { busy } from "../../src/store/schema/busy.ts";
import { accounts, agents, connections } from "../../src/store/schema/calendars.ts";

type ConnectionSeed = Partial<InferInsertModel<typeof connections>> & { readonly id: string };

/** The rows of an agent. By default calendars are connected and verified just now, and nothing is busy. */
export interface AgentSeed {
  readonly agentId: string;
  readonly now: number;
  readonly settings?: Partial<AgentSettings>;
  readonly connections?: readonly ConnectionSeed[];
  /** Rows as the cache holds them: none longer than a day. Only holds expire. */
  readonly rows?: readonly (BusyRow & { readonly expiresAt?: number | null })[];
}

/** Statements that make one agent with one account. Connections default to reading and receiving. */
export function seedStatements(db: Database, seed: AgentSeed): Statement[] {
  const { agentId, now } = seed;
  const settings = { ...DEFAULT_SETTINGS, ...seed.settings };
  const { rules, workingHours, overrides, workedHolidays, reminderMinutes, revision: _, ...plain } = settings;
  const stamps = { createdAt: now, updatedAt: now };
  return [
    db.build.insert(agents).values({
      agentId,
      ...plain,
      ...stamps,
      tentativeBlocks: rules.tentative,
      allDayBlocks: rules.allDay,
      outOfOfficeBlocks: rules.outOfOffice,
      unansweredBlocks: rules.unanswered,
      workingElsewhereBlocks: rules.workingElsewhere,
      workingHours: workingHours === null ? null : [...workingHours],
      overrides: overrides.length === 0 ? null : [...overrides],
      workedHolidays: workedHolidays.length === 0 ? null : [...workedHolidays],
      reminderMinutes: [...reminderMinutes],
      revision: 1,
    }),
    db.build.insert(accounts).values({
      id: `${agentId}-account`,
      agentId,
      provider: "GOOGLE",
      providerUserId: `${agentId}-person`,
      sealedCredentials: "",
      accessTokenExpiresAt: 0,
      scopes: [],
      credentialVersion: 1,
      status: "active",
      refreshedAt: now,
      ...stamps,
    }),
    ...(seed.connections ?? []).map((connection) =>
      db.build.insert(connections).values({
        agentId,
        accountId: `${agentId}-account`,
        provider: "GOOGLE",
        calendarId: connection.id,
        name: connection.id,
        role: "writer",
        isActive: true,
        syncEnabled: true,
        blocksAvailability: true,
        receivesBookings: true,
        generation: 1,
        emptySnapshots: 0,
        dirty: 1,
        clean: 1,
        leaseUntil: 0,
        failures: 0,
        nextAttemptAt: 0,
        pollDueAt: Number.MAX_SAFE_INTEGER,
        rollDueAt: Number.MAX_SAFE_INTEGER,
        windowStartsAt: 0,
        windowEndsAt: Number.MAX_SAFE_INTEGER,
        verifiedAt: now,
        watch: "unsupported",
        watchFailures: 0,
        channelDueAt: null,
        ...stamps,
        ...connection,
      }),
    ),
    ...(seed.rows ?? []).map((row) =>
      db.build.insert(busy).values({
        ...row,
        agentNumber: numberOfAgent(agentId),
        connectionNumber: row.connectionId === null ? 0 : numberOfConnection(row.connectionId),
        generation: 1,
      }),
    ),
  ];
}
