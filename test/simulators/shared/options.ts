// What a simulator of a provider with an API and push is given.
import type { OAuthClient } from "./grants.ts";

export interface SimulatorOptions<Limits> {
  /** The clock: epoch milliseconds. */
  readonly now: () => number;
  /** Numbers in [0, 1) of which ids and tokens are made. Default: seeded, the same in each simulator. */
  readonly random?: () => number;
  /** How whatever goes to webhooks is POSTed. */
  readonly deliver: (request: Request) => Promise<Response>;
  readonly clients: readonly OAuthClient[];
  /** Lets webhooks be plain http on this machine. Only for a local demo: the real ones refuse http. */
  readonly allowHttpWebhooks?: boolean;
  /** Endless series are expanded to the end of the year so many years ahead. Default 3. */
  readonly expansionYears?: number;
  /** Null: no limits. */
  readonly limits?: Limits | null;
  /** Called when notifications wait, with the instant the next one is due. */
  readonly onPending?: (dueAt: number) => void;
}
