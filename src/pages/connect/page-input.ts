// Page input: what the connect page and its parts show.
import type { AgentOverview } from "../../availability/calendar-overview.ts";
import type { Instant } from "../../domain/instant.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { Frame } from "../frame.ts";

/** What the connect page shows. */
export interface ConnectPageInput {
  readonly frame: Frame;
  readonly agentId: string;
  readonly overview: AgentOverview;
  readonly providers: readonly ProviderName[];
  readonly notice: { readonly tone: "good" | "bad"; readonly text: string } | null;
  readonly now: Instant;
}
