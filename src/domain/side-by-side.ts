// Side by side: work on many things at once, but on no more than the platform has connections for.

/**
 * Six connections of an invocation may wait for an answer at once (`engine.md` 1.1), and what comes after them waits
 * unseen. Providers get all but one: with calendars that hang the database can still be asked, and the caller be
 * answered in time.
 */
export const PROVIDERS_AT_ONCE = 5;

/** Does `work` on each item, at most `places` at a time, in their order. Ends when all have ended, however they did. */
export async function sideBySide<T, R>(
  items: readonly T[],
  places: number,
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const waiting = [...items.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      const [result] = await Promise.allSettled([work(item)]);
      if (result !== undefined) results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: places }, lane));
  return results;
}
