// Another Worker beside a world's own: same database, same Google, but its own way to both of them.
import type { Deps } from "../../src/deps.ts";
import { createRegistry } from "../../src/providers/registry.ts";
import { openDatabase } from "../../src/store/db.ts";
import { databaseFetch } from "./database-fetch.ts";
import type { World } from "./world.ts";

type Fetch = typeof fetch;

/** Wrappers for this Worker alone. Work that it defers may fail without failing the test. */
export function workerOf(
  world: World,
  ways: {
    fetch?: (inner: Fetch) => Fetch;
    databaseFetch?: (inner: Fetch) => Fetch;
    sleep?: (ms: number) => Promise<void>;
    config?: Partial<Deps["config"]>;
  } = {},
): Deps {
  const { deps } = world;
  const { now, newId, random } = deps;
  const config = { ...deps.config, ...ways.config };
  const network = ways.fetch?.(deps.fetch) ?? deps.fetch;
  const sleep = ways.sleep ?? deps.sleep;
  return {
    ...deps,
    config,
    sleep,
    fetch: network,
    defer: (work) => deps.defer(work.catch(() => {})),
    db: openDatabase(config.database, {
      fetch: ways.databaseFetch?.(databaseFetch) ?? databaseFetch,
      sleep,
      random,
    }),
    providers: createRegistry(config, { fetch: network, now, newId }),
  };
}
