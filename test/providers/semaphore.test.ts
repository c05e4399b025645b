// The semaphore: limited work at once, in order, even where a place is never given back.
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { createSemaphore } from "../../src/providers/semaphore.ts";

function clock() {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  return { now: () => now, pass };
}

/** Work that runs until the test ends it. */
function job() {
  let end: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { running: false };
  const run = () => {
    state.running = true;
    return done;
  };
  return { state, end, run };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("no more places are taken at once than there are, in whichever order and weight work comes", async () => {
  const works = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 4 }), turns: fc.nat(5) }), {
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(works, async (all) => {
      const atOnce = createSemaphore(clock(), 4);
      let used = 0;
      let most = 0;
      await Promise.all(
        all.map(({ weight, turns }) =>
          atOnce("mailbox", weight, async () => {
            used += weight;
            most = Math.max(most, used);
            for (let turn = 0; turn < turns; turn++) await Promise.resolve();
            used -= weight;
          }),
        ),
      );
      expect(most).toBeLessThanOrEqual(4);
      expect(used).toBe(0);
    }),
  );
});

test("the waiting list starts in order of arrival, separately for each key", async () => {
  const atOnce = createSemaphore(clock(), 1);
  const [first, second, third, other] = [job(), job(), job(), job()];
  const runs = [first, second, third].map(({ run }) => atOnce("a", 1, run));
  const apart = atOnce("b", 1, other.run);
  await settle();
  const running = () => [first, second, third, other].map(({ state }) => state.running);
  expect(running()).toEqual([true, false, false, true]);
  first.end();
  await settle();
  expect(running()).toEqual([true, true, false, true]);
  for (const { end } of [second, third, other]) end();
  await Promise.all([...runs, apart]);
});

test("work that fails gives its place back, and its error reaches the caller", async () => {
  const atOnce = createSemaphore(clock(), 1);
  await expect(atOnce("a", 1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await atOnce("a", 1, async () => "yes")).toBe("yes");
});

test("work heavier than all places runs alone", async () => {
  const atOnce = createSemaphore(clock(), 2);
  expect(await atOnce("a", 9, async () => "done")).toBe("done");
});

test("a place that was never given back is free again after a time", async () => {
  const time = clock();
  const atOnce = createSemaphore(time, 1);
  const dead = job();
  void atOnce("a", 1, dead.run);
  await settle();
  time.pass(31_000);
  expect(await atOnce("a", 1, async () => "alive")).toBe("alive");
});

test("work that waits too long is refused for now, and leaves the waiting list", async () => {
  const ended = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(ended.signal);
  const atOnce = createSemaphore(clock(), 1);
  const slow = job();
  const held = atOnce("a", 1, slow.run);
  const waiting = atOnce("a", 1, async () => "never");
  await settle();
  ended.abort();
  await expect(waiting).rejects.toMatchObject({ kind: "wait", code: "too_many_at_once" });
  slow.end();
  await held;
  vi.restoreAllMocks();
  expect(await atOnce("a", 1, async () => "free")).toBe("free");
});
