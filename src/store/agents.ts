// Agents: the settings by which an agent's time is judged.
import { eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../domain/settings.ts";
import { type Database, rowsOf, type Statement } from "./db.ts";
import { agents } from "./schema.ts";

function toRow(settings: Omit<AgentSettings, "revision">) {
  return {
    timeZone: settings.timeZone,
    tentativeBlocks: settings.rules.tentative,
    allDayBlocks: settings.rules.allDay,
    outOfOfficeBlocks: settings.rules.outOfOffice,
    unansweredBlocks: settings.rules.unanswered,
    workingElsewhereBlocks: settings.rules.workingElsewhere,
    bufferBeforeMs: settings.bufferBeforeMs,
    bufferAfterMs: settings.bufferAfterMs,
    minimumNoticeMs: settings.minimumNoticeMs,
    workingHours: settings.workingHours === null ? null : [...settings.workingHours],
    onStale: settings.onStale,
    onExternalChange: settings.onExternalChange,
    reminderMinutes: [...settings.reminderMinutes],
  };
}

/** An agent's row as settings. */
export function settingsOf(row: InferSelectModel<typeof agents>): AgentSettings {
  return {
    timeZone: row.timeZone,
    rules: {
      tentative: row.tentativeBlocks,
      allDay: row.allDayBlocks,
      outOfOffice: row.outOfOfficeBlocks,
      unanswered: row.unansweredBlocks,
      workingElsewhere: row.workingElsewhereBlocks,
    },
    bufferBeforeMs: row.bufferBeforeMs,
    bufferAfterMs: row.bufferAfterMs,
    minimumNoticeMs: row.minimumNoticeMs,
    workingHours: row.workingHours,
    onStale: row.onStale,
    onExternalChange: row.onExternalChange,
    reminderMinutes: row.reminderMinutes,
    revision: row.revision,
  };
}

/** Statement: the agent's row. */
export function selectAgent(db: Database, agentId: string): Statement {
  return db.build.select().from(agents).where(eq(agents.agentId, agentId));
}

/** Statement: an agent with default settings in `timeZone`, unless the agent exists. */
export function insertAgentIfMissing(
  db: Database,
  input: { agentId: string; timeZone: string; now: Instant },
): Statement {
  return db.build
    .insert(agents)
    .values({
      agentId: input.agentId,
      ...toRow({ ...DEFAULT_SETTINGS, timeZone: input.timeZone }),
      revision: 1,
      createdAt: input.now,
      updatedAt: input.now,
    })
    .onConflictDoNothing();
}

/** The agent's settings, or null for an agent never heard of. */
export async function readSettings(db: Database, agentId: string): Promise<AgentSettings | null> {
  const [result] = await db.read([selectAgent(db, agentId)]);
  const [row] = rowsOf(agents, result);
  return row === undefined ? null : settingsOf(row);
}

/** Stores the settings whole, making the agent where there was none; the revision rises. */
export async function saveSettings(
  db: Database,
  input: { agentId: string; settings: Omit<AgentSettings, "revision">; now: Instant },
): Promise<AgentSettings> {
  const row = toRow(input.settings);
  const [result] = await db.write([
    db.build
      .insert(agents)
      .values({ agentId: input.agentId, ...row, revision: 1, createdAt: input.now, updatedAt: input.now })
      .onConflictDoUpdate({
        target: agents.agentId,
        set: { ...row, revision: sql`${agents.revision} + 1`, updatedAt: input.now },
      })
      .returning(),
  ]);
  const [saved] = rowsOf(agents, result);
  if (saved === undefined) throw new Error("an upsert that returns its row returned none");
  return settingsOf(saved);
}
