// At most so many requests at once: sqld starves when very many writers wait for its one lock on a small machine.

/** `inner`, with further calls waiting for a place. */
export function atMost(places: number, inner: typeof fetch): typeof fetch {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (input, init) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await inner(input, init);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
