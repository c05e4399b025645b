// Scale: what many calendars cost. Each number is printed beside its limit and beside what commit e298953 needed.
import type { Report } from "./report.ts";
import { measureDaily } from "./scale/daily.ts";
import { measureFreshness } from "./scale/freshness.ts";
import { measureMemory } from "./scale/memory.ts";
import { measurePurge } from "./scale/purge.ts";
import { measureSettling } from "./scale/settle.ts";
import { measureStorage } from "./scale/storage.ts";
import { measureSweep } from "./scale/sweep.ts";
import { measureUpkeep } from "./scale/upkeep.ts";

/** The measures of `npm run bench -- --scale`, in order. Each starts its own database and stops what it started. */
export const SCALE_MEASURES: readonly ((report: Report) => Promise<void>)[] = [
  measureUpkeep,
  measureFreshness,
  measureSweep,
  measureSettling,
  measureDaily,
  measurePurge,
  measureStorage,
  measureMemory,
];
