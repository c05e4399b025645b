// A world whose database takes every write, but the answer is lost as over a broken connection.
import { createWorld, type WorldOptions } from "./world.ts";

/** A world whose database takes every write, but loses its first answer. */
export function lossyWorld(databaseUrl: string, options: WorldOptions = {}) {
  let lost = 0;
  const answered = new Set<string>();
  const world = createWorld({
    databaseUrl,
    databaseSleep: async () => {},
    ...options,
    databaseFetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const body = await request.clone().text();
      const response = await inner(request);
      if (!body.includes("BEGIN IMMEDIATE") || answered.has(body)) return response;
      answered.add(body);
      lost += 1;
      await response.arrayBuffer();
      throw new TypeError("terminated");
    },
  });
  return { world, lost: () => lost };
}
