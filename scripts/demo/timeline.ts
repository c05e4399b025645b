// The demo's timeline: one line a step, with a tick or a cross, the result and the time.

/** Collects what happened. */
export interface Timeline {
  /**
   * Runs a step. What it returns is what was seen; what it throws is why it failed. Never throws itself, so that
   * one failure doesn't hide what comes after it.
   */
  step(title: string, run: () => Promise<string>): Promise<void>;
  readonly failed: number;
  readonly held: number;
}

const TITLE_WIDTH = 58;

/** Rounded for people: "84 ms", "1.2 s". */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A timeline that prints each step as it ends. */
export function createTimeline(print: (line: string) => void): Timeline {
  const startedAt = performance.now();
  const counts = { failed: 0, held: 0 };
  const line = (mark: string, title: string, ms: number, seen: string) => {
    const at = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5);
    print(`${mark} ${at} s  ${title.padEnd(TITLE_WIDTH)} ${duration(ms).padStart(7)}  ${seen}`);
  };
  return {
    async step(title, run) {
      const from = performance.now();
      try {
        const seen = await run();
        counts.held += 1;
        line("✓", title, performance.now() - from, seen);
      } catch (error) {
        counts.failed += 1;
        line("✗", title, performance.now() - from, error instanceof Error ? error.message : String(error));
      }
    },
    get failed() {
      return counts.failed;
    },
    get held() {
      return counts.held;
    },
  };
}

/** @throws Error saying `what` unless it holds */
export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
