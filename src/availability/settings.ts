// Settings: what an agent decides about their own time, read and stored whole.
import type { Deps } from "../deps.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../domain/settings.ts";
import { readSettings, saveSettings } from "../store/agents.ts";
import { restartZonelessConnections } from "../store/connections.ts";

/** The agent's settings; the defaults for an agent who has never decided. */
export async function getSettings(deps: Deps, input: { agentId: string }): Promise<AgentSettings> {
  return (await readSettings(deps.db, input.agentId)) ?? DEFAULT_SETTINGS;
}

/** Stores the settings. They act at once; a new zone has calendars without a zone of their own read anew. */
export async function putSettings(
  deps: Deps,
  input: { agentId: string; settings: Omit<AgentSettings, "revision"> },
): Promise<AgentSettings> {
  const before = await readSettings(deps.db, input.agentId);
  const saved = await saveSettings(deps.db, { ...input, now: deps.now() });
  if (before !== null && before.timeZone !== saved.timeZone) {
    const restarted = await restartZonelessConnections(deps.db, { agentId: input.agentId, now: deps.now() });
    await deps.queue.send(
      "urgent",
      restarted.map((connectionId) => ({ kind: "pull" as const, connectionId })),
    );
  }
  return saved;
}
