// Agents: reads and stores the settings of agents.
import { and, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type AgentSettings, DEFAULT_SETTINGS, type SettingsChange } from "../../domain/settings.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { agents } from "../schema/calendars.ts";
import { writeUnerased } from "./unerased.ts";

/** The columns of the settings that are named. */
function toRow(settings: SettingsChange) {
  const { rules, workingHours, overrides, reminderMinutes } = settings;
  return {
    timeZone: settings.timeZone,
    tentativeBlocks: rules?.tentative,
    allDayBlocks: rules?.allDay,
    outOfOfficeBlocks: rules?.outOfOffice,
    unansweredBlocks: rules?.unanswered,
    workingElsewhereBlocks: rules?.workingElsewhere,
    bufferBeforeMs: settings.bufferBeforeMs,
    bufferAfterMs: settings.bufferAfterMs,
    minimumNoticeMs: settings.minimumNoticeMs,
    workingHours: workingHours && [...workingHours],
    // Null instead of an empty list, so that the guard of a sale asks for one value only.
    overrides: overrides && (overrides.length === 0 ? null : [...overrides]),
    maxPerDay: settings.maxPerDay,
    maxPerWeek: settings.maxPerWeek,
    horizonDays: settings.horizonDays,
    onStale: settings.onStale,
    onExternalChange: settings.onExternalChange,
    reminderMinutes: reminderMinutes && [...reminderMinutes],
  };
}

/** A whole row of settings: the defaults where nothing is named. */
function toNewRow(settings: SettingsChange) {
  const { rules } = DEFAULT_SETTINGS;
  const whole = {
    ...DEFAULT_SETTINGS,
    ...named(settings),
    rules: { ...rules, ...named(settings.rules ?? {}) },
  };
  return toRow(whole) as Required<NonUndefined<ReturnType<typeof toRow>>>;
}

type NonUndefined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** What is named: the fields that aren't undefined. */
const named = <T extends object>(fields: T): NonUndefined<Partial<T>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as NonUndefined<
    Partial<T>
  >;

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
    overrides: row.overrides ?? [],
    maxPerDay: row.maxPerDay,
    maxPerWeek: row.maxPerWeek,
    horizonDays: row.horizonDays,
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
      ...toNewRow({ timeZone: input.timeZone }),
      revision: 1,
      createdAt: input.now,
      updatedAt: input.now,
    })
    .onConflictDoNothing();
}

/** The agent's settings, or null for an unknown agent. */
export async function readSettings(db: Database, agentId: string): Promise<AgentSettings | null> {
  const [result] = await db.read([selectAgent(db, agentId)]);
  const [row] = rowsOf(agents, result);
  return row === undefined ? null : settingsOf(row);
}

/** SQL: the next revision of the settings. */
const raised = sql`${agents.revision} + 1`;

/** Settings to store. */
interface Edit {
  readonly agentId: string;
  readonly settings: SettingsChange;
  /** The revision at which they were read; undefined: overwrite any revision. */
  readonly revision?: number | undefined;
  readonly now: Instant;
}

/** Statement: stores these settings, if the stored ones are still at the revision that was read. */
function upsertSettings(db: Database, { agentId, settings, revision, now }: Edit): Statement {
  const again = { ...toRow(settings), updatedAt: now, revision: raised };
  if (revision !== undefined && revision !== DEFAULT_SETTINGS.revision) {
    const current = and(eq(agents.agentId, agentId), eq(agents.revision, revision));
    return db.build.update(agents).set(again).where(current).returning();
  }
  const stamps = { createdAt: now, updatedAt: now };
  const insert = db.build.insert(agents).values({ agentId, ...toNewRow(settings), revision: 1, ...stamps });
  if (revision !== undefined) return insert.onConflictDoNothing().returning();
  return insert.onConflictDoUpdate({ target: agents.agentId, set: again }).returning();
}

/** Has this very edit been stored already? Then only the answer to an earlier try was lost. */
function isRepeated(stored: AgentSettings, { settings, revision }: Edit): boolean {
  const [asStored, asWanted] = [toRow(stored), toRow(settings)];
  const after = { ...asStored, ...named(asWanted) };
  return stored.revision - 1 === revision && JSON.stringify(asStored) === JSON.stringify(after);
}

/**
 * Stores the settings that are named, and creates the agent where there is none. The revision rises. Null: they have
 * changed since `revision`, and nothing is stored.
 * @throws EngineError agent_being_erased
 */
export async function saveSettings(db: Database, edit: Edit): Promise<AgentSettings | null> {
  const statements = [upsertSettings(db, edit), selectAgent(db, edit.agentId)];
  const [result, after] = await writeUnerased(db, { agentId: edit.agentId, since: edit.now }, statements);
  const [saved] = rowsOf(agents, result);
  if (saved !== undefined) return settingsOf(saved);
  const [row] = rowsOf(agents, after);
  const stored = row && settingsOf(row);
  return stored !== undefined && isRepeated(stored, edit) ? stored : null;
}
