// Side by side: works on many items at once, but on no more than the platform has connections for.

/**
 * At most six connections of an invocation may wait for an answer at once (`docs/providers/cloudflare-turso.md` 1.1).
 * Further ones wait without a sign. Providers get all but one, so that the database can still be asked, and the caller
 * answered in time, while calendars hang.
 */
export const PROVIDERS_AT_ONCE = 5;

/**
 * Does `work` on each item, at most `places` at a time, and begins them in their order. Ends when all have ended, with
 * success or not. The results have the order of the items.
 */
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
