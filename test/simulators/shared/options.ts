// Options: what a simulator with an API and push is given.
import type { OAuthClient } from "./grants.ts";

export interface SimulatorOptions<Limits> {
  /** The clock: epoch milliseconds. */
  readonly now: () => number;
  /** Numbers in [0, 1) for ids and tokens. Default: seeded, the same in each simulator. */
  readonly random?: () => number;
  /** How requests are POSTed to webhooks. */
  readonly deliver: (request: Request) => Promise<Response>;
  readonly clients: readonly OAuthClient[];
  /** Allows plain http to webhooks on this machine. Only for a local demo: the real providers refuse http. */
  readonly allowHttpWebhooks?: boolean;
  /** Endless series are expanded to the end of the year this many years ahead. Default 3. */
  readonly expansionYears?: number;
  /** Null: no limits. */
  readonly limits?: Limits | null;
  /** Called when notifications wait, with the instant at which the next one is due. */
  readonly onPending?: (dueAt: number) => void;
}
