// Settings: what an agent decides about their own time.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { type AgentSettings, DEFAULT_SETTINGS, type SettingsChange } from "../domain/settings.ts";
import { readSettings, saveSettings } from "../store/agents/agents.ts";
import { restartZonelessConnections } from "../store/calendars/connections.ts";

/** The agent's settings; the defaults if none were stored. */
export async function getSettings(deps: Deps, input: { agentId: string }): Promise<AgentSettings> {
  return (await readSettings(deps.db, input.agentId)) ?? DEFAULT_SETTINGS;
}

/**
 * Stores the settings that are named. They apply at once. After a change of zone, calendars without a zone of their own
 * are read anew.
 * @param input.revision the revision that the caller has read; without it they are stored unconditionally
 * @throws EngineError settings_changed if they have changed since that revision; then nothing is stored
 */
export async function putSettings(
  deps: Deps,
  input: { agentId: string; settings: SettingsChange; revision?: number | undefined },
): Promise<AgentSettings> {
  const before = await readSettings(deps.db, input.agentId);
  const saved = await saveSettings(deps.db, { ...input, now: deps.now() });
  if (saved === null) {
    throw new EngineError(
      "settings_changed",
      "The settings have changed since they were read, so nothing was stored. Read them again and repeat the change.",
    );
  }
  if (before !== null && before.timeZone !== saved.timeZone) {
    const restarted = await restartZonelessConnections(deps.db, { agentId: input.agentId, now: deps.now() });
    await deps.queue.send(
      "urgent",
      restarted.map((connectionId) => ({ kind: "pull" as const, connectionId })),
    );
  }
  return saved;
}
