// Rules: what a request demands of its slot beyond the agent's own settings, which it can only narrow.
import type { AgentSettings, OpenHours } from "./settings.ts";

/** Buffers in ms that a slot keeps before its start and after its end. */
export interface Buffers {
  readonly bufferBeforeMs: number;
  readonly bufferAfterMs: number;
}

/** Are both buffers the same? */
export const sameBuffers = (a: Buffers, b: Buffers): boolean =>
  a.bufferBeforeMs === b.bufferBeforeMs && a.bufferAfterMs === b.bufferAfterMs;

/** The rules of a request: those of the service that is sold. */
export interface SlotRules extends Buffers {
  readonly minimumNoticeMs: number;
  /** Null: no further than the agent's own. */
  readonly horizonDays: number | null;
  /** Null: all of the agent's own hours. */
  readonly hours: readonly OpenHours[] | null;
}

/** The rules of a request that names none. */
export const NO_RULES: SlotRules = {
  bufferBeforeMs: 0,
  bufferAfterMs: 0,
  minimumNoticeMs: 0,
  horizonDays: null,
  hours: null,
};

/** The rules for a new slot of a booking: those asked for, and the booking's own buffers where they name none. */
export const rulesFor = (
  { bufferBeforeMs, bufferAfterMs }: Buffers,
  asked: Partial<SlotRules> = {},
): SlotRules => ({ ...NO_RULES, bufferBeforeMs, bufferAfterMs, ...asked });

/** The settings that hold for one request. */
export interface Terms extends AgentSettings {
  /** The agent's own buffers, which other bookings keep as well. */
  readonly agentBuffers: Buffers;
  /** The hours of the request's rules; null: all. */
  readonly requestHours: readonly OpenHours[] | null;
}

/** The agent's settings, narrowed by the rules of a request. */
export function termsOf(settings: AgentSettings, rules: SlotRules): Terms {
  const horizons = [settings.horizonDays, rules.horizonDays].filter((days) => days !== null);
  return {
    ...settings,
    bufferBeforeMs: Math.max(settings.bufferBeforeMs, rules.bufferBeforeMs),
    bufferAfterMs: Math.max(settings.bufferAfterMs, rules.bufferAfterMs),
    minimumNoticeMs: Math.max(settings.minimumNoticeMs, rules.minimumNoticeMs),
    horizonDays: horizons.length === 0 ? null : Math.min(...horizons),
    agentBuffers: settings,
    requestHours: rules.hours,
  };
}
