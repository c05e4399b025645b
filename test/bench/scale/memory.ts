// Memory: what it takes to read one large CalDAV calendar, above a process that reads a small one.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import type { Report } from "../report.ts";

const EVENTS = 10_000;
/** A Worker has 128 MB, and reads several calendars at once. */
const LIMIT_MB = 45;
/** When the garbage is collected differs from run to run, and only adds: the least counts. */
const RUNS = 3;
/** Young garbage would otherwise take up to 48 MB by itself. */
const FLAGS = ["--max-semi-space-size=2", "--import", "tsx"];

const Reading = z.object({ events: z.number(), peakBytes: z.number() });

async function peakMb(shape: string, events: number): Promise<number> {
  const child = resolve(import.meta.dirname, "memory-child.ts");
  const peaks: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, child, shape, String(events)]);
    const reading = Reading.parse(JSON.parse(stdout));
    if (reading.events !== events) throw new Error(`${reading.events} of ${events} events were read.`);
    peaks.push(reading.peakBytes / 1_048_576);
  }
  return Math.min(...peaks);
}

/** Reads a calendar of many objects, and one whose events are all in one file, each in a process of its own. */
export async function measureMemory(report: Report): Promise<void> {
  report.section(`Memory of reading a CalDAV calendar of ${EVENTS.toLocaleString("en")} events`);
  for (const [shape, name, before] of [
    ["objects", "each its own object", "100"],
    ["file", "all in one file", "45, and 94 with V8's default of young garbage"],
  ] as const) {
    const bare = await peakMb(shape, 10);
    const peak = await peakMb(shape, EVENTS);
    report.count(
      `${name}: peak above a small one, MB`,
      Math.round(peak - bare),
      LIMIT_MB,
      `e298953: ${before}`,
    );
  }
}
